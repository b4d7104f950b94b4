// The messages of RFC 6376 appendix A.2 and RFC 8463 appendix A.3, read where they lie.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/common/auth/dkim_fixture.h"

namespace gatepost::auth {
namespace {

using namespace testing;

std::filesystem::path ExamplesFolder() {
  const char* const folder = std::getenv("GATEPOST_SHARED_DATA");
  const std::filesystem::path data =
      folder != nullptr ? folder : GATEPOST_SOURCE_DIR "/../shared/data";
  return data / "dkim";
}

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<DkimSignatureResult> VerifyExample(const char* name, VerificationEngine engine) {
  Verification verification(engine);
  std::istringstream keys(ReadFile(ExamplesFolder() / "keys.txt"));
  for (std::string line; std::getline(keys, line);) {
    const auto parts = base::SplitOnce(line, '\t');
    if (parts && !line.starts_with('#')) {
      verification.resolver.AddTxt(parts->first, std::string(parts->second));
    }
  }
  return verification.Run(ParseMessage(ReadFile(ExamplesFolder() / name)));
}

class DkimExamples : public ::testing::TestWithParam<VerificationEngine> {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(ExamplesFolder() / "keys.txt")) {
      GTEST_SKIP() << "the RFC examples are not in " << ExamplesFolder()
                   << "; GATEPOST_SHARED_DATA names another folder";
    }
  }
};

TEST_P(DkimExamples, VerifyRfc6376) {
  const auto results = VerifyExample("rfc6376-a2.eml", GetParam());
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].result, DkimResult::kPass) << results[0].reason;
  EXPECT_EQ(results[0].identity, "joe@football.example.com");
  EXPECT_EQ(results[0].b_prefix, "AuUoFEfD");
  EXPECT_EQ(results[0].key_bits, 1024u);
}

TEST_P(DkimExamples, VerifyRfc8463) {
  const auto results = VerifyExample("rfc8463-a3.eml", GetParam());
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].result, DkimResult::kPass) << results[0].reason;
  EXPECT_EQ(results[0].algorithm, "ed25519-sha256");
  EXPECT_EQ(results[1].result, DkimResult::kPass) << results[1].reason;
  EXPECT_EQ(results[1].algorithm, "rsa-sha256");
}

INSTANTIATE_TEST_SUITE_P(BothEngines, DkimExamples, ::testing::ValuesIn(kEngines));

}  // namespace
}  // namespace gatepost::auth
