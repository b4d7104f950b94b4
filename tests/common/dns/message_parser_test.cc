#include "common/dns/message_parser.h"

#include "tests/support/dns_packet.h"

namespace gatepost::dns {
namespace {

using test::Number16;
using test::Number32;
using test::WireName;
using testing::ElementsAre;

constexpr unsigned kPlain = 0x8180;  // QR, RD, RA, no error
constexpr unsigned kNxDomain = 0x8183;
constexpr std::size_t kNameAt = 12;

std::string Pointer(std::size_t to) { return Number16(static_cast<unsigned>(0xc000U | to)); }

std::string Text(const std::string& owner, const std::string& text, std::uint32_t ttl = 300) {
  return test::WireRecord(owner, test::kTypeTxt, ttl, static_cast<char>(text.size()) + text);
}
std::string Cname(const std::string& owner, const std::string& target, std::uint32_t ttl = 300) {
  return test::WireRecord(owner, test::kTypeCname, ttl, target);
}
std::string Soa(const std::string& zone, std::uint32_t ttl, std::uint32_t minimum) {
  return test::WireRecord(
      WireName(zone), test::kTypeSoa, ttl,
      WireName("ns.test") + WireName("root.test") + std::string(16, '\1') + Number32(minimum));
}
std::string Opt(std::uint32_t ttl) {
  return std::string(1, '\0') + Number16(41) + Number16(1232) + Number32(ttl) + Number16(0);
}

// A packet for the question "a.test TXT", section by section.
struct Packet {
  unsigned flags = kPlain;
  std::string question = WireName("a.test") + Number16(16) + Number16(1);
  std::vector<std::string> answers;
  std::vector<std::string> authorities;
  std::vector<std::string> additionals;

