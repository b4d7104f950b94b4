#include "milters/dkim/old_signatures.h"

#include <algorithm>

#include "common/base/strings.h"
#include "common/mail/tag_list.h"

namespace gatepost::dkim {
namespace {

// What we wrote ourselves is far smaller.
constexpr mail::TagList::Limits kLimits{.max_bytes = 16 * 1024, .max_tags = 50};

bool IsMadeWithOneOf(const std::vector<KeyRow>& keys, const mail::TagList& tags) {
  const auto domain = tags.Find("d");
  const auto selector = tags.Find("s");
  return domain && selector && std::ranges::any_of(keys, [&](const KeyRow& key) {
           return base::EqualsIgnoreCase(*domain, key.signing_domain) &&
                  base::EqualsIgnoreCase(*selector, key.selector);
         });
}

}  // namespace

std::vector<int> FindOldSignatures(const std::vector<mail::HeaderField>& fields,
                                   const std::vector<KeyRow>& keys) {
  std::vector<int> found;
  int instance = 0;
  for (const mail::HeaderField& field : fields) {
    if (!field.Is("DKIM-Signature")) continue;
    ++instance;
    const auto tags = mail::TagList::Parse(field.value, kLimits);
    if (tags && IsMadeWithOneOf(keys, *tags)) found.push_back(instance);
  }
  return found;
}

}  // namespace gatepost::dkim
