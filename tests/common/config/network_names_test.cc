#include "common/config/network_names.h"

#include <gtest/gtest.h>

namespace gatepost::config {
namespace {

TEST(HostName, FollowsRfc1123Section21) {
  const std::string label(63, 'a');
  for (const std::string& good :
       {std::string("mail"), std::string("mail.example.org"), std::string("3com.example"),
        std::string("a-b.example"), label + ".example"}) {
    EXPECT_TRUE(IsHostName(good)) << good;
  }
  for (const std::string& bad :
       {std::string(), std::string("."), std::string("mail."), std::string(".mail"),
        std::string("a..b"), std::string("-a"), std::string("a-"), std::string("a_b"),
        std::string("a b"), std::string("ü"), label + "a", std::string(254, 'a')}) {
    EXPECT_FALSE(IsHostName(bad)) << bad;
  }
}

TEST(Token, FollowsRfc2045Section51) {
  for (const std::string_view good : {"mail.example.org", "a", "my_id!", "{x}"}) {
    EXPECT_TRUE(IsToken(good)) << good;
  }
  for (const std::string_view bad : {"", "a b", "a;b", "a/b", "a=b", "(a)", "a\n", "\x7f", "ü"}) {
    EXPECT_FALSE(IsToken(bad)) << bad;
  }
  EXPECT_FALSE(IsToken(std::string(256, 'a')));
}

std::string ServerText(std::string_view text) {
  const auto server = ParseServerAddress(text, 53);
  return server ? server->address.Format() + " " + std::to_string(server->port) : "refused";
}

TEST(ServerAddress, TakesAddressesWithAndWithoutPort) {
  EXPECT_EQ(ServerText("192.0.2.1"), "192.0.2.1 53");
  EXPECT_EQ(ServerText("192.0.2.1:5353"), "192.0.2.1 5353");
  EXPECT_EQ(ServerText("2001:db8::1"), "2001:db8::1 53");
  EXPECT_EQ(ServerText("[2001:db8::1]"), "2001:db8::1 53");
  EXPECT_EQ(ServerText("[2001:db8::1]:5353"), "2001:db8::1 5353");
  for (const std::string_view bad :
       {"", "dns.example.org", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2.1:x",
        "[2001:db8::1", "[2001:db8::1]5353", "[]:53", "192.0.2.1 ", "192.0.2.1:+5", ":53"}) {
    EXPECT_EQ(ServerText(bad), "refused") << bad;
  }
}

std::string UrlText(std::string_view text) {
  const auto url = ParseStoreUrl(text);
  if (!url) return "refused";
  if (url->kind == StoreUrl::Kind::kMemory) return "memory";
  if (url->kind == StoreUrl::Kind::kUnix) return "unix " + url->path;
  const std::string kind =
      std::string(url->tls ? "tls " : "") + (url->kind == StoreUrl::Kind::kSentinel  ? "sentinel "
                                             : url->kind == StoreUrl::Kind::kCluster ? "cluster "
                                                                                     : "");
  return kind + url->host + " " + std::to_string(url->port) + " " + std::to_string(url->database);
}

TEST(StoreUrl, TakesItsForms) {
  EXPECT_EQ(UrlText("memory:"), "memory");
  EXPECT_EQ(UrlText("unix:/run/redis/redis.sock"), "unix /run/redis/redis.sock");
  EXPECT_EQ(UrlText("redis://127.0.0.1:6380/2"), "127.0.0.1 6380 2");
  EXPECT_EQ(UrlText("redis://db.example.org"), "db.example.org 6379 0");
  EXPECT_EQ(UrlText("redis://db.example.org/"), "db.example.org 6379 0");
  EXPECT_EQ(UrlText("redis://[2001:db8::1]:6380/0"), "2001:db8::1 6380 0");
  EXPECT_EQ(UrlText("rediss://db.example.org/3"), "tls db.example.org 6379 3");
  EXPECT_EQ(UrlText("redis+sentinel://a.example.org/mail"), "sentinel a.example.org 26379 0");
  EXPECT_EQ(UrlText("rediss+sentinel://192.0.2.1:7000,[2001:db8::1]/mail/2"),
            "tls sentinel 192.0.2.1 7000 2");
  EXPECT_EQ(UrlText("redis+cluster://a.example.org:7000,[2001:db8::1],192.0.2.1:7001"),
            "cluster a.example.org 7000 0");
  EXPECT_EQ(UrlText("rediss+cluster://a"), "tls cluster a 6379 0");
}

TEST(StoreUrl, RefusesEverythingElse) {
  const std::string long_path(108, '/');
  std::string many_nodes;
  for (int i = 0; i < 16; ++i) many_nodes += ",a";
  for (const std::string& bad : {std::string(),
                                 std::string("memory"),
                                 std::string("memory:x"),
                                 std::string("unix:"),
                                 std::string("unix:run/redis"),
                                 "unix:" + long_path,
                                 std::string("redis:"),
                                 std::string("redis://"),
                                 std::string("redis://:6379"),
                                 std::string("redis://h:0"),
                                 std::string("redis://h:6379/x"),
                                 std::string("redis://h:6379/-1"),
                                 std::string("redis://h/1/2"),
                                 std::string("redis://u:p@h"),
                                 std::string("http://h"),
                                 std::string("redis://2001:db8::1"),
                                 std::string("redis://[192.0.2.1]"),
                                 std::string("redis://h h"),
                                 std::string("redis+sentinel://a,b"),
                                 std::string("redis+sentinel://a,b/"),
                                 std::string("redis+sentinel://a,,b/mail"),
                                 std::string("redis+sentinel:///mail"),
                                 std::string("redis+sentinel://a:0/mail"),
                                 std::string("redis+sentinel://a/mail/x"),
                                 std::string("redis+sentinel://u@a/mail"),
                                 std::string("redisss://h"),
                                 std::string("unix+sentinel://h/mail"),

                                 std::string("redis+cluster://"),
                                 std::string("redis+cluster://a,,b"),
                                 std::string("redis+cluster://a:7000/0"),
                                 std::string("redis+cluster://a,u:p@b"),
                                 "redis+cluster://a" + many_nodes}) {
    EXPECT_EQ(UrlText(bad), "refused") << bad;
  }
}

TEST(StoreUrl, SaysWhereAPasswordGoes) {
  EXPECT_EQ(ParseStoreUrl("redis://:secret@h").error().message,
            "must not hold a user or password; give \"username\" and \"password_file\"");
}

}  // namespace
}  // namespace gatepost::config
