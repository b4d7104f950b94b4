// The warm-up as a mail server sees it: what is deferred or held, with which words, and which
// recipients count at all.
#include <chrono>

#include "tests/milters/ratelimit/ratelimit_hosts.h"
#include "tests/support/redis_server.h"

namespace gatepost::ratelimit {
namespace {

using namespace std::chrono_literals;
using support::Message;
using support::MilterClient;
using support::Outcome;
using support::Program;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;

const Message kMessage{{{"From", " app@example.org"}}, "Hello\r\n"};
constexpr const char* kUser = "app@example.org";

// Two messages a day to each provider: before its start an address has the allowance of its first
// day.
constexpr const char* kTable =
    "source news address 192.0.2.10 start 2099-01-01 curve 2 x2 1000\n"
    "route news *\n"
    "provider gmail domain gmail.example\n";

class WarmUpProcessTest : public testing::Test {
 protected:
  Program Start(const std::string& warmup) {
    const std::string table = hosts_.Write("warmup.table", kTable);
    return hosts_.Start("one", "[limits]\nlimits = []\ncontact = \"postmaster@example.org\"\n" +
                                   ("[warmup]\ntable = \"" + table + "\"\n") + warmup);
  }

  // From a user's session, to recipients that go by this transport.
  Outcome Send(const std::vector<std::string>& recipients, const std::string& mailer = "smtp") {
    MilterClient client = hosts_.Client("one");
    client.SetMacro("{auth_authen}", kUser);
    client.SetMailer(mailer);
    const std::string queue_id = "Queue" + std::to_string(++sent_);
    return client.Send({std::string("<") + kUser + ">", {}, recipients, queue_id}, kMessage)
        .value();
  }
  bool Passes(const std::vector<std::string>& recipients, const std::string& mailer = "smtp") {
    const Outcome outcome = Send(recipients, mailer);
    return outcome.reply.GoesOn() && outcome.edits.empty();
  }
  static bool IsHeld(const Outcome& outcome) {
    return outcome.reply.GoesOn() && outcome.edits.size() == 1 &&
           outcome.edits[0].kind == support::Edit::Kind::kQuarantine;
  }

  std::string Gatepost(const std::string& command) {
    const auto output = hosts_.Log("gatepost-" + std::to_string(++commands_));
    support::RunToEnd({GATEPOST_BIN_DIR "/gatepost", "--site", hosts_.SiteFile("one"), command},
                      output);
    return support::ReadWholeFile(output);
  }

  support::RedisServer redis_;
  RatelimitHosts hosts_{redis_.url()};
  int sent_ = 0;
  int commands_ = 0;
};

TEST_F(WarmUpProcessTest, OverTheAllowanceAProgramIsAskedToComeBack) {
  const Program one = Start("over = \"defer\"\n");
  EXPECT_TRUE(Passes({"<a@gmail.example>"}));
  EXPECT_TRUE(Passes({"<b@gmail.example>", "<c@gmail.example>"}));  // one message
  const Outcome third = Send({"<d@gmail.example>"});
  ASSERT_EQ(third.recipients.size(), 1);
  EXPECT_EQ(third.recipients[0].verdict, support::Reply::Verdict::kTempFail);
  EXPECT_THAT(third.recipients[0].text,
              MatchesRegex("450-4\\.7\\.1 As much mail as is planned for a day has gone to this "
                           "recipient's provider\\.\r?\n"
                           "450 4\\.7\\.1 There is room again in [0-9a-z ]+,( on [0-9-]+)? at "
                           "[0-9][0-9]:[0-9][0-9] UTC\\. Questions: postmaster@example\\.org\\. "
                           "\\(reference [0-9A-Za-z]+\\)"));
  EXPECT_TRUE(Passes({"<d@other.example>"}));
  EXPECT_THAT(one.Log(), HasSubstr("verdict=defer"));
  EXPECT_THAT(Gatepost("warmup"), HasSubstr("2 of 2 used  0 held"));
}

// The recipient that fits goes out, the other one in another message later.
TEST_F(WarmUpProcessTest, OnlyTheProvidersWithoutRoomAreDeferred) {
  const Program one = Start("over = \"defer\"\n");
  EXPECT_TRUE(Passes({"<a@gmail.example>"}));
  EXPECT_TRUE(Passes({"<a@gmail.example>"}));
  const Outcome mixed = Send({"<a@gmail.example>", "<b@other.example>"});
  ASSERT_EQ(mixed.recipients.size(), 2);
  EXPECT_FALSE(mixed.recipients[0].GoesOn());
  EXPECT_TRUE(mixed.recipients[1].GoesOn());
  EXPECT_TRUE(mixed.reply.GoesOn());
  EXPECT_THAT(mixed.edits, IsEmpty());
}

TEST_F(WarmUpProcessTest, WhatIsDeferredDoesNotUseTheAllowanceUp) {
  const Program one = Start("over = \"defer\"\n");
  EXPECT_TRUE(Passes({"<a@gmail.example>"}));
  EXPECT_TRUE(Passes({"<a@gmail.example>"}));
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(Send({"<a@gmail.example>"}).recipients[0].GoesOn());
  EXPECT_THAT(Gatepost("warmup"), HasSubstr("2 of 2 used  0 held"));
}

TEST_F(WarmUpProcessTest, OverTheAllowanceMailIsHeld) {
  const Program one = Start("");
  EXPECT_TRUE(Passes({"<a@gmail.example>"}));
  EXPECT_TRUE(Passes({"<a@gmail.example>"}));
  const Outcome third = Send({"<a@gmail.example>", "<b@gmail.example>"});
  EXPECT_TRUE(IsHeld(third));
  EXPECT_THAT(third.edits[0].value, "warm-up of a sending address: over the day's allowance");
  EXPECT_TRUE(Passes({"<a@other.example>"}));
  std::string shown;
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (shown.find("1 held since") == shown.npos && std::chrono::steady_clock::now() < deadline) {
    shown = Gatepost("warmup");
  }
  EXPECT_THAT(shown, HasSubstr("gmail  begins 2099-01-01  2 of 2 used  1 held since 20"));
  EXPECT_THAT(shown, HasSubstr("other  begins 2099-01-01  1 of 2 used  0 held"));
}

TEST_F(WarmUpProcessTest, MailThatStaysOnTheSiteIsNotCounted) {
  const Program one = Start("own_transports = [\"tickets\"]\n");
  for (const std::string mailer : {"local", "virtual", "lmtp", "dovecot", "maildrop", "mailman",
                                   "retry", "discard", "tickets"}) {
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(Passes({"<a@gmail.example>"}, mailer)) << mailer;
  }
  EXPECT_TRUE(Passes({"<a@gmail.example>"}, "smtp"));
  EXPECT_TRUE(Passes({"<a@gmail.example>"}, "relay"));
  EXPECT_TRUE(IsHeld(Send({"<a@gmail.example>"}, "news-out")));
}

}  // namespace
}  // namespace gatepost::ratelimit
