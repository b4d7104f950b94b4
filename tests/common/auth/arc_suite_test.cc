// The public ARC suites, read where they lie.
#include <gtest/gtest.h>

#include "common/base/strings.h"
#include "common/mail/tag_list.h"
#include "tests/common/auth/arc_fixture.h"

namespace gatepost::auth {
namespace {

using namespace testing;

constexpr char kAbsent[] =
    "the ARC suites are not in shared/data/arc beside the source tree; GATEPOST_SHARED_DATA names "
    "another folder";

// RFC 8617 section 5.2 step 2: where the suite expects nothing, a seal says cv=fail.
std::string Expected(const ArcCase& test) {
  const std::string cv = base::ToLower(test.values.at("cv"));
  return cv.empty() ? "fail" : cv;
}

ArcOutcome VerifyWithKeysOf(const ArcCase& test, const Message& message) {
  ArcVerification verification;
  for (const auto& [name, text] : test.keys) verification.resolver.AddTxt(name, text);
  return verification.Run(message);
}

TEST(ArcSuite, ValidatesAsExpected) {
  const auto file = ArcSuiteFile("arc-draft-validation-tests.yml");
  if (file.empty()) GTEST_SKIP() << kAbsent;
  const std::vector<ArcCase> cases = ReadArcSuite(file);
  EXPECT_EQ(cases.size(), 171u);
  for (const ArcCase& test : cases) {
    const ArcOutcome outcome = VerifyWithKeysOf(test, ParseMessage(test.values.at("message")));
    EXPECT_EQ(Name(outcome.result), Expected(test))
        << test.scenario << ", " << test.values.at("case") << ": " << outcome.reason;
    EXPECT_EQ(outcome.reason.empty(), outcome.result != ArcResult::kFail);
    EXPECT_FALSE(outcome.temporary);
  }
}

}  // namespace
}  // namespace gatepost::auth
