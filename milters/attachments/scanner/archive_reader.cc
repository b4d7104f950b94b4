#include "milters/attachments/scanner/archive_reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <utility>

#include "milters/attachments/scanner/link_target.h"

namespace gatepost::attachments {
namespace {

using Setup = int (*)(archive*);

struct Format {
  std::string_view name;
  Setup setup;
  bool skips_cheaply;
};

constexpr std::array kFormats{
    Format{"rar", archive_read_support_format_rar, true},
    Format{"rar5", archive_read_support_format_rar5, false},
    Format{"7z", archive_read_support_format_7zip, false},
    Format{"tar", archive_read_support_format_tar, true},
    Format{"cab", archive_read_support_format_cab, false},
    Format{"iso", archive_read_support_format_iso9660, true},
    Format{"ar", archive_read_support_format_ar, true},
    Format{"deb", archive_read_support_format_ar, true},
    Format{"cpio", archive_read_support_format_cpio, true},
    Format{"lha", archive_read_support_format_lha, true},
    Format{"xar", archive_read_support_format_xar, true},
    Format{"zip-member", archive_read_support_format_zip_streamable, true},
};

struct Filter {
  std::string_view name;
  int code;
};

constexpr std::array kFilters{
    Filter{"gzip", ARCHIVE_FILTER_GZIP}, Filter{"bzip2", ARCHIVE_FILTER_BZIP2},
    Filter{"xz", ARCHIVE_FILTER_XZ},     Filter{"zstd", ARCHIVE_FILTER_ZSTD},
    Filter{"lz4", ARCHIVE_FILTER_LZ4},   Filter{"lzma", ARCHIVE_FILTER_LZMA},
    Filter{"lzip", ARCHIVE_FILTER_LZIP},
};

// The payload of a package is packed by any of these.
void SetUpRpm(archive* one) {
  archive_read_support_filter_rpm(one);
  archive_read_support_filter_gzip(one);
  archive_read_support_filter_bzip2(one);
  archive_read_support_filter_xz(one);
  archive_read_support_filter_lzma(one);
  archive_read_support_filter_zstd(one);
  archive_read_support_format_cpio(one);
}

bool SetUpFormat(archive* one, std::string_view name, bool* skips_cheaply) {
  for (const Format& format : kFormats) {
    if (format.name != name) continue;
    *skips_cheaply = format.skips_cheaply;
    if (format.setup(one) < ARCHIVE_WARN) return false;
    // Some programs go on behind the end of a tape archive.
    if (name == "tar")
      archive_read_set_format_option(one, "tar", "read_concatenated_archives", "1");
    return true;
  }
  return false;
}

// Named ones are taken off once; what the library finds itself it takes off as often as it can.
bool SetUpFilter(archive* one, std::string_view name) {
  // This one reads at once, when there is nothing to read from.
  if (name == "compress") return archive_read_support_filter_compress(one) >= ARCHIVE_WARN;
  for (const Filter& filter : kFilters) {
    if (filter.name == name) return archive_read_append_filter(one, filter.code) >= ARCHIVE_WARN;
  }
  return false;
}

bool SetUp(archive* one, std::string_view name, std::string_view inner, bool* skips_cheaply) {
  if (name == "rpm") {
    SetUpRpm(one);
    return true;
  }
  if (SetUpFormat(one, name, skips_cheaply)) return true;
  if (!SetUpFilter(one, name)) return false;
  bool ignored = false;
  return inner.empty() ? archive_read_support_format_raw(one) >= ARCHIVE_WARN
                       : SetUpFormat(one, inner, &ignored);
}

// The library tells most of what went wrong by words alone.
struct Complaint {
  std::string_view word;
  Property property;
};
constexpr std::array kComplaints{
    Complaint{"ncrypt", Property::kEncryptedMember},
    Complaint{"ncrypted header", Property::kEncryptedNames},
    Complaint{"assphrase", Property::kEncryptedMember},
    Complaint{"Crypto codec", Property::kEncryptedMember},
    Complaint{"upport", Property::kUnreadable},
    Complaint{"unavailable", Property::kUnreadable},
    Complaint{"Unknown", Property::kUnreadable},
    Complaint{"allocate", Property::kUnreadable},
    Complaint{"memory", Property::kUnreadable},
    Complaint{"volume", Property::kMultiVolume},
    Complaint{"runcated", Property::kTruncated},
    Complaint{"premature", Property::kTruncated},
    Complaint{"Unexpected end", Property::kTruncated},
};

// Symbolic and hard links elsewhere, devices.
bool LeadsOut(archive_entry* entry, std::string_view name) {
  const auto kind = archive_entry_filetype(entry);
  if (kind == AE_IFCHR || kind == AE_IFBLK) return true;
  const char* const hard = archive_entry_hardlink(entry);
  const char* const symbolic = archive_entry_symlink(entry);
  if (hard != nullptr) return LinkLeadsOut({}, hard);
  return symbolic != nullptr && LinkLeadsOut(name, symbolic);
}

std::string NameOf(archive_entry* entry) {
  if (const char* name = archive_entry_pathname_utf8(entry)) return name;
  if (const char* name = archive_entry_pathname(entry)) return name;
  return {};
}

}  // namespace

void ArchiveReader::Free::operator()(archive* one) const { archive_read_free(one); }

ArchiveReader::ArchiveReader(const Content& content, FormatBudget& budget)
    : content_(content), budget_(budget) {}

ArchiveReader::~ArchiveReader() = default;

long ArchiveReader::OnRead(archive* one, void* self, const void** buffer) {
  auto& reader = *static_cast<ArchiveReader*>(self);
  reader.budget_left_ = reader.budget_left_ && reader.budget_.Spend(0);
  if (!reader.budget_left_) {
    archive_set_error(one, EINTR, "The budget is used up");
    return -1;
  }
  const std::size_t got =
      reader.content_.ReadAt(reader.offset_, std::span(reader.block_.get(), kBlock));
  reader.offset_ += got;
  *buffer = reader.block_.get();
  return static_cast<long>(got);
}

std::int64_t ArchiveReader::OnSeek(archive*, void* self, std::int64_t offset, int whence) {
  auto& reader = *static_cast<ArchiveReader*>(self);
  const auto size = static_cast<std::int64_t>(reader.content_.size());
  const std::int64_t from = whence == SEEK_SET   ? 0
                            : whence == SEEK_END ? size
                                                 : static_cast<std::int64_t>(reader.offset_);
  std::int64_t place = 0;
  if (__builtin_add_overflow(from, offset, &place) || place < 0) return ARCHIVE_FATAL;
  reader.offset_ = static_cast<std::uint64_t>(place);
  return place;
}

std::int64_t ArchiveReader::OnSkip(archive*, void* self, std::int64_t count) {
  auto& reader = *static_cast<ArchiveReader*>(self);
  const std::uint64_t left =
      reader.content_.size() - std::min(reader.offset_, reader.content_.size());
  const auto skipped = std::clamp<std::int64_t>(count, 0, static_cast<std::int64_t>(left));
  reader.offset_ += static_cast<std::uint64_t>(skipped);
  return skipped;
}

bool ArchiveReader::Open(std::string_view format, std::string_view inner) {
  archive_.reset(archive_read_new());
  if (!archive_) return false;
  if (!SetUp(archive_.get(), format, inner, &skips_cheaply_)) return false;
  repeats_names_ = format == "rar";
  return Connect();
}

bool ArchiveReader::Connect() {
  block_ = std::make_unique_for_overwrite<std::byte[]>(kBlock);
  archive* const one = archive_.get();
  archive_read_set_callback_data(one, this);
  archive_read_set_read_callback(one, OnRead);
  archive_read_set_seek_callback(one, OnSeek);
  archive_read_set_skip_callback(one, OnSkip);
  if (archive_read_open1(one) >= ARCHIVE_WARN) return true;
  NoteError();
  return true;  // the format is read; this one cannot be
}

ArchiveReader::Step ArchiveReader::Next() {
  unpacked_ = 0;
  if (problems_.any() && !budget_left_) return Step::kStopped;
  archive_entry* entry = nullptr;
  const int code = archive_read_next_header(archive_.get(), &entry);
  const Step step = Take(code);
  if (step == Step::kMember) ReadMember(entry);
  return step;
}

ArchiveReader::Step ArchiveReader::Take(int code) {
  if (code == ARCHIVE_EOF) return Step::kEnd;
  if (code >= ARCHIVE_WARN) return Step::kMember;
  NoteError();
  return Step::kStopped;
}

void ArchiveReader::ReadMember(archive_entry* entry) {
  const auto kind = archive_entry_filetype(entry);
  const std::string before = std::exchange(member_, {}).name;
  member_.name = NameOf(entry);
  if (repeats_names_ && member_.name.empty()) member_.name = before;
  member_.folder = kind == AE_IFDIR;
  member_.link = archive_entry_hardlink(entry) != nullptr ||
                 (kind != AE_IFREG && kind != AE_IFDIR && kind != 0);
  member_.leads_out = LeadsOut(entry, member_.name);
  member_.encrypted = archive_entry_is_encrypted(entry) != 0;
  if (archive_entry_size_is_set(entry) != 0) {
    member_.bytes =
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, archive_entry_size(entry)));
  }
}

