#include "common/auth/arc_verifier.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "common/auth/arc_fields.h"
#include "common/auth/arc_keys.h"
#include "common/auth/arc_seal_hash.h"
#include "common/auth/dkim_judgement.h"
#include "common/auth/signature_engine.h"

namespace gatepost::auth {
namespace {

const Judgement kPassed = {DkimResult::kPass, ""};

bool Passes(const Judgement& judgement) { return judgement.result == DkimResult::kPass; }

std::string SelectorOf(const DkimSignature& signature) {
  const std::string& name = signature.query_name;
  return name.substr(
      0, name.size() - signature.domain->ascii().size() - std::string_view("._domainkey.").size());
}

ArcSet Describe(const ArcFieldSet& fields) {
  ArcSet set;
  set.instance = fields.seal->instance;
  set.results = fields.results->results;
  if (const auto& seal = fields.seal->signature) {
    set.sealer = seal->domain->ascii();
    set.selector = SelectorOf(*seal);
  }
  if (const auto& signature = fields.signature->signature) {
    set.signer = signature->domain->ascii();
  }
  return set;
}

// A fail for good outweighs one that another look may heal; of two alike, the first is told.
void Object(ArcOutcome& outcome, const char* what, const Judgement& objection) {
  const bool temporary = objection.result == DkimResult::kTempError;
  if (!outcome.reason.empty() && (temporary || !outcome.temporary)) return;
  outcome.reason = std::string(what) + ": " + objection.reason;
  outcome.temporary = temporary;
}

bool FailsForGood(const ArcOutcome& outcome) {
  return !outcome.reason.empty() && !outcome.temporary;
}

}  // namespace

std::string_view Name(ArcResult result) {
  switch (result) {
    case ArcResult::kPass:
      return "pass";
    case ArcResult::kFail:
      return "fail";
    case ArcResult::kNone:
      break;
  }
  return "none";
}

class ArcVerifier::Impl {
 public:
  Impl(const ArcLimits& limits, dns::Resolver& resolver, const base::Clock& clock)
      : limits_(limits), resolver_(resolver), clock_(clock) {}

  bool OnEndOfHeaders(std::span<const mail::HeaderField> fields) {
    chain_ = ArcFields::Read(fields, limits_);
    if (chain_.empty()) return false;
    if (chain_.problem() != nullptr) {
      settled_ = chain_.problem();
    } else {
      ChooseSignatures();
      JudgeTimesOfAll();
    }
    if (settled_.empty()) Start(fields);
    return true;
  }

  void OnBody(std::span<const std::byte> chunk) {
    if (engine_) engine_->OnBody(chunk);
  }

  ArcOutcome Finish(base::Deadline deadline) {
    ArcOutcome outcome;
    if (chain_.empty()) return outcome;
    std::ranges::transform(chain_.sets(), std::back_inserter(outcome.sets), &Describe);
    outcome.result = ArcResult::kFail;
    outcome.reason = settled_;
    if (settled_.empty()) CheckChain(outcome, deadline);
    return outcome;
  }

 private:
  // A key that may be used, or why there is none.
  struct FoundKey {
    const DkimKeyRecord* record = nullptr;
    Judgement objection{};
  };

  // The newest message signature, and behind it, downwards, the older ones where they are wanted,
  // up to the first that cannot be read.
  void ChooseSignatures() {
    for (std::size_t i = chain_.sets().size(); i-- > 0;) {
      const ArcField* const field = chain_.sets()[i].signature;
      if (!field->signature) return;
      signatures_.push_back(field);
      if (!limits_.check_older_signatures) return;
    }
  }

  void JudgeTimesOfAll() {
    SettleBy("message signature", *signatures_.front()->signature);
    for (const ArcFieldSet& set : chain_.sets()) SettleBy("seal", *set.seal->signature);
  }

  void SettleBy(const char* what, const DkimSignature& signature) {
    const auto objection = JudgeTimes(signature, limits_.signature, clock_.Wall());
    if (objection && settled_.empty()) settled_ = std::string(what) + ": " + objection->reason;
  }

  void Start(std::span<const mail::HeaderField> fields) {
    for (const ArcField* field : signatures_) keys_.Ask(resolver_, field->signature->query_name);
    for (const ArcFieldSet& set : chain_.sets()) {
      keys_.Ask(resolver_, set.seal->signature->query_name);
    }
    std::vector<EngineInput> inputs;
    for (const ArcField* field : signatures_) inputs.push_back({&*field->signature, field->field});
    engine_ = MakeOwnEngine(fields, std::move(inputs));
  }

