#include "common/auth/dkim_verifier.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "common/auth/dkim_judgement.h"
#include "common/auth/dkim_key_record.h"
#include "common/auth/dkim_opendkim.h"
#include "common/auth/dkim_signature.h"
#include "common/auth/signature_engine.h"

namespace gatepost::auth {
namespace {

constexpr std::string_view kFieldName = "DKIM-Signature";
// How many signature fields are read at all in order to find those of the author's domain.
constexpr std::size_t kMaxScanned = 1000;

// A signature under way: it is settled once its judgement is made.
struct Candidate {
  const mail::HeaderField* field = nullptr;
  ScannedSignature scanned;
  std::optional<dns::Query> query{};
  std::optional<DkimKeyRecord> key{};
  std::optional<Judgement> judgement{};
  std::optional<SignatureCheck> check{};

  void Settle(std::optional<Judgement> made) {
    if (!judgement) judgement = std::move(made);
  }
};

// The smaller, the sooner tried.
int Rank(const Candidate& candidate, const std::optional<mail::Domain>& author) {
  if (!candidate.scanned.signature) return 3;
  const mail::Domain& domain = *candidate.scanned.signature->domain;
  if (!author) return 2;
  if (domain == *author) return 0;
  return author->IsWithin(domain) || domain.IsWithin(*author) ? 1 : 2;
}

// The best `max` candidates, still in the order of the message.
void KeepBest(std::vector<Candidate>& candidates, const std::optional<mail::Domain>& author,
              std::size_t max) {
  if (candidates.size() <= max) return;
  std::vector<int> ranks;
  ranks.reserve(candidates.size());
  for (const Candidate& candidate : candidates) ranks.push_back(Rank(candidate, author));
  std::vector<std::size_t> order(candidates.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return ranks[i]; });
  order.resize(max);
  std::ranges::sort(order);
  std::vector<Candidate> kept;
  kept.reserve(max);
  for (const std::size_t i : order) kept.push_back(std::move(candidates[i]));
  candidates = std::move(kept);
}

DkimSignatureResult Report(const Candidate& candidate) {
  DkimSignatureResult report;
  const SignatureClaims& claims = candidate.scanned.claims;
  report.result = candidate.judgement->result;
  report.reason = candidate.judgement->reason;
  report.domain = claims.domain;
  report.identity = claims.identity;
  report.selector = claims.selector;
  report.algorithm = claims.algorithm;
  if (candidate.scanned.signature) report.body_length = candidate.scanned.signature->body_length;
  if (candidate.key) {
    report.key_bits = candidate.key->key.bits();
    report.testing = candidate.key->testing;
  }
  report.counts_for_alignment =
      report.result == DkimResult::kPass && !candidate.check->body_is_longer;
  return report;
}

}  // namespace

class DkimVerifier::Impl {
 public:
  Impl(const VerifierLimits& limits, dns::Resolver& resolver, const base::Clock& clock)
      : limits_(limits), resolver_(resolver), clock_(clock) {}

  void OnHeader(mail::HeaderField field) {
    header_bytes_ += sizeof field + field.name.size() + field.value.size();
    const bool is_signature = field.Is(kFieldName);
    if (is_signature) ++signatures_seen_;
    // The first signatures are kept in any case, to be told about.
    const bool told = is_signature && signatures_seen_ <= limits_.max_signatures;
    if (!IsTooLarge() || told) fields_.push_back(std::move(field));
  }

  void OnEndOfHeaders(const std::optional<mail::Domain>& author_domain) {
    Scan();
    KeepBest(candidates_, author_domain, limits_.max_signatures);
    for (Candidate& candidate : candidates_) Start(candidate);
    MakeEngines();
  }

  void OnBody(std::span<const std::byte> chunk) {
    for (const auto& engine : engines_) engine->OnBody(chunk);
  }

  std::vector<DkimSignatureResult> Finish(base::Deadline deadline) {
    for (Candidate& candidate : candidates_) FindKey(candidate, deadline);
    for (const auto& engine : engines_) Check(*engine);
    std::vector<DkimSignatureResult> results;
    for (Candidate& candidate : candidates_) {
      candidate.Settle(JudgeCheck(candidate.check.value_or(SignatureCheck{}), limits_));
      results.push_back(Report(candidate));
    }
    AddPrefixes(results);
    return results;
  }

  std::span<const mail::HeaderField> fields() const { return fields_; }

  std::vector<mail::Domain> signing_domains() const {
    std::vector<mail::Domain> domains;
    for (const Candidate& candidate : candidates_) {
      if (candidate.query) domains.push_back(*candidate.scanned.signature->domain);
    }
    return domains;
  }

  std::size_t ignored_signatures() const { return signatures_seen_ - candidates_.size(); }

 private:
  bool IsTooLarge() const { return header_bytes_ > limits_.max_header_bytes; }

