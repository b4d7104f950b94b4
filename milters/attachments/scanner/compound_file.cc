#include "milters/attachments/scanner/compound_file.h"

#include <algorithm>
#include <limits>

#include "milters/attachments/scanner/byte_order.h"

namespace gatepost::attachments {
namespace {

constexpr std::size_t kHeaderBytes = 512;
constexpr std::size_t kEntryBytes = 128;
constexpr std::uint32_t kMiniSectorBytes = 64;
constexpr std::uint32_t kMiniCutoff = 4'096;
constexpr std::uint32_t kLastSector = 0xFFFFFFFA;  // what is above has a meaning of its own

// The sectors of a chain from `start` on, at most `most` of them.
std::vector<std::uint32_t> Follow(const std::vector<std::uint32_t>& table, std::uint32_t start,
                                  std::uint64_t most) {
  std::vector<std::uint32_t> sectors;
  for (std::uint32_t at = start; at < table.size() && sectors.size() < most; at = table[at]) {
    sectors.push_back(at);
  }
  return sectors;
}

CompoundFile::EntryType TypeOf(std::uint8_t byte) {
  using enum CompoundFile::EntryType;
  return byte == 1 ? kStorage : byte == 2 ? kStream : byte == 5 ? kRoot : kNone;
}

CompoundFile::Entry ParseEntry(std::string_view bytes, bool short_sizes) {
  CompoundFile::Entry entry;
  const std::size_t name_bytes = std::min<std::size_t>(Little16(bytes, 0x40), 64);
  entry.name = FromUtf16(bytes.substr(0, name_bytes));
  entry.type = TypeOf(Byte(bytes, 0x42));
  entry.left = Little32(bytes, 0x44);
  entry.right = Little32(bytes, 0x48);
  entry.child = Little32(bytes, 0x4C);
  entry.class_id = Slice(bytes, 0x50, 16);
  entry.start = Little32(bytes, 0x74);
  // With sectors of 512 bytes, the upper half may hold anything.
  entry.size = short_sizes ? Little32(bytes, 0x78) : Little64(bytes, 0x78);
  return entry;
}

}  // namespace

ChainContent::ChainContent(const Content& base, std::uint64_t first, std::uint32_t unit,
                           std::vector<std::uint32_t> sectors, std::uint64_t size)
    : base_(base), first_(first), unit_(unit), sectors_(std::move(sectors)), size_(size) {
  size_ = std::min(size_, static_cast<std::uint64_t>(sectors_.size()) * unit_);
}

std::size_t ChainContent::ReadAt(std::uint64_t offset, std::span<std::byte> into) const {
  std::size_t done = 0;
  while (done < into.size() && offset < size_) {
    const std::uint64_t within = offset % unit_;
    const auto count = static_cast<std::size_t>(
        std::min({static_cast<std::uint64_t>(into.size() - done), unit_ - within, size_ - offset}));
    const std::uint64_t at =
        first_ + static_cast<std::uint64_t>(sectors_[offset / unit_]) * unit_ + within;
    const std::size_t got = base_.ReadAt(at, into.subspan(done, count));
    done += got;
    offset += got;
    if (got < count) break;
  }
  return done;
}

std::optional<CompoundFile> CompoundFile::Open(const Content& content, FormatBudget& budget) {
  CompoundFile file(content);
  if (!file.ReadHeader() || !file.LoadFat(budget)) return std::nullopt;
  file.ReadDirectory(budget);
  if (file.entries_.empty()) return std::nullopt;
  file.LoadMiniFat();
  file.LinkParents();
  return file;
}

bool CompoundFile::ReadHeader() {
  header_ = ReadText(*content_, 0, kHeaderBytes);
  const unsigned shift = Little16(header_, 0x1E);
  if (header_.size() < kHeaderBytes || shift < 7 || shift > 16) return false;
  sector_size_ = 1u << shift;
  return true;
}

std::string CompoundFile::ReadSector(std::uint32_t sector) const {
  return ReadText(*content_, (static_cast<std::uint64_t>(sector) + 1) * sector_size_, sector_size_);
}

// The first 109 sectors of the table are named in the header, the others in a chain of sectors that
// each name the next at their end.
void CompoundFile::CollectFatSectors(std::vector<std::uint32_t>& sectors) {
  const std::size_t most = MostSectors() * 4 / sector_size_ + 1;
  const auto add = [&](std::string_view bytes) {
    for (std::size_t at = 0; at + 4 <= bytes.size() && sectors.size() < most; at += 4) {
      const std::uint32_t sector = Little32(bytes, at);
      if (sector < kLastSector) sectors.push_back(sector);
    }
  };
  add(std::string_view(header_).substr(0x4C));
  std::uint32_t next = Little32(header_, 0x44);
  for (std::size_t count = 0; next < kLastSector && count < most; ++count) {
    const std::string bytes = ReadSector(next);
    if (bytes.size() < sector_size_) break;
    add(std::string_view(bytes).substr(0, sector_size_ - 4));
    next = Little32(bytes, sector_size_ - 4);
  }
}

bool CompoundFile::LoadFat(FormatBudget& budget) {
  std::vector<std::uint32_t> sectors;
  CollectFatSectors(sectors);
  for (const std::uint32_t sector : sectors) {
    if (!budget.Spend(sector_size_)) return false;
    const std::string bytes = ReadSector(sector);
    if (bytes.size() < sector_size_) damaged_ = true;
    for (std::size_t at = 0; at + 4 <= bytes.size(); at += 4) {
      if (fat_.size() < MostSectors()) fat_.push_back(Little32(bytes, at));
    }
  }
  return !fat_.empty();
}

ChainContent CompoundFile::Chain(std::uint32_t start, std::uint64_t size) const {
  const std::uint64_t count = size / sector_size_ + (size % sector_size_ != 0 ? 1 : 0);
  return ChainContent(*content_, sector_size_, sector_size_,
                      Follow(fat_, start, std::min(count, MostSectors())), size);
}

void CompoundFile::ReadDirectory(FormatBudget& budget) {
  const bool short_sizes = sector_size_ < 4'096;
  const ChainContent chain =
      Chain(Little32(header_, 0x30), static_cast<std::uint64_t>(kMostEntries + 1) * kEntryBytes);
  if (!budget.Spend(chain.size())) return;
  const std::string bytes = ReadText(chain, 0, kMostEntries * kEntryBytes);
  too_many_ = chain.size() > kMostEntries * kEntryBytes;
  if (bytes.size() < chain.size() && !too_many_) damaged_ = true;
  for (std::size_t at = 0; at + kEntryBytes <= bytes.size(); at += kEntryBytes) {
    entries_.push_back(ParseEntry(std::string_view(bytes).substr(at, kEntryBytes), short_sizes));
  }
}

void CompoundFile::LoadMiniFat() {
  const ChainContent table =
      Chain(Little32(header_, 0x3C), static_cast<std::uint64_t>(fat_.size()) * sector_size_);
  mini_stream_ = std::make_unique<ChainContent>(Chain(entries_[0].start, entries_[0].size));
  const std::uint64_t most = mini_stream_->size() / kMiniSectorBytes + 1;
  const std::string bytes = ReadText(table, 0, static_cast<std::size_t>(most * 4));
  for (std::size_t at = 0; at + 4 <= bytes.size(); at += 4) {
    mini_fat_.push_back(Little32(bytes, at));
  }
}

// The children of a storage are a tree of siblings: each entry is visited once, whatever it says.
void CompoundFile::LinkChildren(std::uint32_t storage, std::vector<std::uint32_t>& storages) {
  std::vector<std::uint32_t> siblings{entries_[storage].child};
  while (!siblings.empty()) {
    const std::uint32_t at = siblings.back();
    siblings.pop_back();
    if (at >= entries_.size() || at == 0 || entries_[at].parent != kNoEntry) continue;
    Entry& entry = entries_[at];
    entry.parent = storage;
    siblings.push_back(entry.left);
    siblings.push_back(entry.right);
    if (entry.type == EntryType::kStorage) storages.push_back(at);
  }
}

void CompoundFile::LinkParents() {
  std::vector<std::uint32_t> storages{0};
  while (!storages.empty()) {
    const std::uint32_t storage = storages.back();
    storages.pop_back();
    LinkChildren(storage, storages);
  }
}

std::string_view CompoundFile::ParentName(const Entry& entry) const {
  return entry.parent < entries_.size() ? std::string_view(entries_[entry.parent].name)
                                        : std::string_view();
}

std::unique_ptr<Content> CompoundFile::Stream(const Entry& entry, std::uint64_t most) const {
  const std::uint64_t size = std::min(entry.size, most);
  if (entry.size >= kMiniCutoff || entry.type == EntryType::kRoot) {
    return std::make_unique<ChainContent>(Chain(entry.start, size));
  }
  const std::uint64_t count = (size + kMiniSectorBytes - 1) / kMiniSectorBytes;
  return std::make_unique<ChainContent>(*mini_stream_, 0, kMiniSectorBytes,
                                        Follow(mini_fat_, entry.start, count), size);
}

std::string CompoundFile::Read(const Entry& entry, std::size_t most) const {
  return ReadText(*Stream(entry, most), 0, most);
}

}  // namespace gatepost::attachments
