#include "tests/support/dns_packet.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "common/base/strings.h"

namespace gatepost::test {
namespace {

constexpr unsigned kResponse = 0x8000;
constexpr unsigned kTruncated = 0x0200;
constexpr unsigned kRecursion = 0x0180;  // RD, RA
constexpr unsigned kAuthenticated = 0x0020;
constexpr unsigned kServFail = 2;
constexpr unsigned kNxDomain = 3;
constexpr std::uint16_t kTypeOpt = 41;
constexpr std::size_t kHeaderBytes = 12;
constexpr std::uint32_t kNegativeTtl = 60;
constexpr std::size_t kLargestTcp = 65535;

unsigned At16(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned>(static_cast<unsigned char>(bytes[at]) << 8 |
                               static_cast<unsigned char>(bytes[at + 1]));
}

// Text with \DDD and \c, resolved; `dot` gets the places of dots that were not escaped.
std::string Unescape(std::string_view text, std::vector<std::size_t>* dots) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '.' && dots != nullptr) dots->push_back(bytes.size());
    const bool escape = text[i] == '\\' && i + 1 < text.size();
    if (escape && base::IsAsciiDigit(text[i + 1]) && i + 3 < text.size()) {
      bytes += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 3))));
      i += 3;
    } else {
      bytes += escape ? text[++i] : text[i];
    }
  }
  return bytes;
}

std::string Address(int family, const std::string& text) {
  std::array<char, 16> bytes{};
  if (inet_pton(family, text.c_str(), bytes.data()) != 1) {
    throw std::invalid_argument("bad address in zone: " + text);
  }
  return {bytes.data(), family == AF_INET ? 4U : 16U};
}

std::string Strings(const std::vector<std::string>& fields) {
  std::string wire;
  for (const std::string& field : fields) {
    const std::string bytes = Unescape(field, nullptr);
    std::size_t at = 0;
    do {  // one string holds 255 bytes at most
      const std::string part = bytes.substr(at, 255);
      wire += static_cast<char>(part.size());
      wire += part;
      at += 255;
    } while (at < bytes.size());
  }
  return wire;
}

std::string Header(const DnsQuestion& question, unsigned flags, std::size_t answers,
                   std::size_t authorities, std::size_t additionals) {
  return Number16(question.id) + Number16(kResponse | kRecursion | flags) + Number16(1) +
         Number16(static_cast<unsigned>(answers)) + Number16(static_cast<unsigned>(authorities)) +
         Number16(static_cast<unsigned>(additionals));
}

std::string Opt(unsigned extended_code) {
  return std::string(1, '\0') + Number16(kTypeOpt) + Number16(1232) +
         Number32(extended_code << 24U) + Number16(0);
}

std::string Soa() {
  const std::string content = WireName("ns.test") + WireName("hostmaster.test") + Number32(1) +
                              Number32(3600) + Number32(600) + Number32(86400) +
                              Number32(kNegativeTtl);
  return WireRecord(std::string(1, '\0'), kTypeSoa, 300, content);
}

// Records that must never be believed.
std::string FalseContent(std::uint16_t type) {
  ZoneRecord record;
  record.type = type;
  switch (type) {
    case kTypeA:
      record.fields = {"203.0.113.66"};
      break;
    case kTypeAaaa:
      record.fields = {"2001:db8::66"};
      break;
    case kTypeMx:
      record.fields = {"0", "liar.test"};
      break;
    case kTypeTxt:
      record.fields = {"false"};
      break;
    default:
      record.fields = {"liar.test"};
  }
  return WireContent(record);
}

std::string HugeContent(std::uint16_t type) {
  if (type != kTypeTxt) return FalseContent(type);
  return Strings({std::string(200, 'x')});
}

// Collects sections, so that the header is written last.
struct Message {
  unsigned flags = 0;
  bool edns = true;  // the server knows it
  std::string records;
  std::size_t answers = 0;
  std::size_t authorities = 0;

  void Add(const std::string& record) {
    records += record;
    ++answers;
  }
  void AddSoa() {
    records += Soa();
    ++authorities;
  }
  std::string Format(const DnsQuestion& question, unsigned extended_code = 0) const {
    const std::string opt = question.edns && edns ? Opt(extended_code) : "";
    return Header(question, flags, answers, authorities, opt.empty() ? 0 : 1) + question.wire +
           records + opt;
  }
};

unsigned CodeOf(const Behaviours& behaviours, const DnsQuestion& question) {
  if (behaviours.Has("formerr") || (behaviours.Has("no-edns") && question.edns)) return 1;
  if (behaviours.Has("servfail")) return kServFail;
  if (behaviours.Has("notimp")) return 4;
  if (behaviours.Has("refused")) return 5;
  return 0;
}

void AddRecords(Message& message, const DnsQuestion& question, const ZoneAnswer& found,
                const Behaviours& behaviours) {
  if (behaviours.Has("extra")) {
    message.Add(WireRecord(WireName("liar.test"), question.type, 300, FalseContent(question.type)));
  }
  if (behaviours.Has("loop")) {
    const auto here = static_cast<unsigned>(kHeaderBytes + question.wire.size());
    message.Add(
        WireRecord(Number16(0xc000U | here), question.type, 300, FalseContent(question.type)));
  }
  for (const ZoneRecord& record : found.records) {
    const bool same = record.owner == question.name;
    const std::string owner = behaviours.Has("lie") ? WireName("liar.test")
                              : same                ? Number16(0xc000U | kHeaderBytes)
                                                    : WireName(record.owner);
    message.Add(WireRecord(owner, record.type, record.ttl, WireContent(record)));
  }
  for (unsigned i = 0; i < behaviours.Value("huge"); ++i) {
    message.Add(WireRecord(Number16(0xc000U | kHeaderBytes), question.type, 300,
                           HugeContent(question.type)));
  }
}

