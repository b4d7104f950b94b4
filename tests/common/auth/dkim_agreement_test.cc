// Our signer, our two engines and libopendkim on its own agree on random messages.
#include "tests/common/auth/dkim_fixture.h"
#include "tests/common/auth/opendkim_peer.h"
#include "tests/common/auth/test_keys.h"

namespace gatepost::auth {
namespace {

using namespace testing;

// Of random messages, in each of the 8 combinations.
constexpr int kMessages = 600;

struct Combination {
  KeyAlgorithm algorithm;
  Canonicalization header;
  Canonicalization body;
};

std::vector<Combination> Combinations() {
  std::vector<Combination> all;
  for (const auto algorithm : {KeyAlgorithm::kRsa, KeyAlgorithm::kEd25519}) {
    for (const auto header : {Canonicalization::kSimple, Canonicalization::kRelaxed}) {
      for (const auto body : {Canonicalization::kSimple, Canonicalization::kRelaxed}) {
        all.push_back({algorithm, header, body});
      }
    }
  }
  return all;
}

std::string Show(const Message& message) {
  std::string text;
  for (const auto& field : message.fields) text += field.name + ":" + field.value + "\n";
  return text + "\n" + message.body;
}

class DkimAgreement : public ::testing::TestWithParam<Combination> {
 protected:
  std::shared_ptr<const PrivateKey> Key() const {
    return GetParam().algorithm == KeyAlgorithm::kRsa ? RsaKey() : Ed25519Key();
  }

  void ExpectBothEngines(const Message& message, DkimResult want) const {
    for (const VerificationEngine engine : kEngines) {
      Verification verification(engine);
      verification.resolver.AddTxt(kKeyName, KeyRecordOf(*Key()));
      const auto result = verification.Run(message).at(0);
      EXPECT_EQ(Name(result.result), Name(want))
          << static_cast<int>(engine) << ": " << result.reason << "\n"
          << Show(message);
    }
  }
};

INSTANTIATE_TEST_SUITE_P(EachCombination, DkimAgreement, ::testing::ValuesIn(Combinations()));

TEST_P(DkimAgreement, OthersVerifyWhatWeSign) {
  std::mt19937 random(1);
  for (int i = 0; i < kMessages; ++i) {
    const Message message =
        Signed(RandomMessage(random), RequestWith(Key(), GetParam().header, GetParam().body));
    EXPECT_EQ(OpendkimVerifies(message.fields, message.body, {{kKeyName, KeyRecordOf(*Key())}}),
              std::vector<bool>{true})
        << Show(message);
    ExpectBothEngines(message, DkimResult::kPass);
  }
}

TEST_P(DkimAgreement, WeVerifyWhatOthersSign) {
  std::mt19937 random(2);
  const PeerSignature how{GetParam().algorithm, GetParam().header, GetParam().body,
                          GetParam().algorithm == KeyAlgorithm::kRsa ? kRsa2048Pkcs8 : kEd25519};
  for (int i = 0; i < kMessages; ++i) {
    Message message = RandomMessage(random);
    const std::string value = OpendkimSigns(how, message.fields, message.body);
    ASSERT_NE(value, "") << Show(message);
    message.fields.insert(message.fields.begin(), {"DKIM-Signature", value});
    ExpectBothEngines(message, DkimResult::kPass);
  }
}

// One octet changed, dropped or added anywhere: whatever comes of it, the engines agree.
TEST_P(DkimAgreement, TheEnginesAgreeOnDamagedMessages) {
  std::mt19937 random(3);
  for (int i = 0; i < kMessages; ++i) {
    Message message =
        Signed(RandomMessage(random), RequestWith(Key(), GetParam().header, GetParam().body));
    auto& field = message.fields[random() % message.fields.size()];
    std::string& text = random() % 2 == 0 ? message.body : field.value;
    const std::size_t at = random() % (text.size() + 1);
    const char octet =
        " \t=;:\xff"
        "aA\r"[random() % 9];
    if (random() % 3 == 0)
      text.insert(at, 1, octet);
    else if (at < text.size() && random() % 2 == 0)
      text.erase(at, 1);
    else if (at < text.size())
      text[at] = octet;
    DkimResult results[2];
    for (const VerificationEngine engine : kEngines) {
      Verification verification(engine);
      verification.resolver.AddTxt(kKeyName, KeyRecordOf(*Key()));
      results[static_cast<int>(engine)] = verification.Run(message).at(0).result;
    }
    EXPECT_EQ(Name(results[0]), Name(results[1])) << Show(message);
  }
}

}  // namespace
}  // namespace gatepost::auth
