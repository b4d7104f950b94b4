// ScanRun::Inspect: what a file is decides who looks into it.
#include <algorithm>
#include <array>
#include <memory>

#include "milters/attachments/scanner/apple_scan.h"
#include "milters/attachments/scanner/archive_facts.h"
#include "milters/attachments/scanner/archive_scan.h"
#include "milters/attachments/scanner/arj_scan.h"
#include "milters/attachments/scanner/byte_order.h"
#include "milters/attachments/scanner/cms.h"
#include "milters/attachments/scanner/container.h"
#include "milters/attachments/scanner/embedded_archive.h"
#include "milters/attachments/scanner/file_kind.h"
#include "milters/attachments/scanner/formats.h"
#include "milters/attachments/scanner/mail_scan.h"
#include "milters/attachments/scanner/scan_run.h"
#include "milters/attachments/scanner/stream_watch.h"
#include "milters/attachments/scanner/text_scan.h"
#include "milters/attachments/scanner/zip_scan.h"

namespace gatepost::attachments {
namespace {

using Looker = Properties (*)(ScanRun&, const Content&, const Subject&);

Looker LookerOf(std::string_view name) {
  struct Named {
    std::string_view name;
    Looker looker;
  };
  constexpr std::array kLookers{
      Named{"arj", ScanArj},
      Named{"message", ScanMail},
      Named{"text-file", ScanTextFiles},
      Named{"calendar", ScanCalendar},
      Named{"applesingle", ScanAppleSingle},
      Named{"macbinary", ScanMacBinary},
  };
  const auto found = std::ranges::find(kLookers, name, &Named::name);
  return found == kLookers.end() ? nullptr : found->looker;
}

class Inspection {
 public:
  Inspection(ScanRun& run, const Content& content, const Subject& subject)
      : run_(run), content_(content), subject_(subject) {}

  ScanResult Inspect();

 private:
  void ReadKind();
  bool HoldsOthers() const;
  void LookInto();
  bool LookIntoArchive();
  bool LookIntoDocument();
  bool Inspected(const Properties& properties);
  void Watch();
  void LookForArchive();
  void LookAt(const EmbeddedArchive& found);
  void LookForDocument();
  OnEmbedded TellEmbedded(Container& container);

