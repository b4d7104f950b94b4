// Which of several rules holds, for whom, and what is told of it.
#include "milters/attachments/rules_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatepost::attachments {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kHash[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

MessageFacts Facts() {
  MessageFacts facts;
  facts.user = "bob@example.org";
  facts.sender = "bob@mail.example.org";
  facts.sender_domain = "mail.example.org";
  facts.client = base::IpAddress::Parse("192.0.2.7").value();
  facts.authentication = "pass";
  facts.reputation = -0.6;
  return facts;
}

Item Program() {
  Item item;
  item.part = "2";
  item.path = "Invoice.EXE";
  item.names = {"Invoice.EXE"};
  item.declared_types = {"application/pdf"};
  item.type = {"pe", Kind::kExecutable};
  item.bytes = 5'000;
  item.properties = {Property::kTypeMismatch};
  item.sha256 = kHash;
  return item;
}

struct Message {
  std::string rules;
  MessageFacts facts = Facts();
  std::vector<std::string> recipients{"eva@example.com"};
  std::vector<Item> items{Program()};

  Outcome Judge() const {
    const RuleSet set = RuleSet::Parse(rules, "rules");
    RuleJudge judge(set, facts, recipients);
    for (const Item& item : items) judge.Judge(item);
    return judge.outcome();
  }
};

std::vector<std::string> Rules(const Outcome& outcome) {
  std::vector<std::string> rules;
  for (const RuleHit& hit : outcome.hits) {
    rules.push_back(hit.rule + (hit.shadow ? " (shadow)" : ""));
  }
  return rules;
}

TEST(RulesPolicyTest, EachConditionHoldsOrNot) {
  struct Case {
    std::string condition;
    bool want;
  };
  const Case cases[] = {
      {"direction=in", true},
      {"direction=out", false},
      {"direction!=out", true},
      {"direction=in,out", true},
      {"user=BOB@example.org", true},
      {"user=bob", false},
      {"user=@example.org", true},
      {"user=.example.org", false},
      {"user=*", true},
      {"user!=*", false},
      {"sender=@example.org", false},
      {"sender=.example.org", true},
      {"sender=<>", false},
      {"sender!=<>", true},
      {"network=192.0.2.0/24", true},
      {"network=198.51.100.0/24,2001:db8::/32", false},
      {"network!=198.51.100.0/24", true},
      {"authentication=pass", true},
      {"authentication=fail,unknown", false},
      {"reputation<-0.5", true},
      {"reputation<-0.7", false},
      {"reputation>-1", true},
      {"recipient=eva@example.com", true},
      {"recipient=@example.org", false},
      {"recipient!=@example.org", true},
      {"extension=com,exe", true},
      {"extension=.EXE", true},
      {"extension=pdf", false},
      {"extension!=pdf", true},
      {"type=application/*", true},
      {"type=image/*,text/plain", false},
      {"content=pe", true},
      {"content=elf", false},
      {"kind=script,executable", true},
      {"kind!=executable", false},
      {"property=type-mismatch,macro", true},
      {"property=macro", false},
      {"size>4999", true},
      {"size>5000", false},
      {"size<5kB", true},
      {"size<20MB", true},
      {"member=no", true},
      {"member=yes", false},
      {"name=*invoice*.exe", true},
      {"name=invoice", false},
      {"sha256=" + std::string(kHash), true},
      {"sha256=listed", false},
      {"sha256!=listed", true},
      {"malware=*", false},
  };
  for (const Case& c : cases) {
    const Message message{.rules = "a enforce refuse " + c.condition};
    EXPECT_EQ(message.Judge().action == Action::kRefuse, c.want) << c.condition;
  }
}

TEST(RulesPolicyTest, WhatIsNotKnownFitsNothing) {
  struct Case {
    const char* condition;
    bool want;
  };
  const Case cases[] = {
      {"user=*", false},
      {"user!=*", true},
      {"sender=*", false},
      {"sender=<>", true},
      {"network=0.0.0.0/0", false},
      {"authentication=unknown", true},
      {"authentication!=pass", true},
      {"reputation<1", false},
      {"reputation>-1", false},
      {"extension!=exe", true},
      {"type=*", false},
      {"content=unknown", true},
      {"kind=unknown", true},
      {"name=*", false},
      {"size<1", true},
      {"recipient=*", false},
  };
  for (const Case& c : cases) {
    const Message message{.rules = std::string("a enforce refuse ") + c.condition,
                          .facts = {},
                          .recipients = {},
                          .items = {Item()}};
    EXPECT_EQ(message.Judge().action == Action::kRefuse, c.want) << c.condition;
  }
}

