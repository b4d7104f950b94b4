#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "common/auth/canonicalizer.h"
#include "common/auth/signature_engine.h"
#include "common/auth/signed_fields.h"

namespace gatepost::auth {
namespace {

// One body as some signatures want it hashed.
struct BodyForm {
  Canonicalization method;
  std::optional<std::uint64_t> limit;
  BodyHasher hasher;
  Sha256Digest digest{};

  bool Fits(const DkimSignature& signature) const {
    return method == signature.body_method && limit == signature.body_length;
  }
};

class OwnEngine final : public SignatureEngine {
 public:
  OwnEngine(std::span<const mail::HeaderField> fields, std::vector<EngineInput> signatures)
      : fields_(fields), signatures_(std::move(signatures)) {
    for (const EngineInput& input : signatures_) AddForm(*input.signature);
  }

  void OnBody(std::span<const std::byte> chunk) override {
    for (BodyForm& form : forms_) form.hasher.Update(chunk);
  }

  Checks Finish(const std::vector<const DkimKeyRecord*>& keys) override {
    for (BodyForm& form : forms_) form.digest = form.hasher.Finish();
    Checks checks(signatures_.size());
    for (std::size_t i = 0; i < checks.size(); ++i) {
      if (keys[i] != nullptr) checks[i] = Check(signatures_[i], keys[i]->key);
    }
    return checks;
  }

 private:
  void AddForm(const DkimSignature& signature) {
    if (FormOf(signature) != forms_.end()) return;
    forms_.push_back({signature.body_method, signature.body_length,
                      BodyHasher(signature.body_method, signature.body_length)});
  }

  std::vector<BodyForm>::iterator FormOf(const DkimSignature& signature) {
    return std::ranges::find_if(forms_, [&](const BodyForm& f) { return f.Fits(signature); });
  }

  SignatureCheck Check(const EngineInput& input, const PublicKey& key) {
    const DkimSignature& signature = *input.signature;
    const BodyForm& form = *FormOf(signature);
    SignatureCheck check;
    check.body_matches = form.digest == signature.body_hash;
    if (form.limit) {
      check.body_is_longer = *form.limit < form.hasher.canonical_bytes();
      check.body_is_shorter = *form.limit > form.hasher.canonical_bytes();
    }
    // A wrong body has failed whatever the header says: spare the arithmetic.
    check.signature_matches =
        check.body_matches && key.Verify(HashSignedHeader(input), signature.signature);
    return check;
  }

  Sha256Digest HashSignedHeader(const EngineInput& input) {
    if (!index_) index_.emplace(fields_);
    const DkimSignature& signature = *input.signature;
    const auto selected = index_->Select(signature.signed_names, input.field);
    return HashHeader(signature.header_method, CanonicalFields(signature.header_method, selected),
                      signature.without_b);
  }

  std::span<const mail::HeaderField> fields_;
  std::vector<EngineInput> signatures_;
  std::vector<BodyForm> forms_;
  std::optional<FieldIndex> index_;  // made when the first header is hashed
};

}  // namespace

std::unique_ptr<SignatureEngine> MakeOwnEngine(std::span<const mail::HeaderField> fields,
                                               std::vector<EngineInput> signatures) {
  return std::make_unique<OwnEngine>(fields, std::move(signatures));
}

}  // namespace gatepost::auth