bool ArchiveReader::ReadAll(const OnBlock& on_block) {
  for (;;) {
    const void* buffer = nullptr;
    std::size_t size = 0;
    std::int64_t offset = 0;
    const int code = archive_read_data_block(archive_.get(), &buffer, &size, &offset);
    if (code == ARCHIVE_EOF) return true;
    if (code < ARCHIVE_WARN) {
      NoteError();
      return false;
    }
    if (offset > 0 && !FillHole(static_cast<std::uint64_t>(offset), on_block)) return false;
    unpacked_ += size;
    if (!on_block(std::span(static_cast<const std::byte*>(buffer), size))) return false;
  }
}

bool ArchiveReader::FillHole(std::uint64_t end, const OnBlock& on_block) {
  static constexpr std::array<std::byte, 4'096> kZeros{};
  while (unpacked_ < end) {
    const auto size =
        static_cast<std::size_t>(std::min<std::uint64_t>(kZeros.size(), end - unpacked_));
    unpacked_ += size;
    if (!on_block(std::span(kZeros).first(size))) return false;
  }
  return true;
}

void ArchiveReader::Skip() {
  if (archive_read_data_skip(archive_.get()) < ARCHIVE_WARN) NoteError();
}

void ArchiveReader::NoteError() {
  if (!budget_left_) return;
  const char* const told = archive_error_string(archive_.get());
  const std::string_view text = told == nullptr ? "" : told;
  Properties found;
  if (archive_errno(archive_.get()) == ENOMEM) found.Add(Property::kUnreadable);
  for (const Complaint& complaint : kComplaints) {
    if (!found.any() && text.find(complaint.word) != text.npos) found.Add(complaint.property);
  }
  if (!found.any()) found.Add(Property::kDamaged);
  problems_.Add(found);
}

}  // namespace gatepost::attachments