  std::string Bytes() const {
    std::string bytes = Number16(7) + Number16(flags) + Number16(1);
    for (const auto* section : {&answers, &authorities, &additionals}) {
      bytes += Number16(static_cast<unsigned>(section->size()));
    }
    bytes += question;
    for (const auto* section : {&answers, &authorities, &additionals}) {
      for (const std::string& record : *section) bytes += record;
    }
    return bytes;
  }
};

Answer Parse(const std::string& bytes, std::string_view name = "a.test",
             RecordType type = RecordType::kTxt) {
  return ParseMessage({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()},
                      Question::Parse(name, type).value());
}

Packet WithAnswers(std::vector<std::string> answers) {
  Packet packet;
  packet.answers = std::move(answers);
  return packet;
}

std::vector<std::string> Texts(const Answer& answer) {
  std::vector<std::string> texts;
  for (const Record& record : answer.records) texts.push_back(record.text);
  return texts;
}

TEST(MessageParser, ReadsCompressedNamesInAnyCase) {
  Packet packet = WithAnswers({Cname(Pointer(kNameAt), std::string("\1B") + Pointer(kNameAt + 2)),
                               Text(WireName("b.TEST"), "x")});
  packet.question = WireName("A.Test") + Number16(16) + Number16(1);
  const Answer answer = Parse(packet.Bytes());
  EXPECT_EQ(answer.status, Status::kOk);
  EXPECT_THAT(Texts(answer), ElementsAre("x"));
}

TEST(MessageParser, TakesTheLeastTtlOfWhatItUses) {
  const Answer answer =
      Parse(WithAnswers({Text(WireName("other.test"), "x", 1),
                         Cname(Pointer(kNameAt), WireName("b.test"), 70),
                         Text(WireName("b.test"), "x", 90), Text(WireName("b.test"), "y", 80)})
                .Bytes());
  EXPECT_EQ(answer.ttl.count(), 70);
  EXPECT_THAT(Texts(answer), ElementsAre("x", "y"));
}

TEST(MessageParser, TakesTheTtlOfNegativeAnswersFromTheSoaRecord) {  // RFC 2308 section 5
  struct Case {
    std::string soa;
    int ttl;
  };
  for (const Case& c : {Case{Soa("test", 100, 60), 60}, Case{Soa("a.test", 50, 60), 50},
                        Case{Soa("", 300, 60), 60}, Case{Soa("other.test", 300, 60), 0},
                        Case{Soa("st", 300, 60), 0}, Case{Soa("test", 0x80000000U, 60), 0}}) {
    Packet packet;
    packet.authorities = {c.soa};
    for (const unsigned flags : {kPlain, kNxDomain}) {
      packet.flags = flags;
      const Answer answer = Parse(packet.Bytes());
      EXPECT_EQ(answer.status, flags == kPlain ? Status::kNoData : Status::kNxDomain);
      EXPECT_EQ(answer.ttl.count(), c.ttl) << c.soa;
    }
  }
  EXPECT_EQ(Parse(Packet().Bytes()).ttl.count(), 0);
}

TEST(MessageParser, ACnameThatLeadsOutOfTheAnswerIsNoData) {
  const Answer answer = Parse(WithAnswers({Cname(Pointer(kNameAt), WireName("b.test"))}).Bytes());
  EXPECT_EQ(answer.status, Status::kNoData);
}

TEST(MessageParser, IgnoresRecordsOfOtherNamesTypesAndClasses) {
  std::string chaos = Text(Pointer(kNameAt), "chaos");
  chaos[5] = 3;
  const Answer answer = Parse(WithAnswers({Text(WireName("b.test"), "other"), chaos,
                                           test::WireRecord(Pointer(kNameAt), 46, 9, "RRSIG"),
                                           Text(Pointer(kNameAt), "true")})
                                  .Bytes());
  EXPECT_THAT(Texts(answer), ElementsAre("true"));
}

TEST(MessageParser, ANameWithADotInALabelIsNotTheNameWithoutIt) {
  Packet packet =
      WithAnswers({Text(WireName("a\\.test"), "false"), Text(Pointer(kNameAt), "true")});
  EXPECT_THAT(Texts(Parse(packet.Bytes())), ElementsAre("true"));
  packet.question = WireName("a\\.test") + Number16(16) + Number16(1);
  EXPECT_EQ(Parse(packet.Bytes()).status, Status::kServFail);
}

TEST(MessageParser, ReadsTheExtendedCodeOfEdns) {  // RFC 6891 section 6.1.3
  Packet packet = WithAnswers({Text(Pointer(kNameAt), "x")});
  packet.additionals = {Opt(0)};
  EXPECT_EQ(Parse(packet.Bytes()).status, Status::kOk);
  packet.additionals = {Opt(1U << 24U)};
  EXPECT_EQ(Parse(packet.Bytes()).status, Status::kServFail);
}

struct Refused {
  const char* name;
  std::string bytes;
};

Packet WithFlags(unsigned flags) {
  Packet packet = WithAnswers({Text(Pointer(kNameAt), "x")});
  packet.flags = flags;
  return packet;
}

Packet WithQuestion(const std::string& name, unsigned type, unsigned question_class) {
  Packet packet = WithAnswers({Text(Pointer(kNameAt), "x")});
  packet.question = WireName(name) + Number16(type) + Number16(question_class);
  return packet;
}

std::vector<Refused> WrongHeadersAndQuestions() {
  const std::string good = WithFlags(kPlain).Bytes();
  std::string two_questions = good;
  two_questions[5] = 2;
  return {
      {"nothing", ""},
      {"half a header", std::string(11, '\0')},
      {"more than 65,535 bytes", good + std::string(65535, 'x')},
      {"a question", WithFlags(0x0100).Bytes()},
      {"another opcode", WithFlags(0x9180).Bytes()},
      {"truncated", WithFlags(0x8380).Bytes()},
      {"FORMERR", WithFlags(0x8181).Bytes()},
      {"SERVFAIL", WithFlags(0x8182).Bytes()},
      {"REFUSED", WithFlags(0x8185).Bytes()},
      {"two questions", two_questions},
      {"another name", WithQuestion("b.test", 16, 1).Bytes()},
      {"another type", WithQuestion("a.test", 15, 1).Bytes()},
      {"another class", WithQuestion("a.test", 16, 3).Bytes()},
  };
}

std::vector<Refused> WrongNames() {
  const std::size_t here = Packet().Bytes().size();  // of the first answer's owner
  std::string long_name;
  for (int i = 0; i < 4; ++i) long_name += "\x3f" + std::string(63, 'a');
  long_name += '\0';
  const auto owned_by = [](const std::string& owner) {
    return WithAnswers({Text(owner, "x"), Text(Pointer(kNameAt), "x")}).Bytes();
  };
  return {
      {"a pointer to itself", owned_by(Pointer(here))},
      {"a pointer forward", owned_by(Pointer(here + 2))},
      {"a pointer out of the packet", owned_by(Pointer(0x3fff))},
      {"a label that comes back to itself", owned_by("\1x" + Pointer(here))},
      {"a reserved label type", owned_by(std::string("\x40x\0", 3))},
      {"a name over 255 bytes", owned_by(long_name)},
  };
}

std::vector<Refused> WrongRecords() {
  const std::string record = Text(Pointer(kNameAt), "x");
  const auto cname_to = [](const std::string& target) {
    return WithAnswers({Cname(Pointer(kNameAt), target)}).Bytes();
  };
  Packet short_soa;
  short_soa.authorities = {
      test::WireRecord(WireName("test"), test::kTypeSoa, 1, WireName("ns") + WireName("root"))};
  return {
      {"only lies", WithAnswers({Text(WireName("b.test"), "x")}).Bytes()},
      {"a string beyond its record",
       WithAnswers({test::WireRecord(Pointer(kNameAt), 16, 1, "\5abc"), record}).Bytes()},
      {"a CNAME with bytes behind its name", cname_to(WireName("b.test") + "x")},
      {"a CNAME to unusual bytes", cname_to(WireName("b\\007.test"))},
      {"a CNAME to the root", cname_to(WireName(""))},
      {"a CNAME to itself", cname_to(WireName("a.test"))},
      {"a record count without records", WithAnswers({record, ""}).Bytes()},
      {"more than 500 records", WithAnswers(std::vector<std::string>(501, record)).Bytes()},
      {"a SOA record cut short", short_soa.Bytes()},
  };
}

TEST(MessageParser, RefusesWhatIsNotAProperAnswer) {
  ASSERT_EQ(Parse(WithFlags(kPlain).Bytes()).status, Status::kOk);
  for (const auto& cases : {WrongHeadersAndQuestions(), WrongNames(), WrongRecords()}) {
    for (const Refused& refused : cases) {
      EXPECT_EQ(Parse(refused.bytes).status, Status::kServFail) << refused.name;
      EXPECT_TRUE(Parse(refused.bytes).records.empty()) << refused.name;
    }
  }
}

TEST(MessageParser, RefusesAddressesOfTheWrongLength) {
  for (const auto& [type, length] :
       {std::pair(RecordType::kA, 3), std::pair(RecordType::kA, 5), std::pair(RecordType::kAaaa, 4),
        std::pair(RecordType::kMx, 1)}) {
    const auto number = static_cast<std::uint16_t>(type);
    Packet packet = WithAnswers({test::WireRecord(
        Pointer(kNameAt), number, 1, std::string(static_cast<std::size_t>(length), '\0'))});
    packet.question = WireName("a.test") + Number16(number) + Number16(1);
    EXPECT_EQ(Parse(packet.Bytes(), "a.test", type).status, Status::kServFail) << number;
  }
}

TEST(MessageParser, RefusesEveryCutOfAnAnswer) {
  Packet packet =
      WithAnswers({Cname(Pointer(kNameAt), WireName("b.test")), Text(WireName("b.test"), "x")});
  packet.authorities = {Soa("test", 1, 1)};
  packet.additionals = {Opt(0)};
  const std::string whole = packet.Bytes();
  ASSERT_EQ(Parse(whole).status, Status::kOk);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(Parse(whole.substr(0, size)).status, Status::kServFail) << size;
  }
}

// Each name jumps through as many pointers as it may: the most work that a packet can make.
TEST(MessageParser, LimitsThePointersOfAName) {
  for (const auto& [pointers, status] :
       {std::pair(126, Status::kOk), std::pair(128, Status::kServFail)}) {
    std::string ladder;  // the content of a record of another type
    const std::size_t start = Packet().Bytes().size() + 12;
    std::size_t previous = kNameAt;
    for (int i = 0; i < pointers; ++i) {
      ladder += Pointer(previous);
      previous = start + static_cast<std::size_t>(i) * 2;
    }
    const Packet packet = WithAnswers(
        {test::WireRecord(Pointer(kNameAt), 99, 1, ladder), Text(Pointer(previous), "x")});
    EXPECT_EQ(Parse(packet.Bytes()).status, status) << pointers;
  }
}

TEST(MessageParser, TellsAServerWithoutEdnsFromAFormatError) {  // RFC 6891 section 7
  Packet packet;
  const auto refuses_edns = [&] {
    const std::string bytes = packet.Bytes();
    return RefusesEdns({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  };
  EXPECT_FALSE(refuses_edns());
  packet.flags = 0x8181;
  EXPECT_TRUE(refuses_edns());
  packet.additionals = {Opt(0)};
  EXPECT_FALSE(refuses_edns());
}

}  // namespace
}  // namespace gatepost::dns
