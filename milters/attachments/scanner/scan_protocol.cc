#include "milters/attachments/scanner/scan_protocol.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "common/base/strings.h"
#include "common/mime/charset.h"
#include "milters/attachments/content_names.h"
#include "milters/attachments/name_text.h"
#include "milters/attachments/scanner/wire.h"

namespace gatepost::attachments {
namespace {

using base::ErrorKind;
using base::Fail;

enum class FrameKind : std::uint8_t { kScan = 1, kPing, kReady, kRefusal, kMember, kEnd };

constexpr std::size_t kMostReasonBytes = 512;
constexpr std::size_t kSha256Letters = 64;
constexpr std::uint64_t kMostMilliseconds = 3'600'000;
constexpr std::uint64_t kMostMicroseconds = 1'000 * kMostMilliseconds;

// Long enough for all of ContentNames().
constexpr std::size_t kMostTypeNameBytes = 32;
constexpr std::string_view kUnknownType = "unknown";

// Of names, which the milter judges itself, and of what only it or others know.
const Properties& NotTheScanners() {
  static const Properties kThese{
      Property::kDoubleExtension,  Property::kDeceptiveName, Property::kTrailingDots,
      Property::kControlInName,    Property::kLongName,      Property::kNamesDiffer,
      Property::kUnscanned,        Property::kListed,        Property::kMalware,
      Property::kMalwareUnchecked, Property::kOutbreak};
  return kThese;
}

WireWriter Begin(FrameKind kind) {
  WireWriter out;
  out.Number(kScanProtocolVersion, 1);
  out.Number(static_cast<std::uint8_t>(kind), 1);
  return out;
}

// Cut at the beginning of a character.
std::string_view Cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return text.substr(0, most);
}

// As Printable, which makes what it cuts longer than asked for by its "...".
std::string Shown(std::string_view text, std::size_t most) {
  return base::Printable(text.substr(0, most), most);
}

std::string Utf8(std::string_view text, std::size_t most) {
  const std::string_view cut = Cut(text, most);
  return mime::IsUtf8(cut) ? std::string(cut) : Shown(cut, most);
}

void WriteTexts(WireWriter& out, const std::vector<std::string>& texts, std::size_t most_count,
                std::size_t most_bytes) {
  const std::size_t count = std::min(texts.size(), most_count);
  out.Number(count, 1);
  for (std::size_t i = 0; i < count; ++i) out.Text(Utf8(texts[i], most_bytes));
}

std::vector<std::string> ReadTexts(WireReader& in, std::size_t most_count, std::size_t most_bytes) {
  const std::uint64_t count = in.Number(1);
  if (count > most_count) in.Fail();
  std::vector<std::string> texts;
  for (std::uint64_t i = 0; i < count && in.good(); ++i) {
    texts.push_back(in.Text(most_bytes));
    if (!mime::IsUtf8(texts.back())) in.Fail();
  }
  return texts;
}

std::uint32_t ReadNumber(WireReader& in) { return static_cast<std::uint32_t>(in.Number(4)); }

bool ReadFlag(WireReader& in) {
  const std::uint64_t flag = in.Number(1);
  if (flag > 1) in.Fail();
  return flag == 1;
}

void WriteBudget(WireWriter& out, const ScanBudget& budget) {
  for (const std::uint64_t number :
       {std::uint64_t{budget.depth}, std::uint64_t{budget.members}, budget.bytes, budget.ratio,
        budget.ratio_floor, budget.member_bytes,
        static_cast<std::uint64_t>(
            std::clamp<std::int64_t>(budget.time.count(), 0, kMostMilliseconds))}) {
    out.Number(number, 8);
  }
}

ScanBudget ReadBudget(WireReader& in) {
  ScanBudget budget;
  budget.depth = in.Number(8);
  budget.members = in.Number(8);
  budget.bytes = in.Number(8);
  budget.ratio = in.Number(8);
  budget.ratio_floor = in.Number(8);
  budget.member_bytes = in.Number(8);
  const std::uint64_t time = in.Number(8);
  if (time > kMostMilliseconds) in.Fail();
  budget.time = std::chrono::milliseconds(time);
  return budget;
}

void WriteDuration(WireWriter& out, std::chrono::microseconds duration) {
  out.Number(
      static_cast<std::uint64_t>(std::clamp<std::int64_t>(duration.count(), 0, kMostMicroseconds)),
      8);
}

std::chrono::microseconds ReadDuration(WireReader& in) {
  const std::uint64_t duration = in.Number(8);
  if (duration > kMostMicroseconds) in.Fail();
  return std::chrono::microseconds(duration);
}

void WriteType(WireWriter& out, const ContentType& type) {
  out.Text(KnownContentName(type.name).value_or(kUnknownType));
  out.Number(static_cast<std::uint8_t>(type.kind), 1);
}

ContentType ReadType(WireReader& in) {
  const auto name = KnownContentName(in.Text(kMostTypeNameBytes));
  const std::uint64_t kind = in.Number(1);
  if (!name || kind > static_cast<std::uint64_t>(Kind::kMail)) {
    in.Fail();
    return {};
  }
  return {*name, static_cast<Kind>(kind)};
}

void WriteProperties(WireWriter& out, const Properties& properties) {
  out.Number(properties.bits() & ~NotTheScanners().bits(), 8);
}

Properties ReadProperties(WireReader& in) {
  const std::uint64_t bits = in.Number(8);
  const Properties properties = Properties::FromBits(bits);
  if (properties.bits() != bits || properties.HasAny(NotTheScanners())) in.Fail();
  return properties;
}

bool IsSha256(std::string_view text) {
  return text.size() == kSha256Letters && std::ranges::all_of(text, [](char c) {
           return base::IsAsciiDigit(c) || (c >= 'a' && c <= 'f');
         });
}

void WriteItem(WireWriter& out, const Item& item) {
  out.Text(ShownName(item.path, kMostPathBytes));
  out.Number(item.member ? 1 : 0, 1);
  WriteTexts(out, item.names, kMostWireNames, kMostWireNameBytes);
  WriteTexts(out, item.declared_types, kMostWireTypes, kMostWireTypeBytes);
  WriteType(out, item.type);
  out.Number(item.bytes, 8);
  WriteProperties(out, item.properties);
  out.Text(IsSha256(item.sha256) ? item.sha256 : "");
}

Item ReadItem(WireReader& in) {
  Item item;
  item.path = in.Text(kMostPathBytes);
  if (ShownName(item.path, kMostPathBytes) != item.path) in.Fail();
  item.member = ReadFlag(in);
  item.names = ReadTexts(in, kMostWireNames, kMostWireNameBytes);
  item.declared_types = ReadTexts(in, kMostWireTypes, kMostWireTypeBytes);
  item.type = ReadType(in);
  item.bytes = in.Number(8);
  item.properties = ReadProperties(in);
  item.sha256 = in.Text(kSha256Letters);
  if (!item.sha256.empty() && !IsSha256(item.sha256)) in.Fail();
  return item;
}

Frame FormatOne(const ScanOrder& order) {
  WireWriter out = Begin(FrameKind::kScan);
  out.Number(order.number, 4);
  WriteTexts(out, order.request.names, kMostWireNames, kMostWireNameBytes);
  WriteTexts(out, order.request.declared_types, kMostWireTypes, kMostWireTypeBytes);
  out.Number(order.request.sha256 ? 1 : 0, 1);
  WriteBudget(out, order.request.budget);
  out.Number(order.size, 8);
  const bool inside = order.size <= kMostScanBytesInside && order.bytes.size() == order.size;
  out.Number(inside ? 1 : 0, 1);
  if (inside) out.Bytes(order.bytes);
  return out.Take();
}

Frame FormatOne(const PingOrder&) { return Begin(FrameKind::kPing).Take(); }

Frame FormatOne(const ScannerReady& ready) {
  WireWriter out = Begin(FrameKind::kReady);
  out.Number(ready.seccomp ? 1 : 0, 1);
  out.Number(ready.landlock, 1);
  out.Number(ready.memory_limit ? 1 : 0, 1);
  return out.Take();
}

Frame FormatOne(const ScannerRefusal& refusal) {
  WireWriter out = Begin(FrameKind::kRefusal);
  out.Text(Shown(refusal.reason, kMostReasonBytes));
  return out.Take();
}

Frame FormatOne(const ScanMember& member) {
  WireWriter out = Begin(FrameKind::kMember);
  out.Number(member.number, 4);
  WriteItem(out, member.item);
  return out.Take();
}

Frame FormatOne(const ScanEnd& end) {
  WireWriter out = Begin(FrameKind::kEnd);
  out.Number(end.number, 4);
  WriteType(out, end.result.type);
  WriteProperties(out, end.result.properties);
  WriteDuration(out, end.result.spent);
  out.Number(end.result.unpacked, 8);
  out.Number(end.peak_kilobytes, 4);
  return out.Take();
}

ScanOrder ReadScanOrder(WireReader& in) {
  ScanOrder order;
  order.number = ReadNumber(in);
  order.request.names = ReadTexts(in, kMostWireNames, kMostWireNameBytes);
  order.request.declared_types = ReadTexts(in, kMostWireTypes, kMostWireTypeBytes);
  order.request.sha256 = ReadFlag(in);
  order.request.budget = ReadBudget(in);
  order.size = in.Number(8);
  if (order.size > std::numeric_limits<std::int64_t>::max()) in.Fail();
  if (!ReadFlag(in)) return order;
  if (order.size > kMostScanBytesInside) in.Fail();
  order.bytes = in.Bytes(order.size);
  return order;
}

ScannerReady ReadReady(WireReader& in) {
  ScannerReady ready;
  ready.seccomp = ReadFlag(in);
  ready.landlock = static_cast<std::uint8_t>(in.Number(1));
  ready.memory_limit = ReadFlag(in);
  return ready;
}

ScannerRefusal ReadRefusal(WireReader& in) {
  return {base::Printable(in.Text(kMostReasonBytes), kMostReasonBytes)};
}

ScanMember ReadMember(WireReader& in) {
  ScanMember member;
  member.number = ReadNumber(in);
  member.item = ReadItem(in);
  return member;
}

ScanEnd ReadEnd(WireReader& in) {
  ScanEnd end;
  end.number = ReadNumber(in);
  end.result.type = ReadType(in);
  end.result.properties = ReadProperties(in);
  end.result.spent = ReadDuration(in);
  end.result.unpacked = in.Number(8);
  end.peak_kilobytes = ReadNumber(in);
  return end;
}

// Nothing for what is no frame of this release.
std::optional<FrameKind> ReadKind(WireReader& in) {
  if (in.Number(1) != kScanProtocolVersion) return std::nullopt;
  const std::uint64_t kind = in.Number(1);
  if (!in.good()) return std::nullopt;
  return static_cast<FrameKind>(kind);
}

template <class Value>
base::Result<Value> Checked(const WireReader& in, Value value) {
  if (!in.whole()) return Fail(ErrorKind::kInvalid, "a frame that is cut, too long or garbled");
  return value;
}

}  // namespace

