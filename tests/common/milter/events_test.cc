// What a program sees of a message, and what the mail server gets as an answer.
#include "tests/common/milter/server_process.h"

namespace gatepost::milter_test {
namespace {

using support::ClientOptions;
using support::Edit;
using support::Message;
using support::Outcome;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using Verdict = support::Reply::Verdict;

Message Sample() {
  return Message::Parse("From: alice@example.test\nX-Tight:value\nSubject:\n folded\n\nHello\n");
}

Outcome Send(support::MilterClient& client, const support::Envelope& envelope = {}) {
  auto outcome = client.Send(envelope, Sample());
  if (!outcome) throw std::runtime_error(outcome.error().message);
  return *std::move(outcome);
}

TEST(Events, ShowTheMessageInOrderToOneHandler) {
  ServerProcess server({});
  auto client = server.Client();
  EXPECT_EQ(Send(client).reply.verdict, Verdict::kContinue);
  EXPECT_THAT(server.LinesUntil("gone"),
              ElementsAre("message from=alice@example.test user= sender= queue_id= local=no "
                          "client=192.0.2.1 name=client.example.test helo=client.example.test "
                          "daemon=smtpd mta=mx.example.test tls=",
                          "mail", "rcpt bob@example.test", "header From[ alice@example.test]",
                          "header X-Tight[value]", "header Subject[", " folded]", "eoh", "body 7",
                          "eom queue_id=4Xyz01abcdz", "gone"));
}

TEST(Events, AwaitOneReplyAMessageWhereNothingElseIsAnswered) {
  ServerProcess server({});
  auto client = server.Client();
  EXPECT_EQ(Send(client).awaited_replies, 1);
}

TEST(Events, AreAllAnsweredWhenTheMailServerWantsReplies) {
  ServerProcess server({});
  auto client = server.Client({.protocol = 0x1ff & ~support::protocol::kNoReplyHeader});
  EXPECT_EQ(Send(client).awaited_replies, 9);  // MAIL, RCPT, DATA, 3 headers, EOH, body, the end
}

TEST(Events, ThatNobodyWantsAreNotSent) {
  ServerProcess server({"mail=no", "rcpt=no", "headers=no", "eoh=no", "body=no"});
  auto client = server.Client();
  EXPECT_EQ(Send(client).reply.verdict, Verdict::kContinue);
  EXPECT_THAT(server.LinesUntil("gone"),
              ElementsAre(HasSubstr("message "), "mail", "eom queue_id=4Xyz01abcdz", "gone"));
}

TEST(Events, ThatCannotBeDeclinedAreDroppedUnseen) {
  ServerProcess server({"rcpt=no", "headers=no", "eoh=no", "body=no"});
  auto client =
      server.Client({.version = 2, .actions = 0x3f, .protocol = support::protocol::kNoConnect});
  EXPECT_EQ(Send(client).reply.verdict, Verdict::kContinue);
  EXPECT_THAT(server.LinesUntil("gone"),
              ElementsAre(HasSubstr("message "), "mail", HasSubstr("eom"), "gone"));
}

TEST(Events, OfSeveralMessagesOnOneConnectionShareNothing) {
  ServerProcess server({});
  auto client = server.Client();
  client.SetMacro("{auth_authen}", "alice");
  client.SetMacro("{auth_author}", "alice@example.test");
  Send(client);
  EXPECT_THAT(server.WaitFor("message "), HasSubstr("user=alice sender=alice@example.test"));
  client.ClearMacro("{auth_authen}");
  client.ClearMacro("{auth_author}");
  support::Envelope bounce;
  bounce.from = "<>";
  bounce.queue_id = "4Xyz02abcdz";
  Send(client, bounce);
  EXPECT_THAT(server.WaitFor("message "), HasSubstr("from= user= sender= queue_id= "));
  EXPECT_EQ(server.WaitFor("eom"), "eom queue_id=4Xyz02abcdz");
}

// Postfix says HELO again after STARTTLS, with the TLS macros.
TEST(Events, TellTheTlsVersionOfTheLastHelo) {
  ServerProcess server({});
  auto client = server.Client();
  client.SetMacro("{tls_version}", "TLSv1.3");
  ASSERT_TRUE(client.Helo("again.example.test"));
  Send(client);
  EXPECT_THAT(server.WaitFor("message "), HasSubstr("helo=again.example.test "));
  ASSERT_TRUE(client.Helo("again.example.test"));
}

TEST(Events, KnowLocalSubmissionByItsEarlyQueueId) {
  ServerProcess server({});
  auto client = support::MilterClient::Open(server.socket());
  ASSERT_TRUE(client);
  ASSERT_TRUE(client->Negotiate());
  ASSERT_TRUE(client->Connect("localhost", "127.0.0.1"));
  ASSERT_TRUE(client->Helo("localhost"));
  client->SetMacro("i", "4Xyz03abcdz");
  support::Envelope local;
  local.from = "root@example.test";
  local.recipients = {"bob@example.test"};
  Send(*client, local);
  EXPECT_THAT(server.WaitFor("message "),
              HasSubstr("from=root@example.test user= sender= queue_id=4Xyz03abcdz local=yes"));
  EXPECT_EQ(server.WaitFor("rcpt"), "rcpt bob@example.test");
}

TEST(Events, TakeQmqpForWhatItIs) {
  ServerProcess server({});
  auto client = server.Client();
  client.SetMacro("i", "4Xyz03abcdz");
  Send(client);
  EXPECT_THAT(server.WaitFor("message "), HasSubstr("local=no client=192.0.2.1"));
}

TEST(Events, ShowClientsOfEveryKind) {
  struct Case {
    const char* name;
    const char* address;
    const char* want;
  };
  ServerProcess server({});
  for (const Case& c :
       {Case{"[2001:db8::7]", "2001:db8::7", "client=2001:db8::7 name=[2001:db8::7]"},
        Case{"unknown", "", "client= name=unknown"},
        Case{"localhost", "/run/x", "client= name=localhost"}}) {
    auto client = support::MilterClient::Open(server.socket());
    ASSERT_TRUE(client);
    ASSERT_TRUE(client->Negotiate());
    ASSERT_TRUE(client->Connect(c.name, c.address));
    ASSERT_TRUE(client->Helo("x"));
    Send(*client);
    EXPECT_THAT(server.WaitFor("message "), HasSubstr(c.want));
  }
}

TEST(Events, ShowRefusedRecipientsToThoseWhoAsked) {
  ServerProcess server({"rcpt=answer", "refused=1"});
  auto client = server.Client();
  ASSERT_TRUE(client.Mail("<a@example.test>"));
  ASSERT_TRUE(client.RefusedRecipient("<nobody@example.test>", "<nobody@example.test>: unknown"));
  EXPECT_EQ(server.WaitFor("rcpt"),
            "rcpt nobody@example.test refused: <nobody@example.test>: unknown");
  ASSERT_TRUE(client.Recipient("<bob@example.test>"));
  EXPECT_EQ(server.WaitFor("rcpt"), "rcpt bob@example.test");
}

TEST(Events, EndWithTheAbort) {
  ServerProcess server({});
  auto client = server.Client();
  ASSERT_TRUE(client.Mail("<a@example.test>"));
  ASSERT_TRUE(client.Abort());
  EXPECT_THAT(server.LinesUntil("gone"), ElementsAre(HasSubstr("message "), "mail", "gone"));
  EXPECT_EQ(Send(client).reply.verdict, Verdict::kContinue);
}

TEST(Events, EndWithTheConnectionAtEveryStep) {
  ServerProcess server({});
  const std::vector<std::string> seen{"mail", "rcpt", "header", "eoh", "body"};
  for (std::size_t steps = 0; steps < seen.size(); ++steps) {
    auto client = server.Client();
    ASSERT_TRUE(client.Mail("<a@example.test>"));
    if (steps >= 1) {
      ASSERT_TRUE(client.Recipient("<b@example.test>"));
    }
    if (steps >= 2) {
      ASSERT_TRUE(client.Header({"From", " a"}));
    }
    if (steps >= 3) {
      ASSERT_TRUE(client.EndOfHeaders());
    }
    if (steps >= 4) {
      ASSERT_TRUE(client.BodyChunk("x\r\n"));
    }
    server.WaitFor(seen[steps]);
    client.channel().Close();
    EXPECT_EQ(server.WaitFor("gone"), "gone") << steps;
  }
}

TEST(Events, GoOnAfterQuitNewConnection) {
  ServerProcess server({"edit=add:X-A: v"});
  auto client = server.Client();
  Send(client);
  ASSERT_TRUE(client.QuitNewConnection());
  ASSERT_TRUE(client.Connect("other.example.test", "192.0.2.9"));
  ASSERT_TRUE(client.Helo("other"));
  const Outcome outcome = Send(client);
  EXPECT_EQ(outcome.awaited_replies, 1);
  EXPECT_EQ(outcome.edits.at(0).value, " v");
  server.WaitFor("message ");
  EXPECT_THAT(server.WaitFor("message "), HasSubstr("client=192.0.2.9"));
}

TEST(Verdicts, ReachTheMailServerFromEveryStage) {
  for (const char* const stage : {"mail", "rcpt", "header", "eoh", "body", "eom"}) {
    const std::string at = "at." + std::string(stage);
    ServerProcess server({"mail=answer", "rcpt=answer", "headers=answer", "eoh=answer",
                          "body=answer", at + "=reject:550:5.7.1:Not you"});
    auto client = server.Client();
    const Outcome outcome = Send(client);
    EXPECT_EQ(outcome.reply.verdict, Verdict::kReject) << stage;
    EXPECT_EQ(outcome.reply.text, "550 5.7.1 Not you") << stage;
    EXPECT_EQ(server.WaitFor("gone"), "gone");
  }
}

TEST(Verdicts, OfEveryKindAreSpoken) {
  struct Case {
    const char* verdict;
    Verdict want;
    const char* text;
  };
  for (const Case& c :
       {Case{"accept", Verdict::kContinue, ""}, Case{"discard", Verdict::kDiscard, ""},
        Case{"tempfail:450:4.7.1:Later", Verdict::kTempFail, "450 4.7.1 Later"},
        Case{"reject:550:5.7.1:100%|of it", Verdict::kReject, "550-5.7.1 100%%\r\n550 5.7.1 of it"},
        Case{"reject:451:4.7.1:wrong class", Verdict::kTempFail,
             "451 4.3.0 Temporary failure, please try again later"}}) {
    ServerProcess server({std::string("at.eom=") + c.verdict});
    auto client = server.Client();
    const Outcome outcome = Send(client);
    EXPECT_EQ(outcome.reply.verdict, c.want) << c.verdict;
    EXPECT_EQ(outcome.reply.text, c.text) << c.verdict;
    EXPECT_EQ(Send(client).reply.verdict, c.want) << "the second message";
  }
}

TEST(Verdicts, AtARecipientRefuseThatOneAlone) {
  ServerProcess server({"rcpt=answer", "at.rcpt=reject:550:5.1.1:Unknown"});
  auto client = server.Client();
  ASSERT_TRUE(client.Mail("<a@example.test>"));
  EXPECT_EQ(client.Recipient("<b@example.test>")->verdict, Verdict::kReject);
  EXPECT_EQ(client.Recipient("<c@example.test>")->verdict, Verdict::kReject);
  const auto outcome = client.EndOfMessage();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->reply.verdict, Verdict::kContinue);
}

TEST(Verdicts, EndTheMessageForGood) {
  ServerProcess server({"headers=answer", "at.header=accept"});
  auto client = server.Client();
  EXPECT_EQ(Send(client).reply.verdict, Verdict::kAccept);
  EXPECT_THAT(
      server.LinesUntil("gone"),
      ElementsAre(HasSubstr("message"), "mail", HasSubstr("rcpt"), HasSubstr("header"), "gone"));
}

TEST(Verdicts, SkipTheRestOfTheBody) {
  ServerProcess server({"body=answer", "at.body=skip"});
  auto client = server.Client();
  ASSERT_TRUE(client.Mail("<a@example.test>"));
  ASSERT_TRUE(client.Recipient("<b@example.test>"));
  const auto reply = client.Body(std::string(200'000, 'x'));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->verdict, Verdict::kSkip);
  EXPECT_TRUE(client.EndOfMessage());
  const auto lines = server.LinesUntil("gone");
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "body 65535"), 1);
}

TEST(Verdicts, SkipTheBodyOnOurSideWhereTheMailServerCannot) {
  for (const std::string body : {"body=answer", "body=listen"}) {
    ServerProcess server({body, "at.body=skip"});
    auto client = server.Client({.protocol = support::protocol::kAll & ~support::protocol::kSkip});
    ASSERT_TRUE(client.Mail("<a@example.test>"));
    ASSERT_TRUE(client.Recipient("<b@example.test>"));
    ASSERT_TRUE(client.Body(std::string(200'000, 'x')));
    EXPECT_TRUE(client.EndOfMessage());
    const auto lines = server.LinesUntil("gone");
    EXPECT_EQ(std::count(lines.begin(), lines.end(), "body 65535"), 1) << body;
  }
}

TEST(Messages, ThatAreNoneOfOurBusinessAreAcceptedAsSoonAsAReplyIsDue) {
  struct Case {
    std::vector<std::string> options;
    support::Command stage;
    Verdict want;
  };
  // At end of message "continue" accepts.
  for (const Case& c :
       {Case{{"new=null"}, support::Command::kEndOfMessage, Verdict::kContinue},
        Case{{"new=null", "mail=answer"}, support::Command::kMail, Verdict::kAccept},
        Case{{"new=null", "headers=answer"}, support::Command::kHeader, Verdict::kAccept}}) {
    ServerProcess server(c.options);
    auto client = server.Client();
    const Outcome outcome = Send(client);
    EXPECT_EQ(outcome.reply.verdict, c.want);
    EXPECT_EQ(outcome.stage, c.stage);
    EXPECT_THAT(server.Pending(), Not(HasSubstr("rcpt")));
  }
}

TEST(Edits, AreSentInOrder) {
  ServerProcess server({"edit=insert:0:X-A: one\n two", "edit=add:X-B: v", "edit=change:2:X-C: n",
                        "edit=delete:3:X-D", "edit=progress", "edit=quarantine:odd",
                        "edit=body:70000", "edit=body:0"});
  auto client = server.Client();
  const Outcome outcome = Send(client);
  ASSERT_THAT(outcome.edits, SizeIs(8));
  EXPECT_EQ(outcome.edits[0], (Edit{Edit::Kind::kInsertHeader, 0, "X-A", " one\n two"}));
  EXPECT_EQ(outcome.edits[1], (Edit{Edit::Kind::kAddHeader, 0, "X-B", " v"}));
  EXPECT_EQ(outcome.edits[2], (Edit{Edit::Kind::kChangeHeader, 2, "X-C", " n"}));
  EXPECT_EQ(outcome.edits[3].kind, Edit::Kind::kDeleteHeader);
  EXPECT_EQ(outcome.edits[4].kind, Edit::Kind::kQuarantine);
  EXPECT_EQ(outcome.edits[5].value.size() + outcome.edits[6].value.size(), 70'000U);
  EXPECT_EQ(outcome.edits[7], (Edit{Edit::Kind::kReplaceBody, 0, "", ""}));
  EXPECT_EQ(outcome.progress, 1);
}

TEST(Edits, ThatWouldBreakTheHeaderAreNotSent) {
  ServerProcess server({"edit=add:X-A: v\nX-Forged: yes", "edit=add:X-B: v\r\n folded",
                        "edit=add:X Y: v", "edit=add:: v", "edit=change:0:X-C: v",
                        "edit=delete:0:X-C", "edit=insert:-1:X-D: v", "edit=add:X-E: v\n"});
  auto client = server.Client();
  EXPECT_THAT(Send(client).edits, IsEmpty());
  const auto lines = server.LinesUntil("gone");
  EXPECT_EQ(std::count_if(lines.begin(), lines.end(),
                          [](const std::string& line) { return line.starts_with("edit refused"); }),
            8);
}

TEST(Edits, ThatWereNotNegotiatedFail) {
  ServerProcess server({"edits=0", "edit=add:X-A: v"});
  auto client = server.Client();
  EXPECT_THAT(Send(client).edits, IsEmpty());
  EXPECT_THAT(server.WaitFor("edit refused"), HasSubstr("X-A"));
}

TEST(LeadingSpace, IsPutBackWhereTheMailServerCutsIt) {
  ServerProcess server({"edit=add:X-A: v", "edit=add:X-B:v"});
  auto client = server.Client(
      {.protocol = support::protocol::kAll & ~support::protocol::kHeaderLeadingSpace});
  const Outcome outcome = Send(client);
  EXPECT_EQ(outcome.edits.at(0).value, "v");  // the mail server writes the space
  EXPECT_EQ(outcome.edits.at(1).value, "v");
  EXPECT_EQ(server.WaitFor("header From"), "header From[ alice@example.test]");
  EXPECT_EQ(server.WaitFor("header Subject"), "header Subject[");
}

}  // namespace
}  // namespace gatepost::milter_test
