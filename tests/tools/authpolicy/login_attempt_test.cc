// Dovecot's requests as they really come, and what nobody should send.
#include "tools/authpolicy/login_attempt.h"

namespace gatepost::authpolicy {
namespace {

using base::ErrorKind;

std::string Repeat(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

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

// Dovecot sends what the client says of itself, too: no text of the client's may undo the request.
TEST(LoginAttemptTest, PassesOverWhatItDoesNotNeed) {
  const std::string begin = R"({"login":"alice@example.org","remote":"192.0.2.7",)";
  const struct {
    const char* name;
    std::string input;
  } cases[] = {
      {"brackets in a text", R"("device_id":"name=[[[[[[[[[[[[{{{{{{{{{{{{"})"},
      {"brackets after an escaped quote", R"("device_id":"\"[[[[[[[[[[[[\\"})"},
      {"a long text", R"("device_id":")" + std::string(60'000, 'a') + R"("})"},
      {"a text of escapes alone", R"("device_id":")" + Repeat("\\u0001", 10'000) + R"("})"},
      {"long texts that are not needed", R"("session_id":")" + std::string(300, 'a') +
                                             R"(","protocol":")" + std::string(300, 'a') + R"("})"},
      {"texts that are none", R"("pwhash":7,"session_id":[],"protocol":{},"fail_type":true})"},
      {"a success that is a text", R"("success":"true"})"},
  };
  for (const auto& each : cases) {
    const auto got = ParseAttempt(begin + each.input);
    ASSERT_TRUE(got) << each.name << ": " << got.error().message;
    EXPECT_EQ(got->login, "alice@example.org") << each.name;
    EXPECT_EQ(got->client.Format(), "192.0.2.7") << each.name;
    EXPECT_EQ(got->session_id + got->protocol + got->pwhash + got->fail_type, "") << each.name;
    EXPECT_FALSE(got->success) << each.name;
  }
}

TEST(LoginAttemptTest, OfTwoAttributesOfOneNameTheLastCounts) {
  EXPECT_EQ(ParseAttempt(R"({"login":"a","login":"b"})")->login, "b");
  EXPECT_FALSE(ParseAttempt(R"({"login":"a","login":7})"));
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
      {"a remote that is a number", R"({"login":"a","remote":7})"},
      {"a long remote", R"({"login":"a","remote":")" + std::string(300, 'a') + R"("})"},
      {"bytes that are no UTF-8", "{\"login\":\"\xff\xfe\"}"},
      {"a long login", R"({"login":")" + std::string(600, 'a') + R"("})"},
      {"deep nesting", std::string(9'000, '['), ErrorKind::kLimit},
      {"deep nesting after a text", R"({"login":"a\\","x":)" + std::string(9'000, '['),
       ErrorKind::kLimit},
      {"a huge object", R"({"login":"a","x":")" + std::string(70'000, 'a') + R"("})",
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
