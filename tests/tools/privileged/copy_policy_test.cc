#include "tools/privileged/copy_policy.h"

namespace gatepost::privileged {
namespace {

// As Postfix 3.7 prints it.
std::string Printed(const std::string& queue = "hold",
                    const std::string& sender = "c@remote.test") {
  return "*** ENVELOPE RECORDS " + queue + "/B488A74 ***\n" +
         "message_size:            8290             749               2               0\n"
         "named_attribute: log_helo_name=sender: evil@remote.test\n"
         "sender: " +
         sender +
         "\n"
         "named_attribute: dsn_orig_rcpt=rfc822;alice@example.test\n"
         "original_recipient: alice@example.test\n"
         "recipient: a.smith@example.test\n"
         "original_recipient: o brien@example.test\n"
         "recipient: o brien@example.test\n"
         "*** MESSAGE CONTENTS hold/B488A74 ***\n"
         "recipient: eva@example.test\n";
}

TEST(CopyPolicyTest, TakesSenderAndRecipientFromTheQueue) {
  const auto envelope = ParseEnvelope(Printed(), "Alice@Example.test");
  ASSERT_TRUE(envelope);
  EXPECT_EQ(envelope->sender, "c@remote.test");
  EXPECT_EQ(envelope->recipient, "alice@example.test");
  EXPECT_EQ(ParseEnvelope(Printed(), "a.smith@example.test")->recipient, "a.smith@example.test");
}

TEST(CopyPolicyTest, QuotesWhatSendmailWouldReadOtherwise) {
  struct Case {
    const char* sender;
    const char* want;
  };
  for (const auto& [sender, want] :
       std::initializer_list<Case>{{"", "<>"},
                                   {"-f@remote.test", "-f@remote.test"},
                                   {"a b@remote.test", "\"a b\"@remote.test"},
                                   {"a\"b\\c@remote.test", "\"a\\\"b\\\\c\"@remote.test"},
                                   {"x@y@remote.test", "\"x@y\"@remote.test"},
                                   {"a,b@remote.test", "\"a,b\"@remote.test"},
                                   {".a@remote.test", "\".a\"@remote.test"},
                                   {"caf\xc3\xa9@remote.test", "caf\xc3\xa9@remote.test"},
                                   {"root", "root"}}) {
    EXPECT_EQ(ParseEnvelope(Printed("hold", sender), "alice@example.test")->sender, want);
  }
  EXPECT_EQ(ParseEnvelope(Printed(), "o brien@example.test")->recipient,
            "\"o brien\"@example.test");
}

TEST(CopyPolicyTest, NobodyElseGetsACopy) {
  for (const char* recipient : {"eva@example.test", "example.test", "", "evil@remote.test",
                                "c@remote.test", "8290", "alice@example.tes"}) {
    const auto envelope = ParseEnvelope(Printed(), recipient);
    ASSERT_FALSE(envelope) << recipient;
    EXPECT_EQ(envelope.error().message, "the message has no such recipient");
  }
}

TEST(CopyPolicyTest, OnlyWhatIsOnHoldIsCopied) {
  for (const std::string& printed :
       {Printed("active"), Printed("deferred"), std::string(), std::string("hold/B488A74\n")}) {
    const auto envelope = ParseEnvelope(printed, "alice@example.test");
    ASSERT_FALSE(envelope);
    EXPECT_EQ(envelope.error().message, "there is no such message");
  }
  EXPECT_FALSE(ParseEnvelope("*** ENVELOPE RECORDS hold/B488A74 ***\nrecipient: a@b\n", "a@b"));
}

std::string Queued(const std::string& queue, const std::string& recipients) {
  return R"({"queue_name": ")" + queue +
         R"(", "queue_id": "7DB3373", "arrival_time": 1795364168, "message_size": 138, )"
         R"("forced_expire": false, "sender": "a@remote.test", "recipients": [)" +
         recipients + "]}\n";
}

