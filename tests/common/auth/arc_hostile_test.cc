// What a sender may write to keep us busy: bounds in counts of questions and of fields read.
#include "common/auth/arc_fields.h"
#include "tests/common/auth/arc_fixture.h"

namespace gatepost::auth {
namespace {

using namespace testing;

struct Cost {
  std::string reason;
  std::size_t questions;

  friend bool operator==(const Cost&, const Cost&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Cost& cost) {
    return out << cost.reason << ", " << cost.questions << " questions";
  }
};

Cost CostOf(const Message& message, const ArcLimits& limits = {}) {
  ArcVerification verification;
  verification.limits = limits;
  const ArcOutcome outcome = verification.Run(message);
  EXPECT_EQ(outcome.result, ArcResult::kFail);
  return {outcome.reason, verification.resolver.Total()};
}

// A set whose tags are right and whose signatures are not; `more` is added to each list of tags.
void AddForgedSet(Message& message, unsigned instance, const std::string& domain,
                  const std::string& more = "") {
  const std::string i = " i=" + std::to_string(instance);
  const std::string tags = i + "; a=rsa-sha256; d=" + domain + "; s=sel; b=AAAA";
  const std::string cv = instance == 1 ? "; cv=none" : "; cv=pass";
  message.fields.push_back({"ARC-Seal", tags + cv + more});
  message.fields.push_back(
      {"ARC-Message-Signature", tags + "; h=From; bh=" + std::string(43, 'A') + "=" + more});
  message.fields.push_back({"ARC-Authentication-Results", i + "; mx; spf=pass"});
}

Message ForgedChain(unsigned sets, const std::string& more = "") {
  Message message = ShortMessage();
  for (unsigned i = 1; i <= sets; ++i) {
    AddForgedSet(message, i, "d" + std::to_string(i) + ".example.org", more);
  }
  return message;
}

TEST(ArcHostile, AThousandSetsAreNotRead) {
  EXPECT_EQ(CostOf(ForgedChain(51)), (Cost{"too many ARC fields", 0}));
  const Message message = ForgedChain(1000);
  EXPECT_EQ(CostOf(message), (Cost{"too many ARC fields", 0}));
  const ArcFields fields = ArcFields::Read(message.fields, {});
  EXPECT_TRUE(fields.is_overfull());
  EXPECT_TRUE(fields.sets().empty());
}

TEST(ArcHostile, ThreeThousandFieldsOfOneKindAreNotRead) {
  for (const auto kind : {ArcFieldKind::kResults, ArcFieldKind::kSignature, ArcFieldKind::kSeal}) {
    Message message = ShortMessage();
    message.fields.insert(message.fields.end(), 3000, {std::string(Name(kind)), " i=1; x=1"});
    EXPECT_EQ(CostOf(message), (Cost{"too many ARC fields", 0}));
  }
}

TEST(ArcHostile, FewerSetsByOption) {
  ArcLimits limits;
  limits.max_sets = 3;
  EXPECT_EQ(CostOf(ForgedChain(4), limits).reason, "too many ARC fields");
  EXPECT_EQ(CostOf(ForgedChain(3), limits), (Cost{"message signature: no key", 3}));
  limits.max_sets = 1000;
  EXPECT_EQ(CostOf(ForgedChain(51), limits).reason, "too many ARC fields");
}

TEST(ArcHostile, FiftySetsAskFiftyQuestions) {
  EXPECT_EQ(CostOf(ForgedChain(50)), (Cost{"message signature: no key", 50}));
  ArcLimits limits;
  limits.check_older_signatures = true;
  EXPECT_EQ(CostOf(ForgedChain(50), limits), (Cost{"message signature: no key", 50}));
}

TEST(ArcHostile, OnlyTheNewestMessageSignatureCostsAQuestion) {
  Message message = ShortMessage();
  for (unsigned i = 1; i <= 50; ++i) AddForgedSet(message, i, "example.org");
  for (std::size_t i = 0, set = 0; i < message.fields.size(); ++i) {
    std::string& value = message.fields[i].value;
    if (!message.fields[i].Is("ARC-Message-Signature")) continue;
    value.replace(value.find("s=sel"), 5, "s=m" + std::to_string(++set));
  }
  EXPECT_EQ(CostOf(message), (Cost{"message signature: no key", 2}));
}

TEST(ArcHostile, LargeFieldsAreNotRead) {
  const std::string padding = std::string(64 * 1024, ' ');
  EXPECT_EQ(CostOf(ForgedChain(50, padding)), (Cost{"unreadable ARC field", 0}));
  Message message = ForgedChain(1);
  message.fields.back().value += padding;
  EXPECT_EQ(CostOf(message), (Cost{"unreadable ARC field", 0}));
}

TEST(ArcHostile, ManyTagsAreNotRead) {
  std::string more;
  for (int i = 0; i < 60; ++i) more += "; t" + std::to_string(i) + "=1";
  EXPECT_EQ(CostOf(ForgedChain(1, more)), (Cost{"unreadable ARC field", 0}));
}

TEST(ArcHostile, ManySignedNamesAreNotRead) {
  Message message = ForgedChain(1);
  std::string& value = message.fields[message.fields.size() - 2].value;
  value.insert(value.find("h=From") + 2, std::string(300, ':'));
  EXPECT_EQ(CostOf(message), (Cost{"malformed message signature", 0}));
}

TEST(ArcHostile, CommentsAreReadOnce) {
  for (const std::string& comments :
       {std::string(20'000, '('), std::string(20'000, '(') + std::string(20'000, ')'),
        std::string(30'000, '\\'), "(" + std::string(30'000, '\\')}) {
    Message message = ForgedChain(1);
    message.fields.back().value = comments + " i=1; mx";
    EXPECT_EQ(CostOf(message), (Cost{"unreadable ARC field", 0}));
  }
  std::string flat;
  for (int i = 0; i < 15'000; ++i) flat += "(a)";
  Message message = ForgedChain(1);
  message.fields.back().value = flat + " i=1; mx";
  EXPECT_EQ(CostOf(message), (Cost{"message signature: no key", 1}));
}

TEST(ArcHostile, OctetsOfAllKindsAreNoInstance) {
  for (const std::string& value :
       {std::string(), std::string(" "), std::string("i"), std::string("i="), std::string("i=1"),
        std::string(";"), std::string("=;="), std::string("i=1\0;", 5), std::string("\xff\xfe;"),
        std::string("i=\xc2\xb9; mx"), std::string("i=18446744073709551617; mx"),
        std::string("i=-1; mx"), std::string("i=0x1; mx"), std::string("i=1,; mx")}) {
    for (std::size_t which = 1; which <= 3; ++which) {
      Message message = ForgedChain(1);
      message.fields[message.fields.size() - which].value = value;
      // A list of tags may say no more than its instance; results may not.
      const std::string reason = CostOf(message).reason;
      EXPECT_TRUE(reason == "unreadable ARC field" ||
                  (which > 1 && value == "i=1" && !reason.empty()))
          << value << ": " << reason;
    }
  }
}

TEST(ArcHostile, ForeignOctetsInResultsAreNoReasonToFail) {
  Message message = ShortMessage();
  HandMadeSet set;
  set.results = "i=1; mx; spf=pass (caf\xe9 \x01)";
  EXPECT_EQ(VerifyArc(SealedByHand(message, set, *RsaKey())).result, ArcResult::kPass);
}

}  // namespace
}  // namespace gatepost::auth
