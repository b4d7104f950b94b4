#include "common/auth/arc_sealer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "common/auth/arc_fields.h"
#include "common/auth/arc_seal_hash.h"
#include "common/auth/signed_fields.h"
#include "common/auth/tag_writer.h"
#include "common/base/base64.h"
#include "common/base/strings.h"

namespace gatepost::auth {
namespace {

using base::ErrorKind;
using base::Fail;
using mail::HeaderField;

// More names than a legitimate message has; verifiers stop reading h= not far above.
constexpr std::size_t kMaxSignedNames = 200;

std::string UnixSeconds(base::WallTime time) {
  const auto since = time.time_since_epoch();
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(since).count());
}

// Section 4.1.2: none of ARC's own fields, nor the results that the next host may remove.
bool MayBeSigned(std::string_view name) {
  return !ArcKindOf({std::string(name), ""}) &&
         !base::EqualsIgnoreCase(name, "Authentication-Results");
}

// Every occurrence of every name that may be signed.
std::vector<std::string> NamesToSign(const std::vector<std::string>& wanted,
                                     const FieldIndex& index) {
  std::vector<std::string> names;
  for (const std::string& name : wanted) {
    if (MayBeSigned(name)) names.insert(names.end(), index.Count(name), name);
  }
  return names;
}

base::Result<void> CheckSelection(const std::vector<std::string>& names,
                                  std::span<const HeaderField* const> selected) {
  const auto is_from = [](const std::string& name) { return base::EqualsIgnoreCase(name, "From"); };
  if (std::ranges::none_of(names, is_from)) {
    return Fail(ErrorKind::kInvalid, "From is not among the signed fields");
  }
  if (names.size() > kMaxSignedNames) {
    return Fail(ErrorKind::kLimit, "signed fields are repeated too often in this message");
  }
  const auto holds_nul = [](const HeaderField* field) {
    return field->value.find('\0') != std::string::npos;
  };
  if (std::ranges::any_of(selected, holds_nul)) {
    return Fail(ErrorKind::kInvalid, "a field to be signed holds a NUL octet");
  }
  return {};
}

// The i= of the set to be added.
base::Result<unsigned> NextInstance(const ArcFields& present, const ArcOutcome& chain) {
  if (present.newest_seal_says_fail()) {
    return Fail(ErrorKind::kInvalid, "the newest seal says that the chain has failed");
  }
  if (present.is_overfull() || present.highest_instance() >= kMaxArcInstance) {
    return Fail(ErrorKind::kInvalid, "the chain has as many sets as it may have");
  }
  if (chain.temporary) {
    return Fail(ErrorKind::kInvalid, "the chain could not be checked for now");
  }
  const bool fits = chain.result == ArcResult::kNone   ? present.empty()
                    : chain.result == ArcResult::kPass ? present.problem() == nullptr
                                                       : true;
  if (!fits) return Fail(ErrorKind::kInvalid, "the outcome is not that of these fields");
  return present.highest_instance() + 1;
}

}  // namespace

class ArcSealer::Impl {
 public:
  Impl(SealRequest request, const base::Clock& clock)
      : request_(std::move(request)), clock_(clock), body_(Canonicalization::kRelaxed) {}

  void OnBody(std::span<const std::byte> chunk) { body_.Update(chunk); }

  base::Result<ArcSeal> Seal(std::span<const HeaderField> fields, const ArcOutcome& chain,
                             std::string_view results) {
    if (auto checked = CheckRequest(); !checked) return tl::unexpected(checked.error());
    const ArcFields present = ArcFields::Read(fields, ArcLimits{});
    const base::Result<unsigned> next = NextInstance(present, chain);
    if (!next) return tl::unexpected(next.error());
    instance_ = std::to_string(*next);
    now_ = UnixSeconds(clock_.Wall());
    seal_.authentication_results = {std::string(Name(ArcFieldKind::kResults)),
                                    " i=" + instance_ + "; " + std::string(base::Trim(results))};
    return SignMessage(fields).and_then([&] { return SignChain(present, chain.result); }).map([&] {
      return std::move(seal_);
    });
  }