Frame Format(const Order& order) {
  return std::visit([](const auto& one) { return FormatOne(one); }, order);
}

Frame Format(const Answer& answer) {
  return std::visit([](const auto& one) { return FormatOne(one); }, answer);
}

base::Result<Order> ParseOrder(std::span<const std::byte> frame) {
  WireReader in(frame.first(std::min(frame.size(), kMostFrameBytes + 1)));
  const auto kind = ReadKind(in);
  if (kind == FrameKind::kScan) {
    Order order = ReadScanOrder(in);
    return Checked(in, std::move(order));
  }
  if (kind == FrameKind::kPing) return Checked(in, Order(PingOrder()));
  return Fail(ErrorKind::kInvalid, "no order of this release");
}

base::Result<Answer> ParseAnswer(std::span<const std::byte> frame) {
  WireReader in(frame.first(std::min(frame.size(), kMostFrameBytes + 1)));
  const auto kind = ReadKind(in);
  std::optional<Answer> answer;
  if (kind == FrameKind::kReady) answer = ReadReady(in);
  if (kind == FrameKind::kRefusal) answer = ReadRefusal(in);
  if (kind == FrameKind::kMember) answer = ReadMember(in);
  if (kind == FrameKind::kEnd) answer = ReadEnd(in);
  if (!answer) return Fail(ErrorKind::kInvalid, "no answer of this release");
  return Checked(in, *std::move(answer));
}

}  // namespace gatepost::attachments
