// The public test suite of RFC 7208, read in place.
#include "tests/support/spf_suite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/auth/spf.h"
#include "tests/support/memory_resolver.h"
#include "tests/support/suite.h"

namespace gatepost::auth {
namespace {

SpfOutcome Check(const test::SpfSuiteScenario& scenario, const test::SpfSuiteCase& item) {
  test::MemoryResolver resolver(scenario.zone);
  SpfRequest request;
  request.client = base::IpAddress::Parse(item.client).value();
  request.local_part = item.LocalPart();
  request.domain = item.Domain();
  request.helo = item.helo;
  SpfCheck check(request, SpfLimits{}, resolver);
  dns::Task* const tasks[] = {&check};
  dns::Finish(tasks, base::Deadline::min());
  EXPECT_LE(check.questions_asked(), SpfLimits{}.max_questions);
  return check.outcome();
}

TEST(SpfSuite, EveryCaseOfTheSuiteGivesAResultThatItAccepts) {
  const std::string path = test::SharedData("spf/rfc7208-tests.yml");
  if (path.empty()) GTEST_SKIP() << "no rfc7208-tests.yml: set GATEPOST_SHARED_DATA";
  std::size_t cases = 0;
  for (const test::SpfSuiteScenario& scenario : test::LoadSpfSuite(path)) {
    for (const test::SpfSuiteCase& item : scenario.cases) {
      SCOPED_TRACE(scenario.description + ": " + item.name);
      const SpfOutcome outcome = Check(scenario, item);
      EXPECT_THAT(item.results, testing::Contains(std::string(Name(outcome.result))))
          << outcome.reason << " / " << outcome.mechanism;
      if (item.explanation && outcome.result == SpfResult::kFail) {
        EXPECT_EQ(outcome.explanation, *item.explanation);
      }
      ++cases;
    }
  }
  EXPECT_EQ(cases, 203U);
}

}  // namespace
}  // namespace gatepost::auth
