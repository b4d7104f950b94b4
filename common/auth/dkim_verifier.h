// Verifies the DKIM signatures of one message (RFC 6376, 8301, 8463, 8616): bounded before any
// work, key look-ups started when the header is complete. Syntax, keys and policy are judged by our
// own code; the arithmetic by an engine, see VerificationEngine.
// Not thread-safe; an object belongs to one message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/dns/resolver.h"
#include "common/mail/domain.h"
#include "common/mail/header_field.h"

namespace gatepost::auth {

// RFC 8601 section 2.7.1.
enum class DkimResult { kNone, kPass, kFail, kPolicy, kNeutral, kTempError, kPermError };
std::string_view Name(DkimResult result);  // as the RFC spells it

// Who compares signatures with keys. kOpendkim leaves to ours what libopendkim cannot take
// (dkim_opendkim.h says what).
enum class VerificationEngine { kOwn, kOpendkim };
inline constexpr VerificationEngine kDefaultEngine = VerificationEngine::kOwn;

struct DkimSignatureResult {
  DkimResult result = DkimResult::kNone;
  std::string reason;     // a short fixed text for people: "body hash did not verify"
  std::string domain;     // d= as signed, "" where unreadable
  std::string identity;   // i=, with its default
  std::string selector;   // s=
  std::string algorithm;  // a=
  std::string b_prefix;   // the first 8 characters of b= (RFC 6008), or more where two are alike
  unsigned key_bits = 0;
  bool testing = false;                      // t=y in the key record
  std::optional<std::uint64_t> body_length;  // l=
  bool counts_for_alignment = false;  // a pass that DMARC may use: never with l= short of the body
};

struct VerifierLimits {
  std::size_t max_signatures = 8;  // tried per message, those of the author's domain first
  std::size_t max_signature_bytes = 16'384;
  std::size_t max_tags = 50;
  std::size_t max_signed_fields = 200;  // names in h=
  std::size_t max_key_record_bytes = 8'192;
  unsigned min_rsa_bits = 1024;  // RFC 8301; smaller is "policy"
  unsigned max_rsa_bits = 8192;
  std::chrono::seconds clock_skew{300};  // for t= in the future and x= in the past
  bool partial_body_passes = false;      // whether l= short of the body may still be "pass"
  // What all fields take in memory; beyond, every result is "policy".
  std::size_t max_header_bytes = 8'388'608;
  VerificationEngine engine = kDefaultEngine;
};

class DkimVerifier {
 public:
  DkimVerifier(const VerifierLimits& limits, dns::Resolver& resolver, const base::Clock& clock);
  ~DkimVerifier();
  DkimVerifier(DkimVerifier&&) noexcept;

  // Every field of the message in order.
  void OnHeader(mail::HeaderField field);
  // Chooses the signatures to try and starts their key look-ups.
  void OnEndOfHeaders(const std::optional<mail::Domain>& author_domain);
  void OnBody(std::span<const std::byte> chunk);
  // Waits for the keys, at most until the deadline. One result per signature tried, in the order
  // of the message; empty where there was none.
  std::vector<DkimSignatureResult> Finish(base::Deadline deadline);
  // All fields as they were given, in order, but for those beyond max_header_bytes. Valid as long
  // as the verifier lives and takes no further field.
  std::span<const mail::HeaderField> fields() const;
  // The d= of the signatures that are tried, after OnEndOfHeaders.
  std::vector<mail::Domain> signing_domains() const;
  // How many signatures were not tried because of max_signatures.
  std::size_t ignored_signatures() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatepost::auth
