// One message from its header to its end: what the handler answers, changes and records.
#include "milters/attachments/attachment_handler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/store/memory_store.h"
#include "tests/support/journals.h"
#include "tests/support/temp_folder.h"

namespace gatepost::attachments {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using Action = milter::Verdict::Action;

constexpr char kRules[] =
    "old   enforce  replace     extension=old  class=policy\n"
    "bad   enforce  refuse      extension=bad  class=dangerous\n"
    "many  enforce  quarantine  property=too-many-parts  class=dangerous\n";

// What was changed, one line each.
class NotedEdits final : public milter::MessageEditor {
 public:
  bool InsertHeader(int, std::string_view name, std::string_view) override {
    return Note("insert " + std::string(name));
  }
  bool AddHeader(std::string_view name, std::string_view value) override {
    return Note("add " + std::string(name) + ":" + std::string(value));
  }
  bool ChangeHeader(std::string_view name, int, std::string_view) override {
    return Note("change " + std::string(name));
  }
  bool DeleteHeader(std::string_view name, int instance) override {
    return Note("delete " + std::string(name) + " " + std::to_string(instance));
  }
  bool ReplaceBody(std::span<const std::byte> chunk) override {
    body.append(reinterpret_cast<const char*>(chunk.data()), chunk.size());
    return true;
  }
  bool Quarantine(std::string_view) override { return Note("hold"); }
  bool Progress() override { return true; }

  std::vector<std::string> lines;
  std::string body;

 private:
  bool Note(std::string line) {
    lines.push_back(std::move(line));
    return true;
  }
};

// No rule here needs one.
class NoScanner final : public ScannerClient {
 public:
  base::Result<ScanResult> Scan(const ScanRequest&, const ScanFile&, const OnMember&,
                                base::Deadline) override {
    return tl::unexpected(base::Error{base::ErrorKind::kUnavailable, "there is none"});
  }
};

class AttachmentHandlerTest : public testing::Test {
 protected:
  AttachmentHandlerTest() {
    envelope_.queue_id = "4AbC01";
    envelope_.reverse_path = "a@sender.example";
    InspectionLimits limits;
    limits.spool_folder = folder_.path();
    configuration_ = std::make_shared<const AttachmentsConfiguration>(AttachmentsConfiguration{
        {}, RuleSet::Parse(kRules, "rules"), limits, {}, accounts::AccountNames::Load({})});
  }

  // The fields, then a part called `name`.
  milter::Verdict Send(std::vector<mail::HeaderField> fields, const std::string& name = "a.txt") {
    AttachmentHandler handler({configuration_, site_, connection_, envelope_}, Direction::kIn);
    handler.OnRecipient({"bob@example.org", false, {}, {}});
    fields.push_back({"Content-Type", " multipart/mixed; boundary=b"});
    for (mail::HeaderField& field : fields) handler.OnHeader(std::move(field));
    if (header_ends_) handler.OnEndOfHeaders();
    const std::string body =
        "--b\r\n\r\nHello.\r\n--b\r\nContent-Disposition: attachment; filename=\"" + name +
        "\"\r\n\r\nText.\r\n--b--\r\n";
    handler.OnBody(std::as_bytes(std::span(body)));
    return handler.OnEndOfMessage(editor_);
  }

  journal::DecisionRecord LastRecord() const {
    const auto records = journal_.records();
    return records.empty() ? journal::DecisionRecord() : records.back();
  }
  // "rule outcome"
  std::vector<std::string> RulesOfRecord() const {
    std::vector<std::string> rules;
    for (const auto& rule : LastRecord().rules) rules.push_back(rule.rule + " " + rule.outcome);
    return rules;
  }

