#include "common/limits/charges.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/config/config_error.h"
#include "common/limits/limit_table.h"
#include "common/limits/recipient_cap.h"
#include "tests/common/config/temporary_folder.h"

namespace gatepost::limits {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

const accounts::AccountNames& Names() {
  static const auto names = accounts::AccountNames::Load({});
  return *names;
}

// "user alice@example.org: r1h 2/200" for each charge.
std::vector<std::string> Text(const Charges& charges) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < charges.subjects.size(); ++i) {
    const SubjectCharges& subject = charges.subjects[i];
    for (std::size_t j = 0; j < subject.charges.size(); ++j) {
      const Charge& charge = subject.charges[j];
      EXPECT_EQ(charges.limits[i][j]->slot(), charge.slot);
      EXPECT_EQ(charges.limits[i][j]->window, charge.window);
      lines.push_back(subject.subject + ": " + charge.slot + " " + std::to_string(charge.amount) +
                      "/" + std::to_string(charge.limit) + (charge.enforced ? "" : " shadow") +
                      (charge.only_new ? " new" : ""));
    }
  }
  return lines;
}

class ChargesTest : public testing::Test {
 protected:
  std::shared_ptr<const LimitSet> Load(const std::vector<std::string>& lines,
                                       const std::string& table = "") {
    return LimitSet::Load(lines, table.empty() ? "" : folder_.Write("table", table), Names());
  }
  static Subjects From(const char* user, const char* client = "192.0.2.7",
                       const char* recipient = "bob@example.net") {
    Facts facts;
    if (*user != '\0') facts.account = Names().Canonicalize(user);
    facts.reverse_path = user;
    facts.client = base::IpAddress::Parse(client).value();
    Subjects subjects(facts, Names());
    subjects.SetRecipient(recipient);
    return subjects;
  }
  static Step FirstRecipient() {
    Step step;
    step.messages = 1;
    step.recipients = 1;
    step.new_recipients = 1;
    step.bytes = 5000;
    return step;
  }
  // The amount of the one limit of `set`.
  static std::int64_t AmountFor(const LimitSet& set, const Subjects& subjects,
                                const Circumstances& circumstances = {}) {
    const Charges charges = MakeCharges(set, subjects, FirstRecipient(), circumstances);
    return charges.subjects.empty() ? kUncounted : charges.subjects[0].charges[0].limit;
  }
  std::string ErrorOf(const std::vector<std::string>& lines, const std::string& table = "") {
    try {
      Load(lines, table);
    } catch (const config::ConfigError& error) {
      return error.what();
    }
    return "no error";
  }

  config::TemporaryFolder folder_;
};

TEST_F(ChargesTest, GroupsTheLimitsOfOneSubject) {
  const auto set =
      Load({"10 messages / minute by client", "200 recipients / hour by user",
            "1000 recipients / day by user", "1GB / day by user-domain",
            "50 new-recipients / day by user mode=shadow", "5 messages / hour by user mode=off",
            "3 messages / hour by client+recipient"});
  EXPECT_THAT(Text(MakeCharges(*set, From("alice@example.org"), FirstRecipient(), {})),
              ElementsAre("client 192.0.2.7: m1m 1/10", "user alice@example.org: r1h 1/200",
                          "user alice@example.org: r1d 1/1000",
                          "user alice@example.org: n1d! 1/50 shadow new",
                          "pool example.org: b1d 5000/1073741824",
                          "client 192.0.2.7 + recipient bob@example.net: m1h 1/3"));
  Step second;
  second.recipients = 1;
  EXPECT_THAT(
      Text(MakeCharges(*set, From("alice@example.org"), second, {})),
      ElementsAre("user alice@example.org: r1h 1/200", "user alice@example.org: r1d 1/1000"));
  EXPECT_THAT(Text(MakeCharges(*set, From("", "127.0.0.1"), FirstRecipient(), {})), ElementsAre());
}

TEST_F(ChargesTest, AnUnknownSizeReservesAByteSoThatAUsedUpBudgetShows) {
  const auto set = Load({"1MB / day by user"});
  Step step;
  step.bytes = 0;
  EXPECT_THAT(Text(MakeCharges(*set, From("alice@example.org"), step, {})),
              ElementsAre("user alice@example.org: b1d 1/1048576"));
}

