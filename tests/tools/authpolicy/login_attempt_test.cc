// Dovecot's requests as they really come, and what nobody should send.
#include "tools/authpolicy/login_attempt.h"

namespace gatepost::authpolicy {
namespace {

using base::ErrorKind;

TEST(LoginAttemptTest, ReadsWhatDovecotSends) {
  const auto asked = ParseAttempt(
      R"({"device_id":"","login":"alice@example.org","protocol":"imap","pwhash":"0469",)"
      R"("remote":"192.0.2.7","session_id":"yurdytdglNF/AAAB","tls":false})");
  ASSERT_TRUE(asked) << asked.error().message;
  EXPECT_EQ(asked->login, "alice@example.org");
  EXPECT_EQ(asked->pwhash, "0469");
  EXPECT_EQ(asked->client.Format(), "192.0.2.7");
  EXPECT_EQ(asked->protocol, "imap");
  EXPECT_EQ(asked->session_id, "yurdytdglNF/AAAB");
  const auto reported = ParseAttempt(
      R"({"login":"a","remote":"2001:db8::7","success":true,"policy_reject":true,"fail_type":"x"})");
  ASSERT_TRUE(reported);
  EXPECT_TRUE(reported->success && reported->policy_reject && reported->fail_type == "x");
  EXPECT_EQ(reported->client.Format(), "2001:db8::7");
}

TEST(LoginAttemptTest, AClientWithoutAnAddressIsNotKnown) {
  for (const char* remote : {"", "/run/dovecot/login", "localhost"}) {
    const auto attempt = ParseAttempt(R"({"login":"a","remote":")" + std::string(remote) + R"("})");
    ASSERT_TRUE(attempt) << remote;
    EXPECT_EQ(attempt->client.family(), base::IpAddress::Family::kNone);
  }
}

TEST(LoginAttemptTest, RefusesWhatIsNoAttempt) {
  const struct {
    const char* name;
    std::string input;
    ErrorKind want = ErrorKind::kInvalid;
  } cases[] = {
      {"nothing", ""},
      {"no JSON", "login=alice"},
      {"half of it", R"({"login":"a")"},
      {"a list", R"(["login"])"},
      {"no login", R"({"remote":"192.0.2.7"})"},
      {"an empty login", R"({"login":""})"},
      {"a login that is a number", R"({"login":7})"},
      {"a success that is a text", R"({"login":"a","success":"true"})"},
      {"bytes that are no UTF-8", "{\"login\":\"\xff\xfe\"}"},
      {"a long login", R"({"login":")" + std::string(600, 'a') + R"("})"},
      {"deep nesting", std::string(9'000, '['), ErrorKind::kLimit},
      {"a huge object", R"({"login":"a","x":")" + std::string(20'000, 'a') + R"("})",
       ErrorKind::kLimit},
  };
  for (const auto& each : cases) {
    const auto got = ParseAttempt(each.input);
    ASSERT_FALSE(got) << each.name;
    EXPECT_EQ(got.error().kind, each.want) << each.name;
  }
}

TEST(LoginAttemptTest, WritesRepliesThatDovecotReads) {
  EXPECT_EQ(FormatReply(0, ""), R"({"msg":"","status":0})");
  EXPECT_EQ(FormatReply(-1, "say \"no\"\n"), R"({"msg":"say \"no\"\n","status":-1})");
}

}  // namespace
}  // namespace gatepost::authpolicy