 private:
  base::Result<void> CheckRequest() const {
    if (!request_.key || request_.key->algorithm() != KeyAlgorithm::kRsa) {
      return Fail(ErrorKind::kInvalid, "a seal needs an RSA key");
    }
    if (!mail::Domain::Parse(request_.domain) || !mail::Domain::Parse(request_.selector)) {
      return Fail(ErrorKind::kInvalid, "a seal needs a domain and a selector");
    }
    return {};
  }

  // ARC-Message-Signature (section 4.1.2).
  base::Result<void> SignMessage(std::span<const HeaderField> fields) {
    const FieldIndex index(fields);
    const std::vector<std::string> names = NamesToSign(request_.signed_names, index);
    const auto selected = index.Select(names);
    if (auto checked = CheckSelection(names, selected); !checked) return checked;
    TagWriter tags = WriteCommonTags(ArcFieldKind::kSignature);
    tags.Add("c", "relaxed/relaxed");
    tags.AddList("h", names);
    tags.Add("bh", base::EncodeBase64(body_.Finish()));
    tags.AddLast("b");
    seal_.message_signature = FieldOf(ArcFieldKind::kSignature, tags);
    const auto method = Canonicalization::kRelaxed;
    return AddSignature(
        seal_.message_signature, tags,
        HashHeader(method, CanonicalFields(method, selected), seal_.message_signature));
  }

  // ARC-Seal (section 4.1.3). A failed chain is sealed without its older sets (section 5.1.2).
  base::Result<void> SignChain(const ArcFields& present, ArcResult status) {
    ArcSealHash hash;
    if (status != ArcResult::kFail) AddSets(present, hash);
    hash.Add(seal_.authentication_results);
    hash.Add(seal_.message_signature);
    TagWriter tags = WriteCommonTags(ArcFieldKind::kSeal);
    tags.Add("cv", Name(status));
    tags.AddLast("b");
    seal_.seal = FieldOf(ArcFieldKind::kSeal, tags);
    return AddSignature(seal_.seal, tags, hash.With(seal_.seal));
  }

  static void AddSets(const ArcFields& present, ArcSealHash& hash) {
    for (const ArcFieldSet& set : present.sets()) {
      for (const ArcField* field : {set.results, set.signature, set.seal}) hash.Add(*field->field);
    }
  }

  // i= comes first, where every reader finds it.
  TagWriter WriteCommonTags(ArcFieldKind kind) const {
    TagWriter tags(Name(kind).size() + 1);
    tags.Add("i", instance_);
    tags.Add("a", "rsa-sha256");
    tags.Add("d", request_.domain);
    tags.Add("s", request_.selector);
    tags.Add("t", now_);
    return tags;
  }

  static HeaderField FieldOf(ArcFieldKind kind, const TagWriter& tags) {
    return {std::string(Name(kind)), tags.text()};
  }

  base::Result<void> AddSignature(HeaderField& field, TagWriter& tags, const Sha256Digest& digest) {
    return request_.key->Sign(digest).map([&](const std::string& signature) {
      tags.AppendBase64(base::EncodeBase64(std::as_bytes(std::span(signature))));
      field.value = tags.text();
    });
  }

  const SealRequest request_;
  const base::Clock& clock_;
  BodyHasher body_;
  std::string instance_;
  std::string now_;
  ArcSeal seal_;
};

ArcSealer::ArcSealer(SealRequest request, const base::Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(request), clock)) {}
ArcSealer::~ArcSealer() = default;

void ArcSealer::OnBody(std::span<const std::byte> chunk) { impl_->OnBody(chunk); }
base::Result<ArcSeal> ArcSealer::Seal(std::span<const mail::HeaderField> fields,
                                      const ArcOutcome& chain, std::string_view results) {
  return impl_->Seal(fields, chain, results);
}

}  // namespace gatepost::auth
