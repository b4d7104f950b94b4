// What an attacker can put into a message or into DNS costs little. Work is counted where it can
// be; the sizes are such that anything quadratic would run into the test's time limit.
#include "tests/common/auth/dkim_fixture.h"

namespace gatepost::auth {
namespace {

using namespace testing;

constexpr char kHead[] = "v=1; a=rsa-sha256; d=example.org; s=sel; ";

class HostileDkim : public ::testing::TestWithParam<VerificationEngine> {
 protected:
  void SetUp() override { verification.resolver.AddTxt(kKeyName, KeyRecordOf(*RsaKey())); }
  Verification verification{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(BothEngines, HostileDkim, ::testing::ValuesIn(kEngines));

TEST_P(HostileDkim, AThousandSignaturesCostEightLookups) {
  Message message = ShortMessage();
  const Message one = Signed(message, RequestWith(RsaKey()));
  for (int i = 0; i < 1000; ++i) message.fields.insert(message.fields.begin(), one.fields[0]);
  EXPECT_EQ(verification.Run(message).size(), 8u);
  EXPECT_EQ(verification.ignored, 992u);
  EXPECT_EQ(verification.resolver.Total(), 8u);
}

TEST_P(HostileDkim, ABarrageOfSignaturesDoesNotHideTheAuthorsOne) {
  Message message = ShortMessage();
  message = Signed(std::move(message), RequestWith(RsaKey()));
  const mail::HeaderField other{
      "DKIM-Signature", std::string(" v=1; a=rsa-sha256; d=example.net; s=s; h=From; b=AAAA; bh=") +
                            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="};
  message.fields.insert(message.fields.begin(), 900, other);
  verification.author = mail::Domain::Parse("example.org").value();
  EXPECT_EQ(verification.Run(message).back().result, DkimResult::kPass);
}

TEST_P(HostileDkim, TenThousandSignedNamesAreTooMany) {
  std::string names = "h=From";
  for (int i = 0; i < 10'000; ++i) names += ":To";
  const Message message = SignedWithTags(ShortMessage(), kHead + names, *RsaKey());
  verification.limits.max_signature_bytes = 1 << 20;
  const auto result = verification.Run(message).at(0);
  EXPECT_EQ(result.result, DkimResult::kPolicy);
  EXPECT_EQ(result.reason, "too many fields in h=");
  EXPECT_EQ(verification.resolver.Total(), 0u);
}

TEST_P(HostileDkim, AMegabyteOfSignatureIsNotRead) {
  Message message = ShortMessage();
  message.fields.insert(
      message.fields.begin(),
      {"DKIM-Signature", kHead + std::string("h=From; b=") + std::string(1 << 20, 'A')});
  EXPECT_EQ(verification.Run(message).at(0).result, DkimResult::kPolicy);
  EXPECT_EQ(verification.resolver.Total(), 0u);
}

TEST_P(HostileDkim, TenThousandFieldsVerify) {
  Message message = ShortMessage();
  for (int i = 0; i < 10'000; ++i) {
    message.fields.push_back({i % 2 == 0 ? "To" : "X-" + std::to_string(i), " x"});
  }
  for (int i = 0; i < 8; ++i) {
    message =
        SignedWithTags(std::move(message), kHead + std::string("h=From:To:To:Subject"), *RsaKey());
  }
  const auto results = verification.Run(message);
  ASSERT_EQ(results.size(), 8u);
  for (const auto& result : results) EXPECT_EQ(result.result, DkimResult::kPass);
}

TEST_P(HostileDkim, LongAndOddFieldsVerify) {
  Message message = ShortMessage();
  message.fields.push_back({"Subject", std::string(1 << 20, ' ') + "x"});
  message.fields.push_back({"Subject", [] {
                              std::string folds;
                              for (int i = 0; i < 100'000; ++i) folds += "\n ";
                              return folds + "x";
                            }()});
  message.fields.push_back({std::string(100'000, 'X'), " y"});
  message.fields.push_back({"\xff\x80 ", "\xff"});
  message.fields.push_back({"", ""});
  const Message with_signature =
      SignedWithTags(message, kHead + std::string("c=relaxed; h=From:Subject:Subject"), *RsaKey());
  EXPECT_EQ(verification.Run(with_signature).at(0).result, DkimResult::kPass);
}

TEST_P(HostileDkim, GarbageInDnsIsPermerror) {
  const Message message = Signed(ShortMessage(), RequestWith(RsaKey()));
  const std::string texts[] = {
      std::string(1 << 20, 'p'),     std::string(8192, ';'),
      "p=" + std::string(8000, 'A'), "v=DKIM1; p=" + std::string(7000, '='),
      std::string("\0\1\2\xff", 4),  std::string(5000, '\xff'),
      "v=DKIM1; k=ed25519; p=AAAA"};
  for (const std::string& text : texts) {
    Verification other(GetParam());
    other.resolver.AddTxt(kKeyName, text);
    EXPECT_EQ(other.Run(message).at(0).result, DkimResult::kPermError);
  }
}

TEST_P(HostileDkim, ManyKeyRecordsArePermerror) {
  const Message message = Signed(ShortMessage(), RequestWith(RsaKey()));
  for (int i = 0; i < 500; ++i) verification.resolver.AddTxt(kKeyName, std::to_string(i));
  EXPECT_EQ(verification.Run(message).at(0).result, DkimResult::kPermError);
}

TEST_P(HostileDkim, ABodyInSingleOctetsIsTheSameBody) {
  const Message message = Signed(ShortMessage(), RequestWith(RsaKey()));
  DkimVerifier verifier(verification.limits, verification.resolver, verification.clock);
  for (const auto& field : message.fields) verifier.OnHeader(field);
  verifier.OnEndOfHeaders(std::nullopt);
  for (const char& c : message.body) verifier.OnBody(std::as_bytes(std::span(&c, 1)));
  EXPECT_EQ(verifier.Finish(std::chrono::steady_clock::now()).at(0).result, DkimResult::kPass);
}

}  // namespace
}  // namespace gatepost::auth
