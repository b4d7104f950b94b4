// The parts of the Redis store that need no server.
#include <stdexcept>

#include "common/store/open.h"
#include "common/store/redis_address.h"
#include "common/store/redis_cluster.h"
#include "common/store/redis_greeting.h"
#include "common/store/redis_reply.h"
#include "common/store/redis_request.h"
#include "common/store/redis_slots.h"
#include "common/store/redis_state.h"

namespace gatepost::store {
namespace {

using base::ErrorKind;

TEST(RedisAddress, ReadsTheUrlForms) {
  struct Case {
    const char* url;
    RedisAddress want;
  };
  const Case cases[] = {
      {"unix:/run/redis/redis.sock", {"/run/redis/redis.sock", "", "6379", 0}},
      {"unix:/run/redis.sock?db=2", {"/run/redis.sock", "", "6379", 2}},
      {"redis://localhost", {"", "localhost", "6379", 0}},
      {"redis://localhost/", {"", "localhost", "6379", 0}},
      {"redis://10.0.0.1:7000/15", {"", "10.0.0.1", "7000", 15}},
      {"redis://[2001:db8::1]:6380/1", {"", "2001:db8::1", "6380", 1}},
      {"redis://[::1]", {"", "::1", "6379", 0}},
  };
  for (const auto& [url, want] : cases) {
    const auto got = RedisAddress::Parse(url);
    ASSERT_TRUE(got) << url;
    EXPECT_EQ(got->path, want.path) << url;
    EXPECT_EQ(got->host, want.host) << url;
    EXPECT_EQ(got->port, want.port) << url;
    EXPECT_EQ(got->database, want.database) << url;
  }
}

TEST(RedisAddress, ReadsSentinelsAndTls) {
  const auto plain =
      RedisAddress::Parse("redis+sentinel://a.example.org,[2001:db8::1]:7000/mail/3");
  ASSERT_TRUE(plain);
  EXPECT_THAT(plain->sentinels, testing::ElementsAre(HostAndPort{"a.example.org", "26379"},
                                                     HostAndPort{"2001:db8::1", "7000"}));
  EXPECT_EQ(plain->primary_name, "mail");
  EXPECT_EQ(plain->database, 3U);
  EXPECT_FALSE(plain->tls);
  EXPECT_TRUE(RedisAddress::Parse("rediss+sentinel://a/mail").value().tls);
  const auto tls = RedisAddress::Parse("rediss://[::1]:6380/1");
  ASSERT_TRUE(tls);
  EXPECT_TRUE(tls->tls);
  EXPECT_EQ(tls->Format(), "rediss://[::1]:6380");
  std::string many = "redis+sentinel://a";
  for (int i = 0; i < 16; ++i) many += ",a";
  EXPECT_FALSE(RedisAddress::Parse(many + "/mail"));
}

TEST(RedisAddress, RefusesWhatItDoesNotUnderstand) {
  for (const std::string& url : {std::string("unix:"),
                                 std::string("unix:relative"),
                                 "unix:/" + std::string(200, 'x'),
                                 std::string("unix:/x?db=one"),
                                 std::string("unix:/x?timeout=1"),
                                 std::string("redis://"),
                                 std::string("redis://host:0"),
                                 std::string("redis://host:70000"),
                                 std::string("redis://host:6379/x"),
                                 std::string("redis://[::1"),
                                 std::string("redis://[::1]x"),
                                 std::string("redis://:secret@host"),
                                 std::string("rediss:host"),
                                 std::string("redis"),
                                 std::string("http://host"),
                                 std::string("redis+sentinel://host"),
                                 std::string("redis+sentinel://host/"),
                                 std::string("redis+sentinel:///mail"),
                                 std::string("redis+sentinel://a,,b/mail"),
                                 std::string("redis+sentinel://a:0/mail"),
                                 std::string("redis+sentinel://a/mail/x"),
                                 std::string("redis+sentinel://a/mail/1/2"),
                                 std::string("redis+sentinel://u:secret@a/mail"),
                                 std::string("redis+sentinels://a/mail"),
                                 std::string(),
                                 std::string("unix:/a\0b", 9)}) {
    const auto got = RedisAddress::Parse(url);
    ASSERT_FALSE(got) << url;
    EXPECT_EQ(got.error().kind, ErrorKind::kInvalid) << url;
    EXPECT_EQ(got.error().message.find("secret"), std::string::npos);
  }
}

TEST(Open, ABadUrlIsABadConfiguration) {
  StoreOptions options;
  options.url = "redis+sentinel://a,b";
  EXPECT_THROW(Open(options), std::invalid_argument);
}

TEST(Open, MemoryNeedsNothing) { EXPECT_EQ(Open({})->health(), Health::kUp); }

TEST(Open, AnAbsentRedisIsNoError) {
  StoreOptions options;
  options.url = "unix:/nonexistent/redis.sock";
  Health told = Health::kUp;
  options.on_state = [&](Health health, const std::string&) { told = health; };
  EXPECT_EQ(Open(options)->health(), Health::kDown);
  EXPECT_EQ(told, Health::kDown);
}

TEST(RedisState, ClassifiesErrorReplies) {
  struct Case {
    const char* reply;
    std::optional<Health> health;
    ErrorKind kind;
  };
  const Case cases[] = {
      {"READONLY You can't write against a read only replica.", Health::kReadOnly,
       ErrorKind::kUnavailable},
      {"MISCONF Redis is configured to save RDB snapshots", Health::kReadOnly,
       ErrorKind::kUnavailable},
      {"OOM command not allowed when used memory > 'maxmemory'.", Health::kReadOnly,
       ErrorKind::kUnavailable},
      {"ERR Error running script (call to f_6b1b): @user_script:1: -READONLY You can't write",
       Health::kReadOnly, ErrorKind::kUnavailable},
      {"MASTERDOWN Link with MASTER is down", Health::kReadOnly, ErrorKind::kUnavailable},
      {"LOADING Redis is loading the dataset in memory", Health::kLoading, ErrorKind::kUnavailable},
      {"BUSY Redis is busy running a script", Health::kLoading, ErrorKind::kUnavailable},
      {"NOAUTH Authentication required.", Health::kDown, ErrorKind::kPermission},
      {"WRONGPASS invalid username-password pair", Health::kDown, ErrorKind::kPermission},
      {"NOPERM this user has no permissions", std::nullopt, ErrorKind::kPermission},
      {"CROSSSLOT Keys in request don't hash to the same slot", std::nullopt, ErrorKind::kInvalid},
      {"CLUSTERDOWN The cluster is down", Health::kDown, ErrorKind::kUnavailable},
      {"CLUSTERDOWN Hash slot not served", Health::kDown, ErrorKind::kUnavailable},
      {"MOVED 3999 192.0.2.1:6381", Health::kDown, ErrorKind::kUnavailable},
      {"ERR The user executing the script can't run this command or subcommand", std::nullopt,
       ErrorKind::kPermission},
      {"NOSCRIPT No matching script.", std::nullopt, ErrorKind::kNotFound},
      {"WRONGTYPE Operation against a key", std::nullopt, ErrorKind::kInvalid},
      {"ERR syntax error", std::nullopt, ErrorKind::kInvalid},
      {"ERR Error running script", std::nullopt, ErrorKind::kInvalid},
      {"NEWS of tomorrow", std::nullopt, ErrorKind::kInternal},
      {"", std::nullopt, ErrorKind::kInternal},
      {"READONLYX", std::nullopt, ErrorKind::kInternal},
  };
  for (const auto& [reply, health, kind] : cases) {
    const RedisError error = Classify(reply);
    EXPECT_EQ(error.state ? std::optional(error.state->health) : std::nullopt, health) << reply;
    EXPECT_EQ(error.kind, kind) << reply;
  }
}

TEST(RedisState, TellsWhatANodeSaysOfAKeyFromWhatItSaysOfItself) {
  EXPECT_EQ(Classify("MOVED 3999 192.0.2.1:6381").cluster, ClusterAnswer::kMoved);
  EXPECT_EQ(Classify("ASK 3999 192.0.2.1:6381").cluster, ClusterAnswer::kAsk);
  EXPECT_EQ(Classify("TRYAGAIN Multiple keys request during rehashing").cluster,
            ClusterAnswer::kTryAgain);
  EXPECT_EQ(Classify("CLUSTERDOWN Hash slot not served").cluster, ClusterAnswer::kUnserved);
  EXPECT_EQ(Classify("CLUSTERDOWN The cluster is down").cluster, ClusterAnswer::kNone);
  EXPECT_EQ(Classify("READONLY You can't write").cluster, ClusterAnswer::kNone);
}

TEST(RedisSlots, AKeyLivesInTheSlotOfItsTag) {
  EXPECT_EQ(KeySlot("123456789"), 0x31c3 % 16'384);  // the check value of CRC-16/XMODEM
  EXPECT_EQ(KeySlot(""), 0);
  EXPECT_EQ(KeySlot("gp:limits:{user a}:x"), KeySlot("user a"));
  EXPECT_EQ(KeySlot("{}a"), KeySlot("{}a"));
  EXPECT_NE(KeySlot("{}a"), KeySlot("{}b"));
}

Reply ReadReply(const std::string& bytes) {
  ReplyReader reader;
  EXPECT_TRUE(reader.Feed(bytes));
  return reader.Next().value().value();
}

const RedisAddress kAsked{"", "192.0.2.9", "7000", 0};

std::string Range(int first, int last, const std::string& host, int port) {
  return "*3\r\n:" + std::to_string(first) + "\r\n:" + std::to_string(last) + "\r\n*3\r\n$" +
         std::to_string(host.size()) + "\r\n" + host + "\r\n:" + std::to_string(port) +
         "\r\n$2\r\nid\r\n";
}

TEST(RedisSlots, ReadsWhoServesWhat) {
  const auto map =
      SlotMap::Parse(ReadReply("*4\r\n" + Range(0, 99, "2001:db8::1", 7001) +
                               Range(200, 299, "", 7002) + Range(300, 300, "2001:db8::1", 7001) +
                               "*3\r\n:16383\r\n:16383\r\n*2\r\n$-1\r\n:7003\r\n"),
                     kAsked);
  ASSERT_TRUE(map);
  ASSERT_EQ(map->nodes.size(), 3U);
  EXPECT_EQ(map->nodes[0].Format(), "redis://[2001:db8::1]:7001");
  EXPECT_EQ(map->nodes[1].Format(), "redis://192.0.2.9:7002");
  EXPECT_EQ(map->nodes[2].Format(), "redis://192.0.2.9:7003");
  EXPECT_EQ(map->owners[99], 0);
  EXPECT_EQ(map->owners[100], SlotMap::kNobody);
  EXPECT_EQ(map->owners[250], 1);
  EXPECT_EQ(map->owners[300], 0);
  EXPECT_EQ(map->owners[16'383], 2);
}

TEST(RedisSlots, RefusesAMapThatMakesNoSense) {
  std::string many = "*65\r\n";
  for (int i = 0; i < 65; ++i) many += Range(i, i, "192.0.2.1", 7000 + i);
  for (const std::string& bytes :
       {std::string("*0\r\n"), std::string("$1\r\nx\r\n"),
        std::string("-ERR This instance has cluster support disabled\r\n"),
        "*1\r\n" + Range(-1, 5, "192.0.2.1", 7001), "*1\r\n" + Range(0, 16'384, "192.0.2.1", 7001),
        "*1\r\n" + Range(0, 5, "192.0.2.1", 0), "*1\r\n" + Range(0, 5, "192.0.2.1", 65'536),
        "*1\r\n" + Range(0, 5, "?", 7001), "*1\r\n" + Range(0, 5, "a b", 7001),
        "*1\r\n" + Range(0, 5, std::string(254, 'a'), 7001),
        std::string("*1\r\n*2\r\n:0\r\n:5\r\n"), std::string("*1\r\n:1\r\n"),
        std::string("*1\r\n*3\r\n:0\r\n:5\r\n*1\r\n$1\r\na\r\n"), many}) {
    EXPECT_EQ(SlotMap::Parse(ReadReply(bytes), kAsked).error().kind, ErrorKind::kInvalid) << bytes;
  }
}

TEST(RedisSlots, ReadsWhereAKeyIs) {
  const auto where = [](std::string_view text) {
    const auto address = ParseRedirection(text, kAsked);
    return address ? address->Format() : "refused";
  };
  EXPECT_EQ(where("MOVED 3999 192.0.2.1:6381"), "redis://192.0.2.1:6381");
  EXPECT_EQ(where("ASK 3999 2001:db8::1:6381"), "redis://[2001:db8::1]:6381");
  EXPECT_EQ(where("MOVED 3999 :6381"), "redis://192.0.2.9:6381");
  EXPECT_EQ(where("MOVED 3999 redis.example.org:6381"), "redis://redis.example.org:6381");
  for (const char* bad : {"MOVED", "MOVED 3999", "MOVED 3999 192.0.2.1", "MOVED 3999 192.0.2.1:",
                          "MOVED 3999 192.0.2.1:0", "MOVED 3999 192.0.2.1:65536",
                          "MOVED 3999 192.0.2.1:6381x", "MOVED 3999 ?:6381", ""}) {
    EXPECT_EQ(where(bad), "refused") << bad;
  }
}

TEST(RedisCluster, ReadsItsUrl) {
  const auto seeds = ParseClusterUrl("redis+cluster://a.example.org,192.0.2.1:7001,[2001:db8::1]");
  ASSERT_TRUE(seeds);
  ASSERT_EQ(seeds->size(), 3U);
  EXPECT_EQ((*seeds)[0].Format(), "redis://a.example.org:6379");
  EXPECT_EQ((*seeds)[1].Format(), "redis://192.0.2.1:7001");
  EXPECT_EQ((*seeds)[2].Format(), "redis://[2001:db8::1]:6379");
  std::string many = "redis+cluster://a";
  for (int i = 0; i < 16; ++i) many += ",a";
  for (const std::string& bad :
       {std::string("redis+cluster://"), std::string("redis+cluster://a,,b"),
        std::string("redis+cluster://a/1"), std::string("redis+cluster://a,"),
        std::string("redis+cluster://:secret@a"), std::string("redis+cluster://a:0"), many}) {
    EXPECT_EQ(ParseClusterUrl(bad).error().kind, ErrorKind::kInvalid) << bad;
  }
}

TEST(ReplyReader, ReadsRepliesHoweverTheyAreCut) {
  const std::string bytes = "*4\r\n:7\r\n$-1\r\n*2\r\n+OK\r\n$3\r\na\r\n\r\n-ERR no\r\n:1\r\n";
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    ReplyReader reader;
    std::vector<Reply> replies;
    for (std::size_t at = 0; at < bytes.size(); at += cut) {
      ASSERT_TRUE(reader.Feed(std::string_view(bytes).substr(at, cut)));
      for (auto next = reader.Next(); next.value(); next = reader.Next()) {
        replies.push_back(std::move(**next));
      }
    }
    ASSERT_EQ(replies.size(), 2U);
    const auto& elements = replies[0].elements;
    ASSERT_EQ(elements.size(), 4U);
    EXPECT_EQ(elements[0].integer, 7);
    EXPECT_EQ(elements[1].type, Reply::Type::kNil);
    ASSERT_EQ(elements[2].elements.size(), 2U);
    EXPECT_EQ(elements[2].elements[0].text, "OK");
    EXPECT_EQ(elements[2].elements[1].text, "a\r\n");
    EXPECT_EQ(elements[3].type, Reply::Type::kError);
    EXPECT_EQ(replies[1].integer, 1);
  }
}

bool Reads(ReplyReader::Bounds bounds, std::string_view bytes) {
  ReplyReader reader(bounds);
  return reader.Feed(bytes) && reader.Next();
}

TEST(ReplyReader, KeepsItsBounds) {
  const ReplyReader::Bounds bounds{100, 20, 5};
  EXPECT_TRUE(Reads(bounds, "*4\r\n:1\r\n:2\r\n:3\r\n:4\r\n"));
  EXPECT_FALSE(
      Reads(bounds, "*5\r\n:1\r\n:2\r\n:3\r\n:4\r\n:5\r\n"));  // with the array itself, six
  EXPECT_FALSE(Reads(bounds, "*6\r\n"));
  EXPECT_TRUE(Reads(bounds, "$20\r\n01234567890123456789\r\n"));
  EXPECT_FALSE(Reads(bounds, "*2\r\n$15\r\n012345678901234\r\n$6\r\n012345\r\n"));
  EXPECT_FALSE(Reads(bounds, "+" + std::string(100, 'x')));
}

TEST(ReplyReader, TheBudgetIsThatOfOneReply) {
  ReplyReader reader(ReplyReader::Bounds{100, 5, 5});
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(reader.Feed("$5\r\n01234\r\n"));
    ASSERT_TRUE(reader.Next().value());
  }
}

TEST(RedisRequest, WordsMayHoldAnyBytes) {
  std::string bytes;
  const std::vector<std::string_view> words{"SET", std::string_view("\0\r\n", 3), ""};
  AppendCommand(bytes, words);
  EXPECT_EQ(bytes, std::string("*3\r\n$3\r\nSET\r\n$3\r\n\0\r\n\r\n$0\r\n\r\n", 28));
}

TEST(RedisGreeting, SendsOnlyWhatIsNeeded) {
  EXPECT_EQ(RedisGreeting({}, 0).bytes().find("AUTH"), std::string::npos);
  EXPECT_EQ(RedisGreeting({}, 0).bytes().find("SELECT"), std::string::npos);
  EXPECT_NE(RedisGreeting({"", "word"}, 0).bytes().find("*2\r\n$4\r\nAUTH"), std::string::npos);
  EXPECT_NE(RedisGreeting({"eva", "word"}, 7).bytes().find("*3\r\n$4\r\nAUTH"), std::string::npos);
}

}  // namespace
}  // namespace gatepost::store