TEST_F(ChargesTest, LimitsOfAStreamWaitUntilItIsKnown) {
  const auto set = Load({"9 messages / hour by user", "5 messages / hour by user stream=bulk",
                         "7 messages / hour by user stream=personal"});
  const auto text = [&](Step::Which which, const char* stream) {
    Step step;
    step.messages = 1;
    step.which = which;
    step.stream = stream;
    return Text(MakeCharges(*set, From("alice@example.org"), step, {}));
  };
  const std::string all = "user alice@example.org: m1h 1/9";
  const std::string bulk = "user alice@example.org: m1h/bulk 1/5";
  EXPECT_THAT(text(Step::Which::kAll, "bulk"), ElementsAre(all, bulk));
  EXPECT_THAT(text(Step::Which::kAll, ""), ElementsAre(all));
  EXPECT_THAT(text(Step::Which::kWithoutStream, ""), ElementsAre(all));
  EXPECT_THAT(text(Step::Which::kOfStream, "bulk"), ElementsAre(bulk));
}

constexpr char kTable[] = R"(
user       News@example.org       daily  50000
domain     example.org            daily  300
network    198.51.100.0/24        daily  40
network    198.51.0.0/16          daily  30
client     198.51.100.9           daily  unlimited
recipient  abuse@example.net      *      off
user       example\eva            daily  none
)";

struct AmountCase {
  const char* name;
  const char* user;
  const char* client;
  const char* recipient;
  std::int64_t want;
};

TEST_F(ChargesTest, TheMostSpecificExceptionWins) {
  const auto set = Load({"100 messages / day by user name=daily"}, kTable);
  for (const AmountCase& c : {
           AmountCase{"nobody's", "a@example.net", "192.0.2.1", "b@example.com", 100},
           AmountCase{"the domain's", "a@example.org", "192.0.2.1", "b@example.com", 300},
           AmountCase{"the user's before the domain's", "news@example.org", "192.0.2.1",
                      "b@example.com", 50000},
           AmountCase{"the domain's before the network's", "a@example.org", "198.51.100.1",
                      "b@example.com", 300},
           AmountCase{"the network's", "a@example.net", "198.51.100.1", "b@example.com", 40},
           AmountCase{"the wide network's", "a@example.net", "198.51.7.1", "b@example.com", 30},
           AmountCase{"the client's before its network's", "a@example.net", "198.51.100.9",
                      "b@example.com", kUnlimited},
           AmountCase{"the recipient's, for all limits", "a@example.net", "198.51.100.1",
                      "Abuse@example.net", kUncounted},
           AmountCase{"no domain", "Example\\Eva", "192.0.2.1", "b@example.com", kUnlimited},
       }) {
    EXPECT_EQ(AmountFor(*set, From(c.user, c.client, c.recipient)), c.want) << c.name;
  }
}

TEST_F(ChargesTest, ADomainsDefaultIsForEachMailboxAndAPoolStandsBesideIt) {
  const auto set = Load({"100 messages / day by user name=each",
                         "1000 messages / day by user-domain pool name=together"},
                        "domain example.org each 7\npool example.org together 70\n");
  EXPECT_THAT(Text(MakeCharges(*set, From("alice@example.org"), FirstRecipient(), {})),
              ElementsAre("user alice@example.org: m1d 1/7", "pool example.org: m1d 1/70"));
  EXPECT_THAT(Text(MakeCharges(*set, From("eva@example.org"), FirstRecipient(), {})),
              ElementsAre("user eva@example.org: m1d 1/7", "pool example.org: m1d 1/70"));
  EXPECT_THAT(Text(MakeCharges(*set, From("eva@example.net"), FirstRecipient(), {})),
              ElementsAre("user eva@example.net: m1d 1/100", "pool example.net: m1d 1/1000"));
}

