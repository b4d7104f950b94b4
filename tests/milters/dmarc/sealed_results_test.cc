#include "milters/dmarc/sealed_results.h"

#include <string>

#include "tests/milters/dmarc/example_facts.h"

namespace gatepost::dmarc {
namespace {

struct SealedCase {
  const char* name;
  const char* text;
  bool want;  // says dmarc=pass for example.org
};

TEST(SaysDmarcPass, ReadsResultsAsRfc8601WritesThem) {
  for (const SealedCase& c : {
           SealedCase{"plain", " mx.example; dmarc=pass header.from=example.org", true},
           SealedCase{"with a version, comments and folds",
                      " mx.example 1;\r\n\tdkim=pass header.i=@x;\r\n\tDMARC/1 = Pass "
                      "(p=NONE (sp=x) \\) ) header.from=\"EXAMPLE.org\"",
                      true},
           SealedCase{"fail", "mx; dmarc=fail header.from=example.org", false},
           SealedCase{"another author", "mx; dmarc=pass header.from=example.net", false},
           SealedCase{"no author", "mx; dmarc=pass", false},
           SealedCase{"only in a comment", "mx; dmarc=fail (dmarc=pass header.from=example.org)",
                      false},
           SealedCase{"only in a quoted string",
                      "mx; spf=pass reason=\"; dmarc=pass header.from=example.org\"", false},
           SealedCase{"before the first semicolon", "dmarc=pass header.from=example.org", false},
           SealedCase{"both pass and fail",
                      "mx; dmarc=pass header.from=example.org; dmarc=fail header.from=example.org",
                      false},
           SealedCase{"the method is not the first word",
                      "mx; spf=pass dmarc=pass header.from=example.org", false},
           SealedCase{"an open comment", "mx; (dmarc=pass header.from=example.org", false},
           SealedCase{"empty", "", false},
           SealedCase{"none", "mx; none", false},
       }) {
    EXPECT_EQ(SaysDmarcPass(ParseSealedResults(c.text), D("example.org")), c.want) << c.name;
  }
}

TEST(ParseSealedResults, IsBounded) {
  EXPECT_TRUE(ParseSealedResults(std::string(kMaxSealedBytes + 1, ';')).empty());
  std::string many = "mx";
  for (int i = 0; i < 5000; ++i) many += ";spf=pass";
  EXPECT_EQ(ParseSealedResults(many).size(), kMaxSealedResults);
  const std::string deep = "mx; " + std::string(60'000, '(') + "; dmarc=pass";
  EXPECT_TRUE(ParseSealedResults(deep).empty());
}

TEST(RemoteIpOf, FindsTheFirst) {
  EXPECT_EQ(RemoteIpOf(ParseSealedResults("mx; spf=pass; arc=none smtp.remote-ip=192.0.2.1")),
            "192.0.2.1");
  EXPECT_EQ(RemoteIpOf({}), "");
}

}  // namespace
}  // namespace gatepost::dmarc
