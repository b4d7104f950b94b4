// File names as systems and people see them: what cannot be seen, what looks like something else,
// what may be shown. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gatepost::attachments {

// Takes the first code point off `text`, which is not empty. What is no UTF-8 is U+FFFD, a byte
// each.
char32_t TakeCodePoint(std::string_view& text);

// C0 but the tab (sloppy folding leaves it in names), DEL, C1, line and paragraph separators.
bool IsControl(char32_t c);
// Turns around what stands behind it, whatever the letters: no language needs it in a name.
bool IsOverride(char32_t c);
// Takes no room: marks of direction, joiners, selectors, tags, byte order marks.
bool IsInvisible(char32_t c);
// Looks like a blank.
bool IsBlank(char32_t c);

// Nothing but printable ASCII.
bool IsPlain(std::string_view name);

// As it looks, in lower case: nothing that is invisible, blanks as " ", and what looks like an
// ASCII character (wide and mathematical forms, Cyrillic and Greek letters, other dots) as that.
std::string FoldName(std::string_view name);

// For people and logs: UTF-8 without controls, invisible characters and broken bytes, each of which
// becomes "?"; what is longer than `max_bytes` (4 or more) is cut and ends in "...".
inline constexpr std::size_t kMostShownBytes = 512;
std::string ShownName(std::string_view name, std::size_t max_bytes = kMostShownBytes);

}  // namespace gatepost::attachments
