// The texts of notices that are built in. Constants; any thread.
#pragma once

#include <array>
#include <string_view>

#include "common/notices/templates.h"

namespace gatepost::ratelimit {

enum class NoticeText {
  kLimitNear,
  kSuspicious,
  kThrottled,
  kSuspended,
  kSuspendedOwner,    // to the account itself
  kSuspendedContact,  // to its owner elsewhere
};

// In the order of the enumeration; a text of one's own is called NAME.txt.
inline constexpr std::array<std::string_view, 6> kNoticeNames{
    "limit-near", "suspicious", "throttled", "suspended", "suspended-owner", "suspended-contact"};
inline constexpr std::array<std::string_view, 4> kNoticeLanguages{"en", "de", "fr", "es"};

// The first line is the subject. "" in a language that is not built in.
std::string_view BuiltInText(NoticeText text, std::string_view language);

// What a text may name besides {account}, {host} and {contact}.
std::string_view PlaceholdersOf(NoticeText text);  // words between blanks

extern const notices::Catalogue kNoticeCatalogue;

}  // namespace gatepost::ratelimit
