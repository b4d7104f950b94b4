// The program itself, as people and scripts run it: what it prints and its exit status, on a real
// Redis with what a host left there.
#include <fstream>
#include <memory>

#include "common/limits/ledger.h"
#include "common/limits/limit.h"
#include "common/store/keys.h"
#include "common/store/open.h"
#include "common/warmup/counts.h"
#include "common/warmup/held_mail.h"
#include "tests/support/program.h"
#include "tests/support/redis_server.h"
#include "tests/support/temp_folder.h"

namespace gatepost::cli {
namespace {

using namespace std::chrono_literals;
using limits::Limit;
using store::KeyMaker;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

struct Ended {
  int status = -1;
  std::string output;
};

// A host of which only the site's file is there.
class Site {
 public:
  explicit Site(const std::string& store_url) {
    std::ofstream(folder_.path() / "gatepost.toml")
        << "[identity]\nhostname = \"mx.example.org\"\n[store]\nurl = \"" << store_url
        << "\"\nstate_directory = \"\"\n[accounts]\ndefault_domain = \"example.org\"\n";
  }

  Ended Run(std::vector<std::string> words) const {
    words.insert(words.begin(), {std::string(GATEPOST_BIN_DIR) + "/gatepost", "--site",
                                 folder_.path() / "gatepost.toml"});
    const auto log = folder_.path() / "log";
    std::filesystem::remove(log);
    const auto status = support::RunToEnd(words, log);
    return {status.value_or(-1), support::ReadWholeFile(log)};
  }

 private:
  support::TempFolder folder_;
};

class GatepostTest : public testing::Test {
 protected:
  static base::Deadline In5s() { return std::chrono::steady_clock::now() + 5s; }

  GatepostTest() {
    const auto told = store_->SetField(KeyMaker::LimitLines(), "mx1",
                                       daily_.Format() + "\n" + pool_.Format() + "\n" +
                                           shadow_.Format() + "\n50 recipients-per-message\n",
                                       In5s());
    EXPECT_TRUE(told.has_value());
  }

  static std::unique_ptr<store::Store> OpenStore(const std::string& url) {
    store::StoreOptions options;
    options.url = url;
    return store::Open(options);
  }

  void Use(const std::string& subject, const Limit& limit, std::int64_t amount) {
    limits::Reservation reservation = ledger_.Begin();
    const limits::Charge charge{limit.slot(), limit.window, limit.amount, amount};
    const std::vector<limits::SubjectCharges> charges{{subject, {charge}}};
    EXPECT_TRUE(reservation.Reserve(charges, {}, In5s()).shared);
    reservation.Commit(0, In5s());
  }

  void Count(const std::string& metric, std::chrono::minutes ago, std::int64_t by) {
    const auto minute = std::chrono::floor<std::chrono::minutes>(std::chrono::system_clock::now());
    const store::Key key =
        KeyMaker::Counter("gatepost-ratelimit", metric, (minute - ago).time_since_epoch().count());
    EXPECT_TRUE(store_->Increment(key, by, 48h, In5s()).has_value());
  }

  void Record(const std::string& host, const std::string& queue_id, const std::string& verdict) {
    store::Fields fields{{"time", "1700000000000"},
                         {"program", "gatepost-ratelimit"},
                         {"host", host},
                         {"verdict", verdict},
                         {"rule.daily", "defer\tenforce\tuser alice@example.org: 500 of 500"}};
    EXPECT_TRUE(store_->SetField(KeyMaker::Hosts(), host, "1", In5s()).has_value());
    EXPECT_TRUE(
        store_->Append({{KeyMaker::Records(host, queue_id), std::move(fields), 10, 1h}}, In5s())
            .has_value());
  }

