#include "tools/privileged/request.h"

namespace gatepost::privileged {
namespace {

TEST(RequestTest, ReadsAVerbAndItsArgument) {
  const auto request = ParseRequest("release 4XyZ0123456789\n");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->verb, Verb::kRelease);
  EXPECT_EQ(request->argument, "4XyZ0123456789");
}

TEST(RequestTest, KnowsEachVerb) {
  for (const char* line :
       {"kick eva@example.org\n", "release 0123AB\n", "hold 0123AB\n", "delete 0123AB\n",
        "held 0123AB\n", "accepted 0123AB\n", "new-password eva@example.org\n"}) {
    const auto request = ParseRequest(line);
    ASSERT_TRUE(request) << line;
    EXPECT_EQ(std::string(Name(request->verb)) + " " + request->argument + "\n", line);
  }
}

TEST(RequestTest, ACopyGoesToOneRecipientWithAPass) {
  const auto request = ParseRequest("release-to 0123AB caf\xc3\xa9+x@example.org v1.2:a-b_c\n");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->verb, Verb::kReleaseTo);
  EXPECT_EQ(request->argument, "0123AB");
  EXPECT_EQ(request->recipient, "caf\xc3\xa9+x@example.org");
  EXPECT_EQ(request->pass, "v1.2:a-b_c");
  for (const char* line :
       {"release-to 0123AB\n", "release-to 0123AB bob@example.org\n",
        "release-to 0123AB bob@example.org a b\n", "release-to 0123AB  a\n",
        "release-to ALL bob@example.org a\n", "release-to 0123AB -oQ/tmp a\n",
        "release-to 0123AB bob@example.org a\r\n", "release-to 0123AB bob@example.org a/b\n",
        "release-to 0123AB bob\x01@example.org a\n", "release-to 0123AB bob\xff@example.org a\n",
        "release 0123AB bob@example.org a\n"}) {
    EXPECT_FALSE(ParseRequest(line)) << line;
  }
  EXPECT_FALSE(IsPass(std::string(201, 'a')));
  EXPECT_FALSE(IsRecipient(std::string(321, 'a')));
}

TEST(RequestTest, RefusesWhatIsNoRequest) {
  for (const char* line : {"",
                           "\n",
                           "kick",
                           "kick\n",
                           "kick \n",
                           " kick eva\n",
                           "kick eva",
                           "kick eva\r\n",
                           "kick eva \n",
                           "kick  eva\n",
                           "kick eva bob\n",
                           "kick eva\nkick bob\n",
                           "KICK eva\n",
                           "kicks eva\n",
                           "reboot now\n",
                           "release -H\n",
                           "release ALL\n",
                           "delete ALL\n",
                           "hold eva@example.org\n",
                           "release 0123AB -d\n"}) {
    EXPECT_FALSE(ParseRequest(line)) << line;
  }
}

TEST(RequestTest, QueueIdsAreLettersAndDigits) {
  for (const char* id : {"0123AB", "4XyZ0123456789", "zzzzzzzzzzzzzzzzzzzz"}) {
    EXPECT_TRUE(IsQueueId(id)) << id;
  }
  for (const char* id : {"", "01234", "ALL", "-", "zzzzzzzzzzzzzzzzzzzzz", "0123A!", "../../x",
                         "0123-AB", "0123 AB", "0123AB\n", "0123\xc3\xa9"}) {
    EXPECT_FALSE(IsQueueId(id)) << id;
  }
  EXPECT_FALSE(IsQueueId(std::string_view("0123AB\0", 7)));
}

TEST(RequestTest, UsersAreNamesAndNothingElse) {
  for (const char* user :
       {"eva", "eva@example.org", "o'brien+x@example.org", "a.b-c_d=e#f!", "12345@example.org",
        "1a", "xn--bcher-kva.example", "~eva", "eva&bob%example.net@example.org",
        "caf\xc3\xa9@b\xc3\xbc\x63her.example", "\xe6\x9d\x8e@example.org", "\xf0\x9f\x98\x80"}) {
    EXPECT_TRUE(IsUser(user)) << user;
  }
  for (const char* user : {"",
                           "-f",
                           "-eva@example.org",
                           "*",
                           "*@example.org",
                           "ev?",
                           "[a]",
                           "eva/bob",
                           "eva bob",
                           "eva\tbob",
                           "eva\n",
                           "e\\va",
                           "$(id)",
                           "`id`",
                           "a;b",
                           "a|b",
                           "a\"b",
                           "<a>",
                           "a,b",
                           "a:b",
                           "caf\xe9",
                           "caf\xc3",
                           "\xc0\xafpasswd",
                           "\xed\xa0\x80",
                           "eva\xc2\x9b"
                           "1m",
                           "eva\x7f",
                           "10.0.0.1",
                           "10.1",
                           "0.0.0.0",
                           "1234",
                           "0x7f000001",
                           "::1"}) {
    EXPECT_FALSE(IsUser(user)) << user;
  }
  EXPECT_FALSE(IsUser(std::string_view("eva\0", 4)));
  EXPECT_TRUE(IsUser(std::string(320, 'x')));
  EXPECT_FALSE(IsUser(std::string(321, 'x')));
}

}  // namespace
}  // namespace gatepost::privileged
