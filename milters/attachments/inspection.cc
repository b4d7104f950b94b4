#include "milters/attachments/inspection.h"

#include <algorithm>
#include <utility>

#include "common/base/strings.h"
#include "milters/attachments/outbreak.h"
#include "milters/attachments/scanner/file_kind.h"
#include "milters/attachments/type_by_name.h"

namespace gatepost::attachments {
namespace {

constexpr std::string_view kNoName = "(no name)";

// Another reading of a part lies beside it.
bool Holds(std::string_view outer, std::string_view inner) {
  return inner.starts_with(outer) && inner.substr(outer.size()) != "~=";
}

// The message's own text is no file, whatever it is called.
bool IsPlainBody(const ContentType& type, const mime::Part& part) {
  return type.kind == Kind::kText && part.names.empty();
}

std::string Hexadecimal(const auth::Sha256Digest& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const auto byte : digest) {
    const auto value = static_cast<unsigned>(byte);
    text += kDigits[value >> 4];
    text += kDigits[value & 15];
  }
  return text;
}

}  // namespace

Inspection::Inspection(const InspectionLimits& limits, ScannerClient& scanner,
                       const base::Clock& clock, ItemSink& sink)
    : limits_(limits), scanner_(scanner), clock_(clock), sink_(sink) {}

void Inspection::OnPart(const mime::Part& part) {
  Open open{part.number, part.path, ShownPath(part), {}};
  open.readings.resize(part.encodings.size());
  open_.push_back(std::move(open));
}

// By names: that of each attached message around it, and its own.
std::string Inspection::ShownPath(const mime::Part& part) const {
  std::string outer;
  for (const Open& open : open_) {
    if (!open.path.empty() && Holds(open.place, part.path)) outer = open.path;
  }
  if (!part.names.empty()) return PathWithin(outer, NameToShow(part.names));
  if (part.path.empty()) return "";
  return part.IsOfClass("multipart") ? outer : PathWithin(outer, kNoName);
}

Inspection::Open* Inspection::Find(std::size_t number) {
  const auto found = std::ranges::find(open_.rbegin(), open_.rend(), number, &Open::number);
  return found == open_.rend() ? nullptr : &*found;
}

void Inspection::OnContent(const mime::Part& part, std::size_t encoding,
                           std::span<const std::byte> content) {
  Open* const open = Find(part.number);
  if (open == nullptr || encoding >= open->readings.size()) return;
  Reading& reading = open->readings[encoding];
  reading.bytes += content.size();
  if (reading.decided) return Pass(reading, content);
  if (reading.head.empty() && content.size() >= kSignatureBytes) {
    Decide(part, reading, content);
    return Pass(reading, content);
  }
  reading.head.insert(reading.head.end(), content.begin(), content.end());
  if (reading.head.size() < kSignatureBytes) return;
  Decide(part, reading, reading.head);
  Pass(reading, std::exchange(reading.head, {}));
}

bool Inspection::WantsHash(const ContentType& type, const mime::Part& part) const {
  if (limits_.sha256) return !IsPlainBody(type, part);
  return limits_.sha256_of_files && Outbreaks::Counts(type.kind);
}

void Inspection::Decide(const mime::Part& part, Reading& reading, std::span<const std::byte> head) {
  reading.decided = true;
  reading.type = KindOfFile(head, part.names, part.types);
  // Media hold no files that a double click opens, and text is judged by its name and its markup,
  // unless the name says that it is neither.
  reading.inspects = MayHoldMore(reading.type, part.names);
  reading.watch = StreamWatch(reading.type, part.names, part.types);
  if (reading.type.kind == Kind::kMedia && !reading.inspects) reading.behind.emplace();
  if (reading.type.name == "calendar" && !NamesArchive(part.names)) reading.calendar.emplace();
  if (reading.inspects) PutAside(reading);
  if (WantsHash(reading.type, part)) reading.hash.emplace();
}

// Parts within each other that are each read as a whole, too, share the room: the sum stays below a
// few times what one may have.
void Inspection::PutAside(Reading& reading) {
  std::size_t others = 0;
  for (const Open& open : open_) {
    others += static_cast<std::size_t>(std::ranges::count_if(
        open.readings, [](const Reading& other) { return other.spool.has_value(); }));
  }
  reading.crowded = others >= kMostPutAside;
  if (reading.crowded) return;
  reading.room = limits_.spool_bytes / (others + 1);
  reading.spool.emplace(limits_.spool_folder, reading.room);
}

void Inspection::Pass(Reading& reading, std::span<const std::byte> content) {
  reading.watch.Feed(content);
  if (reading.hash) reading.hash->Update(content);
  if (reading.spool) reading.spool->Append(content);
  if (reading.calendar) reading.calendar->Feed(content);
  if (reading.behind) Watch(reading, content);
}

