#include "common/auth/arc_sealer.h"

#include "common/auth/arc_fields.h"
#include "common/auth/arc_seal_hash.h"
#include "common/auth/dkim_key_record.h"
#include "common/mail/tag_list.h"
#include "tests/common/auth/arc_fixture.h"
#include "tests/common/auth/test_keys.h"

namespace gatepost::auth {
namespace {

using namespace testing;

mail::TagList TagsOf(const mail::HeaderField& field) {
  return mail::TagList::Parse(field.value, {1 << 20, 100}).value();
}

std::string Refusal(const base::Result<ArcSeal>& seal) {
  return seal ? "sealed" : seal.error().message;
}

std::vector<mail::HeaderField> ArcFieldsOf(const Message& message) {
  return {message.fields.begin(), message.fields.begin() + 3};
}

std::string VerdictOfDkimpy(const Message& message) {
  const Records records = {{"txt", std::string(kKeyName) + "\t" + KeyRecordOf(*RsaKey())},
                           {"message", WireText(message)}};
  const auto lines = DkimpyVerifies(records);
  return lines.size() == 1 ? lines[0] : "dkimpy is not installed";
}

TEST(ArcSealer, WritesTheFieldsThatTheRfcAsksFor) {
  const auto seal =
      SealOf(ShortMessage(), SealRequestWith(RsaKey()), ClaimedOutcome(ArcResult::kNone)).value();
  EXPECT_EQ(seal.authentication_results.name, "ARC-Authentication-Results");
  EXPECT_EQ(seal.authentication_results.value,
            " i=1; lists.example.org;\n\tspf=pass smtp.mailfrom=example.org");
  EXPECT_EQ(seal.message_signature.name, "ARC-Message-Signature");
  EXPECT_TRUE(
      seal.message_signature.value.starts_with(" i=1; a=rsa-sha256; d=example.org; s=sel;"));
  const mail::TagList signature = TagsOf(seal.message_signature);
  EXPECT_EQ(signature.Find("h"), "From:To:Subject:Date:Message-ID") << "Cc is absent";
  EXPECT_EQ(signature.Find("c"), "relaxed/relaxed");
  EXPECT_EQ(signature.Find("t"), "1700086400");
  EXPECT_FALSE(signature.Find("v"));
  EXPECT_EQ(seal.seal.name, "ARC-Seal");
  const mail::TagList tags = TagsOf(seal.seal);
  EXPECT_EQ(tags.Find("cv"), "none");
  for (const char* absent : {"h", "bh", "c", "v"}) EXPECT_FALSE(tags.Find(absent)) << absent;
}

TEST(ArcSealer, FoldsLinesForOldPrograms) {
  for (const mail::HeaderField& field : ArcFieldsOf(SealedTimes(ShortMessage(), 1))) {
    std::size_t column = field.name.size() + 1;
    for (const char c : field.value) {
      column = c == '\n' ? 0 : column + 1;
      EXPECT_LE(column, 78u) << field.name;
    }
  }
}

TEST(ArcSealer, NamesEveryOccurrenceAndNeverArcOrResults) {
  Message message = SealedTimes(ShortMessage(), 1);
  message.fields.push_back({"To", " another@example.net"});
  message.fields.push_back({"Authentication-Results", " mx; spf=pass"});
  SealRequest request = SealRequestWith(RsaKey());
  request.signed_names = {"From",
                          "to",
                          "ARC-Seal",
                          "arc-message-signature",
                          "Reply-To",
                          "ARC-Authentication-Results",
                          "Authentication-Results"};
  const auto seal = SealOf(message, request, ClaimedOutcome(ArcResult::kPass)).value();
  EXPECT_EQ(TagsOf(seal.message_signature).Find("h"), "From:to:to");
  EXPECT_EQ(TagsOf(seal.seal).Find("cv"), "pass");
  EXPECT_EQ(TagsOf(seal.seal).Find("i"), "2");
}

TEST(ArcSealer, MakesChainsThatWeAndDkimpyVerify) {
  for (const unsigned count : {1u, 2u, 3u, 7u}) {
    const Message message = SealedTimes(ShortMessage(), count);
    const ArcOutcome outcome = VerifyArc(message);
    EXPECT_EQ(outcome.result, ArcResult::kPass) << outcome.reason;
    EXPECT_EQ(outcome.sets.size(), count);
    EXPECT_EQ(VerdictOfDkimpy(message), "pass success");
  }
}

TEST(ArcSealer, SealsMessagesOfAllShapes) {
  std::mt19937 random(8617);
  Records records = {{"txt", std::string(kKeyName) + "\t" + KeyRecordOf(*RsaKey())}};
  for (unsigned i = 0; i < 50; ++i) {
    const Message message = SealedTimes(RandomMessage(random), 1 + i % 3);
    EXPECT_EQ(VerifyArc(message).result, ArcResult::kPass);
    records.emplace_back("message", WireText(message));
  }
  EXPECT_EQ(DkimpyVerifies(records), std::vector<std::string>(50, "pass success"));
}

// RFC 8617 section 5.1.2: the seal covers its own set alone.
TEST(ArcSealer, SealsAFailedChainAsIfItsSetWereTheOnlyOne) {
  Message message = SealedTimes(ShortMessage(), 2);
  message.body += "altered\r\n";
  const ArcOutcome failed = VerifyArc(message);
  ASSERT_EQ(failed.result, ArcResult::kFail);
  const auto set = SealOf(message, SealRequestWith(RsaKey()), failed).value();
  EXPECT_EQ(TagsOf(set.seal).Find("cv"), "fail");
  EXPECT_EQ(TagsOf(set.seal).Find("i"), "3");

  ArcSealHash hash;
  hash.Add(set.authentication_results);
  hash.Add(set.message_signature);
  const auto seal = ReadSignature(SignatureKind::kArcSeal, TagsOf(set.seal), set.seal, {}).value();
  const auto key = ParseKeyRecord(KeyRecordOf(*RsaKey()), 8192).value().key;
  EXPECT_TRUE(key.Verify(hash.With(seal.without_b), seal.signature));

  for (const auto& field : {set.authentication_results, set.message_signature, set.seal}) {
    message.fields.insert(message.fields.begin(), field);
  }
  EXPECT_EQ(VerifyArc(message).reason, "newest seal says fail");
  EXPECT_TRUE(VerdictOfDkimpy(message).starts_with("terminated"));
  EXPECT_EQ(Refusal(SealOf(message, SealRequestWith(RsaKey()), VerifyArc(message))),
            "the newest seal says that the chain has failed");
}

TEST(ArcSealer, SealsAChainThatCannotBeReadAsFailed) {
  Message message = ShortMessage();
  message.fields.insert(message.fields.begin(), {"ARC-Seal", " i=7; nonsense"});
  const auto set = SealOf(message, SealRequestWith(RsaKey()), VerifyArc(message)).value();
  EXPECT_EQ(TagsOf(set.seal).Find("cv"), "fail");
}

TEST(ArcSealer, AddsNoFiftyFirstSet) {
  Message message = SealedTimes(ShortMessage(), 50);
  ArcOutcome outcome = VerifyArc(message);
  EXPECT_EQ(outcome.result, ArcResult::kPass) << outcome.reason;
  EXPECT_EQ(Refusal(SealOf(message, SealRequestWith(RsaKey()), outcome)),
            "the chain has as many sets as it may have");
  message.fields.push_back(message.fields.front());
  outcome = VerifyArc(message);
  EXPECT_EQ(outcome.reason, "too many ARC fields");
  EXPECT_EQ(Refusal(SealOf(message, SealRequestWith(RsaKey()), outcome)),
            "the chain has as many sets as it may have");
}

TEST(ArcSealer, RefusesWhatItCannotSealRightly) {
  const Message message = ShortMessage();
  const Message sealed = SealedTimes(message, 1);
  const ArcOutcome none = ClaimedOutcome(ArcResult::kNone);
  const SealRequest good = SealRequestWith(RsaKey());
  SealRequest without_from = good;
  without_from.signed_names = {"To"};
  ArcOutcome for_now = ClaimedOutcome(ArcResult::kFail);
  for_now.temporary = true;
  Message with_nul = message;
  with_nul.fields.push_back({"Cc", std::string(" a\0b", 4)});
  Message with_many = message;
  with_many.fields.insert(with_many.fields.end(), 300, {"To", " a@example.org"});
  EXPECT_EQ(Refusal(SealOf(message, good, none)), "sealed");
  EXPECT_EQ(Refusal(SealOf(message, SealRequestWith(Ed25519Key()), none)),
            "a seal needs an RSA key");
  EXPECT_EQ(Refusal(SealOf(message, SealRequestWith(nullptr), none)), "a seal needs an RSA key");
  EXPECT_EQ(Refusal(SealOf(message, SealRequestWith(RsaKey(), "a b"), none)),
            "a seal needs a domain and a selector");
  EXPECT_EQ(Refusal(SealOf(message, without_from, none)), "From is not among the signed fields");
  EXPECT_EQ(Refusal(SealOf(with_nul, good, none)), "a field to be signed holds a NUL octet");
  EXPECT_EQ(Refusal(SealOf(with_many, good, none)),
            "signed fields are repeated too often in this message");
  EXPECT_EQ(Refusal(SealOf(sealed, good, for_now)), "the chain could not be checked for now");
  EXPECT_EQ(Refusal(SealOf(sealed, good, none)), "the outcome is not that of these fields");
}

TEST(ArcSealer, TakesKeysUnder2048BitsOnlyWhereATestAsks) {
  EXPECT_FALSE(PrivateKey::ParsePem(kRsa1024));
  EXPECT_TRUE(PrivateKey::ParsePem(kRsa1024, 1024));
}

}  // namespace
}  // namespace gatepost::auth