  ScanRun& run_;
  const Content& content_;
  const Subject& subject_;
  ScanResult result_;
};

ScanResult Inspection::Inspect() {
  ReadKind();
  const Kind kind = result_.type.kind;
  const bool may_be_piece = kind == Kind::kArchive || kind == Kind::kUnknown;
  if (may_be_piece && IsNumberedPiece(subject_.names)) {
    result_.properties.Add(Property::kMultiVolume);
  }
  if (HoldsOthers() && subject_.depth >= run_.budget().depth) {
    result_.properties.Add(Property::kTooDeep);
  } else if (run_.meter().open()) {
    LookInto();
  }
  result_.properties.Add(run_.meter().reached());
  // It is text for all that judge it: what is in it was told.
  if (result_.type.name == "text-file") result_.type.name = "text";
  return result_;
}

void Inspection::ReadKind() {
  const auto most =
      static_cast<std::size_t>(std::min<std::uint64_t>(kDiskImageBytes, content_.size()));
  const auto head = std::make_unique_for_overwrite<std::byte[]>(most);
  const std::size_t got = content_.ReadAt(0, std::span(head.get(), most));
  result_.type = KindOfFile(std::span(head.get(), got), subject_.names, subject_.declared_types);
  // Disk images whose signature is at their end begin with what they hold.
  const Kind kind = result_.type.kind;
  if ((kind != Kind::kUnknown && kind != Kind::kArchive) || content_.size() < kTailBytes) return;
  std::array<std::byte, kTailBytes> tail{};
  if (content_.ReadAt(content_.size() - tail.size(), tail) != tail.size()) return;
  const ContentType by_tail = DetectByTail(tail);
  if (by_tail.kind != Kind::kUnknown) result_.type = by_tail;
}

bool Inspection::HoldsOthers() const {
  constexpr std::array kHolders{Kind::kArchive, Kind::kDiskImage, Kind::kMail, Kind::kDocument};
  if (LookerOf(result_.type.name) != nullptr) return true;
  return std::ranges::find(kHolders, result_.type.kind) != kHolders.end();
}

void Inspection::LookInto() {
  if (LookIntoArchive()) return;
  LookIntoDocument();
  LookForArchive();
}

bool Inspection::LookIntoArchive() {
  const std::string_view name = result_.type.name;
  if (name == "zip") {
    const ZipFindings found = ScanZip(run_, content_, subject_, false);
    if (!found.document_type.empty()) {
      result_.type = {found.document_type, KindOfPackage(found.document_type)};
    }
    return Inspected(found.properties);
  }
  if (IsReadArchive(name)) return Inspected(ScanArchive(run_, name, content_, subject_).properties);
  if (const Looker look = LookerOf(name)) return Inspected(look(run_, content_, subject_));
  if (name == "cms") {
    return Inspected(InspectCms(content_, run_.meter(), [this](const Content& entity) {
      result_.properties.Add(ScanMail(run_, entity, subject_));
    }));
  }
  const bool sealed = result_.type.kind == Kind::kArchive || result_.type.kind == Kind::kDiskImage;
  return sealed && Inspected({Property::kUnreadable});
}

bool Inspection::Inspected(const Properties& properties) {
  result_.properties.Add(properties);
  return true;
}

OnEmbedded Inspection::TellEmbedded(Container& container) {
  return [&container](const std::string& name, const Content& content) {
    if (container.Take()) container.TellContent(container.NewItem(name), content);
  };
}

bool Inspection::LookIntoDocument() {
  const std::string_view name = result_.type.name;
  Container container(run_, subject_, content_.size());
  const OnEmbedded tell = TellEmbedded(container);
  if (name == "ole" || name == "biff") {
    std::string_view told;
    const Properties found = InspectOle(content_, run_.meter(), tell, &told);
    if (!told.empty()) result_.type = {told, KindOfOle(told)};
    return Inspected(found);
  }
  if (name == "pdf") return Inspected(InspectPdf(content_, run_.meter(), tell));
  if (name == "rtf") return Inspected(InspectRtf(content_, run_.meter(), tell));
  if (name == "onenote") return Inspected(InspectOneNote(content_, run_.meter(), tell));
  if (name == "activemime") {
    return Inspected(InspectActiveMime(content_, run_.meter(), tell));
  }
  if (name == "office-xml") return Inspected(InspectFlatOffice(content_, run_.meter(), tell));
  if (name == "tnef") return Inspected(InspectTnef(content_, run_.meter(), tell));
  Watch();
  return false;
}

void Inspection::Watch() {
  constexpr std::size_t kBlock = 32'768;
  StreamWatch watch(result_.type, subject_.names, subject_.declared_types);
  if (!watch.watches()) return;
  const auto block = std::make_unique_for_overwrite<std::byte[]>(kBlock);
  for (std::uint64_t at = 0; at < content_.size(); at += kBlock) {
    const std::size_t got = content_.ReadAt(at, std::span(block.get(), kBlock));
    if (got == 0 || !run_.meter().Spend(got)) break;
    watch.Feed(std::span(block.get(), got));
  }
  result_.properties.Add(watch.Finish());
}

void Inspection::LookForArchive() {
  if (subject_.depth >= run_.budget().depth) return;
  const Kind kind = result_.type.kind;
  if (kind == Kind::kExecutable || kind == Kind::kUnknown) {
    if (kind == Kind::kUnknown) LookForDocument();
    if (const auto found = FindEmbeddedArchive(content_, run_.meter())) return LookAt(*found);
    if (kind == Kind::kUnknown && HoldsZipMember(content_, run_.meter())) LookAt({"zip", 0});
  } else if (kind != Kind::kMail && EndsWithZip(content_)) {
    LookAt({"zip", 0});
  }
}

// A compound file behind a few bytes that a transfer or a hand put before it.
void Inspection::LookForDocument() {
  constexpr std::size_t kBefore = 1'024;
  const std::size_t at = ReadText(content_, 0, kBefore).find("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1");
  if (at == std::string::npos || !run_.meter().Spend(kBefore)) return;
  Container container(run_, subject_, content_.size());
  const ContentWindow window(content_, at, content_.size() - at);
  result_.properties.Add(InspectOle(window, run_.meter(), TellEmbedded(container), nullptr));
  result_.properties.Add(Property::kHiddenData);
}

void Inspection::LookAt(const EmbeddedArchive& found) {
  const bool program = result_.type.kind == Kind::kExecutable;
  Properties properties;
  if (found.format == "zip") {
    properties = ScanZip(run_, content_, subject_, program).properties;
  } else {
    const ContentWindow window(content_, found.offset, content_.size() - found.offset);
    const ArchiveFindings findings = ScanArchive(run_, found.format, window, subject_);
    if (!findings.opened) return;
    properties = findings.properties;
  }
  properties.Add(program ? Property::kSelfExtracting : Property::kHiddenData);
  result_.properties.Add(properties);
}

}  // namespace

ScanResult ScanRun::Inspect(const Content& content, const Subject& subject) {
  return Inspection(*this, content, subject).Inspect();
}

}  // namespace gatepost::attachments
