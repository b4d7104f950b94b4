#include "common/auth/dkim_judgement.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace gatepost::auth {
namespace {

constexpr std::size_t kPrefixLength = 8;

std::size_t CommonPrefix(std::string_view a, std::string_view b) {
  return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

}  // namespace

std::string_view Name(DkimResult result) {
  switch (result) {
    case DkimResult::kNone:
      return "none";
    case DkimResult::kPass:
      return "pass";
    case DkimResult::kFail:
      return "fail";
    case DkimResult::kPolicy:
      return "policy";
    case DkimResult::kNeutral:
      return "neutral";
    case DkimResult::kTempError:
      return "temperror";
    case DkimResult::kPermError:
      return "permerror";
  }
  return "none";
}

std::optional<Judgement> JudgeScan(const ScannedSignature& scanned) {
  if (scanned.signature) return std::nullopt;
  const base::Error& error = scanned.signature.error();
  const bool too_large = error.kind == base::ErrorKind::kLimit;
  return Judgement{too_large ? DkimResult::kPolicy : DkimResult::kPermError, error.message};
}

std::optional<Judgement> JudgeTimes(const DkimSignature& signature, const VerifierLimits& limits,
                                    base::WallTime now) {
  const auto seconds = [](auto duration) {
    const auto count = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
    return static_cast<std::uint64_t>(std::max<std::int64_t>(count, 0));
  };
  const std::uint64_t earliest = seconds(now.time_since_epoch() - limits.clock_skew);
  const std::uint64_t latest = seconds(now.time_since_epoch() + limits.clock_skew);
  if (signature.expires_at && *signature.expires_at < earliest) {
    return Judgement{DkimResult::kPolicy, "signature expired"};
  }
  if (signature.signed_at && *signature.signed_at > latest) {
    return Judgement{DkimResult::kPolicy, "signature from the future"};
  }
  return std::nullopt;
}

std::optional<Judgement> JudgeAnswer(dns::Status status) {
  if (status == dns::Status::kOk) return std::nullopt;
  if (dns::IsTransient(status)) return Judgement{DkimResult::kTempError, "key not available"};
  return Judgement{DkimResult::kPermError, "no key"};
}

std::optional<Judgement> JudgeKey(const DkimSignature& signature, const DkimKeyRecord& key,
                                  const VerifierLimits& limits) {
  if (key.key.algorithm() != signature.algorithm) {
    return Judgement{DkimResult::kPermError, "key of another type than a="};
  }
  if (key.exact_domain && signature.identity_is_below) {
    return Judgement{DkimResult::kPermError, "key is not for subdomains"};
  }
  if (signature.algorithm == KeyAlgorithm::kEd25519) return std::nullopt;
  if (key.key.bits() < limits.min_rsa_bits) return Judgement{DkimResult::kPolicy, "key too small"};
  if (key.key.bits() > limits.max_rsa_bits) return Judgement{DkimResult::kPolicy, "key too large"};
  return std::nullopt;
}

Judgement JudgeCheck(const SignatureCheck& check, const VerifierLimits& limits) {
  if (check.body_is_shorter) return {DkimResult::kFail, "body shorter than l="};
  if (!check.body_matches) return {DkimResult::kFail, "body hash did not verify"};
  if (!check.signature_matches) return {DkimResult::kFail, "signature did not verify"};
  if (!check.body_is_longer) return {DkimResult::kPass, ""};
  return {limits.partial_body_passes ? DkimResult::kPass : DkimResult::kNeutral,
          "l= covers a part of the body"};
}

std::vector<std::string> DistinctPrefixes(std::span<const std::string> signatures) {
  std::vector<std::string> prefixes;
  for (const std::string& signature : signatures) {
    std::size_t length = kPrefixLength;
    for (const std::string& other : signatures) {
      if (other != signature) length = std::max(length, CommonPrefix(signature, other) + 1);
    }
    prefixes.push_back(signature.substr(0, length));
  }
  return prefixes;
}

}  // namespace gatepost::auth