  // Section 5.2 steps 4 to 7.
  void CheckChain(ArcOutcome& outcome, base::Deadline deadline) {
    CheckSignatures(outcome, deadline);
    if (!FailsForGood(outcome)) CheckSeals(outcome, deadline);
    if (outcome.reason.empty()) outcome.result = ArcResult::kPass;
  }

  void CheckSignatures(ArcOutcome& outcome, base::Deadline deadline) {
    const std::vector<Judgement> judgements = JudgeSignatures(deadline);
    if (!Passes(judgements[0])) return Object(outcome, "message signature", judgements[0]);
    const auto failed = std::ranges::find_if_not(judgements, &Passes);
    const auto passed = static_cast<std::size_t>(failed - judgements.begin());
    const std::size_t sets = outcome.sets.size();
    for (std::size_t i = 1; i <= passed; ++i) outcome.sets[sets - i].signature_passes = true;
    const bool all = !limits_.check_older_signatures || passed == sets;
    outcome.oldest_pass = all ? 0 : static_cast<unsigned>(sets - passed + 1);
  }

  std::vector<Judgement> JudgeSignatures(base::Deadline deadline) {
    std::vector<FoundKey> found;
    std::vector<const DkimKeyRecord*> keys;
    for (const ArcField* field : signatures_) {
      found.push_back(KeyFor(*field->signature, deadline));
      keys.push_back(found.back().record);
    }
    const SignatureEngine::Checks checks = engine_->Finish(keys);
    std::vector<Judgement> judgements;
    for (std::size_t i = 0; i < found.size(); ++i) {
      judgements.push_back(checks[i] ? JudgeCheck(*checks[i], limits_.signature)
                                     : found[i].objection);
    }
    return judgements;
  }

  // From the newest down.
  void CheckSeals(ArcOutcome& outcome, base::Deadline deadline) {
    const std::vector<Sha256Digest> digests = HashSeals();
    for (std::size_t i = digests.size(); i-- > 0;) {
      const Judgement judgement =
          JudgeSeal(*chain_.sets()[i].seal->signature, digests[i], deadline);
      outcome.sets[i].seal_passes = Passes(judgement);
      if (!Passes(judgement)) Object(outcome, "seal", judgement);
      if (FailsForGood(outcome)) return;
    }
  }

  std::vector<Sha256Digest> HashSeals() const {
    std::vector<Sha256Digest> digests;
    ArcSealHash hash;
    for (const ArcFieldSet& set : chain_.sets()) {
      hash.Add(*set.results->field);
      hash.Add(*set.signature->field);
      digests.push_back(hash.With(set.seal->signature->without_b));
      hash.Add(*set.seal->field);
    }
    return digests;
  }

  Judgement JudgeSeal(const DkimSignature& seal, const Sha256Digest& digest,
                      base::Deadline deadline) {
    const FoundKey found = KeyFor(seal, deadline);
    if (found.record == nullptr) return found.objection;
    if (found.record->key.Verify(digest, seal.signature)) return kPassed;
    return {DkimResult::kFail, "signature did not verify"};
  }

  FoundKey KeyFor(const DkimSignature& signature, base::Deadline deadline) {
    const ArcKey& key =
        keys_.Wait(signature.query_name, limits_.signature.max_key_record_bytes, deadline);
    if (key.objection) return {.objection = *key.objection};
    if (auto objection = JudgeKey(signature, *key.record, limits_.signature)) {
      return {.objection = std::move(*objection)};
    }
    return {.record = &*key.record};
  }

  const ArcLimits limits_;
  dns::Resolver& resolver_;
  const base::Clock& clock_;
  ArcFields chain_;
  std::string settled_;                      // why the chain fails whatever keys and body say
  std::vector<const ArcField*> signatures_;  // those that are checked, newest first
  ArcKeys keys_;
  std::unique_ptr<SignatureEngine> engine_;
};

ArcVerifier::ArcVerifier(const ArcLimits& limits, dns::Resolver& resolver, const base::Clock& clock)
    : impl_(std::make_unique<Impl>(limits, resolver, clock)) {}
ArcVerifier::~ArcVerifier() = default;
ArcVerifier::ArcVerifier(ArcVerifier&&) noexcept = default;

bool ArcVerifier::OnEndOfHeaders(std::span<const mail::HeaderField> fields) {
  return impl_->OnEndOfHeaders(fields);
}
void ArcVerifier::OnBody(std::span<const std::byte> chunk) { impl_->OnBody(chunk); }
ArcOutcome ArcVerifier::Finish(base::Deadline deadline) { return impl_->Finish(deadline); }

}  // namespace gatepost::auth