TEST(RulesPolicyTest, SizesAreThoseOfAFileOrOfTheMessage) {
  Item message;
  message.whole = true;
  message.bytes = 9'000;
  message.properties = {Property::kMalware};
  const std::string rules =
      "file enforce tag size>6000 name=*\n"
      "small enforce tag message-size<6000\n"
      "large enforce tag message-size>6000 property=malware\n";
  EXPECT_THAT(Rules(Message{.rules = rules, .items = {Program(), message}}.Judge()),
              ElementsAre("large"));
  const std::string of_files = "a enforce tag size>6000\nb enforce tag size<10kB member=no";
  EXPECT_THAT(Rules(Message{.rules = of_files, .items = {message}}.Judge()), IsEmpty());
  EXPECT_TRUE(RuleSet::Parse("a shadow tag message-size>1MB", "rules").wanted().size);
  EXPECT_FALSE(RuleSet::Parse("a shadow tag size>1MB", "rules").wanted().size);
}

TEST(RulesPolicyTest, NamesAreMatchedAsTheyLookAndWithoutFolders) {
  for (const char* const name :
       {"dir/My-Invoice.js", "my\u200Binvoice.js", "invoic\u0435.js", "INVOICE.JS"}) {
    Message message{.rules = "a enforce refuse name=*invoice.js"};
    message.items[0].names = {name};
    EXPECT_EQ(message.Judge().action, Action::kRefuse) << name;
    message.rules = "a enforce refuse name=dir/*";
    EXPECT_EQ(message.Judge().action == Action::kRefuse, std::string(name).starts_with("dir"));
  }
}

TEST(RulesPolicyTest, AllConditionsMustHold) {
  EXPECT_EQ(Message{.rules = "a enforce tag kind=executable direction=in"}.Judge().action,
            Action::kTag);
  EXPECT_EQ(Message{.rules = "a enforce tag kind=executable direction=out"}.Judge().action,
            Action::kPass);
  EXPECT_EQ(Message{.rules = "a enforce tag kind=executable size>1MB"}.Judge().action,
            Action::kPass);
}

TEST(RulesPolicyTest, TheFirstThatFitsDecides) {
  const Outcome outcome = Message{.rules =
                                      "off off refuse kind=executable\n"
                                      "other enforce refuse kind=script\n"
                                      "shadow shadow refuse kind=executable\n"
                                      "tag enforce tag kind=executable class=policy\n"
                                      "late enforce refuse kind=executable\n"
                                      "late-shadow shadow refuse kind=executable\n"}
                              .Judge();
  EXPECT_EQ(outcome.action, Action::kTag);
  EXPECT_THAT(Rules(outcome), ElementsAre("tag", "shadow (shadow)"));
  EXPECT_EQ(outcome.hold_class, HoldClass::kPolicy);
}

TEST(RulesPolicyTest, TheStrictestOverItemsHolds) {
  Message message{.rules =
                      "own enforce pass name=own.exe\n"
                      "hold enforce quarantine kind=script class=policy\n"
                      "no enforce refuse kind=executable -- No programs.\n"
                      "tag enforce tag size>0\n"};
  Item own = Program();
  own.names = {"own.exe"};
  Item script = Program();
  script.type = {"hta", Kind::kScript};
  Item text = Program();
  text.type = {"text", Kind::kText};
  message.items = {own, own, text, script};
  EXPECT_EQ(message.Judge().action, Action::kQuarantine);
  EXPECT_EQ(message.Judge().hold_class, HoldClass::kPolicy);
  EXPECT_THAT(Rules(message.Judge()), ElementsAre("hold", "tag", "own"));
  message.items.push_back(Program());
  message.items.push_back(Program());
  const Outcome outcome = message.Judge();
  EXPECT_EQ(outcome.action, Action::kRefuse);
  EXPECT_EQ(outcome.hold_class, HoldClass::kDangerous);
  EXPECT_THAT(Rules(outcome), ElementsAre("no", "no", "hold", "tag", "own"));
  EXPECT_EQ(outcome.hits[0].text, "No programs.");
}

TEST(RulesPolicyTest, AHitTellsWhatWasFound) {
  Message message{.rules = "a enforce refuse extension=exe size>1 type=*/pdf"};
  message.items[0].malware = "Eicar\n";
  const RuleHit hit = message.Judge().hits.at(0);
  EXPECT_EQ(hit.rule, "a");
  EXPECT_EQ(hit.part, "2");
  EXPECT_EQ(hit.path, "Invoice.EXE");
  EXPECT_EQ(hit.evidence,
            "type=pe size=5000 extension=exe declared=application/pdf property=type-mismatch "
            "malware=Eicar?");
  EXPECT_THAT(hit.recipients, IsEmpty());
}

