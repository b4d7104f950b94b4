#include "common/auth/arc_seal_hash.h"

#include <string>

#include "common/auth/canonicalizer.h"

namespace gatepost::auth {

void ArcSealHash::Add(const mail::HeaderField& field) {
  std::string text;
  CanonicalizeHeader(Canonicalization::kRelaxed, field, text);
  hash_.Update(text);
}

Sha256Digest ArcSealHash::With(const mail::HeaderField& seal_without_b) const {
  std::string text;
  CanonicalizeHeader(Canonicalization::kRelaxed, seal_without_b, text);
  text.resize(text.size() - 2);
  Sha256 hash = hash_.Fork();
  hash.Update(text);
  return hash.Finish();
}

}  // namespace gatepost::auth
