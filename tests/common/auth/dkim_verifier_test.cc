#include "common/auth/dkim_verifier.h"

#include "tests/common/auth/dkim_fixture.h"
#include "tests/common/auth/test_keys.h"

namespace gatepost::auth {
namespace {

using namespace testing;

constexpr char kTags[] = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=sel; h=From:To";
constexpr char kP1024[] =
    "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDOtI9vaZUojBumQLFTn2bubtBHoz05li+K8kmbJ2Tc6tMOZwsYiODZ"
    "Re+/LuzKDyRfiR3Y9APYjv7L5cZQdi2Q7Ywd2DMbdisg1/kJlKcYanugY84rgQ+ArPQf/4zcta/BqTM8Aq5Kxvxq6n980U"
    "8rPkBqhAXMMZGdZQscr2EyjwIDAQAB";
constexpr char kP512[] =
    "p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAMmRmGg0heyIYsrEqAk01aXWQRnK+OHFl9EPlBiOPqGurKOelD/X1Do8n6LI"
    "OZGy2uiHveL64CoM3IYmigxWPz8CAwEAAQ==";

std::string RsaP() { return "p=" + RsaKey()->PublicKeyForDns(); }
std::string Record() { return "v=DKIM1; " + RsaP(); }

struct Outcome {
  DkimResult result;
  std::string reason;
  bool counts;

