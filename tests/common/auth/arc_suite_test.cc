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

// A manual clock is a day old when it begins.
base::WallTime DayBefore(const ArcCase& test) {
  return base::WallTime(std::chrono::seconds(std::stoll(test.values.at("t")) - 24 * 3600));
}

SealRequest RequestOf(const ArcCase& test) {
  SealRequest request;
  request.domain = test.values.at("domain");
  request.selector = test.values.at("sel");
  request.key = std::make_shared<const PrivateKey>(
      PrivateKey::ParsePem(test.values.at("privatekey"), 1024).value());
  for (const auto name : base::Split(test.values.at("sig-headers"), ':')) {
    request.signed_names.emplace_back(name);
  }
  return request;
}

// Tags in order of their names, without white space and the signature, which covers how a sealer
// writes its fields.
std::string TagsWithoutB(std::string_view value) {
  const auto tags = mail::TagList::Parse(value, {1 << 20, 100}).value();
  std::vector<std::string> sorted;
  for (std::size_t i = 0; i < tags.size(); ++i) {
    if (tags.at(i).name == "b") continue;
    sorted.push_back(std::string(tags.at(i).name) + "=" + mail::RemoveWhiteSpace(tags.at(i).value));
  }
  std::ranges::sort(sorted);
  std::string text;
  for (const std::string& tag : sorted) text += tag + ";";
  return text;
}

Message WithSet(Message message, const ArcSeal& set) {
  for (const auto& field : {set.authentication_results, set.message_signature, set.seal}) {
    message.fields.insert(message.fields.begin(), field);
  }
  return message;
}

// The suite shows b= on several lines and sealed it on one.
std::string WithBOnOneLine(std::string value) {
  const auto tags = mail::TagList::Parse(value, {1 << 20, 100});
  const auto b = tags ? tags->ValueSpan("b") : std::nullopt;
  if (!b) return value;
  return value.replace(b->begin, b->size(),
                       mail::RemoveWhiteSpace(value.substr(b->begin, b->size())));
}

ArcSeal SetOfSuite(const ArcCase& test) {
  const auto value = [&](const char* key) {
    std::string folded = " ";
    for (const auto line : base::Split(base::Trim(test.values.at(key)), '\n')) {
      folded += (folded.size() > 1 ? "\n\t" : "") + std::string(base::Trim(line));
    }
    return folded;
  };
  return {{"ARC-Authentication-Results", value("AAR")},
          {"ARC-Message-Signature", WithBOnOneLine(value("AMS"))},
          {"ARC-Seal", value("AS")}};
}

// The suite's own results, which it expects behind "i=N;".
std::string ResultsOf(const ArcSeal& set) {
  const std::string& value = set.authentication_results.value;
  return value.substr(value.find(';') + 1);
}

class ArcSigningSuite : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto file = ArcSuiteFile("arc-draft-sign-tests.yml");
    if (file.empty()) GTEST_SKIP() << kAbsent;
    cases_ = ReadArcSuite(file);
    EXPECT_EQ(cases_.size(), 17u);
  }

  static base::Result<ArcSeal> Seal(const ArcCase& test) {
    const Message message = ParseMessage(test.values.at("message"));
    const base::ManualClock clock(DayBefore(test));
    ArcSealer sealer(RequestOf(test), clock);
    sealer.OnBody(std::as_bytes(std::span(message.body)));
    return sealer.Seal(message.fields, VerifyWithKeysOf(test, message),
                       ResultsOf(SetOfSuite(test)));
  }

  std::vector<ArcCase> cases_;
};

TEST_F(ArcSigningSuite, GivesTheTagsThatItExpects) {
  for (const ArcCase& test : cases_) {
    SCOPED_TRACE(test.values.at("case"));
    const auto sealed = Seal(test);
    if (base::Trim(test.values.at("AS")).empty()) {
      EXPECT_FALSE(sealed);
      continue;
    }
    ASSERT_TRUE(sealed) << sealed.error().message;
    const ArcSeal want = SetOfSuite(test);
    EXPECT_EQ(TagsWithoutB(sealed->message_signature.value),
              TagsWithoutB(want.message_signature.value));
    EXPECT_EQ(TagsWithoutB(sealed->seal.value), TagsWithoutB(want.seal.value));
    EXPECT_EQ(mail::RemoveWhiteSpace(sealed->authentication_results.value),
              mail::RemoveWhiteSpace(want.authentication_results.value));
  }
}

TEST_F(ArcSigningSuite, VerifiesHereAndWithDkimpy) {
  Records records;
  std::vector<std::string> want;
  for (const ArcCase& test : cases_) {
    for (const auto& [name, text] : test.keys) records.emplace_back("txt", name + "\t" + text);
    const auto sealed = Seal(test);
    if (!sealed) continue;
    const Message message = WithSet(ParseMessage(test.values.at("message")), *sealed);
    const bool fails = TagsWithoutB(sealed->seal.value).find("cv=fail") != std::string::npos;
    const ArcOutcome outcome = VerifyWithKeysOf(test, message);
    EXPECT_EQ(outcome.reason, fails ? "newest seal says fail" : "") << test.values.at("case");
    records.emplace_back("message", WireText(message));
    want.push_back(fails ? "terminated" : "pass");
  }
  std::vector<std::string> verdicts;
  for (const std::string& line : DkimpyVerifies(records)) {
    verdicts.push_back(line.substr(0, line.find(' ')));
  }
  EXPECT_EQ(verdicts, want);
}

// The signatures that the suite expects cover other white space than ours; they verify here.
TEST_F(ArcSigningSuite, IsRightInOurEyes) {
  for (const ArcCase& test : cases_) {
    if (base::Trim(test.values.at("AS")).empty()) continue;
    const Message message = WithSet(ParseMessage(test.values.at("message")), SetOfSuite(test));
    const bool fails = test.values.at("AS").find("cv=fail") != std::string::npos;
    const ArcOutcome outcome = VerifyWithKeysOf(test, message);
    EXPECT_EQ(outcome.reason, fails ? "newest seal says fail" : "") << test.values.at("case");
  }
}

}  // namespace
}  // namespace gatepost::auth