  const Limit daily_ = Limit::Parse("500 recipients / day by user name=daily").value();
  const Limit pool_ = Limit::Parse("1GB / day by user-domain name=volume").value();
  const Limit shadow_ = Limit::Parse("5 messages / day by client mode=shadow name=odd").value();
  support::RedisServer redis_;
  std::unique_ptr<store::Store> store_ = OpenStore(redis_.url());
  limits::Ledger ledger_{*store_, {}};
  Site site_{redis_.url()};
};

TEST(GatepostStatus, TellsWhatIsWrong) {
  struct Case {
    const char* name;
    const char* url;
    std::vector<std::string> words;
    int status;
    const char* output;
  };
  const std::vector<Case> cases{
      {"an unknown command", "memory:", {"limit"}, 64, "no command \"limit\""},
      {"no command", "memory:", {}, 64, "needs a command"},
      {"an unknown verb", "unix:/nowhere/redis.sock", {"limits", "sow"}, 64, "not \"sow\""},
      {"a store of its own", "memory:", {"limits"}, 78, "store that programs share"},
      {"a store that is no store", "http://192.0.2.1/", {"limits"}, 78, "\"url\": must be"},
      {"a store that is away", "unix:/nowhere/redis.sock", {"limits"}, 75, "gatepost: "},
  };
  for (const Case& c : cases) {
    const Ended ended = Site(c.url).Run(c.words);
    EXPECT_EQ(ended.status, c.status) << c.name << ": " << ended.output;
    EXPECT_THAT(ended.output, HasSubstr(c.output)) << c.name;
  }
}

TEST_F(GatepostTest, CountsWhatWasRefusedInTheHoursThatAreAskedFor) {
  Count("ratelimit.limit.daily", 5min, 3);
  Count("ratelimit.limit.daily", 150min, 4);
  Count("ratelimit.shadow.odd", 5min, 2);
  const Ended two = site_.Run({"limits", "--hours", "2"});
  EXPECT_EQ(two.status, 0);
  EXPECT_THAT(two.output, HasSubstr("  refused 3 in 2 h\n"));
  EXPECT_THAT(two.output, HasSubstr("would have refused 2 in 2 h\n"));
  EXPECT_THAT(site_.Run({"limits"}).output, HasSubstr("  refused 7 in 24 h\n"));
  EXPECT_EQ(site_.Run({"limits", "--hours", "49"}).status, 64);
}

TEST_F(GatepostTest, TellsWhatRulesBesideTheLimitsRefusedOrWouldHave) {
  EXPECT_THAT(site_.Run({"limits"}).output, Not(HasSubstr("web_mail")));
  Count("ratelimit.shadow.web_mail", 5min, 12);
  Count("ratelimit.shadow.detector.suspend", 5min, 4);
  const std::string told = site_.Run({"limits", "--hours", "2"}).output;
  for (const char* line :
       {"web_mail +mail from web hosts without a user +would have refused 12 in 2 h\n",
        "detector\\.suspend +messages of [a-z ]+ suspended +would have refused 4 in 2 h\n"}) {
    EXPECT_THAT(told, ContainsRegex(line));
  }
}

TEST_F(GatepostTest, NamesThoseWhoAreNearestToALimit) {
  Use("user alice@example.org", daily_, 400);
  Use("user bob@example.org", daily_, 499);
  const Ended top = site_.Run({"limits", "top"});
  EXPECT_EQ(top.status, 0);
  EXPECT_EQ(top.output,
            "user bob@example.org    daily  499 of 500  99 %\n"
            "user alice@example.org  daily  400 of 500  80 %\n");
  EXPECT_EQ(site_.Run({"limits", "top", "--count", "1"}).output,
            "user bob@example.org  daily  499 of 500  99 %\n");
}

TEST_F(GatepostTest, ExplainsAMessageOnOneHostOrAll) {
  Record("mx1", "4Xyz", "defer");
  Record("mx2", "4Xyz", "pass");
  const std::string all = site_.Run({"explain", "4Xyz"}).output;
  EXPECT_THAT(all, HasSubstr("2023-11-14 22:13:20  gatepost-ratelimit on mx1: defer\n"));
  EXPECT_THAT(all, HasSubstr("on mx2: pass\n"));
  const Ended one = site_.Run({"explain", "4Xyz", "--host", "mx2"});
  EXPECT_EQ(one.status, 0);
  EXPECT_THAT(one.output, HasSubstr("on mx2: pass\n    daily  defer  user alice@example.org: 500"));
  EXPECT_THAT(one.output, Not(HasSubstr("mx1")));
  EXPECT_EQ(site_.Run({"explain", "4Xyz", "--host", "mx3"}).status, 1);
}

TEST_F(GatepostTest, ForgetsOnlyWhatWasCounted) {
  const std::vector<std::string> reset{"limits", "reset",     "Alice@EXAMPLE.org",
                                       "+",      "recipient", "bob@example.net"};
  EXPECT_EQ(site_.Run(reset).status, 1);
  Use("user alice@example.org + recipient bob@example.net", daily_, 7);
  const std::vector<std::string> show{"limits", "show",
                                      "user alice@example.org + recipient "
                                      "bob@example.net"};
  EXPECT_THAT(site_.Run(show).output, HasSubstr("daily  7 of 500"));
  EXPECT_EQ(site_.Run(reset).status, 0);
  EXPECT_THAT(site_.Run(show).output, Not(HasSubstr("7 of 500")));
}

// 2099: before its start an address has the allowance of its first day.
TEST_F(GatepostTest, TellsHowFarNewSendingAddressesAre) {
  EXPECT_EQ(site_.Run({"warmup"}).status, 1);
  const auto tell = [&](const std::string& host, const std::string& curve) {
    const std::string text = "source news address 192.0.2.10 start 2099-01-01 curve " + curve +
                             "\nprovider gmail\nprovider other\n";
    EXPECT_TRUE(store_->SetField(KeyMaker::WarmUpSchedules(), host, text, In5s()).has_value());
  };
  const auto hold = [&](const std::string& id, const std::string& text) {
    EXPECT_TRUE(store_->SetField(KeyMaker::Hosts(), "mx1", "1", In5s()).has_value());
    EXPECT_TRUE(store_->SetField(warmup::HeldKey("mx1"), id, text, In5s()).has_value());
  };
  tell("mx1", "50 x1.5 50000");
  tell("mx2", "50 x1.5 50000");
  Use(warmup::Subject("news", "gmail"), warmup::DayLimit(), 50);
  hold("4Xyz", "1700000000000 news gmail");
  hold("4Abc", "1700000100000 news gmail");
  hold("4Old", "1700000200000 old gmx");
  const Ended shown = site_.Run({"warmup"});
  EXPECT_EQ(shown.status, 0);
  EXPECT_EQ(shown.output,
            "news  192.0.2.10  gmail  begins 2099-01-01  50 of 50 used  "
            "2 held since 2023-11-14 22:13:20  75 from 2099-01-02 00:00:00\n"
            "news  192.0.2.10  other  begins 2099-01-01  0 of 50 used   "
            "0 held                            75 from 2099-01-02 00:00:00\n"
            "old   -           gmx    in no table                       "
            "1 held since 2023-11-14 22:16:40\n");
  tell("mx2", "60 x1.5 50000");
  EXPECT_THAT(site_.Run({"warmup"}).output,
              HasSubstr("The hosts have different tables: see news.\n"));
}

TEST_F(GatepostTest, TakesOnlyOverridesThatCanHaveAnEffect) {
  struct Case {
    std::vector<std::string> words;
    int status;
    const char* output;
  };
  const std::vector<Case> cases{
      {{"alice@example.org", "*", "500"}, 64, "can only be unlimited or off"},
      {{"domain", "example.org", "volume", "2GB"}, 64, "write \"pool\""},
      {{"pool", "example.org", "daily", "5"}, 64, "write \"domain\""},
      {{"alice@example.org", "dayly", "5"}, 64, "did you mean \"daily\""},
      {{"alice@example.org", "daily", "2GB"}, 64, "2GB"},
      {{"alice@example.org", "*", "off"}, 0, "on every host within two seconds"},
      {{"pool", "example.org", "volume", "2GB"}, 0, "pool example.org has another amount"},
      {{"pool", "example.org", "recipients-per-message", "5"}, 64, "write \"domain\""},
      {{"alice@example.org", "recipients-per-message", "0"}, 64, "to stop an account, suspend it"},
      {{"domain", "example.org", "recipients-per-message", "500"}, 0, "has another amount"},
  };
  for (const Case& c : cases) {
    std::vector<std::string> words{"limits", "set"};
    words.insert(words.end(), c.words.begin(), c.words.end());
    const Ended ended = site_.Run(words);
    EXPECT_EQ(ended.status, c.status) << testing::PrintToString(c.words) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr(c.output));
  }
}

TEST_F(GatepostTest, TellsOfTheRecipientsOfOneMessageAsOfLimits) {
  Count("ratelimit.refused.recipients_per_message", 5min, 6);
  EXPECT_THAT(site_.Run({"limits"}).output,
              HasSubstr("recipients-per-message  50 recipients-per-message"));
  EXPECT_THAT(site_.Run({"limits"}).output, HasSubstr("refused 6 in 24 h\n"));
  const std::vector<std::string> show{"limits", "show", "alice@example.org"};
  EXPECT_EQ(site_.Run(show).status, 1);
  EXPECT_EQ(
      site_.Run({"limits", "set", "alice@example.org", "recipients-per-message", "500"}).status, 0);
  const Ended shown = site_.Run(show);
  EXPECT_EQ(shown.status, 0);
  EXPECT_THAT(shown.output, HasSubstr("user alice@example.org: 500 recipients-per-message"));
  EXPECT_EQ(site_.Run({"limits", "unset", "alice@example.org", "recipients-per-message"}).status,
            0);
  EXPECT_EQ(site_.Run(show).status, 1);
}

}  // namespace
}  // namespace gatepost::cli
