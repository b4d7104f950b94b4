// The pass of a released copy: by it the milter that held a message lets exactly this copy through,
// to this recipient, and no other. It stands in the header field of kPassField, and is taken out
// there. Any thread.
//
//   v1:1763797200:4XyZ0123:mail.example.org:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/store/store.h"

namespace gatepost::quarantine {

inline constexpr std::string_view kPassField = "X-Gatepost-Release";
// From the release to the end of message of the copy; Postfix may be busy.
inline constexpr auto kPassLife = std::chrono::hours(1);

struct ReleasePass {
  std::string host;  // whose quarantine the message lies in
  std::string queue_id;
  std::string recipient;  // in any spelling of its letters
  base::WallTime expires{};
};

// The field's value: letters, digits and ".:-_". `secret` is not "".
std::string MakePass(std::string_view secret, const ReleasePass& pass);

// A message that shows a pass.
struct PassedCopy {
  std::string_view pass;       // the field's value
  std::string_view recipient;  // its only one
  std::string_view digest;     // CopyDigest's
};

// Why a copy does not pass.
enum class PassFault {
  kForeign,  // the pass is none of ours, or for somebody else
  kSpent,    // ours, but it has expired, or another message used it
  kUnknown,  // nobody can say, as the store has a trouble
};
struct PassError {
  PassFault fault = PassFault::kForeign;
  std::string message;  // one sentence for the log
};

// Whether the copy may pass; from then on no other may with this pass, and this one may again: a
// program that sees it later may have it wait, and then it is tried once more. Pass `store` as it
// is: what stands in for an absent one is not asked.
tl::expected<ReleasePass, PassError> UsePass(std::string_view secret, const PassedCopy& copy,
                                             base::WallTime now, store::Store& store,
                                             base::Deadline deadline);

}  // namespace gatepost::quarantine
