#include "milters/dkim/old_signatures.h"

#include <string>

namespace gatepost::dkim {
namespace {

TEST(OldSignatures, AreThoseOfOurDomainAndOneOfOurSelectors) {
  KeyRow key;
  key.signing_domain = "example.org";
  key.selector = "s1";
  const std::vector<mail::HeaderField> fields = {
      {"DKIM-Signature", " v=1; a=rsa-sha256; d=example.org;\n\ts=s1; b=AA=="},
      {"Subject", " d=example.org; s=s1"},
      {"dkim-signature", " v=1; d=example.org; s=other; b=AA=="},
      {"DKIM-Signature", " v=1; d=example.net; s=s1; b=AA=="},
      {"DKIM-Signature", " v=1; d=Example.Org; s=S1; b=AA=="},
      {"DKIM-Signature", " not a tag list"},
  };
  EXPECT_THAT(FindOldSignatures(fields, {key}), testing::ElementsAre(1, 4));
  EXPECT_THAT(FindOldSignatures(fields, {}), testing::IsEmpty());
}

}  // namespace
}  // namespace gatepost::dkim