TEST_F(ChargesTest, AnOverrideBeatsTheTableInItsScopeUntilItEnds) {
  const auto set = Load({"100 messages / day by user name=daily"}, kTable);
  const base::WallTime now(1'700'000'000s);
  Exceptions overrides;
  const auto add = [&](const char* scope, std::int64_t amount,
                       std::optional<base::WallTime> until = std::nullopt) {
    overrides.Add(Scope::Parse(scope, Names()).value(), "daily", amount, until);
  };
  add("user alice@example.org", 5, now + 1s);
  add("domain example.org", 6);
  add("network 192.0.2.0/24", 8);
  const auto amount = [&](const char* user, base::WallTime at) {
    return AmountFor(*set, From(user), {&overrides, at, {}});
  };
  EXPECT_EQ(amount("alice@example.org", now), 5);
  EXPECT_EQ(amount("alice@example.org", now + 1s), 6);
  EXPECT_EQ(amount("eva@example.org", now), 6);
  EXPECT_EQ(amount("news@example.org", now), 50000);  // the user's row is more specific
  EXPECT_EQ(amount("eva@example.net", now), 8);
  add("user news@example.org", 9);
  EXPECT_EQ(amount("news@example.org", now), 9);
}

TEST_F(ChargesTest, APairOrASenderHasExceptionsOfItsOwn) {
  const auto set = Load(
      {"10 messages / day by user+recipient name=pair", "20 messages / day by sender name=sender"},
      "sender bob@example.net sender 25\nuser alice@example.net * unlimited\n");
  Exceptions overrides;
  overrides.Add(Scope::Parse("user alice@example.net + recipient bob@example.net", Names()).value(),
                "pair", 11);
  const Circumstances with{&overrides, {}, {}};
  EXPECT_THAT(Text(MakeCharges(*set, From("alice@example.net"), FirstRecipient(), with)),
              ElementsAre("user alice@example.net + recipient bob@example.net: m1d 1/11",
                          "sender alice@example.net: m1d 1/1000000000000000"));
  EXPECT_THAT(Text(MakeCharges(*set, From("bob@example.net"), FirstRecipient(), with)),
              ElementsAre("user bob@example.net + recipient bob@example.net: m1d 1/10",
                          "sender bob@example.net: m1d 1/25"));
}

TEST_F(ChargesTest, TheRecipientsOfOneMessageHaveExceptionsLikeLimits) {
  const auto set = Load({"100 messages / day by user name=daily"},
                        "domain example.org recipients-per-message 20\n"
                        "user news@example.org recipients-per-message off\n"
                        "user daily@example.org daily 5\n"
                        "network 198.51.100.0/24 recipients-per-message 5\n"
                        "user boss@example.net * unlimited\n"
                        "recipient bob@example.net * off\n");
  Exceptions overrides;
  const base::WallTime now(1'700'000'000s);
  overrides.Add(Scope::Parse("user eva@example.org", Names()).value(), kRecipientsPerMessage, 500,
                now + 1s);
  const auto most = [&](const char* user, const char* client, base::WallTime at) {
    return ExceptionView(set->table(), &overrides, From(user, client), at).MostRecipients(50);
  };
  EXPECT_EQ(most("alice@example.net", "192.0.2.1", now), 50);
  EXPECT_EQ(most("alice@example.org", "192.0.2.1", now), 20);
  EXPECT_EQ(most("daily@example.org", "192.0.2.1", now), 20);
  EXPECT_EQ(most("news@example.org", "192.0.2.1", now), kUncounted);
  EXPECT_EQ(most("alice@example.net", "198.51.100.7", now), 5);
  EXPECT_EQ(most("boss@example.net", "198.51.100.7", now), kUnlimited);  // "*" is this one, too
  EXPECT_EQ(most("eva@example.org", "192.0.2.1", now), 500);
  EXPECT_EQ(most("eva@example.org", "192.0.2.1", now + 1s), 20);
  EXPECT_EQ(AmountFor(*set, From("alice@example.org", "192.0.2.1", "x@example.com")), 100);
}

TEST_F(ChargesTest, ABadReputationLeavesAShareOfTheLimit) {
  const Limit limit =
      Limit::Parse("99 messages / day by client reputation<-0.3=50% reputation<-0.8=0%").value();
  const auto amount = [&](std::int64_t of, std::optional<double> client) {
    return ApplyReputation(limit, of, {client, std::nullopt});
  };
  EXPECT_EQ(amount(99, std::nullopt), 99);
  EXPECT_EQ(amount(99, 0.5), 99);
  EXPECT_EQ(amount(99, -0.3), 99);
  EXPECT_EQ(amount(99, -0.31), 49);
  EXPECT_EQ(amount(1, -0.31), 1);
  EXPECT_EQ(amount(99, -0.9), 0);
  EXPECT_EQ(amount(kUnlimited, -0.9), kUnlimited);
  const auto set = Load({"99 messages / day by client reputation<-0.3=50%"});
  EXPECT_EQ(AmountFor(*set, From("alice"), {nullptr, {}, {-0.5, {}}}), 49);
  EXPECT_TRUE(set->needs_reputation());
}

TEST_F(ChargesTest, AStreamsReputationLeavesAShareOfItsOwnLimits) {
  const Limit limit = Limit::Parse(
                          "100 messages / day by user stream=bulk stream-reputation<0=50% "
                          "reputation<-0.5=20%")
                          .value();
  const auto amount = [&](std::optional<double> client, std::optional<double> stream) {
    return ApplyReputation(limit, 100, {client, stream});
  };
  EXPECT_EQ(amount(std::nullopt, std::nullopt), 100);
  EXPECT_EQ(amount(-0.4, 0.2), 100);
  EXPECT_EQ(amount(0.4, -0.1), 50);
  EXPECT_EQ(amount(-0.6, -0.1), 20);  // the smaller share
  EXPECT_EQ(amount(-0.1, std::nullopt), 100);
  const auto set = Load({"100 messages / day by user stream=bulk stream-reputation<0=50%",
                         "100 messages / day by user stream=app"});
  EXPECT_FALSE(set->needs_reputation());
  EXPECT_TRUE(set->NeedsReputationOf("bulk"));
  EXPECT_FALSE(set->NeedsReputationOf("app"));
  EXPECT_FALSE(set->NeedsReputationOf(""));
}

TEST_F(ChargesTest, ALimitOfNothingByDefaultCanStillCount) {
  const auto set = Load({"unlimited messages / day by user name=daily"}, "user eva daily 3\n");
  EXPECT_EQ(AmountFor(*set, From("eva")), 3);
  EXPECT_EQ(AmountFor(*set, From("alice")), kUnlimited);
}

TEST_F(ChargesTest, OnlyAUserHasAcquaintances) {
  EXPECT_EQ(MakeAcquaintance(From("alice")).account_subject, "user alice");
  EXPECT_EQ(MakeAcquaintance(From("alice")).recipient, "bob@example.net");
  EXPECT_EQ(MakeAcquaintance(From("")).account_subject, "");
}

TEST_F(ChargesTest, TellsWhatTheLimitsNeed) {
  const auto set = Load({"1 messages / day by user+recipient", "1 bytes / day by user mode=off"});
  EXPECT_TRUE(set->Counts(Counted::kMessages));
  EXPECT_FALSE(set->Counts(Counted::kBytes));
  EXPECT_TRUE(set->CountsBy(By::kRecipient));
  EXPECT_FALSE(set->CountsBy(By::kClient));
  EXPECT_FALSE(set->needs_streams());
  EXPECT_FALSE(set->needs_reputation());
}

TEST_F(ChargesTest, TellsEveryBadLimit) {
  EXPECT_EQ(ErrorOf({"1 messages / day by user", "2 messages / 24 hours by user", "x",
                     "3 messages / week by user name=messages-day-user",
                     "2 messages / day by user mode=shadow"}),
            "limit 2 (\"2 messages / 24 hours by user\"): it counts what messages-day-user counts; "
            "use the table of exceptions, or mode=shadow for one of them\n"
            "limit 3 (\"x\"): after the number comes what is counted\n"
            "limit 4 (\"3 messages / week by user name=messages-day-user\"): the name "
            "messages-day-user stands twice");
}

TEST_F(ChargesTest, TellsEveryBadRowOfTheTable) {
  const std::vector<std::string> limits = {"1 messages / day by user name=daily",
                                           "1 messages / day by user-domain name=pool"};
  EXPECT_THAT(ErrorOf(limits,
                      "user alice\n"
                      "usr alice daily 1\n"
                      "user alice dialy 1\n"
                      "user alice daily many\n"
                      "user alice daily 2 MB\n"
                      "domain example.org pool 1\n"
                      "pool example.org daily 1\n"
                      "user alice * 5\n"
                      "user alice daily 1\n"
                      "user Alice daily 1\n"
                      "pool example.org recipients-per-message 5\n"
                      "recipient bob@example.net recipients-per-message 5\n"
                      "user alice recipients-per-message 0\n"
                      "user alice recipient-per-message 5\n"),
              testing::AllOf(
                  HasSubstr("table:1: a row is:"), HasSubstr("table:2: \"usr\" is none of"),
                  HasSubstr("table:3: there is no limit \"dialy\", did you mean \"daily\"?"),
                  HasSubstr("table:4: an amount is"), HasSubstr("table:5: an amount is"),
                  HasSubstr("table:6: the limit pool counts a domain as a whole: write \"pool\""),
                  HasSubstr("table:7: the limit daily counts no pool: write \"domain\""),
                  HasSubstr("table:8: all limits"), HasSubstr("table:10: user alice has daily"),
                  HasSubstr("table:11: recipients of one message have no pool: write \"domain\""),
                  HasSubstr("table:12: recipients-per-message is for a user, a domain, a client"),
                  HasSubstr("table:13: a message has one recipient at least"),
                  HasSubstr("table:14: there is no limit \"recipient-per-message\", did you mean "
                            "\"recipients-per-message\"?")));
  EXPECT_THAT(ErrorOf({"1 messages / day by user name=recipients-per-message"}),
              HasSubstr("is that of the cap limits.recipients_per_message"));
  EXPECT_EQ(ErrorOf({"1GB / day by user name=size"}, "user alice size 2 GB\nuser eva size 2GB\n"),
            "no error");
}

}  // namespace
}  // namespace gatepost::limits
