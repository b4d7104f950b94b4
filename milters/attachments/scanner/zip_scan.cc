#include "milters/attachments/scanner/zip_scan.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "milters/attachments/scanner/byte_order.h"
#include "milters/attachments/scanner/container.h"
#include "milters/attachments/scanner/formats.h"
#include "milters/attachments/scanner/link_target.h"
#include "milters/attachments/scanner/zip_directory.h"
#include "milters/attachments/scanner/zip_gaps.h"
#include "milters/attachments/scanner/zip_unpacker.h"

namespace gatepost::attachments {
namespace {

constexpr std::size_t kRecordAhead = 256;
constexpr std::uint64_t kMostDescriptor = 24;  // the sizes behind a member

class ZipScan {
 public:
  ZipScan(ScanRun& run, const Content& content, const Subject& subject)
      : content_(content),
        container_(run, subject, content.size()),
        cursor_(content, kRecordAhead),
        unpacker_(content, run.meter()) {}

  ZipFindings Scan(bool stub);

 private:
  void ScanDirectory(const ZipDirectory& directory);
  void OnListed(const ZipMember& listed);
  void Compare(const ZipMember& listed, const ZipMember& local);
  // Returns where the packed content ends.
  std::uint64_t TellMember(const ZipMember& member, std::uint64_t limit,
                           const std::string& other_name);
  ZipUnpacker::Outcome Stream(const ZipMember& member, std::uint64_t limit, MemberStream& stream);
  static void NoteTarget(const ZipMember& member, std::span<const std::byte> content, Item& item);
  void ScanGaps(const ZipDirectory& directory, bool stub);
  void ScanGap(const ZipExtent& gap, bool stub);
  // Between the members and the directory.
  bool IsOfSignatures(const ZipExtent& gap);
  void ScanBehind(const ZipDirectory& directory);
  // Members by their own records alone, from the first plausible one on. False: there is none.
  bool ScanLocals(std::uint64_t begin, std::uint64_t end);
  std::optional<ZipMember> FindLocal(std::uint64_t begin, std::uint64_t end);
  bool IsEmpty(std::uint64_t begin, std::uint64_t end);

