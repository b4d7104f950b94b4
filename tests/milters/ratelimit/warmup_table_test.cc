#include "milters/ratelimit/warmup_table.h"

#include <string>

#include "common/config/config_error.h"

namespace gatepost::ratelimit {
namespace {

using testing::ElementsAre;

std::shared_ptr<const WarmUpTable> TableOf(const std::string& text) {
  return WarmUpTable::Load(config::TableFile(text, "warmup.table"),
                           *accounts::AccountNames::Load({}));
}

const std::string kNews = "source news address 192.0.2.10 start 2026-11-01 curve 50 x1.5 50000\n";

TEST(WarmUpTableTest, TheFirstRouteThatFitsCounts) {
  const auto table = TableOf(kNews +
                             "source app address 192.0.2.11 start 2026-11-01 curve 5 x2 1000\n"
                             "route app user App@Example.org\n"
                             "route news stream bulk\n"
                             "route news sender-domain NEWS.example.org\n");
  const struct {
    const char* name;
    WarmUpTable::Mail mail;
    const char* want;
  } cases[] = {
      {"user", {"app@example.org", "news.example.org", "bulk"}, "app"},
      {"stream", {"eva@example.org", "example.org", "bulk"}, "news"},
      {"domain", {"", "news.example.org", ""}, "news"},
      {"none", {"eva@example.org", "example.org", ""}, ""},
      {"user before the stream is known", {"app@example.org", "", std::nullopt}, "app"},
      {"not known yet", {"eva@example.org", "news.example.org", std::nullopt}, "?"},
  };
  for (const auto& c : cases) {
    const auto found = table->FindSource(c.mail);
    const std::string name = !found ? "?" : *found == nullptr ? "" : (*found)->name;
    EXPECT_EQ(name, c.want) << c.name;
  }
  const auto all = TableOf(kNews + "route news *");
  EXPECT_EQ((*all->FindSource({"", "", std::nullopt}))->name, "news");
  EXPECT_EQ(*TableOf("")->FindSource({"", "", std::nullopt}), nullptr);
}

TEST(WarmUpTableTest, FindsProvidersByDomainAndByMailServer) {
  const auto table = TableOf(
      "provider gmail domain gmail.com GoogleMail.com\n"
      "provider gmail mx *.google.com *.googlemail.com\n"
      "provider small mx mx.example.net\n");
  EXPECT_EQ(table->ProviderOfDomain("googlemail.com"), "gmail");
  EXPECT_EQ(table->ProviderOfDomain("mail.gmail.com"), "");
  const auto of = [&](std::vector<std::string> hosts) { return table->ProviderOfMx(hosts); };
  EXPECT_EQ(of({"aspmx.l.google.com"}), "gmail");
  EXPECT_EQ(of({"google.com"}), "");
  EXPECT_EQ(of({"evilgoogle.com"}), "");
  EXPECT_EQ(of({"mx.example.net", "aspmx.l.google.com"}), "small");
  EXPECT_EQ(of({"a.mx.example.net"}), "");
  EXPECT_EQ(of({}), "");
  EXPECT_TRUE(table->asks_mx());
  EXPECT_FALSE(TableOf("provider gmail domain gmail.com")->asks_mx());
  EXPECT_THAT(table->providers(), ElementsAre("gmail", "other", "small"));
}

TEST(WarmUpTableTest, SaysWhatIsWrongWithARow) {
  const std::string form =
      "a source is: source NAME address ADDRESS start YYYY-MM-DD curve FIRST xGROWTH END";
  const std::string route =
      "a route is: route SOURCE stream|sender-domain|user NAME, or route SOURCE *";
  const std::string name =
      "a name has up to 32 letters in lower case, digits, \"-\", \"_\" and \".\"";
  const auto source = [](const std::string& start, const std::string& curve) {
    return "source a address 192.0.2.1 start " + start + " curve " + curve;
  };
  const std::pair<std::string, std::string> cases[] = {
      {"sauce a", "a row begins with source, route or provider"},
      {"source a", form},
      {"source A address 192.0.2.1 start 2026-11-01 curve 1 x2 9", name},
      {"source a address mx start 2026-11-01 curve 1 x2 9", "\"mx\" is no address"},
      {source("2026-02-30", "1 x2 9"), "the start is a day: 2026-11-01"},
      {source("1-11-2026", "1 x2 9"), "the start is a day: 2026-11-01"},
      {source("2026-11-01", "9 x2 9"), "the curve grows from FIRST to END messages a day"},
      {source("2026-11-01", "0 x2 9"), "the curve grows from FIRST to END messages a day"},
      {source("2026-11-01", "1 x1 9"), "the growth is from x1.001 to x10 a day"},
      {source("2026-11-01", "1 x1.0001 9"), "the growth is from x1.001 to x10 a day"},
      {source("2026-11-01", "1 x11 9"), "the growth is from x1.001 to x10 a day"},
      {source("2026-11-01", "1 1.5 9"), "the growth is from x1.001 to x10 a day"},
      {"route a *", "no row above this one is a source of this name"},
      {"route a", route},
      {"provider a domain", "a provider is: provider NAME domain|mx NAME ..."},
      {"provider other domain example.net", "\"other\" is whatever no row names"},
  };
  for (const auto& [row, want] : cases) {
    try {
      TableOf(row);
      ADD_FAILURE() << row;
    } catch (const config::ConfigError& error) {
      EXPECT_EQ(error.what(), "warmup.table:1: " + want);
    }
  }
  const std::pair<std::string, std::string> second[] = {
      {kNews, "there is a source of this name"},
      {"route news colour red", route},
      {"route news stream Bulk", name},
  };
  for (const auto& [row, want] : second) {
    try {
      TableOf(kNews + row);
      ADD_FAILURE() << row;
    } catch (const config::ConfigError& error) {
      EXPECT_EQ(error.what(), "warmup.table:2: " + want);
    }
  }
}

}  // namespace
}  // namespace gatepost::ratelimit