  void Scan() {
    const SignatureLimits bounds{limits_.max_signature_bytes, limits_.max_tags,
                                 limits_.max_signed_fields};
    for (const mail::HeaderField& field : fields_) {
      if (candidates_.size() == kMaxScanned) return;
      if (field.Is(kFieldName)) candidates_.push_back({&field, ScanSignature(field, bounds)});
    }
  }

  // Judges what needs no key, and asks for the key of the others.
  void Start(Candidate& candidate) {
    candidate.Settle(JudgeScan(candidate.scanned));
    if (IsTooLarge()) candidate.Settle(Judgement{DkimResult::kPolicy, "header too large"});
    if (candidate.judgement) return;
    const DkimSignature& signature = *candidate.scanned.signature;
    candidate.Settle(JudgeTimes(signature, limits_, clock_.Wall()));
    if (candidate.judgement) return;
    candidate.query = resolver_.Ask(signature.query_name, dns::RecordType::kTxt);
  }

  // In the order of preference. Ours hashes along in any case, because what libopendkim cannot take
  // shows at the end.
  void MakeEngines() {
    std::vector<EngineInput> inputs;
    for (Candidate& candidate : candidates_) {
      if (!candidate.query) continue;
      asked_.push_back(&candidate);
      inputs.push_back({&*candidate.scanned.signature, candidate.field});
    }
    if (inputs.empty()) return;
    if (limits_.engine == VerificationEngine::kOpendkim) {
      engines_.push_back(MakeOpendkimEngine(fields_, inputs));
    }
    engines_.push_back(MakeOwnEngine(fields_, std::move(inputs)));
  }

  void FindKey(Candidate& candidate, base::Deadline deadline) {
    if (!candidate.query) return;
    const dns::AnswerPtr answer = candidate.query->Wait(deadline);
    candidate.Settle(JudgeAnswer(answer->status));
    if (candidate.judgement) return;
    base::Result<DkimKeyRecord> record =
        ParseKeyRecords(answer->records, limits_.max_key_record_bytes);
    if (!record) {
      return candidate.Settle(Judgement{DkimResult::kPermError, record.error().message});
    }
    candidate.key = std::move(*record);
    candidate.Settle(JudgeKey(*candidate.scanned.signature, *candidate.key, limits_));
  }

  // Lets an engine check what is not settled and no engine before it could check.
  void Check(SignatureEngine& engine) {
    std::vector<const DkimKeyRecord*> keys;
    for (const Candidate* candidate : asked_) {
      const bool open = !candidate->judgement && !candidate->check;
      keys.push_back(open ? &*candidate->key : nullptr);
    }
    const SignatureEngine::Checks checks = engine.Finish(keys);
    for (std::size_t i = 0; i < asked_.size(); ++i) {
      if (checks[i]) asked_[i]->check = checks[i];
    }
  }

  void AddPrefixes(std::vector<DkimSignatureResult>& results) const {
    std::vector<std::string> signatures;
    for (const Candidate& candidate : candidates_) {
      signatures.push_back(candidate.scanned.claims.signature);
    }
    const std::vector<std::string> prefixes = DistinctPrefixes(signatures);
    for (std::size_t i = 0; i < results.size(); ++i) results[i].b_prefix = prefixes[i];
  }

  const VerifierLimits limits_;
  dns::Resolver& resolver_;
  const base::Clock& clock_;
  std::vector<mail::HeaderField> fields_;
  std::size_t header_bytes_ = 0;
  std::size_t signatures_seen_ = 0;
  std::vector<Candidate> candidates_;
  std::vector<Candidate*> asked_;  // whose keys were asked for: what the engines know
  std::vector<std::unique_ptr<SignatureEngine>> engines_;
};

DkimVerifier::DkimVerifier(const VerifierLimits& limits, dns::Resolver& resolver,
                           const base::Clock& clock)
    : impl_(std::make_unique<Impl>(limits, resolver, clock)) {}
DkimVerifier::~DkimVerifier() = default;
DkimVerifier::DkimVerifier(DkimVerifier&&) noexcept = default;

void DkimVerifier::OnHeader(mail::HeaderField field) { impl_->OnHeader(std::move(field)); }
void DkimVerifier::OnEndOfHeaders(const std::optional<mail::Domain>& author_domain) {
  impl_->OnEndOfHeaders(author_domain);
}
void DkimVerifier::OnBody(std::span<const std::byte> chunk) { impl_->OnBody(chunk); }
std::vector<DkimSignatureResult> DkimVerifier::Finish(base::Deadline deadline) {
  return impl_->Finish(deadline);
}
std::span<const mail::HeaderField> DkimVerifier::fields() const { return impl_->fields(); }
std::vector<mail::Domain> DkimVerifier::signing_domains() const { return impl_->signing_domains(); }
std::size_t DkimVerifier::ignored_signatures() const { return impl_->ignored_signatures(); }

}  // namespace gatepost::auth