  bool header_ends_ = true;
  const support::TempFolder folder_;
  const base::SystemClock& clock_ = base::SystemClock::Instance();
  store::MemoryStore store_{clock_};
  support::RecordingJournal journal_;
  store::BackgroundWriter writer_{store_};
  accounts::Suspensions suspensions_{store_, {}};
  reputation::Reputation reputation_{store_, writer_, {}, clock_};
  hashes::HashList hashes_{store_, {}};
  Outbreaks outbreaks_{store_, {}};
  quarantine::HeldList held_{store_, {.host = "mx.example.org", .file = {}}};
  HoldNotices notices_{
      std::make_shared<const HoldNoticeWriter>(HoldNoticeOptions{}, "mx.example.org"),
      {.hostname = "mx.example.org",
       .secret = "",
       .store = store_,
       .journal = journal_,
       .clock = clock_}};
  NoScanner scanner_;
  const Site site_{scanner_,         nullptr,     store_,
                   suspensions_,     reputation_, journal_,
                   hashes_,          outbreaks_,  held_,
                   notices_,         clock_,      std::chrono::milliseconds(20),
                   "mx.example.org", ""};
  std::shared_ptr<const AttachmentsConfiguration> configuration_;
  milter::Connection connection_;
  milter::Envelope envelope_;
  NotedEdits editor_;
};

std::vector<mail::HeaderField> Many(std::size_t count, const mail::HeaderField& field) {
  return std::vector<mail::HeaderField>(count, field);
}

TEST_F(AttachmentHandlerTest, LeavesWhatNoRuleSpeaksOfAsItIs) {
  EXPECT_EQ(Send({{"Subject", " Hello"}}).action(), Action::kContinue);
  EXPECT_THAT(editor_.lines, IsEmpty());
  EXPECT_EQ(LastRecord().verdict, "pass");
  EXPECT_EQ(LastRecord().recipients, 1);
}

TEST_F(AttachmentHandlerTest, TakesFieldsOutThatSpeakForUsFromTheLastOneUp) {
  for (const char* name : {"X-Gatepost-Attachments", "x-gatepost-release"}) {
    editor_ = {};
    EXPECT_EQ(Send(Many(3, {name, " forged"})).action(), Action::kContinue);
    ASSERT_EQ(editor_.lines.size(), 3u) << name;
    EXPECT_THAT(editor_.lines[0], testing::EndsWith(" 3"));
    EXPECT_THAT(editor_.lines[2], testing::EndsWith(" 1"));
  }
}

// Postfix reads the whole header once more for each that is taken out.
TEST_F(AttachmentHandlerTest, RefusesAFloodOfThem) {
  for (const char* name : {"X-Gatepost-Attachments", "X-Gatepost-Release"}) {
    editor_ = {};
    EXPECT_EQ(Send(Many(100, {name, " forged"})).action(), Action::kContinue) << name;
    EXPECT_EQ(editor_.lines.size(), 100u) << name;
    editor_ = {};
    const milter::Verdict verdict = Send(Many(101, {name, " forged"}));
    EXPECT_EQ(verdict.action(), Action::kReject) << name;
    EXPECT_EQ(verdict.reply().code, 550);
    EXPECT_EQ(verdict.reply().enhanced, "5.6.0");
    EXPECT_THAT(editor_.lines, IsEmpty()) << name;
    EXPECT_EQ(LastRecord().verdict, "refuse");
    EXPECT_THAT(LastRecord().reply, StartsWith("550 5.6.0 "));
  }
}

TEST_F(AttachmentHandlerTest, WhatIsBeyondTheHeadersLimitsIsNotReadAndSaysSo) {
  struct Case {
    std::vector<mail::HeaderField> fields;
    bool beyond;
  };
  const std::string half(std::size_t{1} << 19, 'x');
  const Case cases[] = {
      {Many(1'999, {"Content-ID", " <a>"}), false},  // and Content-Type
      {Many(2'000, {"Content-ID", " <a>"}), true},
      {Many(1, {"Content-Description", half}), false},
      {Many(2, {"Content-Description", half}), true},
      {Many(5'000, {"Received", " by mx"}), false},
      {Many(3, {"Subject", half}), false},
  };
  for (const Case& c : cases) {
    editor_ = {};
    EXPECT_EQ(Send(c.fields).action(), Action::kContinue);
    EXPECT_EQ(LastRecord().verdict, c.beyond ? "hold" : "pass") << c.fields.size();
    EXPECT_EQ(editor_.lines == std::vector<std::string>{"hold"}, c.beyond) << c.fields.size();
  }
}

TEST_F(AttachmentHandlerTest, AMessageIsLookedIntoWhetherOrNotItsHeaderIsSaidToEnd) {
  header_ends_ = false;
  EXPECT_EQ(Send({{"Subject", " Hello"}}, "a.bad").action(), Action::kReject);
}

TEST_F(AttachmentHandlerTest, ReplacedPartsLeaveTheRest) {
  EXPECT_EQ(Send({}, "a.old").action(), Action::kContinue);
  EXPECT_EQ(LastRecord().verdict, "replace");
  EXPECT_THAT(editor_.lines, ElementsAre("add X-Gatepost-Attachments: old; replace; \"a.old\""));
  EXPECT_THAT(editor_.body, StartsWith("--b\r\n\r\nHello.\r\n--b\r\n"));
  EXPECT_EQ(editor_.body.find("Text."), std::string::npos);
}

TEST_F(AttachmentHandlerTest, TheRecordSaysWhenAReplacedPartBreaksTheSendersSignature) {
  struct Case {
    std::vector<mail::HeaderField> fields;
    std::string attachment;
    bool broken;
  };
  const mail::HeaderField dkim{"DKIM-Signature", " v=1; d=sender.example"};
  const mail::HeaderField arc{"ARC-Seal", " i=1; d=list.example"};
  const Case cases[] = {
      {{dkim}, "a.old", true},
      {{arc}, "a.old", true},
      {{dkim, arc}, "a.old", true},
      {{}, "a.old", false},
      {{dkim}, "a.txt", false},
      {{dkim}, "a.bad", false},
      {{{"dkim-signature", " v=1"}}, "a.old", true},
      {{{"Authentication-Results", " mx; dkim=pass"}}, "a.old", false},
  };
  for (const Case& c : cases) {
    Send(c.fields, c.attachment);
    if (c.broken) {
      EXPECT_THAT(RulesOfRecord(), ElementsAre("old replace", "signature broken"));
    } else {
      EXPECT_THAT(RulesOfRecord(), Not(Contains("signature broken"))) << c.attachment;
    }
  }
}

}  // namespace
}  // namespace gatepost::attachments
