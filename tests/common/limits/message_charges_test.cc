// What messages to several recipients are charged, and what the ledger makes of it.
#include "common/limits/message_charges.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "common/store/memory_store.h"
#include "tests/common/config/temporary_folder.h"

namespace gatepost::limits {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

using Lines = std::vector<std::string>;

base::Deadline Soon() { return std::chrono::steady_clock::now() + 20s; }

const accounts::AccountNames& Names() {
  static const auto names = accounts::AccountNames::Load({});
  return *names;
}

Subjects From(const std::string& user) {
  Facts facts;
  if (!user.empty()) facts.account = Names().Canonicalize(user);
  facts.reverse_path = user;
  facts.client = base::IpAddress::Parse("192.0.2.7").value();
  return Subjects(facts, Names());
}

// "recipient a@example.net: m1h 1/3" for each charge.
Lines Text(const Charges& charges) {
  Lines lines;
  for (std::size_t i = 0; i < charges.subjects.size(); ++i) {
    const SubjectCharges& subject = charges.subjects[i];
    EXPECT_EQ(charges.limits[i].size(), subject.charges.size());
    for (std::size_t j = 0; j < subject.charges.size(); ++j) {
      const Charge& charge = subject.charges[j];
      lines.push_back(subject.subject + ": " + charge.slot + " " + std::to_string(charge.amount) +
                      "/" + std::to_string(charge.limit) + (charge.only_new ? " new" : ""));
    }
  }
  return lines;
}

// A message as a handler takes it along.
class Message {
 public:
  Message(const LimitSet& set, Ledger& ledger, const std::string& user = "")
      : reservation(ledger.Begin()), subjects(From(user)), charges(set) {}

  // Whether the recipient was accepted.
  bool To(const std::string& recipient, std::int64_t declared_bytes = 0) {
    subjects.SetRecipient(recipient);
    last = charges.AtRecipient(subjects, stream, declared_bytes, {});
    Outcome outcome{true, false, false, {}};
    if (!last.subjects.empty() || charges.asks_whether_new()) {
      outcome = reservation.Reserve(last.subjects, MakeAcquaintance(subjects), Soon());
    }
    if (outcome.reserved) charges.Accept(subjects, last, outcome);
    return outcome.reserved;
  }
  bool End(std::int64_t bytes, std::string_view late_stream = "") {
    last = charges.AtEnd(subjects, {bytes, late_stream}, {});
    const bool passes =
        last.subjects.empty() || reservation.Reserve(last.subjects, {}, Soon()).reserved;
    if (passes) reservation.Commit(bytes, Soon());
    return passes;
  }

  Reservation reservation;
  Subjects subjects;
  MessageCharges charges;
  std::optional<std::string_view> stream = "";
  Charges last;
};

class MessageChargesTest : public testing::Test {
 protected:
  std::shared_ptr<const LimitSet> Load(const Lines& lines, const std::string& table = "") {
    return LimitSet::Load(lines, table.empty() ? "" : folder_.Write("table", table), Names());
  }
  // What was used of a limit, as the next one to ask would hear.
  std::int64_t Used(const std::string& subject, const std::string& slot,
                    std::chrono::milliseconds window = 1h) {
    const SubjectCharges ask{subject, {{slot, window, kUnlimited, 0}}};
    return ledger_.Begin().Reserve({&ask, 1}, {}, Soon()).charges[0][0].used;
  }

