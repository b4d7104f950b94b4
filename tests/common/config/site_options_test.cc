#include "common/config/site_options.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace gatepost::config {
namespace {

using namespace std::chrono_literals;

SiteOptions Read(std::string_view toml) {
  SiteOptions site;
  OptionTable table("gatepost", kSiteFileName);
  Declare(table, site);
  table.Parse(toml, kSiteFileName);
  FillIn(site);
  return site;
}

TEST(SiteOptions, HaveTheDocumentedDefaults) {
  const SiteOptions site = Read("identity.hostname = \"mail.example.org\"");
  EXPECT_EQ(site.store.url, "memory:");
  EXPECT_EQ(site.store.username, "");
  EXPECT_EQ(site.store.password_file, "");
  EXPECT_EQ(site.store.tls_ca_file, "");
  EXPECT_EQ(site.store.tls_certificate_file, "");
  EXPECT_EQ(site.store.tls_key_file, "");
  EXPECT_EQ(site.store.deadline, 40ms);
  EXPECT_EQ(site.store.state_directory, "/var/lib/gatepost");
  EXPECT_TRUE(site.dns.servers.empty());
  EXPECT_EQ(site.dns.timeout, 5s);
  EXPECT_EQ(site.dns.attempts, 2);
  EXPECT_EQ(site.dns.cache_entries, 100'000);
  EXPECT_EQ(site.dns.max_outstanding, 4096);
  EXPECT_EQ(site.log.target, log::Target::kSyslog);
  EXPECT_EQ(site.log.level, log::Level::kInfo);
}

TEST(SiteOptions, TakeTheSystemsNameWhereNoneIsGiven) {
  char name[256] = {};
  ASSERT_EQ(::gethostname(name, sizeof name - 1), 0);
  const SiteOptions site = Read("");
  EXPECT_EQ(site.identity.hostname, name);
  EXPECT_EQ(site.identity.authserv_id, name);
}

TEST(SiteOptions, TakeTheHostnameAsAuthservIdWhereNoneIsGiven) {
  EXPECT_EQ(Read("identity.hostname = \"a.example\"").identity.authserv_id, "a.example");
  EXPECT_EQ(Read("identity = { hostname = \"a.example\", authserv_id = \"b.example\" }")
                .identity.authserv_id,
            "b.example");
}

TEST(SiteOptions, TakeEveryOption) {
  const SiteOptions site = Read(R"(
    [store]
    url = "redis://127.0.0.1:6379/1"
    username = "gatepost"
    password_file = "/etc/gatepost/redis.password"
    tls_ca_file = "/etc/gatepost/ca.pem"
    tls_certificate_file = "/etc/gatepost/redis.pem"
    tls_key_file = "/etc/gatepost/redis.key"
    deadline = "20ms"
    state_directory = "/tmp/state"
    [dns]
    servers = ["127.0.0.1:5353", "::1", "[::1]:53"]
    timeout = "1s"
    attempts = 1
    cache_entries = 0
    max_outstanding = 10
    [log]
    target = "stderr"
    level = "debug"
  )");
  EXPECT_EQ(site.store.url, "redis://127.0.0.1:6379/1");
  EXPECT_EQ(site.store.tls_key_file, "/etc/gatepost/redis.key");
  EXPECT_EQ(site.dns.servers, (std::vector<std::string>{"127.0.0.1:5353", "::1", "[::1]:53"}));
  EXPECT_EQ(site.log.target, log::Target::kStderr);
  EXPECT_EQ(site.log.level, log::Level::kDebug);
}

}  // namespace
}  // namespace gatepost::config
