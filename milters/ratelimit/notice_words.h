// The few words that notices are filled with, in the languages of notice_texts.h. Pure functions;
// any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/limits/limit.h"

namespace gatepost::ratelimit {

// As a signal among those of a suspension: no detector made it.
inline constexpr std::string_view kByAdministrator = "administrator";

// "250 recipients an hour", "1.000 Bytes in 15 Minuten"; English where the language is unknown.
std::string DescribeLimit(std::string_view language, std::int64_t amount,
                          const limits::Limit& limit);

// What the detector saw, without any figure: "mail from unfamiliar networks; many new recipients".
// `signals` are names of the detector's parts between blanks, as Suspension keeps them; those that
// are unknown are passed over.
std::string DescribeSignals(std::string_view language, std::string_view signals);

}  // namespace gatepost::ratelimit
