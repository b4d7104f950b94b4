#include "tests/support/scenario.h"

#include "tests/support/scenario_pattern.h"
#include "tests/support/scenario_runner.h"
#include "tests/support/scenario_world.h"

namespace gatepost::support {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Failure {
  const char* name;
  std::string text;
  std::string want;  // how the message begins, or what it holds
};

std::string RunText(const std::string& text) {
  const auto scenario = ParseScenario("x.scenario", text);
  if (!scenario) return scenario.error().message;
  const auto done = RunScenario(*scenario, GATEPOST_BIN_DIR);
  return done ? "" : done.error().message;
}

TEST(Scenario, MistakesAreNamedWithFileAndLine) {
  const std::vector<Failure> cases = {
      {"no title", "connect a\n", "x.scenario:1: a scenario begins with a comment"},
      {"nothing in it", "# title\n\n", "x.scenario:3: nothing happens"},
      {"indented without owner", "# t\n    x\n", "x.scenario:2: an indented line without"},
      {"indented by two", "# t\nfile a:\n  x\n", "x.scenario:3: indented lines begin with four"},
      {"unknown line", "# t\n\nconect a\n", "x.scenario:3: conect a\n  unknown line \"conect\""},
      {"block where none may be", "# t\nhelo a\n    b\n", "x.scenario:2: helo a\n  nothing can be"},
      {"unknown expectation", "# t\nexpect luck\n", "x.scenario:2: expect luck\n  unknown exp"},
      {"bad regular expression", "# t\nexpect output /(/\n", "x.scenario:2: expect output /(/\n  "},
      {"no connection", "# t\nhelo a\n", "x.scenario:2: helo a\n  there is no connection"},
      {"key of no kind", "# t\nkey a.pem dsa\n", "x.scenario:2: key a.pem dsa\n  keys are"},
      {"key that is not there", "# t\nfile a:\n    $PUBLIC(b)\n",
       "x.scenario:2: file a:\n  no such"},
      {"program that is not there", "# t\nstart no-such\n",
       "x.scenario:2: start no-such\n  cannot"},
  };
  for (const Failure& item : cases) EXPECT_THAT(RunText(item.text), StartsWith(item.want));
}

constexpr const char* kBegin =
    "# t\nstart gatepost-test-milter $FOLDER/milter.sock\nconnect a 192.0.2.1\nmail <a@b>\n";

TEST(Scenario, ExpectationsThatAreNotMetFail) {
  const std::string to_bob = "rcpt <bob@c>\nheader X-Do: insert 1 A: b\nend\n";
  const std::vector<Failure> cases = {
      {"wrong verdict", "rcpt <bob@c>\nexpect reject\n", "the milter answered: continue"},
      {"refusal that nobody expected", "rcpt <refused@c>\ndata\n", "was not expected: reject 550"},
      {"wrong reply", "rcpt <refused@c>\nexpect reply 550 5.7.1*\n", "it was \"550 5.1.1"},
      {"wrong index", to_bob + "expect insert 0 A: b\n", "insert header 1 A:"},
      {"wrong value", to_bob + "expect insert 1 A: c\n", "insert header 1 A:"},
      {"wrong kind", to_bob + "expect add A: b\n", "insert header 1 A:"},
      {"an edit expected twice", to_bob + "expect insert 1 A\nexpect insert 1 A\n", "no such edit"},
      {"edits where none may be", to_bob + "expect no edits\n", "the edits were"},
      {"one more edit", to_bob + "expect no other edits\n", "one more edit"},
      {"no such header", to_bob + "expect header B\n", "no such header"},
      {"a header too many", to_bob + "expect no header A\n", "there is such a header"},
      {"wrong count", to_bob + "expect count 2 A\n", "there are 1"},
      {"a log line too many", to_bob + "expect no log message*\n", "there is such a line"},
      {"wrong exit status", "stop\nexpect exit 1\n", "the exit status was 0"},
  };
  for (const Failure& item : cases) {
    EXPECT_THAT(RunText(kBegin + item.text), HasSubstr(item.want)) << item.name;
  }
}

TEST(Scenario, BlocksKeepTheirInnerEmptyLinesAndIndentation) {
  const auto scenario = ParseScenario("x", "# t\nbody:\n    one\n\n      two\n\nend\n");
  ASSERT_TRUE(scenario);
  EXPECT_EQ(scenario->steps[0].block, (std::vector<std::string>{"one", "", "  two"}));
  EXPECT_EQ(scenario->steps[1].line, 7);
}

TEST(ScenarioPattern, StarsAndWhiteSpaceMatchFoldedText) {
  struct Case {
    std::string pattern, text;
    bool want;
  };
  const std::vector<Case> cases = {
      {"a b", " a\r\n\tb ", true},
      {"a*", "abc", true},
      {"*c", "abc", true},
      {"a*c*e", "abcde", true},
      {"a*c", "abcd", false},
      {"*", "", true},
      {"", "x", false},
      {"/^a.c$/", "abc", true},
      {"/^b/", "abc", false},
      {"a*b*b", "ab", false},
      {"**b", "aab", true},
      {"a?", "ab", false},
  };
  for (const Case& item : cases) {
    EXPECT_EQ(ScenarioPattern::Parse(item.pattern)->Matches(item.text), item.want)
        << item.pattern << " / " << item.text;
  }
}

TEST(ScenarioWorld, MakesKeysOfEachKindAndTheirPublicForms) {
  ScenarioWorld world(GATEPOST_BIN_DIR);
  ASSERT_TRUE(world.MakeKey("rsa.pem", "rsa1024", false, 0600));
  ASSERT_TRUE(world.MakeKey("old.pem", "rsa1024", true, 0640));
  ASSERT_TRUE(world.MakeKey("ed.pem", "ed25519", false, 0600));
  EXPECT_THAT(ReadWholeFile(*world.Expand("$FOLDER/rsa.pem")), HasSubstr("BEGIN PRIVATE KEY"));
  EXPECT_THAT(ReadWholeFile(*world.Expand("$FOLDER/old.pem")), HasSubstr("BEGIN RSA PRIVATE KEY"));
  EXPECT_THAT(*world.Expand("p=$PUBLIC(rsa.pem)"), StartsWith("p=MIGf"));
  EXPECT_EQ(world.Expand("$PUBLIC(ed.pem)")->size(), 44U);  // 32 bytes in base64
  EXPECT_EQ(*world.Expand("costs $5 or $five"), "costs $5 or $five");
}

}  // namespace
}  // namespace gatepost::support