  const Content& content_;
  Container container_;
  ContentCursor cursor_;
  ZipUnpacker unpacker_;
  OfficePackage package_;
  std::vector<ZipExtent> extents_;
};

ZipFindings ZipScan::Scan(bool stub) {
  auto directory = FindZipDirectory(content_);
  if (!directory) directory = FindEarlyZipDirectory(content_, container_.run().meter());
  if (directory) {
    ScanDirectory(*directory);
    if (container_.open()) ScanGaps(*directory, stub);
  } else {
    container_.Add(Property::kTruncated);
    ScanLocals(0, content_.size());
  }
  ZipFindings findings{container_.properties(), package_.type_name()};
  findings.properties.Add(package_.properties());
  return findings;
}

void ZipScan::ScanDirectory(const ZipDirectory& directory) {
  if (directory.many_volumes) container_.Add(Property::kMultiVolume);
  if (directory.ambiguous) container_.Add(Property::kDirectoryMismatch);
  ContentCursor cursor(content_);
  const bool whole = ReadZipDirectory(cursor, directory, [this](const ZipMember& member) {
    if (!container_.Take()) return false;
    OnListed(member);
    return container_.open();
  });
  if (!whole && container_.open()) container_.Add(Property::kDirectoryMismatch);
}

void ZipScan::OnListed(const ZipMember& listed) {
  if (listed.directory_encrypted()) container_.Add(Property::kEncryptedNames);
  auto local = ReadLocalRecord(cursor_, listed.header_offset);
  if (!local) {
    Item item = container_.NewItem(listed.name);
    item.bytes = listed.size;
    item.properties.Add(Property::kDamaged);
    container_.Add(Property::kDamaged);
    return container_.Tell(item);
  }
  Compare(listed, *local);
  const bool same_name = listed.name == local->name;
  ZipMember member = listed;
  member.content_offset = local->content_offset;
  if (member.unicode_name.empty()) member.unicode_name = local->unicode_name;
  constexpr unsigned kSizesFollow = 8;  // which the directory knows
  member.flags = (listed.flags | (local->flags & 1)) & ~kSizesFollow;
  TellMember(member, content_.size(), same_name ? std::string() : local->name);
  const std::uint64_t room = content_.size() - std::min(content_.size(), member.content_offset);
  extents_.push_back(
      {listed.header_offset, member.content_offset + std::min(room, member.compressed)});
}

void ZipScan::Compare(const ZipMember& listed, const ZipMember& local) {
  // Where sizes follow, the record before the member has none or the same.
  const auto same = [&local](std::uint64_t one, std::uint64_t other) {
    return one == other || (local.sizes_follow() && one == 0);
  };
  if (local.name != listed.name || local.method != listed.method ||
      local.encrypted() != listed.encrypted() || !same(local.compressed, listed.compressed) ||
      !same(local.size, listed.size)) {
    // A masked record tells nothing, and belongs to a directory that is encrypted itself.
    const bool masked = local.directory_encrypted() && listed.directory_encrypted();
    if (!masked) container_.Add(Property::kDirectoryMismatch);
  }
}

// What a symbolic link holds is where it leads.
void ZipScan::NoteTarget(const ZipMember& member, std::span<const std::byte> content, Item& item) {
  const std::string_view target(reinterpret_cast<const char*>(content.data()), content.size());
  if (LinkLeadsOut(member.name, target)) item.properties.Add(Property::kPathInName);
}

std::uint64_t ZipScan::TellMember(const ZipMember& member, std::uint64_t limit,
                                  const std::string& other_name) {
  Item item = container_.NewItem(member.name);
  if (!member.unicode_name.empty() && member.unicode_name != member.name) {
    item.names.push_back(NameInUtf8(member.unicode_name));
  }
  item.bytes = member.size;
  if (member.link) item.properties.Add(Property::kLinkMember);
  const ScanBudget& budget = container_.run().budget();
  if (IsBomb(budget, member.size, member.compressed)) item.properties.Add(Property::kBomb);
  std::uint64_t end = member.content_offset + member.compressed;
  if (member.encrypted()) {
    item.properties.Add(Property::kEncryptedMember);
  } else if (!member.folder()) {
    MemberStream stream(container_.run(), std::move(item), container_.member_depth());
    end = Stream(member, limit, stream).end;
    item = std::move(stream.item());
  }
  constexpr std::array kOfWhole{Property::kEncryptedMember, Property::kBomb, Property::kDamaged};
  for (const Property property : kOfWhole) {
    if (item.properties.Has(property)) container_.Add(property);
  }
  if (!member.folder()) container_.Tell(item);
  if (other_name.empty()) return end;
  Item other = container_.NewItem(other_name);
  std::swap(other.names, item.names);
  std::swap(other.path, item.path);
  container_.Tell(item);
  return end;
}

ZipUnpacker::Outcome ZipScan::Stream(const ZipMember& member, std::uint64_t limit,
                                     MemberStream& stream) {
  std::vector<std::byte> wanted;
  const bool wants = package_.Wants(member.name) || member.link;
  bool streams = true;
  std::uint64_t bytes = 0;
  auto outcome = unpacker_.Unpack(member, limit, [&](std::span<const std::byte> block) {
    bytes += block.size();
    if (!container_.Unpack(block.size())) return false;
    if (IsBombSoFar(container_.run().budget(), bytes,
                    unpacker_.read_to() - member.content_offset)) {
      stream.item().properties.Add(Property::kBomb);
      return false;
    }
    const auto room = wants ? OfficePackage::kMostMember - wanted.size() : 0;
    const auto kept = block.first(std::min(room, block.size()));
    wanted.insert(wanted.end(), kept.begin(), kept.end());
    streams = streams && stream.Feed(block);
    return streams || (wants && wanted.size() < OfficePackage::kMostMember);
  });
  if (member.link) NoteTarget(member, wanted, stream.item());
  package_.OnMember(member.name, wanted);
  stream.item().properties.Add(outcome.problems);
  if (outcome.whole && !member.sizes_follow() && bytes != member.size) {
    container_.Add(Property::kDirectoryMismatch);
  }
  stream.Finish();
  return outcome;
}

void ZipScan::ScanGaps(const ZipDirectory& directory, bool stub) {
  auto extents = std::move(extents_);
  extents.push_back({directory.begin, directory.end});
  extents.push_back({directory.tail, directory.file_end - directory.comment});
  const ZipGaps found = FindZipGaps(std::move(extents), directory.file_end - directory.comment);
  if (found.overlap) container_.Add(Property::kDirectoryMismatch);
  for (const ZipExtent& gap : found.gaps) ScanGap(gap, stub && gap.begin == 0);
  ScanBehind(directory);
}

// What Android signs its packages with: its length, then what is signed, its length again, a mark;
// and zeros before it. Nothing else may be there, and no member within it.
bool ZipScan::IsOfSignatures(const ZipExtent& gap) {
  constexpr std::string_view kMark = "APK Sig Block 42";
  constexpr std::uint64_t kLength = 8;
  const std::uint64_t room = gap.end - gap.begin;
  if (room < 2 * kLength + kMark.size()) return false;
  if (cursor_.At(gap.end - kMark.size(), kMark.size()) != kMark) return false;
  const std::uint64_t second = gap.end - kMark.size() - kLength;
  const std::uint64_t length = Little64(cursor_.At(second, kLength), 0);
  if (length < kLength + kMark.size() || length > room - kLength) return false;
  const std::uint64_t begin = gap.end - length - kLength;
  return Little64(cursor_.At(begin, kLength), 0) == length &&
         (begin - gap.begin <= kMostDescriptor || IsEmpty(gap.begin, begin));
}

// Of several kinds that are no secret: sizes behind a member, the signatures of Android's packages.
void ZipScan::ScanGap(const ZipExtent& gap, bool stub) {
  if (gap.begin > 0 && gap.end - gap.begin <= kMostDescriptor) return;
  if (!container_.run().meter().Spend(gap.end - gap.begin)) return;
  if (ScanLocals(gap.begin, gap.end)) {
    container_.Add(Property::kDirectoryMismatch);
    container_.Add(Property::kHiddenData);
  } else if (!stub && !IsEmpty(gap.begin, gap.end) && !IsOfSignatures(gap)) {
    container_.Add(Property::kHiddenData);
  }
}

// The comment may be text; what is behind it may be nothing but line ends of a transfer.
void ZipScan::ScanBehind(const ZipDirectory& directory) {
  const std::uint64_t comment = directory.file_end - directory.comment;
  if (!container_.run().meter().Spend(content_.size() - comment)) return;
  if (ScanLocals(comment, content_.size()) || !IsEmpty(directory.file_end, content_.size())) {
    container_.Add(Property::kHiddenData);
  }
}

bool ZipScan::IsEmpty(std::uint64_t begin, std::uint64_t end) {
  constexpr std::size_t kPiece = 32'768;
  ContentCursor cursor(content_);
  constexpr std::string_view kNothing{"\0\r\n", 3};
  for (; begin < end; begin += kPiece) {
    const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, end - begin));
    if (cursor.At(begin, most).find_first_not_of(kNothing) != std::string_view::npos) return false;
  }
  return true;
}

std::optional<ZipMember> ZipScan::FindLocal(std::uint64_t begin, std::uint64_t end) {
  ContentCursor cursor(content_);
  while (const auto at = FindText(cursor, kZipLocalSignature, begin, end)) {
    auto local = ReadLocalRecord(cursor_, *at);
    if (local && IsPlausible(*local)) return local;
    if (!container_.run().meter().Spend(0)) break;
    begin = *at + kZipLocalSignature.size();
  }
  return std::nullopt;
}

bool ZipScan::ScanLocals(std::uint64_t begin, std::uint64_t end) {
  bool found = false;
  while (auto local = FindLocal(begin, end)) {
    found = true;
    if (!container_.Take()) break;
    const std::uint64_t behind = TellMember(*local, end, {});
    // What is cut within its own record begins behind the end.
    begin = std::max(behind, local->content_offset);
    if (begin >= end || !container_.open()) break;
  }
  return found;
}

}  // namespace

ZipFindings ScanZip(ScanRun& run, const Content& content, const Subject& subject, bool stub) {
  return ZipScan(run, content, subject).Scan(stub);
}

}  // namespace gatepost::attachments
