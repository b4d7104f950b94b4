// The fields of an Authenticated Received Chain as values, and the rules that need neither a key
// nor a body (RFC 8617 sections 4.1, 4.2 and 5.2 steps 1 to 3). Used by the ARC verifier and
// sealer. Bounded before anything is parsed. Value types; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/auth/arc_verifier.h"
#include "common/auth/dkim_signature.h"
#include "common/base/result.h"
#include "common/mail/header_field.h"

namespace gatepost::auth {

enum class ArcFieldKind { kResults, kSignature, kSeal };

std::string_view Name(ArcFieldKind kind);  // of the header field
std::optional<ArcFieldKind> ArcKindOf(const mail::HeaderField& field);

// RFC 8617 section 4.2.1.
inline constexpr unsigned kMaxArcInstance = 50;

// One field as far as it could be read.
struct ArcField {
  ArcFieldKind kind = ArcFieldKind::kResults;
  const mail::HeaderField* field = nullptr;
  unsigned instance = 0;                  // i=; 0 where it cannot be told
  base::Result<DkimSignature> signature;  // of signatures and seals
  std::optional<ArcResult> status;        // cv= of a seal
  std::string results;                    // what follows the instance of the results
};

// One whole set: no pointer is null.
struct ArcFieldSet {
  const ArcField* results = nullptr;
  const ArcField* signature = nullptr;
  const ArcField* seal = nullptr;
};

// All ARC fields of a message. Movable; a copy would point into the original.
class ArcFields {
 public:
  // `fields` outlive it. Empty, and nothing is allocated, where none is an ARC field. Linear in the
  // bytes of the ARC fields; no field is parsed where there are more than the sets may have.
  static ArcFields Read(std::span<const mail::HeaderField> fields, const ArcLimits& limits);

  ArcFields() = default;
  ArcFields(ArcFields&&) noexcept = default;
  ArcFields& operator=(ArcFields&&) noexcept = default;

  bool empty() const { return !is_present_; }
  // Why the fields are no chain that could pass, whatever keys and body say; nullptr where it may.
  // A fixed text.
  const char* problem() const { return problem_; }
  // By instance, from 1. Empty where the fields do not arrange into whole sets.
  std::span<const ArcFieldSet> sets() const { return sets_; }
  // The highest i= of any field; 0 where none could be read.
  unsigned highest_instance() const;
  // Whether the seal with the highest i= of all seals says that the chain has failed already.
  bool newest_seal_says_fail() const;
  // Whether there are more fields than sets may have, so that none was read.
  bool is_overfull() const { return is_present_ && fields_.empty(); }

 private:
  const char* Arrange();
  const char* FindProblem() const;

  bool is_present_ = false;
  const char* problem_ = nullptr;
  std::vector<ArcField> fields_;
  std::vector<ArcFieldSet> sets_;
};

}  // namespace gatepost::auth
