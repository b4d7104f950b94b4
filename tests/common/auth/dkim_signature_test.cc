#include "common/auth/dkim_signature.h"

namespace gatepost::auth {
namespace {

const char kGood[] =
    "v=1; a=rsa-sha256; c=relaxed/simple; d=example.org; s=sel; h=From:To;"
    "bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA";

ScannedSignature Scan(const std::string& value, const SignatureLimits& limits = {}) {
  return ScanSignature({"DKIM-Signature", value}, limits);
}

// kGood with one tag replaced, added or, where `value` is null, taken away.
std::string With(const std::string& tag, const char* value) {
  std::string text;
  std::string_view rest = kGood;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    const std::string_view spec = base::Trim(rest.substr(0, end));
    if (!spec.starts_with(tag + "=")) text += std::string(spec) + ";";
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return value == nullptr ? text : text + tag + "=" + value;
}

TEST(ScanSignature, ReadsAllTags) {
  const ScannedSignature scanned = Scan(
      " v=1; a=ed25519-sha256;\n\tc=relaxed; d=Example.ORG; s=sel.Two; t=5; x=9; l=0;"
      "i=joe@Mail.example.org; q=foo : dns/txt; h= From :\n To;z=x;"
      " bh=47DEQpj8HBSa+/TImW+5\n JCeuQeRkm5NMpJWZG3hSuFU=;\n\tb = AA\n AA ; unknown=1; ");
  ASSERT_TRUE(scanned.signature) << scanned.signature.error().message;
  const DkimSignature& signature = *scanned.signature;
  EXPECT_EQ(signature.algorithm, KeyAlgorithm::kEd25519);
  EXPECT_EQ(signature.header_method, Canonicalization::kRelaxed);
  EXPECT_EQ(signature.body_method, Canonicalization::kSimple);
  EXPECT_EQ(signature.domain->ascii(), "example.org");
  EXPECT_EQ(signature.query_name, "sel.two._domainkey.example.org");
  EXPECT_TRUE(signature.identity_is_below);
  EXPECT_EQ(signature.signed_names, (std::vector<std::string>{"From", "To"}));
  EXPECT_EQ(signature.signature, std::string(3, '\0'));
  EXPECT_EQ(signature.body_length, 0u);
  EXPECT_EQ(signature.signed_at, 5u);
  EXPECT_EQ(signature.expires_at, 9u);
  EXPECT_TRUE(signature.without_b.value.ends_with("\n\tb =; unknown=1; "));
  EXPECT_EQ(scanned.claims.domain, "Example.ORG");
  EXPECT_EQ(scanned.claims.identity, "joe@Mail.example.org");
  EXPECT_EQ(scanned.claims.selector, "sel.Two");
  EXPECT_EQ(scanned.claims.algorithm, "ed25519-sha256");
  EXPECT_EQ(scanned.claims.signature, "AAAA");
}

TEST(ScanSignature, ReadsInternationalNames) {
  const ScannedSignature scanned =
      Scan(With("d",
                "b\xc3\xbc"
                "cher.example;s=s\xc3\xa4l;i=\xc3\xa4@xn--bcher-kva.example;x=9"));
  EXPECT_FALSE(scanned.signature);  // s= twice
  std::string value = With("d",
                           "b\xc3\xbc"
                           "cher.example");
  value.replace(value.find("s=sel"), 5, "s=s\xc3\xa4l");
  const ScannedSignature good = Scan(value + ";i=\xc3\xa4@xn--bcher-kva.example");
  ASSERT_TRUE(good.signature) << good.signature.error().message;
  EXPECT_EQ(good.signature->query_name, "xn--sl-via._domainkey.xn--bcher-kva.example");
  EXPECT_FALSE(good.signature->identity_is_below);
}

TEST(ScanSignature, SaysWhatIsWrong) {
  std::string long_selector(60, 'a');
  for (int i = 0; i < 3; ++i) long_selector.append(".").append(60, 'a');
  const struct {
    std::string value;
    const char* reason;  // "" where nothing is
  } cases[] = {
      {kGood, ""},
      {"", "not a tag list"},
      {"garbage", "not a tag list"},
      {std::string(kGood) + ";d=example.org", "not a tag list"},
      {std::string(kGood) + std::string("\0", 1), "not a tag list"},
      {With("v", nullptr), "v= is not 1"},
      {With("v", "2"), "v= is not 1"},
      {With("v", "1.0"), "v= is not 1"},
      {With("a", nullptr), "no a="},
      {With("a", "rsa-sha1"), "rsa-sha1 is not accepted"},
      {With("a", "RSA-SHA1"), "rsa-sha1 is not accepted"},
      {With("a", "rsa-sha512"), "unknown algorithm in a="},
      {With("a", "ed25519"), "unknown algorithm in a="},
      {With("c", nullptr), ""},
      {With("c", ""), "unknown canonicalization in c="},
      {With("c", "nowsp"), "unknown canonicalization in c="},
      {With("c", "relaxed/"), "unknown canonicalization in c="},
      {With("c", "simple/relaxed/simple"), "unknown canonicalization in c="},
      {With("d", nullptr), "d= is not a domain"},
      {With("d", ""), "d= is not a domain"},
      {With("d", "org"), "d= is not a domain"},
      {With("d", "example.org."), "d= is not a domain"},
      {With("d", "exa mple.org"), "d= is not a domain"},
      {With("d", "a..org"), "d= is not a domain"},
      {With("d", "[192.0.2.1]"), "d= is not a domain"},
      {With("s", nullptr), "s= is not a selector"},
      {With("s", ""), "s= is not a selector"},
      {With("s", "a b"), "s= is not a selector"},
      {With("s", std::string(64, 'a').c_str()), "s= is not a selector"},
      {With("s", long_selector.c_str()), "s= and d= are too long for a DNS name"},
      {With("i", "@example.org"), ""},
      {With("i", "a@b@sub.example.org"), ""},
      {With("i", "user@\n\tsub.example.org"), ""},
      {With("i", ""), "i= has no domain"},
      {With("i", "joe"), "i= has no domain"},
      {With("i", "@example.com"), "i= is not within d="},
      {With("i", "@badexample.org"), "i= is not within d="},
      {With("i", "@org"), "i= is not within d="},
      {With("i", "@"), "i= is not within d="},
      {With("q", "dns/txt"), ""},
      {With("q", "dns/txt:other"), ""},
      {With("q", "http"), "q= without dns/txt"},
      {With("q", "dns"), "q= without dns/txt"},
      {With("q", ""), "q= without dns/txt"},
      {With("t", "123"), ""},
      {With("t", "-1"), "t= is not a number"},
      {With("t", ""), "t= is not a number"},
      {With("t", "1 2"), "t= is not a number"},
      {With("t", "99999999999999999999999"), "t= is not a number"},
      {With("x", "0x10"), "x= is not a number"},
      {With("t", "10; x=10"), "x= is not after t="},
      {With("t", "10; x=9"), "x= is not after t="},
      {With("t", "10; x=11"), ""},
      {With("l", "0"), ""},
      {With("l", "1e3"), "l= is not a number"},
      {With("l", "99999999999999999999999"), "l= is not a number"},
      {With("bh", nullptr), "bh= is not a SHA-256 hash"},
      {With("bh", ""), "bh= is not a SHA-256 hash"},
      {With("bh", "AAAA"), "bh= is not a SHA-256 hash"},
      {With("bh", "***"), "bh= is not a SHA-256 hash"},
      {With("b", nullptr), "b= is not base64"},
      {With("b", ""), "b= is not base64"},
      {With("b", "A"), "b= is not base64"},
      {With("b", "A!AA"), "b= is not base64"},
      {With("h", nullptr), "h= is not a list of field names"},
      {With("h", ""), "h= is not a list of field names"},
      {With("h", "From::To"), "h= is not a list of field names"},
      {With("h", "From:To:"), "h= is not a list of field names"},
      {With("h", "From:\xc3\xa4"), "h= is not a list of field names"},
      {With("h", "From:a b"), "h= is not a list of field names"},
      {With("h", "To:Subject"), "From is not signed"},
      {With("h", "fRoM"), ""},
  };
  for (const auto& c : cases) {
    const auto signature = Scan(c.value).signature;
    EXPECT_EQ(signature ? "" : signature.error().message, c.reason) << c.value;
    if (signature) continue;
    EXPECT_EQ(signature.error().kind, base::ErrorKind::kInvalid) << c.value;
  }
}

TEST(ScanSignature, StopsAtItsLimits) {
  const SignatureLimits limits{.max_bytes = 300, .max_tags = 10, .max_signed_fields = 3};
  std::string long_value = kGood;
  long_value.append(";z=").append(300, 'z');
  std::string many_tags = kGood;
  many_tags.append(";j=;k=;l=1");
  const std::string cases[] = {long_value, many_tags, With("h", "From:To:Cc:Date")};
  for (const std::string& value : cases) {
    const auto signature = Scan(value, limits).signature;
    ASSERT_FALSE(signature) << value;
    EXPECT_EQ(signature.error().kind, base::ErrorKind::kLimit) << value;
  }
  EXPECT_TRUE(Scan(With("h", "From:To:Cc"), limits).signature);
}

TEST(ScanSignature, ClaimsNothingAbsurd) {
  const ScannedSignature scanned =
      Scan("v=1; d=not a domain; s=" + std::string(400, 's') + "; a=x; b=Q Q");
  EXPECT_EQ(scanned.claims.domain, "");
  EXPECT_EQ(scanned.claims.identity, "");
  EXPECT_EQ(scanned.claims.selector, "");
  EXPECT_EQ(scanned.claims.algorithm, "x");
  EXPECT_EQ(scanned.claims.signature, "QQ");
}

}  // namespace
}  // namespace gatepost::auth
