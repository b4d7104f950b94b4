#include "milters/attachments/scanner/archive_scan.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "milters/attachments/scanner/archive_facts.h"
#include "milters/attachments/scanner/archive_reader.h"
#include "milters/attachments/scanner/container.h"
#include "milters/attachments/scanner/file_kind.h"
#include "milters/attachments/scanner/rar5_list.h"
#include "milters/attachments/scanner/rare_kinds.h"

namespace gatepost::attachments {
namespace {

// One file each, packed.
constexpr std::array<std::string_view, 8> kPackedFiles{"gzip", "bzip2", "xz",   "zstd",
                                                       "lz4",  "lzma",  "lzip", "compress"};
constexpr std::array<std::string_view, 12> kArchives{"rar", "rar5", "7z",   "tar", "cab", "iso",
                                                     "ar",  "deb",  "cpio", "lha", "xar", "rpm"};

struct Ending {
  std::string_view packed;
  std::string_view plain;
};
constexpr std::array kEndings{Ending{".tgz", ".tar"}, Ending{".tbz", ".tar"},
                              Ending{".tbz2", ".tar"}, Ending{".txz", ".tar"},
                              Ending{".svgz", ".svg"}};

// What the packed file is called without the packing: "a.exe.gz" is "a.exe".
std::string PlainName(std::string_view name) {
  for (const Ending& ending : kEndings) {
    if (HasExtension({std::string(name)}, ending.packed)) {
      return std::string(name.substr(0, name.size() - ending.packed.size())).append(ending.plain);
    }
  }
  const std::size_t dot = name.rfind('.');
  return std::string(dot == name.npos || dot == 0 ? name : name.substr(0, dot));
}

class ArchiveScan {
 public:
  ArchiveScan(ScanRun& run, std::string_view format, const Content& content, const Subject& subject)
      : run_(run), format_(format), content_(content), container_(run, subject, content.size()) {}

  ArchiveFindings Scan();

 private:
  void ScanMembers(std::string_view inner);
  void ScanPackedFile();
  void TellMember(ArchiveReader& reader);
  void TellPackedFile(ArchiveReader& reader);
  void Stream(ArchiveReader& reader, MemberStream& stream);
  std::string_view InnerFormat();
  bool IsEncryptedByList();
  void Note(const Properties& problems);

