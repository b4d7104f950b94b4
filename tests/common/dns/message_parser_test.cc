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

std::vector<Refused> RefusedPackets() {
  const std::string record = Text(Pointer(kNameAt), "x");
  std::vector<Refused> cases;
  const auto add = [&](const char* name, const Packet& packet) {
    cases.push_back({name, packet.Bytes()});
  };
  const auto with_flags = [&](unsigned flags) {
    Packet packet = WithAnswers({record});
    packet.flags = flags;
    return packet;
  };
  const auto with_question = [&](const std::string& question) {
    Packet packet = WithAnswers({record});
    packet.question = question;
    return packet;
  };
  const std::size_t here = Packet().Bytes().size();  // of the first answer's owner
  cases.push_back({"nothing", ""});
  cases.push_back({"half a header", std::string(11, '\0')});
  add("a question", with_flags(0x0100));
  add("another opcode", with_flags(0x9180));
  add("truncated", with_flags(0x8380));
  add("FORMERR", with_flags(0x8181));
  add("SERVFAIL", with_flags(0x8182));
  add("REFUSED", with_flags(0x8185));
  add("another name", with_question(WireName("b.test") + Number16(16) + Number16(1)));
  add("another type", with_question(WireName("a.test") + Number16(15) + Number16(1)));
  add("another class", with_question(WireName("a.test") + Number16(16) + Number16(3)));
  add("only lies", WithAnswers({Text(WireName("b.test"), "x")}));
  add("a pointer to itself", WithAnswers({Text(Pointer(here), "x")}));
  add("a pointer forward", WithAnswers({Text(Pointer(here + 2), "x"), record}));
  add("a pointer out of the packet", WithAnswers({Text(Pointer(0x3fff), "x")}));
  add("a label that comes back to itself",
      WithAnswers({Text(std::string("\1x") + Pointer(here), "x")}));
  add("a reserved label type", WithAnswers({Text(std::string("\x40x\0", 3), "x")}));
  add("a name over 255 bytes",
      WithAnswers({Text(std::string(5, '\x3f').substr(0, 1) + std::string(63, 'a') + "\x3f" +
                            std::string(63, 'a') + "\x3f" + std::string(63, 'a') + "\x3f" +
                            std::string(63, 'a') + std::string(1, '\0'),
                        "x"),
                   record}));
  add("a string beyond its record",
      WithAnswers({test::WireRecord(Pointer(kNameAt), 16, 1, "\5abc"), record}));
  add("a CNAME with bytes behind its name",
      WithAnswers({Cname(Pointer(kNameAt), WireName("b.test") + "x")}));
  add("a CNAME to unusual bytes", WithAnswers({Cname(Pointer(kNameAt), WireName("b\\007.test"))}));
  add("a CNAME to the root", WithAnswers({Cname(Pointer(kNameAt), WireName(""))}));
  add("a CNAME to itself", WithAnswers({Cname(Pointer(kNameAt), WireName("a.test"))}));
  add("a record count without records", WithAnswers({record, ""}));
  add("more than 500 records", WithAnswers(std::vector<std::string>(501, record)));
  Packet short_soa;
  short_soa.authorities = {
      test::WireRecord(WireName("test"), test::kTypeSoa, 1, WireName("ns") + WireName("root"))};
  add("a SOA record cut short", short_soa);
  std::string two_questions = WithAnswers({record}).Bytes();
  two_questions[5] = 2;
  cases.push_back({"two questions", two_questions});
  cases.push_back(
      {"more than 65,535 bytes", WithAnswers({record}).Bytes() + std::string(65535, 'x')});
  return cases;
}

TEST(MessageParser, RefusesWhatIsNotAProperAnswer) {
  for (const Refused& refused : RefusedPackets()) {
    EXPECT_EQ(Parse(refused.bytes).status, Status::kServFail) << refused.name;
    EXPECT_TRUE(Parse(refused.bytes).records.empty()) << refused.name;
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