  friend bool operator==(const Outcome&, const Outcome&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
    return out << Name(outcome.result) << " (" << outcome.reason << ")"
               << (outcome.counts ? " counts" : "");
  }
};

Outcome OutcomeOf(const DkimSignatureResult& result) {
  return {result.result, result.reason, result.counts_for_alignment};
}

const Outcome kPassed = {DkimResult::kPass, "", true};
Outcome Permerror(const char* reason) { return {DkimResult::kPermError, reason, false}; }
Outcome Policy(const char* reason) { return {DkimResult::kPolicy, reason, false}; }
Outcome Failed(const char* reason) { return {DkimResult::kFail, reason, false}; }

class DkimVerification : public ::testing::TestWithParam<VerificationEngine> {
 protected:
  Outcome RunWithTags(const std::string& tags, const std::string& key_record = Record()) {
    Verification verification(GetParam());
    verification.resolver.AddTxt(kKeyName, key_record);
    return OutcomeOf(verification.Run(SignedWithTags(ShortMessage(), tags, *RsaKey())).at(0));
  }
};

INSTANTIATE_TEST_SUITE_P(BothEngines, DkimVerification, ::testing::ValuesIn(kEngines));

TEST_P(DkimVerification, NeverPassesASignatureThatIsNotToBeTrusted) {
  const std::string t = kTags;
  const struct {
    std::string tags;
    Outcome want;
  } cases[] = {
      {t, kPassed},
      {t + "; i=joe@example.org; q=dns/txt; t=1700085000; x=1700086500", kPassed},
      {"v=1; a=rsa-sha1; d=example.org; s=sel; h=From", Permerror("rsa-sha1 is not accepted")},
      {t + "; i=@example.com", Permerror("i= is not within d=")},
      {t + "; i=@notexample.org", Permerror("i= is not within d=")},
      {t + "; q=http/txt", Permerror("q= without dns/txt")},
      {"v=1; a=rsa-sha256; d=example.org; s=sel; h=To:Subject", Permerror("From is not signed")},
      {"v=1; a=rsa-sha256; d=example.org; s=sel; h=", Permerror("h= is not a list of field names")},
      {"v=2; a=rsa-sha256; d=example.org; s=sel; h=From", Permerror("v= is not 1")},
      {"a=rsa-sha256; d=example.org; s=sel; h=From", Permerror("v= is not 1")},
      {t + "; x=1700085400", Policy("signature expired")},
      {t + "; x=1700086200", kPassed},  // within the skew
      {t + "; t=1700086600", kPassed},
      {t + "; t=1700086800", Policy("signature from the future")},
      {t + "; t=1700086800; x=1700086700", Permerror("x= is not after t=")},
      {t + "; d=example.org", Permerror("not a tag list")},
  };
  for (const auto& c : cases) EXPECT_EQ(RunWithTags(c.tags), c.want) << c.tags;
}

TEST_P(DkimVerification, ObeysTheKeyRecord) {
  const std::string below = std::string(kTags) + "; i=@mail.example.org";
  const struct {
    std::string tags;
    std::string record;
    Outcome want;
  } cases[] = {
      {kTags, RsaP(), kPassed},
      {kTags, "v=DKIM1; t=s; " + RsaP(), kPassed},
      {below, Record(), kPassed},
      {below, "v=DKIM1; t=s; " + RsaP(), Permerror("key is not for subdomains")},
      {kTags, "v=DKIM1; s=email; " + RsaP(), kPassed},
      {kTags, "v=DKIM1; s=other; " + RsaP(), Permerror("key is not for mail")},
      {kTags, "v=DKIM1; h=sha256:x; " + RsaP(), kPassed},
      {kTags, "v=DKIM1; h=sha1; " + RsaP(), Permerror("key is not for SHA-256")},
      {kTags, "v=DKIM2; " + RsaP(), Permerror("key record of another version")},
      {kTags, RsaP() + "; v=DKIM1", Permerror("key record of another version")},
      {kTags, "v=DKIM1; k=other; " + RsaP(), Permerror("unknown key type")},
      {kTags, "v=DKIM1; k=ed25519; p=" + Ed25519Key()->PublicKeyForDns(),
       Permerror("key of another type than a=")},
      {kTags, "v=DKIM1; p=", Permerror("key revoked")},
      {kTags, "v=DKIM1; k=rsa", Permerror("key record without p=")},
      {kTags, "", Permerror("not a key record")},
      {kTags, "v=DKIM1; " + std::string(kP512), Policy("key too small")},
      {kTags, "v=DKIM1; " + std::string(kP1024), Failed("signature did not verify")},
  };
  for (const auto& c : cases) EXPECT_EQ(RunWithTags(c.tags, c.record), c.want) << c.record;
}

TEST_P(DkimVerification, ReportsTestingKeysAndJudgesThemAlike) {
  Verification verification(GetParam());
  verification.resolver.AddTxt(kKeyName, "v=DKIM1; t=y; " + RsaP());
  Message message = Signed(ShortMessage(), RequestWith(RsaKey()));
  EXPECT_TRUE(verification.Run(message).at(0).testing);
  EXPECT_EQ(OutcomeOf(verification.Run(message).at(0)), kPassed);
  message.body += "more";
  EXPECT_EQ(verification.Run(message).at(0).result, DkimResult::kFail);
}

TEST_P(DkimVerification, TellsWhatFailed) {
  Verification verification(GetParam());
  verification.resolver.AddTxt(kKeyName, Record());
  const Message good = Signed(ShortMessage(), RequestWith(RsaKey()));
  Message other_body = good;
  other_body.body += "x";
  Message other_subject = good;
  other_subject.fields[4].value += "x";
  EXPECT_EQ(OutcomeOf(verification.Run(good).at(0)), kPassed);
  EXPECT_EQ(OutcomeOf(verification.Run(other_body).at(0)), Failed("body hash did not verify"));
  EXPECT_EQ(OutcomeOf(verification.Run(other_subject).at(0)), Failed("signature did not verify"));
}

TEST_P(DkimVerification, SeesAFieldAddedWhereOneWasOversigned) {
  Verification verification(GetParam());
  verification.resolver.AddTxt(kKeyName, Record());
  for (const char* name : {"From", "Subject", "Cc", "content-type"}) {
    Message message = Signed(ShortMessage(), RequestWith(RsaKey()));
    message.fields.insert(message.fields.begin(), {name, " x@example.net"});
    EXPECT_EQ(verification.Run(message).at(0).result, DkimResult::kFail) << name;
  }
}

TEST_P(DkimVerification, TreatsABodyLengthWithCare) {
  const Message original = SignedWithTags(ShortMessage(), std::string(kTags) + "; l=20", *RsaKey());
  Verification verification(GetParam());
  verification.resolver.AddTxt(kKeyName, Record());
  const auto neutral = verification.Run(original).at(0);
  EXPECT_EQ(OutcomeOf(neutral),
            (Outcome{DkimResult::kNeutral, "l= covers a part of the body", false}));
  EXPECT_EQ(neutral.body_length, 20u);
  verification.limits.partial_body_passes = true;
  EXPECT_EQ(OutcomeOf(verification.Run(original).at(0)),
            (Outcome{DkimResult::kPass, "l= covers a part of the body", false}));
  Message altered = original;
  altered.body[0] = 'X';
  EXPECT_EQ(verification.Run(altered).at(0).result, DkimResult::kFail);
}

TEST_P(DkimVerification, TakesABodyLengthThatCoversAll) {
  Message message = ShortMessage();
  message.body = "text\r\n";
  Verification verification(GetParam());
  verification.resolver.AddTxt(kKeyName, Record());
  const std::string tags = std::string(kTags) + "; l=";
  EXPECT_EQ(OutcomeOf(verification.Run(SignedWithTags(message, tags + "6", *RsaKey())).at(0)),
            kPassed);
  EXPECT_EQ(OutcomeOf(verification.Run(SignedWithTags(message, tags + "7", *RsaKey())).at(0)),
            Failed("body shorter than l="));
  EXPECT_EQ(verification.Run(SignedWithTags(message, tags + "0", *RsaKey())).at(0).result,
            DkimResult::kNeutral);
}

TEST_P(DkimVerification, MapsDnsToResults) {
  const Message message = Signed(ShortMessage(), RequestWith(RsaKey()));
  const struct {
    dns::Status status;
    Outcome want;
  } cases[] = {
      {dns::Status::kNoData, Permerror("no key")},
      {dns::Status::kNxDomain, Permerror("no key")},
      {dns::Status::kBadName, Permerror("no key")},
      {dns::Status::kServFail, {DkimResult::kTempError, "key not available", false}},
      {dns::Status::kTimeout, {DkimResult::kTempError, "key not available", false}},
      {dns::Status::kOverloaded, {DkimResult::kTempError, "key not available", false}},
  };
  for (const auto& c : cases) {
    Verification verification(GetParam());
    verification.resolver.Fail(kKeyName, c.status);
    EXPECT_EQ(OutcomeOf(verification.Run(message).at(0)), c.want);
  }
}

TEST_P(DkimVerification, AsksAtTheEndOfTheHeaderAndWaitsAtTheEnd) {
  const Message message = Signed(ShortMessage(), RequestWith(RsaKey()));
  test::MemoryResolver resolver;
  resolver.AddTxt(kKeyName, Record());
  resolver.Hold(kKeyName);
  base::ManualClock clock;
  VerifierLimits limits;
  limits.engine = GetParam();
  for (const bool released : {true, false}) {
    if (!released) resolver.Hold(kKeyName);
    DkimVerifier verifier(limits, resolver, clock);
    for (const auto& field : message.fields) verifier.OnHeader(field);
    const std::size_t before = resolver.Count(kKeyName);
    verifier.OnEndOfHeaders(std::nullopt);
    EXPECT_EQ(resolver.Count(kKeyName), before + 1);
    verifier.OnBody(std::as_bytes(std::span(message.body)));
    if (released) resolver.Release(kKeyName);
    const auto results = verifier.Finish(std::chrono::steady_clock::now());
    EXPECT_EQ(results.at(0).result, released ? DkimResult::kPass : DkimResult::kTempError);
  }
}

TEST_P(DkimVerification, NeverHidesAGoodSignatureBehindABadOne) {
  const std::string bad_values[] = {"",
                                    "garbage",
                                    " v=1; a=rsa-sha256",
                                    " v=1; b=" + std::string(100'000, 'A'),
                                    "\xff\xfe",
                                    std::string(" v=1\0;", 6)};
  for (const std::string& bad : bad_values) {
    Message message = Signed(ShortMessage(), RequestWith(RsaKey()));
    message.fields.insert(message.fields.begin(), {"DKIM-Signature", bad});
    message.fields.push_back({"dkim-signature ", bad});
    Verification verification(GetParam());
    verification.resolver.AddTxt(kKeyName, Record());
    const auto results = verification.Run(message);
    ASSERT_EQ(results.size(), 3u);
    EXPECT_NE(results[0].result, DkimResult::kPass);
    EXPECT_EQ(OutcomeOf(results[1]), kPassed);
    EXPECT_NE(results[2].result, DkimResult::kPass);
  }
}

TEST_P(DkimVerification, GivesEachSignatureItsOwnResult) {
  Message message = Signed(ShortMessage(), RequestWith(RsaKey()));
  message = SignedWithTags(std::move(message),
                           "v=1; a=rsa-sha256; d=example.net; s=gone; h=From:Subject", *RsaKey());
  message = SignedWithTags(std::move(message), "v=1; a=rsa-sha256; d=example.com; s=down; h=From",
                           *RsaKey());
  message = SignedWithTags(
      std::move(message),
      "v=1; a=ed25519-sha256; c=simple/relaxed; d=sub.example.org; s=ed; h=From", *Ed25519Key());
  message.fields[2].value.insert(0, " ");  // the one with c=simple, of example.net
  Verification verification(GetParam());
  verification.resolver.AddTxt(kKeyName, Record());
  verification.resolver.AddTxt("gone._domainkey.example.net", Record());
  verification.resolver.Fail("down._domainkey.example.com", dns::Status::kTimeout);
  verification.resolver.AddTxt("ed._domainkey.sub.example.org", KeyRecordOf(*Ed25519Key()));
  const auto results = verification.Run(message);
  ASSERT_EQ(results.size(), 4u);
  EXPECT_EQ(OutcomeOf(results[0]), kPassed);
  EXPECT_EQ(results[0].domain, "sub.example.org");
  EXPECT_EQ(results[0].identity, "@sub.example.org");
  EXPECT_EQ(results[0].selector, "ed");
  EXPECT_EQ(results[0].key_bits, 256u);
  EXPECT_EQ(results[1].result, DkimResult::kTempError);
  EXPECT_EQ(results[2].result, DkimResult::kFail);
  EXPECT_EQ(OutcomeOf(results[3]), kPassed);
  EXPECT_EQ(results[3].key_bits, 2048u);
}

TEST_P(DkimVerification, TriesTheSignaturesOfTheAuthorFirst) {
  Message message = ShortMessage();
  const auto sign_for = [&](const std::string& domain) {
    SignatureRequest request = RequestWith(Ed25519Key());
    request.domain = domain;
    message = Signed(std::move(message), request);
  };
  // From the bottom to the top:
  sign_for("example.org");
  for (int i = 0; i < 10; ++i) sign_for("list" + std::to_string(i) + ".example.net");
  sign_for("mail.example.org");
  for (int i = 0; i < 10; ++i) {
    message.fields.insert(message.fields.begin(), {"DKIM-Signature", "garbage"});
  }
  Verification verification(GetParam());
  verification.limits.max_signatures = 3;
  verification.author = mail::Domain::Parse("example.org").value();
  for (const char* domain : {"example.org", "list9.example.net", "mail.example.org"}) {
    verification.resolver.AddTxt("sel._domainkey." + std::string(domain),
                                 KeyRecordOf(*Ed25519Key()));
  }
  const auto results = verification.Run(message);
  ASSERT_EQ(results.size(), 3u);
  EXPECT_EQ(results[0].domain, "mail.example.org");
  EXPECT_EQ(results[1].domain, "list9.example.net");
  EXPECT_EQ(results[2].domain, "example.org");
  for (const auto& result : results) EXPECT_EQ(OutcomeOf(result), kPassed);
  EXPECT_EQ(verification.ignored, 19u);
  EXPECT_EQ(verification.resolver.Total(), 3u);
}

TEST_P(DkimVerification, VerifiesInternationalDomains) {
  SignatureRequest request = RequestWith(RsaKey());
  request.domain =
      "b\xc3\xbc"
      "cher.example";
  request.selector = "s\xc3\xa4l";
  Verification verification(GetParam());
  verification.resolver.AddTxt("xn--sl-via._domainkey.xn--bcher-kva.example", Record());
  verification.author = mail::Domain::Parse("xn--bcher-kva.example").value();
  const auto result = verification.Run(Signed(ShortMessage(), request)).at(0);
  EXPECT_EQ(OutcomeOf(result), kPassed);
  EXPECT_EQ(result.domain, request.domain);
}

TEST_P(DkimVerification, VerifiesLargeKeys) {
  const auto key = KeyFromPem(kRsa4096);
  Verification verification(GetParam());
  verification.resolver.AddTxt(kKeyName, KeyRecordOf(*key) + "; n=" + std::string(2000, 'x'));
  const auto result = verification.Run(Signed(ShortMessage(), RequestWith(key))).at(0);
  EXPECT_EQ(OutcomeOf(result), kPassed);
  EXPECT_EQ(result.key_bits, 4096u);
  verification.limits.max_rsa_bits = 4095;
  EXPECT_EQ(OutcomeOf(verification.Run(Signed(ShortMessage(), RequestWith(key))).at(0)),
            Policy("key too large"));
}

TEST_P(DkimVerification, TakesOtherSignaturesAmongTheSignedFields) {
  Message message = Signed(ShortMessage(), RequestWith(RsaKey()));
  message = SignedWithTags(std::move(message),
                           std::string(kTags) + ":DKIM-Signature:DKIM-Signature", *RsaKey());
  Verification verification(GetParam());
  verification.resolver.AddTxt(kKeyName, Record());
  EXPECT_EQ(OutcomeOf(verification.Run(message).at(0)), kPassed);
  message.fields[1].value += "=";
  EXPECT_EQ(verification.Run(message).at(0).result, DkimResult::kFail);
}

TEST_P(DkimVerification, GivesUpOnAHeaderBeyondAllMeasure) {
  Message message = Signed(ShortMessage(), RequestWith(RsaKey()));
  message.fields.insert(message.fields.begin() + 1, {"X-Large", std::string(5000, 'x')});
  Verification verification(GetParam());
  verification.resolver.AddTxt(kKeyName, Record());
  EXPECT_EQ(OutcomeOf(verification.Run(message).at(0)), kPassed);
  verification.limits.max_header_bytes = 4000;
  EXPECT_EQ(OutcomeOf(verification.Run(message).at(0)), Policy("header too large"));
  std::rotate(message.fields.begin(), message.fields.begin() + 1, message.fields.end());
  EXPECT_EQ(OutcomeOf(verification.Run(message).at(0)), Policy("header too large"));
}

TEST_P(DkimVerification, CountsWhatManyTinyFieldsTakeInMemory) {
  Message message = Signed(ShortMessage(), RequestWith(RsaKey()));
  message.fields.insert(message.fields.end(), 200'000, {"a", ""});
  Verification verification(GetParam());
  verification.resolver.AddTxt(kKeyName, Record());
  EXPECT_EQ(OutcomeOf(verification.Run(message).at(0)), Policy("header too large"));
}

TEST_P(DkimVerification, KnowsMessagesWithoutSignature) {
  Verification verification(GetParam());
  EXPECT_TRUE(verification.Run(ShortMessage()).empty());
  EXPECT_TRUE(verification.Run({}).empty());
  EXPECT_EQ(verification.ignored, 0u);
}

TEST(DkimVerifier, ShowsAsMuchOfEachSignatureAsTellsItFromTheOthers) {
  Message message;
  for (const char* b : {"AAAABBBBCCCC", "AAAABBBBCCDD", "AAAABBBBCCDD", "ZZZZ"}) {
    message.fields.push_back({"DKIM-Signature", " v=1; b=" + std::string(b)});
  }
  const auto results = Verification().Run(message);
  ASSERT_EQ(results.size(), 4u);
  EXPECT_EQ(results[0].b_prefix, "AAAABBBBCCC");
  EXPECT_EQ(results[1].b_prefix, "AAAABBBBCCD");
  EXPECT_EQ(results[2].b_prefix, "AAAABBBBCCD");
  EXPECT_EQ(results[3].b_prefix, "ZZZZ");
}

TEST(DkimVerifier, NamesResultsAsTheRfcDoes) {
  EXPECT_EQ(Name(DkimResult::kNone), "none");
  EXPECT_EQ(Name(DkimResult::kPass), "pass");
  EXPECT_EQ(Name(DkimResult::kFail), "fail");
  EXPECT_EQ(Name(DkimResult::kPolicy), "policy");
  EXPECT_EQ(Name(DkimResult::kNeutral), "neutral");
  EXPECT_EQ(Name(DkimResult::kTempError), "temperror");
  EXPECT_EQ(Name(DkimResult::kPermError), "permerror");
}

}  // namespace
}  // namespace gatepost::auth