  ScanRun& run_;
  const std::string_view format_;
  const Content& content_;
  Container container_;
  bool opened_ = false;
  std::vector<bool> encrypted_;  // of RAR 5: each member
  std::size_t members_ = 0;      // that the library told
};

ArchiveFindings ArchiveScan::Scan() {
  const Properties facts = FactsOfArchive(format_, content_, run_.budget().dictionary);
  container_.Add(facts);
  constexpr std::string_view kListAtEnd = "7z";
  if (facts.HasAny({Property::kEncryptedNames, Property::kUnreadable}) ||
      (facts.Has(Property::kTruncated) && format_ == kListAtEnd)) {
    return {container_.properties(), true};
  }
  if (format_ == "rar5") encrypted_ = EncryptedRar5Members(content_, run_.meter());
  if (std::ranges::find(kPackedFiles, format_) == kPackedFiles.end()) {
    ScanMembers({});
  } else if (const auto inner = InnerFormat(); inner.empty()) {
    ScanPackedFile();
  } else {
    ScanMembers(inner);
  }
  return {container_.properties(), opened_};
}

// A tape archive within a packed file is read as one thing, without putting it aside.
std::string_view ArchiveScan::InnerFormat() {
  ArchiveReader reader(content_, run_.meter());
  if (!reader.Open(format_) || reader.Next() != ArchiveReader::Step::kMember) return {};
  std::string head;
  reader.ReadAll([&head](std::span<const std::byte> block) {
    constexpr std::size_t kEnough = 512;
    const auto kept = block.first(std::min(block.size(), kEnough));
    head.append(reinterpret_cast<const char*>(kept.data()), kept.size());
    return head.size() < kEnough;
  });
  return IsTarHeader(head) ? "tar" : "";
}

void ArchiveScan::ScanMembers(std::string_view inner) {
  using Step = ArchiveReader::Step;
  ArchiveReader reader(content_, run_.meter());
  if (!reader.Open(format_, inner)) return container_.Add(Property::kUnreadable);
  while (container_.open() && reader.Next() == Step::kMember) {
    opened_ = true;
    ++members_;
    if (!container_.Take()) break;
    TellMember(reader);
  }
  Note(reader.problems());
}

// No member was there: then it is the list of them that is encrypted.
void ArchiveScan::Note(const Properties& problems) {
  Properties all = problems;
  if (!opened_ && all.Has(Property::kEncryptedMember)) {
    all.Remove(Property::kEncryptedMember);
    all.Add(Property::kEncryptedNames);
  }
  opened_ = opened_ || all.Has(Property::kEncryptedNames);
  container_.Add(all);
}

// The library reads what is encrypted as if it were not. Of members beyond the list nobody knows.
bool ArchiveScan::IsEncryptedByList() {
  if (format_ != "rar5") return false;
  if (members_ <= encrypted_.size()) return encrypted_[members_ - 1];
  container_.Add(Property::kUnreadable);
  return false;
}

void ArchiveScan::TellMember(ArchiveReader& reader) {
  const ArchiveMember& member = reader.member();
  if (member.folder) return;
  Item item = container_.NewItem(member.name);
  item.bytes = member.bytes;
  if (member.link) item.properties.Add(Property::kLinkMember);
  if (member.leads_out) item.properties.Add(Property::kPathInName);
  if (member.encrypted || IsEncryptedByList()) {
    item.properties.Add(Property::kEncryptedMember);
    container_.Add(Property::kEncryptedMember);
    if (reader.skips_cheaply()) reader.Skip();
    return container_.Tell(item);
  }
  MemberStream stream(run_, std::move(item), container_.member_depth());
  Stream(reader, stream);
  container_.Tell(stream.item());
}

void ArchiveScan::Stream(ArchiveReader& reader, MemberStream& stream) {
  const bool may_stop = reader.skips_cheaply();
  bool streams = true;
  const Properties before = reader.problems();
  reader.ReadAll([&](std::span<const std::byte> block) {
    if (!container_.Unpack(block.size())) return false;
    streams = streams && stream.Feed(block);
    return streams || !may_stop;
  });
  if (may_stop && !streams && container_.open()) reader.Skip();
  if (reader.problems() != before) stream.item().properties.Add(reader.problems());
  stream.Finish();
}

void ArchiveScan::ScanPackedFile() {
  ArchiveReader reader(content_, run_.meter());
  if (!reader.Open(format_)) return container_.Add(Property::kUnreadable);
  if (reader.Next() == ArchiveReader::Step::kMember && container_.Take()) {
    opened_ = true;
    TellPackedFile(reader);
  }
  Note(reader.problems());
}

// It may have a name of its own, which some programs give to the file and others do not.
void ArchiveScan::TellPackedFile(ArchiveReader& reader) {
  constexpr std::string_view kNoName = "data";
  std::vector<std::string> names;
  for (const std::string& name : container_.subject().names) names.push_back(PlainName(name));
  const std::string& own = reader.member().name;
  if (!own.empty() && own != kNoName && std::ranges::find(names, own) == names.end()) {
    names.insert(names.begin(), NameInUtf8(own));
  }
  Item item = container_.NewItem(names.empty() ? std::string_view(own) : names.front());
  item.names = std::move(names);
  MemberStream stream(run_, std::move(item), container_.member_depth());
  std::uint64_t unpacked = 0;
  reader.ReadAll([&](std::span<const std::byte> block) {
    unpacked += block.size();
    return container_.Unpack(block.size()) && stream.Feed(block) &&
           !IsBombSoFar(run_.budget(), unpacked, reader.packed_bytes());
  });
  // What is left may be no better than what was read so far.
  if (IsBomb(run_.budget(), unpacked, reader.packed_bytes())) {
    stream.item().properties.Add(Property::kBomb);
    container_.Add(Property::kBomb);
  }
  stream.item().properties.Add(reader.problems());
  stream.Finish();
  container_.Tell(stream.item());
}

// Behind the frames that unpackers skip, which zstd and lz4 have in common.
std::uint64_t BehindSkippable(ScanRun& run, const Content& content) {
  std::uint64_t at = 0;
  std::array<char, 8> head;
  while (run.meter().Spend(0)) {
    const std::size_t got = content.ReadAt(at, std::as_writable_bytes(std::span(head)));
    const std::size_t frame = SkippableFrame({head.data(), got});
    if (frame == 0 || frame > content.size() - at) break;
    at += frame;
  }
  return at;
}

ArchiveFindings ScanFrames(ScanRun& run, std::string_view format, const Content& content,
                           const Subject& subject) {
  const std::uint64_t begin = BehindSkippable(run, content);
  const ContentWindow window(content, begin, content.size() - begin);
  std::array<std::byte, 4> head;
  const ContentType type = DetectContentType(std::span(head).first(window.ReadAt(0, head)));
  const bool other = begin > 0 && (type.name == "zstd" || type.name == "lz4");
  return ArchiveScan(run, other ? type.name : format, window, subject).Scan();
}

}  // namespace

ArchiveFindings ScanArchive(ScanRun& run, std::string_view format, const Content& content,
                            const Subject& subject) {
  if (format == "zstd" || format == "lz4") return ScanFrames(run, format, content, subject);
  return ArchiveScan(run, format, content, subject).Scan();
}

bool IsReadArchive(std::string_view format) {
  return std::ranges::find(kPackedFiles, format) != kPackedFiles.end() ||
         std::ranges::find(kArchives, format) != kArchives.end();
}

}  // namespace gatepost::attachments
