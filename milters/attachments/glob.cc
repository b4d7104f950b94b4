#include "milters/attachments/glob.h"

#include <cstddef>

namespace gatepost::attachments {
namespace {

// Where the character after the one at `at` begins.
std::size_t Next(std::string_view text, std::size_t at) {
  do {
    ++at;
  } while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80);
  return at;
}

}  // namespace

bool FitsGlob(std::string_view text, std::string_view pattern) {
  std::size_t at = 0;
  std::size_t in_pattern = 0;
  // Behind the last star, and where in the text it was tried last: what an earlier star took needs
  // no other try.
  std::size_t after_star = pattern.npos;
  std::size_t tried = 0;
  while (at < text.size()) {
    if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
      after_star = ++in_pattern;
      tried = at;
    } else if (in_pattern < pattern.size() && pattern[in_pattern] == '?') {
      ++in_pattern;
      at = Next(text, at);
    } else if (in_pattern < pattern.size() && pattern[in_pattern] == text[at]) {
      ++in_pattern;
      ++at;
    } else if (after_star != pattern.npos) {
      in_pattern = after_star;
      at = ++tried;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', in_pattern) == pattern.npos;
}

}  // namespace gatepost::attachments
