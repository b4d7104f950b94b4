// The texts of notices that are built in, and the few words that they are filled with. Constants
// and pure functions; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/limits/limit.h"

namespace gatepost::ratelimit {

enum class NoticeText { kLimitNear, kSuspicious, kThrottled, kSuspended, kSuspendedOwner };

// In the order of the enumeration; a text of one's own is called NAME.txt.
inline constexpr std::array<std::string_view, 5> kNoticeNames{
    "limit-near", "suspicious", "throttled", "suspended", "suspended-owner"};
inline constexpr std::array<std::string_view, 4> kNoticeLanguages{"en", "de", "fr", "es"};

// The first line is the subject. "" in a language that is not built in.
std::string_view BuiltInText(NoticeText text, std::string_view language);

// What a text may name besides {account}, {host} and {contact}.
std::string_view PlaceholdersOf(NoticeText text);  // words between blanks

// "250 recipients an hour", "1.000 Bytes in 15 Minuten"; English where the language is unknown.
std::string DescribeLimit(std::string_view language, std::int64_t amount,
                          const limits::Limit& limit);

}  // namespace gatepost::ratelimit
