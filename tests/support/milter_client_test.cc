#include "tests/support/milter_client.h"

#include "tests/support/scripted_milter.h"

namespace gatepost::support {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Verdict = Reply::Verdict;

constexpr std::uint32_t kSilent = protocol::kNoReplyConnect | protocol::kNoReplyHelo |
                                  protocol::kNoReplyMail | protocol::kNoReplyRecipient |
                                  protocol::kNoReplyData | protocol::kNoReplyHeader |
                                  protocol::kNoReplyEndOfHeaders | protocol::kNoReplyBody;

Message Sample() {
  return Message::Parse("From: alice@example.test\nSubject:\n folded\n\nHello\n");
}

MilterClient StartOrDie(const ScriptedMilter& milter, ClientOptions options = {}) {
  auto client = MilterClient::Start(milter.socket(), options);
  if (!client) throw std::runtime_error(client.error().message);
  return *std::move(client);
}

std::string Letters(const ScriptedMilter& milter) {
  std::string letters;
  for (const Frame& frame : milter.Seen()) {
    if (frame.letter != 'D') letters.push_back(frame.letter);
  }
  return letters;
}

TEST(MilterClient, SendsAMessageInPostfixsOrder) {
  const ScriptedMilter milter({});
  auto client = StartOrDie(milter);
  const auto outcome = client.Send({}, Sample());
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(Letters(milter), "OCHMRTLLNBE");
  EXPECT_EQ(outcome->awaited_replies, 8);
}

TEST(MilterClient, WaitsForNoAnswerThatTheMilterWillNotGive) {
  const ScriptedMilter milter({.protocol = kSilent});
  auto client = StartOrDie(milter);
  const auto outcome = client.Send({}, Sample());
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(Letters(milter), "OCHMRTLLNBE");
  EXPECT_EQ(outcome->awaited_replies, 1);
}

TEST(MilterClient, SendsNoEventThatTheMilterDoesNotWant) {
  const ScriptedMilter milter({.protocol = protocol::kNoConnect | protocol::kNoHelo |
                                           protocol::kNoMail | protocol::kNoRecipient |
                                           protocol::kNoData | protocol::kNoHeaders |
                                           protocol::kNoEndOfHeaders | protocol::kNoBody});
  auto client = StartOrDie(milter);
  ASSERT_TRUE(client.Send({}, Sample()));
  EXPECT_EQ(Letters(milter), "OE");
}

TEST(MilterClient, SendsOnlyTheMacrosThatWereAskedFor) {
  std::string lists;
  AppendUint32(lists, static_cast<std::uint32_t>(MacroStage::kMail));
  lists += NulTerminated("{auth_authen} {auth_ssf}");
  const ScriptedMilter milter({.macro_lists = lists});
  auto client = StartOrDie(milter);
  client.SetMacro("{auth_authen}", "alice");
  client.SetMacro("{auth_type}", "PLAIN");
  ASSERT_TRUE(client.Mail("<alice@example.test>"));
  EXPECT_EQ(milter.SeenPayloads(Command::kMacro).back(),
            std::string("M{auth_authen}\0alice\0", 21));
}

TEST(MilterClient, TellsTheQueueIdAfterTheFirstAcceptedRecipient) {
  const ScriptedMilter milter({});
  auto client = StartOrDie(milter);
  Envelope envelope;
  envelope.recipients = {"<one@example.test>", "<two@example.test>"};
  ASSERT_TRUE(client.Send(envelope, Sample()));
  std::vector<std::string> with_id;
  for (const std::string& payload : milter.SeenPayloads(Command::kMacro)) {
    if (payload.find(std::string("i\0", 2) + envelope.queue_id) != std::string::npos) {
      with_id.push_back(payload.substr(0, 1));
    }
  }
  EXPECT_THAT(with_id, ElementsAre("R", "T", "N", "E"));
}

TEST(MilterClient, CollectsTheEditsAndTheVerdict) {
  const ScriptedMilter milter(
      {.answers = {{Command::kEndOfMessage,
                    AnswerFrame(Answer::kProgress) +
                        AnswerFrame(Answer::kInsertHeader, IndexedHeader(0, "X", " x")) +
                        AnswerFrame(Answer::kChangeHeader, IndexedHeader(1, "Subject", "")) +
                        AnswerFrame(Answer::kReplaceBody, "new\r\n") +
                        AnswerFrame(Answer::kQuarantine, NulTerminated("odd")) +
                        AnswerFrame(Answer::kAccept)}}});
  auto client = StartOrDie(milter);
  const auto outcome = client.Send({}, Sample());
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->reply.verdict, Verdict::kAccept);
  EXPECT_EQ(outcome->progress, 1);
  EXPECT_THAT(outcome->edits, SizeIs(4));
  EXPECT_EQ(client.Queued(Sample(), *outcome).Format(),
            "X:  x\r\nFrom: alice@example.test\r\n\r\nnew\r\n");  // no HDR_LEADSPC: one space more
}

