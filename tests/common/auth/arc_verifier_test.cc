#include "common/auth/arc_verifier.h"

#include "tests/common/auth/arc_fixture.h"

namespace gatepost::auth {
namespace {

using namespace testing;

struct Verdict {
  ArcResult result;
  std::string reason;
  bool temporary = false;

  friend bool operator==(const Verdict&, const Verdict&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Verdict& verdict) {
    return out << Name(verdict.result) << " (" << verdict.reason << ")"
               << (verdict.temporary ? " temporary" : "");
  }
};

Verdict VerdictOf(const ArcOutcome& outcome) {
  return {outcome.result, outcome.reason, outcome.temporary};
}

const Verdict kPassed = {ArcResult::kPass, ""};
Verdict Fails(const char* reason) { return {ArcResult::kFail, reason}; }

std::string Record() { return KeyRecordOf(*RsaKey()); }

// A chain of sets from s1.example.org upwards, each with a key name of its own.
Message SealedByMany(unsigned count) {
  Message message = ShortMessage();
  for (unsigned i = 1; i <= count; ++i) {
    message = Sealed(message, SealRequestWith(RsaKey(), "s" + std::to_string(i) + ".example.org"));
  }
  return message;
}

std::string KeyNameOf(unsigned instance) {
  return "sel._domainkey.s" + std::to_string(instance) + ".example.org";
}

// The field of the newest set.
std::string& ValueOf(Message& message, std::string_view name) {
  for (mail::HeaderField& field : message.fields) {
    if (field.Is(name)) return field.value;
  }
  throw std::invalid_argument("no such field");
}

TEST(ArcVerifier, JudgesWhatSealersWrite) {
  const std::string h = "; h=From:To; bh=?";
  const std::string ams = "i=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=sel";
  const std::string as = "i=1; a=rsa-sha256; cv=none; d=example.org; s=sel";
  const struct {
    const char* section;
    HandMadeSet set;
    Verdict want;
  } cases[] = {
      {"as it should be", {}, kPassed},
      {"4.1.2, tags in any order",
       {.signature = "a=rsa-sha256; d=example.org" + h + "; s=sel; i=1"},
       kPassed},
      {"4.1.3, tags in any order",
       {.seal = "a=rsa-sha256; cv=none; d=example.org; s=sel; i=1"},
       kPassed},
      {"4.1.2, no v=", {.signature = "v=1; " + ams + h}, kPassed},
      {"4.1.2, l= covers nothing less", {.signature = ams + "; l=1" + h}, kPassed},
      {"4.1.2, a long l=", {.signature = ams + "; l=99999999999999999999999" + h}, kPassed},
      {"4.1.2, x= of the past",
       {.signature = ams + "; x=1" + h},
       Fails("message signature: signature expired")},
      {"4.1.2, t= of the future",
       {.signature = ams + "; t=1800000000" + h},
       Fails("message signature: signature from the future")},
      {"4.1.2, no seal is signed",
       {.signature = ams + "; h=From:arc-seal; bh=?"},
       Fails("malformed message signature")},
      {"4.1.2, h= is needed", {.signature = ams + "; bh=?"}, Fails("malformed message signature")},
      {"4.1.2, bh= is needed",
       {.signature = ams + "; h=From"},
       Fails("malformed message signature")},
      {"4.1.2, no SHA-1",
       {.signature = "i=1; a=rsa-sha1; d=example.org; s=sel" + h},
       Fails("malformed message signature")},
      {"4.1.3, h= is an error", {.seal = as + "; h=From"}, Fails("malformed seal")},
      {"4.1.3, c= does not exist", {.seal = as + "; c=simple/simple"}, kPassed},
      {"4.1.3, x= does not exist", {.seal = as + "; x=1"}, kPassed},
      {"4.1.3, t= of the future",
       {.seal = as + "; t=1800000000"},
       Fails("seal: signature from the future")},
      {"4.1.3, the same tag twice", {.seal = as + "; s=sel"}, Fails("unreadable ARC field")},
      {"4.1.3, no domain", {.seal = "i=1; a=rsa-sha256; cv=none; s=sel"}, Fails("malformed seal")},
      {"4.2.1, two digits", {.seal = "i=01; a=rsa-sha256; cv=none; d=example.org; s=sel"}, kPassed},
      {"4.2.1, three digits",
       {.seal = "i=001; a=rsa-sha256; cv=none; d=example.org; s=sel"},
       Fails("unreadable ARC field")},
      {"4.2.1, not zero",
       {.seal = "i=0; a=rsa-sha256; cv=none; d=example.org; s=sel"},
       Fails("unreadable ARC field")},
      {"4.2.1, at most 50",
       {.signature = "i=51; a=rsa-sha256; d=example.org; s=sel" + h},
       Fails("unreadable ARC field")},
      {"4.2.1, digits alone",
       {.signature = "i=+1; a=rsa-sha256; d=example.org; s=sel" + h},
       Fails("unreadable ARC field")},
      {"4.1.1, comments", {.results = "(a (b)) i (c) = (d;)1(e) ; mx; spf=pass"}, kPassed},
      {"4.1.1, a fold", {.results = "i=\n\t1\n\t; mx; spf=pass"}, kPassed},
      {"4.1.1, lower case", {.results = "I=1; mx; spf=pass"}, Fails("unreadable ARC field")},
      {"4.1.1, digits alone", {.results = "i=1x; mx; spf=pass"}, Fails("unreadable ARC field")},
      {"4.1.1, i= comes first", {.results = "mx; i=1; spf=pass"}, Fails("unreadable ARC field")},
      {"4.1.1, an open comment", {.results = "(i=1; mx; spf=pass"}, Fails("unreadable ARC field")},
      {"4.1.1, of another set", {.results = "i=2; mx; spf=pass"}, Fails("field missing in a set")},
      {"4.4, cv= of the first",
       {.seal = "i=1; a=rsa-sha256; cv=pass; d=example.org; s=sel"},
       Fails("wrong cv=")},
      {"4.4, an unknown cv=",
       {.seal = "i=1; a=rsa-sha256; cv=good; d=example.org; s=sel"},
       Fails("wrong cv=")},
      {"5.2 step 2",
       {.seal = "i=1; a=rsa-sha256; cv=FAIL; d=example.org; s=sel"},
       Fails("newest seal says fail")},
      {"5.2 step 4",
       {.signature = ams + "; h=From:To; bh=" + std::string(43, 'A') + "="},
       Fails("message signature: body hash did not verify")},
  };
  for (const auto& c : cases) {
    const Message message = SealedByHand(ShortMessage(), c.set, *RsaKey());
    EXPECT_EQ(VerdictOf(VerifyArc(message)), c.want) << c.section;
  }
}

TEST(ArcVerifier, AcceptsEd25519WhereTheKeySaysSo) {
  HandMadeSet set;
  for (std::string* tags : {&set.signature, &set.seal}) {
    tags->replace(tags->find("rsa-sha256"), 10, "ed25519-sha256");
  }
  const Message message = SealedByHand(ShortMessage(), set, *Ed25519Key());
  ArcVerification verification;
  verification.resolver.AddTxt(kKeyName, KeyRecordOf(*Ed25519Key()));
  EXPECT_EQ(VerdictOf(verification.Run(message)), kPassed);
  EXPECT_EQ(VerdictOf(VerifyArc(message)), Fails("message signature: key of another type than a="));
}

TEST(ArcVerifier, JudgesKeysAsDkimDoes) {
  const Message message = SealedTimes(ShortMessage(), 1);
  const std::string p = "p=" + RsaKey()->PublicKeyForDns();
  const struct {
    std::string record;
    Verdict want;
  } cases[] = {
      {p, kPassed},
      {"v=DKIM1; t=y:s; s=email; " + p, kPassed},
      {"v=DKIM1; p=", Fails("message signature: key revoked")},
      {"v=DKIM1; s=tlsrpt; " + p, Fails("message signature: key is not for mail")},
      {"v=DKIM1; h=sha1; " + p, Fails("message signature: key is not for SHA-256")},
      {"v=DKIM2; " + p, Fails("message signature: key record of another version")},
      {"hello", Fails("message signature: not a key record")},
  };
  for (const auto& c : cases) {
    ArcVerification verification;
    verification.resolver.AddTxt(kKeyName, c.record);
    EXPECT_EQ(VerdictOf(verification.Run(message)), c.want) << c.record;
  }
  ArcLimits strict;
  strict.signature.min_rsa_bits = 4096;
  EXPECT_EQ(VerdictOf(VerifyArc(message, strict)), Fails("message signature: key too small"));
  EXPECT_EQ(VerdictOf(ArcVerification().Run(message)), Fails("message signature: no key"));
}

TEST(ArcVerifier, CostsNothingWithoutAChain) {
  ArcVerification verification;
  Message message = ShortMessage();
  message.fields.push_back({"ARC-Something", " i=1"});
  EXPECT_EQ(VerdictOf(verification.Run(message)), (Verdict{ArcResult::kNone, ""}));
  EXPECT_FALSE(verification.has_chain);
  EXPECT_EQ(verification.resolver.Total(), 0u);
}

TEST(ArcVerifier, TellsWhoSealed) {
  Message message = Sealed(ShortMessage(), SealRequestWith(RsaKey(), "One.example.org", "Sel"));
  HandMadeSet second;
  second.results = "i=2;\n\tmx.example.net;\n\tarc=pass";
  second.signature = "i=2; a=rsa-sha256; d=signer.example.net; s=b.c; h=From; bh=?";
  second.seal = "i=2; a=rsa-sha256; cv=pass; d=sealer.example.net; s=b.c";
  message = SealedByHand(message, second, *RsaKey());
  ArcVerification verification;
  for (const char* name : {"sel._domainkey.one.example.org", "b.c._domainkey.signer.example.net",
                           "b.c._domainkey.sealer.example.net"}) {
    verification.resolver.AddTxt(name, Record());
  }
  const ArcOutcome outcome = verification.Run(message);
  EXPECT_EQ(VerdictOf(outcome), kPassed);
  EXPECT_TRUE(verification.has_chain);
  ASSERT_EQ(outcome.sets.size(), 2u);
  EXPECT_EQ(outcome.sets[0].instance, 1u);
  EXPECT_EQ(outcome.sets[0].sealer, "one.example.org");
  EXPECT_EQ(outcome.sets[0].selector, "sel");
  EXPECT_EQ(outcome.sets[0].results, std::string(kArcResults).substr(1));
  EXPECT_TRUE(outcome.sets[0].seal_passes);
  EXPECT_FALSE(outcome.sets[0].signature_passes) << "nobody looked";
  EXPECT_EQ(outcome.sets[1].sealer, "sealer.example.net");
  EXPECT_EQ(outcome.sets[1].selector, "b.c");
  EXPECT_EQ(outcome.sets[1].signer, "signer.example.net");
  EXPECT_EQ(outcome.sets[1].results, "mx.example.net;\n\tarc=pass");
  EXPECT_TRUE(outcome.sets[1].seal_passes);
  EXPECT_TRUE(outcome.sets[1].signature_passes);
}

TEST(ArcVerifier, AsksForEachKeyOnceAndAllAtOnce) {
  const Message message = SealedByMany(4);
  ArcVerification verification;
  ArcVerifier verifier(verification.limits, verification.resolver, verification.clock);
  verifier.OnEndOfHeaders(message.fields);
  EXPECT_EQ(verification.resolver.Total(), 4u);
  for (unsigned i = 1; i <= 4; ++i) EXPECT_EQ(verification.resolver.Count(KeyNameOf(i)), 1u);

  ArcVerification same;
  same.Run(SealedTimes(ShortMessage(), 4));
  EXPECT_EQ(same.resolver.Total(), 1u);
}

TEST(ArcVerifier, AsksNothingWhereNoKeyCouldHelp) {
  for (const char* name : {"ARC-Seal", "ARC-Message-Signature", "ARC-Authentication-Results"}) {
    Message message = SealedByMany(2);
    std::erase_if(message.fields, [&](const auto& field) {
      return field.Is(name) && &field != &message.fields.back() &&
             field.value.find("i=2") != std::string::npos;
    });
    ArcVerification verification;
    EXPECT_EQ(VerdictOf(verification.Run(message)), Fails("field missing in a set")) << name;
    EXPECT_EQ(verification.resolver.Total(), 0u);
  }
}

TEST(ArcVerifier, FailsWithoutAnOlderSetOrWithATwin) {
  const Message whole = SealedTimes(ShortMessage(), 3);
  ASSERT_EQ(VerdictOf(VerifyArc(whole)), kPassed);
  for (std::size_t set = 0; set < 3; ++set) {
    Message message = whole;
    const auto first = message.fields.begin() + static_cast<std::ptrdiff_t>(3 * set);
    message.fields.erase(first, first + 3);
    // Without the newest, the older sets are a chain of their own.
    EXPECT_EQ(VerdictOf(VerifyArc(message)), set == 0 ? kPassed : Fails("field missing in a set"));
  }
  for (std::size_t i = 0; i < 9; ++i) {
    Message message = whole;
    message.fields.push_back(whole.fields[i]);
    EXPECT_EQ(VerdictOf(VerifyArc(message)), Fails("duplicate field in a set")) << i;
  }
}

TEST(ArcVerifier, DoesNotCareWhereTheFieldsStand) {
  Message message = SealedTimes(ShortMessage(), 3);
  std::reverse(message.fields.begin(), message.fields.end());
  EXPECT_EQ(VerdictOf(VerifyArc(message)), kPassed);
}

TEST(ArcVerifier, TellsTroubleOfTheMomentFromAFailForGood) {
  const Message good = SealedByMany(3);
  Message altered = good;
  altered.body += "x\r\n";
  const auto run = [](const Message& message, unsigned away, unsigned missing) {
    ArcVerification verification;
    for (unsigned i = 1; i <= 3; ++i) {
      if (i == away) verification.resolver.Fail(KeyNameOf(i), dns::Status::kServFail);
      if (i != away && i != missing) verification.resolver.AddTxt(KeyNameOf(i), Record());
    }
    return VerdictOf(verification.Run(message));
  };
  EXPECT_EQ(run(good, 0, 0), kPassed);
  EXPECT_EQ(run(good, 3, 0),
            (Verdict{ArcResult::kFail, "message signature: key not available", true}));
  EXPECT_EQ(run(good, 1, 0), (Verdict{ArcResult::kFail, "seal: key not available", true}));
  EXPECT_EQ(run(good, 3, 1), Fails("seal: no key"));
  EXPECT_EQ(run(good, 1, 2), Fails("seal: no key"));
  EXPECT_EQ(run(altered, 1, 0), Fails("message signature: body hash did not verify"));
}

TEST(ArcVerifier, FindsTheOldestSignatureThatPassesWhereItIsToLook) {
  Message message = SealedTimes(ShortMessage(), 2);
  message.body = "A list's footer\r\n" + message.body;
  message = SealedTimes(message, 2);
  EXPECT_EQ(VerdictOf(VerifyArc(message)), kPassed);
  EXPECT_EQ(VerifyArc(message).oldest_pass, 0u);
  ArcLimits limits;
  limits.check_older_signatures = true;
  const ArcOutcome outcome = VerifyArc(message, limits);
  EXPECT_EQ(VerdictOf(outcome), kPassed);
  EXPECT_EQ(outcome.oldest_pass, 3u);
  EXPECT_TRUE(outcome.sets[2].signature_passes);
  EXPECT_FALSE(outcome.sets[1].signature_passes);
  EXPECT_EQ(VerifyArc(SealedTimes(ShortMessage(), 4), limits).oldest_pass, 0u);
}

TEST(ArcVerifier, ForgivesAnOlderSignatureThatCannotBeRead) {
  HandMadeSet first;
  first.signature = "i=1; a=rsa-sha1; d=example.org; s=sel; h=From; bh=?";
  const Message message = SealedTimes(SealedByHand(ShortMessage(), first, *RsaKey()), 0);
  ASSERT_EQ(VerdictOf(VerifyArc(message)), Fails("malformed message signature"));
  HandMadeSet second;
  second.results = "i=2; mx";
  second.signature = "i=2; a=rsa-sha256; d=example.org; s=sel; h=From; bh=?";
  second.seal = "i=2; a=rsa-sha256; cv=pass; d=example.org; s=sel";
  ArcLimits limits;
  limits.check_older_signatures = true;
  const ArcOutcome outcome = VerifyArc(SealedByHand(message, second, *RsaKey()), limits);
  EXPECT_EQ(VerdictOf(outcome), kPassed);
  EXPECT_EQ(outcome.oldest_pass, 2u);
}

TEST(ArcVerifier, HashesTheBodyWhereverItIsCut) {
  const Message message = SealedTimes(ShortMessage(), 1);
  ArcVerification verification;
  verification.resolver.AddTxt(kKeyName, Record());
  ArcVerifier verifier(verification.limits, verification.resolver, verification.clock);
  verifier.OnEndOfHeaders(message.fields);
  for (const char c : message.body) verifier.OnBody(std::as_bytes(std::span(&c, 1)));
  EXPECT_EQ(verifier.Finish(std::chrono::steady_clock::now()).result, ArcResult::kPass);
}

TEST(ArcVerifier, WaitsForKeysNoLongerThanTheDeadline) {
  const Message message = SealedTimes(ShortMessage(), 1);
  ArcVerification verification;
  verification.resolver.AddTxt(kKeyName, Record());
  verification.resolver.Hold(kKeyName);
  ArcVerifier verifier(verification.limits, verification.resolver, verification.clock);
  verifier.OnEndOfHeaders(message.fields);
  EXPECT_EQ(VerdictOf(verifier.Finish(std::chrono::steady_clock::now())),
            (Verdict{ArcResult::kFail, "message signature: key not available", true}));
  verification.resolver.Release(kKeyName);
}

TEST(ArcVerifier, SealSaysFailOnlyForTheNewestSet) {
  Message message = SealedTimes(ShortMessage(), 2);
  std::string& seal = ValueOf(message, "ARC-Seal");
  seal.replace(seal.find("cv=pass"), 7, "cv=fail");
  EXPECT_EQ(VerdictOf(VerifyArc(message)), Fails("newest seal says fail"));
  HandMadeSet third;
  third.results = "i=3; mx";
  third.signature = "i=3; a=rsa-sha256; d=example.org; s=sel; h=From; bh=?";
  third.seal = "i=3; a=rsa-sha256; cv=pass; d=example.org; s=sel";
  EXPECT_EQ(VerdictOf(VerifyArc(SealedByHand(message, third, *RsaKey()))), Fails("wrong cv="));
}

}  // namespace
}  // namespace gatepost::auth