std::string Spoil(std::string packet, const DnsQuestion& question, const Behaviours& behaviours) {
  const std::size_t records = kHeaderBytes + question.wire.size();
  if (behaviours.Has("garbage")) {
    packet.resize(records);
    packet.replace(6, 2, Number16(3));
    packet += std::string(64, '\xff');
  }
  if (behaviours.Has("random")) {
    std::mt19937 random(question.id);
    for (std::size_t i = records; i < packet.size(); ++i) packet[i] = static_cast<char>(random());
  }
  if (behaviours.Has("cut")) packet.resize(records + (packet.size() - records) / 2);
  if (behaviours.Has("empty")) packet.clear();
  return packet;
}

std::string Truncated(const DnsQuestion& question) {
  Message message;
  message.flags = kTruncated;
  return message.Format(question);
}

bool MustTruncate(const Behaviours& behaviours, bool tcp) {
  if (behaviours.Has("truncate-always")) return true;
  return !tcp &&
         (behaviours.Has("truncate") || behaviours.Has("tcp-hang") || behaviours.Has("tcp-close"));
}

}  // namespace

std::string Number16(unsigned value) {
  return {static_cast<char>(value >> 8U), static_cast<char>(value)};
}

std::string Number32(std::uint32_t value) { return Number16(value >> 16U) + Number16(value); }

std::string WireName(std::string_view name) {
  std::vector<std::size_t> dots;
  const std::string bytes = Unescape(name, &dots);
  std::string wire;
  std::size_t start = 0;
  dots.push_back(bytes.size());
  for (const std::size_t dot : dots) {
    const std::string label = bytes.substr(start, dot - start);
    if (!label.empty()) wire += static_cast<char>(label.size()) + label;
    start = dot + 1;
  }
  return wire + '\0';
}

std::string WireRecord(const std::string& wire_owner, std::uint16_t type, std::uint32_t ttl,
                       const std::string& content) {
  return wire_owner + Number16(type) + Number16(1) + Number32(ttl) +
         Number16(static_cast<unsigned>(content.size())) + content;
}

std::string WireContent(const ZoneRecord& record) {
  switch (record.type) {
    case kTypeA:
      return Address(AF_INET, record.fields[0]);
    case kTypeAaaa:
      return Address(AF_INET6, record.fields[0]);
    case kTypeMx:
      return Number16(static_cast<unsigned>(std::stoul(record.fields[0]))) +
             WireName(record.fields[1]);
    case kTypeTxt:
      return Strings(record.fields);
    default:
      return WireName(record.fields[0]);
  }
}

std::optional<DnsQuestion> ReadDnsQuestion(std::string_view packet) {
  DnsQuestion question;
  if (packet.size() < kHeaderBytes || At16(packet, 4) != 1) return std::nullopt;
  question.id = static_cast<std::uint16_t>(At16(packet, 0));
  question.wants_ad = (At16(packet, 2) & kAuthenticated) != 0;
  std::size_t at = kHeaderBytes;
  while (at < packet.size() && packet[at] != 0) {
    const auto length = static_cast<std::size_t>(static_cast<unsigned char>(packet[at]));
    if (length > 63 || at + 1 + length >= packet.size()) return std::nullopt;
    if (!question.name.empty()) question.name += '.';
    question.name += base::ToLower(packet.substr(at + 1, length));
    at += 1 + length;
  }
  if (at + 5 > packet.size()) return std::nullopt;
  question.type = static_cast<std::uint16_t>(At16(packet, at + 1));
  question.wire = packet.substr(kHeaderBytes, at + 5 - kHeaderBytes);
  question.edns = At16(packet, 10) == 1 && packet.size() >= at + 5 + 11;
  if (question.edns) question.udp_bytes = std::max<std::size_t>(512, At16(packet, at + 8));
  return question;
}

std::string MakeDnsAnswer(const DnsQuestion& question, const DnsZone& zone, bool tcp) {
  const Behaviours behaviours = zone.FindBehaviours(question.name, question.type);
  if (MustTruncate(behaviours, tcp)) return Truncated(question);
  Message message;
  message.flags = CodeOf(behaviours, question);
  message.edns = !behaviours.Has("no-edns");
  if (behaviours.Has("ad") && question.wants_ad) message.flags |= kAuthenticated;
  const ZoneAnswer found = zone.Find(question.name, question.type);
  const bool failed = (message.flags & 0xfU) != 0 || behaviours.Has("badvers");
  if (!failed) AddRecords(message, question, found, behaviours);
  if (!failed && !found.name_exists && message.answers == found.records.size()) {
    message.flags |= kNxDomain;
  }
  const bool nothing = found.records.empty() || found.records.back().type != question.type;
  if (!failed && nothing && message.answers == found.records.size()) message.AddSoa();
  std::string packet =
      Spoil(message.Format(question, behaviours.Has("badvers") ? 1 : 0), question, behaviours);
  if (packet.size() > (tcp ? kLargestTcp : question.udp_bytes)) return Truncated(question);
  return packet;
}

std::string MakeForgedAnswer(const DnsQuestion& question, bool wrong_id) {
  DnsQuestion other = question;
  if (wrong_id) {
    other.id = static_cast<std::uint16_t>(question.id ^ 0x5555U);
  } else {
    other.wire = WireName("liar.test") + Number16(question.type) + Number16(1);
  }
  Message message;
  message.Add(WireRecord(Number16(0xc000U | kHeaderBytes), question.type, 300,
                         FalseContent(question.type)));
  return message.Format(other);
}

}  // namespace gatepost::test
