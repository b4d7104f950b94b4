#include "common/milter/forged_results.h"

#include <algorithm>

#include "common/mail/authserv_id.h"

namespace gatepost::milter {
namespace {
constexpr std::string_view kName = mail::kAuthenticationResults;
}

void ForgedResults::OnHeader(const mail::HeaderField& field) {
  if (!field.Is(kName)) return;
  ++seen_;
  if (TooMany()) return;
  if (mail::ClaimsAuthservId(field.value, authserv_id_)) instances_.push_back(seen_);
}

bool ForgedResults::Remove(MessageEditor& editor) const {
  return std::all_of(instances_.rbegin(), instances_.rend(),
                     [&](int instance) { return editor.DeleteHeader(kName, instance); });
}

}  // namespace gatepost::milter