TEST(RulesPolicyTest, RecipientsMayHaveRulesOfTheirOwn) {
  Message message{.rules =
                      "abuse enforce pass recipient=abuse@example.org,postmaster@example.org\n"
                      "eva shadow tag recipient=eva@example.org\n"
                      "no enforce refuse kind=executable recipient=.example.org,@example.org\n"
                      "hold enforce quarantine kind=executable\n",
                  .recipients = {"abuse@example.org", "eva@example.org", "al@sub.example.org",
                                 "zoe@example.com"}};
  const Outcome outcome = message.Judge();
  EXPECT_EQ(outcome.action, Action::kRefuse);
  ASSERT_THAT(Rules(outcome), ElementsAre("no", "abuse", "eva (shadow)", "hold"));
  EXPECT_THAT(outcome.hits[0].recipients, ElementsAre("eva@example.org", "al@sub.example.org"));
  EXPECT_THAT(outcome.hits[3].recipients, ElementsAre("zoe@example.com"));
  EXPECT_THAT(outcome.hits[1].recipients, ElementsAre("abuse@example.org"));
  message.recipients = {"abuse@example.org"};
  EXPECT_EQ(message.Judge().action, Action::kPass);
  message.recipients = {"eva@example.org", "al@example.org"};
  const Outcome all = message.Judge();
  EXPECT_THAT(Rules(all), ElementsAre("no", "eva (shadow)"));
  EXPECT_THAT(all.hits[0].recipients, IsEmpty());
}

TEST(RulesPolicyTest, AMemberIsLetPassByItsOwnHashAlone) {
  Message message{.rules = "tool enforce pass sha256=" + std::string(kHash) +
                           "\n"
                           "no enforce refuse kind=executable\n"};
  message.items[0].member = true;
  EXPECT_EQ(message.Judge().action, Action::kPass);
  Item archive = Program();
  archive.type = {"zip", Kind::kArchive};
  Item member = Program();
  member.member = true;
  member.sha256 = std::string(64, '0');
  message.items = {archive, member};
  EXPECT_EQ(message.Judge().action, Action::kRefuse);
}

TEST(RulesPolicyTest, MemoryIsBounded) {
  Message message{.rules =
                      "own enforce pass name=own\n"
                      "note shadow tag size>0\n"
                      "no enforce refuse kind=executable\n"};
  message.items.assign(10'000, Program());
  Outcome outcome = message.Judge();
  EXPECT_EQ(outcome.hits.size(), RuleJudge::kMostHits);
  EXPECT_EQ(outcome.more_hits, 20'000 - RuleJudge::kMostHits);
  EXPECT_EQ(outcome.hits.back().rule, "no");
  for (Item& item : message.items) item.type.kind = Kind::kText;
  message.items.push_back(Program());
  outcome = message.Judge();
  EXPECT_EQ(outcome.action, Action::kRefuse);
  EXPECT_EQ(outcome.hits[0].rule, "no");
  EXPECT_EQ(outcome.hits.size(), RuleJudge::kMostHits);
}

TEST(RulesPolicyTest, AllThatIsReplacedIsToldWhateverIsLeftOutOfTheRecord) {
  Message message{.rules =
                      "note shadow quarantine size>0\n"
                      "no enforce replace kind=executable -- Ask us.\n"};
  message.items.assign(300, Program());
  for (std::size_t i = 0; i < message.items.size(); ++i) message.items[i].part = std::to_string(i);
  const Outcome outcome = message.Judge();
  EXPECT_EQ(outcome.hits.size(), RuleJudge::kMostHits);
  ASSERT_EQ(outcome.replaced.size(), 300U);
  EXPECT_EQ(outcome.replaced[299].part, "299");
  EXPECT_EQ(outcome.replaced[299].text, "Ask us.");
  EXPECT_EQ(outcome.more_replaced, 0U);
}

TEST(RulesPolicyTest, OfOnePartSomeReasonsAreEnough) {
  Message message{.rules = "no enforce replace kind=executable\n"};
  message.items.assign(10'000, Program());
  message.items.back().part = "3";
  const Outcome outcome = message.Judge();
  EXPECT_EQ(outcome.replaced.size(), RuleJudge::kMostReasons + 1);
  EXPECT_EQ(outcome.replaced.back().part, "3");
  EXPECT_EQ(outcome.more_replaced, 0U);
}

TEST(RulesPolicyTest, WhatIsTooMuchToReplaceIsCounted) {
  Message message{.rules =
                      "note shadow replace size>0\n"
                      "no enforce replace kind=executable\n"};
  message.items.assign(RuleJudge::kMostReplaced + 5, Program());
  for (std::size_t i = 0; i < message.items.size(); ++i) message.items[i].part = std::to_string(i);
  const Outcome outcome = message.Judge();
  EXPECT_EQ(outcome.replaced.size(), RuleJudge::kMostReplaced);
  EXPECT_EQ(outcome.more_replaced, 5U);
}

TEST(RulesPolicyTest, ManyRecipientsAndRulesAreBearable) {
  Message message{.rules = ""};
  message.recipients.clear();
  for (int i = 0; i < 1'000; ++i) {
    message.recipients.push_back("r" + std::to_string(i) + "@example.org");
  }
  for (int i = 0; i < 20; ++i) {
    message.rules += "r" + std::to_string(i) + " enforce tag recipient=r" + std::to_string(i) +
                     "@example.org kind=executable\n";
  }
  message.rules += "all enforce refuse kind=executable\n";
  message.items.assign(1'000, Program());
  const Outcome outcome = message.Judge();
  EXPECT_EQ(outcome.action, Action::kRefuse);
  EXPECT_EQ(outcome.hits[0].recipients.size(), 980U);
}

}  // namespace
}  // namespace gatepost::attachments