  config::TemporaryFolder folder_;
  store::MemoryStore store_{base::SystemClock::Instance()};
  Ledger ledger_{store_, {}};
};

TEST_F(MessageChargesTest, CountTheMessageOnceForEachRecipientAndDomain) {
  const auto set = Load({"10 messages / hour by user", "3 messages / hour by client+recipient",
                         "5 messages / hour by recipient-domain", "9 recipients / hour by user"});
  Message message(*set, ledger_, "alice@example.org");
  EXPECT_TRUE(message.To("throwaway@example.com"));
  EXPECT_THAT(Text(message.last),
              ElementsAre("user alice@example.org: m1h 1/10", "user alice@example.org: r1h 1/9",
                          "client 192.0.2.7 + recipient throwaway@example.com: m1h 1/3",
                          "recipient-domain example.com: m1h 1/5"));
  EXPECT_TRUE(message.To("bob@example.net"));
  EXPECT_THAT(Text(message.last),
              ElementsAre("user alice@example.org: r1h 1/9",
                          "client 192.0.2.7 + recipient bob@example.net: m1h 1/3",
                          "recipient-domain example.net: m1h 1/5"));
  EXPECT_TRUE(message.To("eva@example.net"));
  EXPECT_THAT(Text(message.last),
              ElementsAre("user alice@example.org: r1h 1/9",
                          "client 192.0.2.7 + recipient eva@example.net: m1h 1/3"));
  EXPECT_TRUE(message.To("Bob@example.net"));
  EXPECT_THAT(Text(message.last), ElementsAre("user alice@example.org: r1h 1/9"));
  EXPECT_TRUE(message.End(100));
  EXPECT_THAT(Text(message.last), IsEmpty());
  EXPECT_EQ(Used("recipient-domain example.net", "m1h"), 1);
  EXPECT_EQ(Used("user alice@example.org", "m1h"), 1);
  EXPECT_EQ(Used("user alice@example.org", "r1h"), 4);
}

TEST_F(MessageChargesTest, ARecipientInFrontHidesNoOther) {
  const auto set = Load({"2 messages / hour by client+recipient"});
  for (int i = 0; i < 3; ++i) {
    Message message(*set, ledger_);
    EXPECT_TRUE(message.To("throwaway" + std::to_string(i) + "@example.com"));
    EXPECT_EQ(message.To("bob@example.net"), i < 2);
    EXPECT_TRUE(message.End(100));
  }
}

TEST_F(MessageChargesTest, AnExemptRecipientInFrontHidesNoOther) {
  const auto set =
      Load({"1 messages / hour by user name=hourly"}, "recipient abuse@example.net * off\n");
  Message message(*set, ledger_, "alice@example.org");
  EXPECT_TRUE(message.To("abuse@example.net"));
  EXPECT_THAT(Text(message.last), IsEmpty());
  EXPECT_TRUE(message.To("bob@example.net"));
  EXPECT_THAT(Text(message.last), ElementsAre("user alice@example.org: m1h 1/1"));
}

TEST_F(MessageChargesTest, ARefusedRecipientLeavesNoTrace) {
  const auto set = Load({"1 messages / hour by user-domain", "1 messages / hour by recipient"});
  Message before(*set, ledger_);
  EXPECT_TRUE(before.To("bob@example.net"));
  Message message(*set, ledger_, "alice@example.org");
  EXPECT_FALSE(message.To("bob@example.net"));
  ledger_.Flush();  // what the other subject had reserved is given back
  EXPECT_TRUE(message.To("eva@example.net"));
  EXPECT_THAT(Text(message.last),
              ElementsAre("pool example.org: m1h 1/1", "recipient eva@example.net: m1h 1/1"));
}

TEST_F(MessageChargesTest, BytesCountOnceForEachSubjectAndGrowAtTheEnd) {
  const auto set =
      Load({"1MB / hour by user", "1MB / hour by recipient", "5MB / day by recipient"});
  Message message(*set, ledger_, "alice@example.org");
  EXPECT_TRUE(message.To("bob@example.net", 100));
  EXPECT_TRUE(message.To("eva@example.net", 100));
  EXPECT_THAT(Text(message.last), ElementsAre("recipient eva@example.net: b1h 100/1048576",
                                              "recipient eva@example.net: b1d 100/5242880"));
  EXPECT_TRUE(message.End(5000));
  EXPECT_THAT(Text(message.last), ElementsAre("user alice@example.org: b1h 4900/1048576",
                                              "recipient bob@example.net: b1h 4900/1048576",
                                              "recipient bob@example.net: b1d 4900/5242880",
                                              "recipient eva@example.net: b1h 4900/1048576",
                                              "recipient eva@example.net: b1d 4900/5242880"));
  for (const char* const subject :
       {"user alice@example.org", "recipient bob@example.net", "recipient eva@example.net"}) {
    EXPECT_EQ(Used(subject, "b1h"), 5000) << subject;
  }
}

TEST_F(MessageChargesTest, ASizeThatWasALieIsRefusedForAnyRecipient) {
  const auto set = Load({"1000 bytes / hour by recipient"});
  Message before(*set, ledger_);
  EXPECT_TRUE(before.To("bob@example.net", 900));
  EXPECT_TRUE(before.End(900));
  Message message(*set, ledger_);
  EXPECT_TRUE(message.To("bob@example.net"));
  EXPECT_TRUE(message.To("eva@example.net"));
  EXPECT_FALSE(message.End(500));
  Message honest(*set, ledger_);
  EXPECT_FALSE(honest.To("bob@example.net", 500));
}

TEST_F(MessageChargesTest, AShadowLimitWithoutRoomIsAskedOnce) {
  const auto set = Load({"100 bytes / hour by user mode=shadow"});
  Message message(*set, ledger_, "alice@example.org");
  EXPECT_TRUE(message.To("bob@example.net", 200));
  EXPECT_TRUE(message.To("eva@example.net", 200));
  EXPECT_THAT(Text(message.last), IsEmpty());
  EXPECT_TRUE(message.End(250));
  EXPECT_THAT(Text(message.last), IsEmpty());
}

class LateStreamTest : public MessageChargesTest {
 protected:
  const Lines lines_ = {"90 messages / hour by user",
                        "5 messages / hour by user stream=bulk",
                        "20 recipients / hour by user stream=bulk",
                        "2 new-recipients / hour by user stream=bulk",
                        "7 messages / hour by recipient-domain stream=bulk",
                        "9 recipients / hour by recipient-domain stream=bulk",
                        "1MB / hour by recipient stream=bulk",
                        "1 messages / hour by user stream=personal"};
};

TEST_F(LateStreamTest, ItsLimitsCountAllRecipientsInOneRequest) {
  const auto set = Load(lines_);
  Message message(*set, ledger_, "alice@example.org");
  message.stream = std::nullopt;
  for (const char* const to : {"bob@example.net", "eva@example.net", "dan@example.com"}) {
    EXPECT_TRUE(message.To(to, 100));
  }
  EXPECT_FALSE(message.End(5000, "bulk"));  // three are new
  EXPECT_THAT(Text(message.last), ElementsAre("user alice@example.org: m1h/bulk 1/5",
                                              "user alice@example.org: r1h/bulk 3/20",
                                              "user alice@example.org: n1h/bulk 3/2",
                                              "recipient-domain example.net: m1h/bulk 1/7",
                                              "recipient-domain example.net: r1h/bulk 2/9",
                                              "recipient bob@example.net: b1h/bulk 5000/1048576",
                                              "recipient eva@example.net: b1h/bulk 5000/1048576",
                                              "recipient-domain example.com: m1h/bulk 1/7",
                                              "recipient-domain example.com: r1h/bulk 1/9",
                                              "recipient dan@example.com: b1h/bulk 5000/1048576"));
}

TEST_F(LateStreamTest, CountsWhoWasNewAtTheRecipient) {
  const auto set = Load(lines_);
  for (const int known : {0, 1}) {
    Message message(*set, ledger_, "alice@example.org");
    message.stream = std::nullopt;
    EXPECT_TRUE(message.To("bob@example.net"));
    EXPECT_TRUE(message.To("bob@example.net"));
    EXPECT_TRUE(message.To("eva@example.net"));
    EXPECT_TRUE(message.End(5000, "bulk")) << known;
    EXPECT_EQ(Used("user alice@example.org", "n1h/bulk"), 2);
  }
  EXPECT_EQ(Used("user alice@example.org", "m1h/bulk"), 2);
  EXPECT_EQ(Used("user alice@example.org", "m1h"), 2);
  EXPECT_EQ(Used("recipient eva@example.net", "b1h/bulk"), 10'000);
}

TEST_F(LateStreamTest, AsksWhetherARecipientIsNewThoughNothingIsCharged) {
  const auto set = Load({"2 new-recipients / hour by user stream=bulk"});
  Message message(*set, ledger_, "alice@example.org");
  message.stream = std::nullopt;
  EXPECT_TRUE(message.To("bob@example.net"));
  EXPECT_THAT(Text(message.last), IsEmpty());
  EXPECT_TRUE(message.charges.asks_whether_new());
  EXPECT_TRUE(message.End(5000, "bulk"));
  EXPECT_EQ(Used("user alice@example.org", "n1h/bulk"), 1);
  Message known(*set, ledger_, "alice@example.org");
  EXPECT_TRUE(known.To("bob@example.net"));
  EXPECT_FALSE(known.charges.asks_whether_new());
}

TEST_F(LateStreamTest, OfAnotherStreamOrNoneNothingIsAdded) {
  const auto set = Load(lines_);
  for (const char* const stream : {"", "unheard-of"}) {
    Message message(*set, ledger_, "alice@example.org");
    message.stream = std::nullopt;
    EXPECT_TRUE(message.To("bob@example.net"));
    EXPECT_TRUE(message.End(5000, stream));
    EXPECT_THAT(Text(message.last), IsEmpty());
  }
}

}  // namespace
}  // namespace gatepost::limits