// A picture with a zip behind it: what stands from there on is looked into.
void Inspection::Watch(Reading& reading, std::span<const std::byte> content) {
  const auto place = reading.behind->Feed(content);
  if (!place) return;
  reading.behind.reset();
  PutAside(reading);
  if (!reading.spool) return;
  reading.spool->Append(std::as_bytes(std::span(place->before)));
  reading.spool->Append(content.subspan(place->at));
}

void Inspection::OnPartEnd(const mime::Part& part) {
  // A file in the text of a part may end while parts that began after it are open.
  const auto ended = std::ranges::find(open_, part.number, &Open::number);
  if (ended == open_.end()) return;
  Open open = std::move(*ended);
  open_.erase(ended);
  bool told = false;
  for (Reading& reading : open.readings) {
    if (reading.bytes == 0) continue;
    TellReading(part, open, reading);
    told = true;
  }
  if (!told) TellWithoutContent(part, open);
  sink_.OnPartDone(part);
}

void Inspection::TellReading(const mime::Part& part, const Open& open, Reading& reading) {
  if (!reading.decided) {
    Decide(part, reading, reading.head);
    Pass(reading, reading.head);
  }
  Item item = ToItem(part);
  item.path = open.path;
  item.type = reading.type;
  item.bytes = reading.bytes;
  item.properties.Add(reading.watch.Finish());
  if (reading.hash) item.sha256 = Hexadecimal(reading.hash->Finish());
  if (reading.crowded) item.properties.Add(Property::kTooDeep);
  const bool plain = reading.calendar && !reading.calendar->may_hold_file();
  if (reading.spool && !plain) LookInto(reading, item);
  item.type = TypeByName(item.names, item.type);
  ++items_;
  sink_.OnItem(std::move(item));
}

// What only holds other parts, and what is empty: its names and oddities count all the same.
void Inspection::TellWithoutContent(const mime::Part& part, const Open& open) {
  Item item = ToItem(part);
  item.path = open.path;
  ++items_;
  sink_.OnItem(std::move(item));
}

void Inspection::LookInto(Reading& reading, Item& item) {
  const ScanBudget budget = BudgetLeft();
  if (!reading.spool->good() && reading.bytes > reading.room) {
    return item.properties.Add(Property::kOverBudget);
  }
  if (budget.time.count() <= 0 || budget.members == 0) {
    return item.properties.Add(Property::kOverBudget);
  }
  if (scanned_ >= limits_.scan_wait) {
    item.properties.Add(Property::kUnscanned);
    return NoteTrouble({base::ErrorKind::kTimeout, "the scanner took too long"});
  }
  const std::size_t before = members_;
  const base::SteadyTime start = clock_.Steady();
  const auto result = Ask(reading, item);
  scanned_ += clock_.Steady() - start;
  reading.spool.reset();
  if (result) return Apply(*result, reading.inspects, members_ > before, item);
  item.properties.Add(Property::kUnscanned);
  NoteTrouble(result.error());
}

base::Result<ScanResult> Inspection::Ask(Reading& reading, const Item& item) {
  const auto file = reading.spool->File();
  if (!file) return tl::unexpected(file.error());
  const ScanRequest request{item.names, item.declared_types, limits_.sha256, BudgetLeft()};
  return scanner_.Scan(
      request, *file, [&](Item&& member) { TellMember(item, std::move(member)); },
      clock_.Steady() + std::max(limits_.scan_wait - scanned_, std::chrono::nanoseconds(0)));
}

// Of a picture it is what was found behind it: chance, unless there were members.
void Inspection::Apply(const ScanResult& result, bool whole, bool members, Item& item) {
  spent_ += result.spent;
  unpacked_ += result.unpacked;
  if (!whole && !members) return;
  item.properties.Add(result.properties);
  if (!whole) return item.properties.Add(Property::kHiddenData);
  if (result.type.kind != Kind::kUnknown) item.type = result.type;
}

void Inspection::TellMember(const Item& outer, Item member) {
  member.member = true;
  member.part = outer.part;
  member.path = PathWithin(outer.path.empty() ? kNoName : outer.path, member.path);
  ++members_;
  ++items_;
  sink_.OnItem(std::move(member));
}

ScanBudget Inspection::BudgetLeft() const {
  ScanBudget left = limits_.scan;
  left.members -= std::min(left.members, members_);
  left.bytes -= std::min(left.bytes, unpacked_);
  left.time -= std::chrono::duration_cast<std::chrono::milliseconds>(spent_);
  return left;
}

void Inspection::OnWalkLimit(mime::WalkLimit limit) {
  message_.Add(limit == mime::WalkLimit::kDepth ? Property::kTooDeep : Property::kTooManyParts);
}

void Inspection::NoteTrouble(base::Error error) {
  if (!trouble_) trouble_ = std::move(error);
}

}  // namespace gatepost::attachments