TEST(MilterClient, RefusesEditsThatWereNotNegotiated) {
  const ScriptedMilter milter(
      {.actions = action::kChangeBody,
       .answers = {
           {Command::kEndOfMessage, AnswerFrame(Answer::kAddHeader, std::string("X\0x\0", 4))}}});
  auto client = StartOrDie(milter);
  const auto outcome = client.Send({}, Sample());
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().message, HasSubstr("not negotiated"));
}

TEST(MilterClient, StopsTheBodyAtSkipAndTheMessageAtAVerdict) {
  MilterScript script;
  script.answers[Command::kBody] = AnswerFrame(Answer::kSkip);
  script.answers[Command::kRecipient] =
      AnswerFrame(Answer::kReplyCode, NulTerminated("451 4.7.1 Later"));
  const ScriptedMilter milter(script);
  auto client = StartOrDie(milter);
  const auto skipped = client.Body(std::string(3 * kBodyChunkBytes, 'x'));
  ASSERT_TRUE(skipped);
  EXPECT_EQ(skipped->verdict, Verdict::kSkip);
  EXPECT_THAT(milter.SeenPayloads(Command::kBody), SizeIs(1));

  const auto outcome = client.Send({}, Sample());
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->stage, Command::kRecipient);
  EXPECT_EQ(outcome->reply.verdict, Verdict::kTempFail);
  EXPECT_EQ(outcome->reply.text, "451 4.7.1 Later");
  EXPECT_THAT(milter.SeenPayloads(Command::kEndOfMessage), IsEmpty());
}

TEST(MilterClient, CutsBodiesIntoPostfixsChunks) {
  const ScriptedMilter milter({});
  auto client = StartOrDie(milter);
  ASSERT_TRUE(client.Body(std::string(kBodyChunkBytes + 1, 'x')));
  const auto chunks = milter.SeenPayloads(Command::kBody);
  ASSERT_THAT(chunks, SizeIs(2));
  EXPECT_EQ(chunks[0].size(), kBodyChunkBytes);
  EXPECT_EQ(chunks[1], "x");
}

TEST(MilterClient, ShowsHeadersWithLineFeedsAndTheNegotiatedSpace) {
  for (const bool keeps : {false, true}) {
    const ScriptedMilter milter({.protocol = keeps ? protocol::kHeaderLeadingSpace : 0});
    auto client = StartOrDie(milter);
    ASSERT_TRUE(client.Header({"Subject", " a\r\n b"}));
    EXPECT_EQ(milter.SeenPayloads(Command::kHeader).front(),
              std::string("Subject\0", 8) + (keeps ? " " : "") + std::string("a\n b\0", 5));
  }
}

TEST(MilterClient, ShowsRefusedRecipientsOnlyWhereAskedFor) {
  for (const bool asked : {false, true}) {
    const ScriptedMilter milter({.protocol = asked ? protocol::kRefusedRecipients : 0});
    auto client = StartOrDie(milter);
    ASSERT_TRUE(client.RefusedRecipient("<nobody@example.test>", "550 5.1.1 Unknown"));
    EXPECT_THAT(milter.SeenPayloads(Command::kRecipient), SizeIs(asked ? 1 : 0));
  }
}

TEST(MilterClient, GivesUpAtItsDeadline) {
  const ScriptedMilter milter({.answers = {{Command::kMail, ""}}});
  auto client = StartOrDie(milter, {.timeout = std::chrono::milliseconds(50)});
  const auto reply = client.Mail("<>");
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().kind, base::ErrorKind::kTimeout);
}

TEST(MilterClient, SeesTheMilterHangUp) {
  const ScriptedMilter milter({});
  auto client = StartOrDie(milter);
  ASSERT_TRUE(client.Quit());
  EXPECT_TRUE(client.WaitForClose());
  EXPECT_FALSE(client.Mail("<>"));
}

TEST(MilterClient, SendsWhatPostfixNeverWould) {
  const ScriptedMilter milter({});
  auto client = StartOrDie(milter);
  ASSERT_TRUE(client.SendFrame('M', "no final NUL"));
  ASSERT_TRUE(client.ReceiveFrame());
  ASSERT_TRUE(client.SendFrameWithLength(100, 'M', "cut short"));
  client.channel().CloseWriting();
  EXPECT_TRUE(client.WaitForClose());
  EXPECT_EQ(milter.SeenPayloads(Command::kMail), std::vector<std::string>{"no final NUL"});
}

TEST(MilterClient, RefusesMiltersThatAskForMoreThanWasOffered) {
  const ScriptedMilter milter({.protocol = protocol::kSkip});
  auto client = MilterClient::Open(milter.socket(), {.protocol = 0});
  ASSERT_TRUE(client);
  EXPECT_FALSE(client->Negotiate());
}

}  // namespace
}  // namespace gatepost::support