TEST(CopyPolicyTest, ACopyWaitsWhereSendmailLeftIt) {
  const auto recipients = ParseRecipients(Printed());
  ASSERT_TRUE(recipients);
  EXPECT_THAT(*recipients, testing::ElementsAre("alice@example.test", "a.smith@example.test",
                                                "o brien@example.test", "o brien@example.test"));
  const std::string alice = R"({"address": "Alice@example.test"})";
  const std::string other = R"({"address": "tim@example.test", "delay_reason": "alice"})";
  for (const std::string& waits :
       {Queued("maildrop", alice), Queued("maildrop", other + ", " + alice),
        Queued("active", other) + Queued("maildrop", alice) + Queued("hold", alice),
        Queued("maildrop", R"({"address": "\"o brien\"@example.test"})"),
        Queued("maildrop", R"({"address": "o brien@example.test"})")}) {
    EXPECT_TRUE(WaitsForOne(waits, *recipients)) << waits;
  }
  for (const std::string& waits_not :
       {std::string(), Queued("incoming", alice), Queued("deferred", alice), Queued("hold", alice),
        Queued("maildrop", other), std::string("Mail queue is empty\n")}) {
    EXPECT_FALSE(WaitsForOne(waits_not, *recipients)) << waits_not;
  }
  EXPECT_EQ(ParseRecipients(Printed("active")).error().message, "there is no such message");
}

// With each one compared with each it is minutes.
TEST(CopyPolicyTest, ThousandsThatWaitAreLookedUpAmongThousands) {
  std::vector<std::string> recipients;
  std::string waiting;
  for (int i = 0; i < 10'000; ++i) {
    recipients.push_back("a b" + std::to_string(i) + "@Example.test");
    waiting += R"({"address": "c)" + std::to_string(i) + R"(@example.test"}, )";
  }
  EXPECT_FALSE(WaitsForOne(Queued("maildrop", waiting), recipients));
  waiting += R"({"address": "\"A b9999\"@example.TEST"})";
  EXPECT_TRUE(WaitsForOne(Queued("maildrop", waiting), recipients));
}

TEST(CopyPolicyTest, AsksPostqueueForTheQueue) {
  CommandOptions options;
  const auto commands = WaitCommandsFor("0123AB", options);
  ASSERT_TRUE(commands);
  EXPECT_THAT(commands->queue.argv, testing::ElementsAre("/usr/sbin/postqueue", "-j"));
  EXPECT_THAT(commands->envelope.argv,
              testing::ElementsAre("/usr/sbin/postcat", "-e", "-q", "0123AB"));
  options.postqueue = "";
  EXPECT_EQ(WaitCommandsFor("0123AB", options).error().message,
            "not configured: commands.postqueue");
}

TEST(CopyPolicyTest, RunsPostcatAndSendmailWithoutAShell) {
  using Words = std::vector<std::string>;
  CommandOptions options;
  options.postfix_config = "/etc/other";
  auto commands = CopyCommandsFor("0123AB", options);
  ASSERT_TRUE(commands);
  Address({"<>", "bob@example.test"}, commands->submit);
  EXPECT_EQ(commands->envelope.argv,
            (Words{"/usr/sbin/postcat", "-c", "/etc/other", "-e", "-q", "0123AB"}));
  EXPECT_EQ(commands->content.argv,
            (Words{"/usr/sbin/postcat", "-c", "/etc/other", "-bh", "-q", "0123AB"}));
  EXPECT_EQ(commands->submit.argv, (Words{"/usr/sbin/sendmail", "-C", "/etc/other", "-i", "-f",
                                          "<>", "--", "bob@example.test"}));
  options.sendmail = "";
  EXPECT_EQ(CopyCommandsFor("0123AB", options).error().message,
            "not configured: commands.sendmail");
}

}  // namespace
}  // namespace gatepost::privileged
