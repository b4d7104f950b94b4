#include "common/mime/line_search.h"

#ifdef __SSE2__
#include <immintrin.h>
#endif

#include <algorithm>
#include <bit>

namespace gatepost::mime {
namespace {

constexpr auto kNone = std::string_view::npos;

bool EndsLine(char c) { return c == '\r' || c == '\n'; }

#ifdef __SSE2__

constexpr std::size_t kWidth = 16;

__m128i Load(std::string_view text, std::size_t at) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
}

__m128i Is(__m128i bytes, char c) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); }

__m128i EndsLine(__m128i bytes) { return _mm_or_si128(Is(bytes, '\r'), Is(bytes, '\n')); }

// `find` says of the bytes that begin at a place which are meant; it may look at `more` behind
// them. Adds to `at` what it looked through in vain.
template <typename Find>
bool Skip(std::string_view text, std::size_t more, std::size_t& at, Find find) {
  for (; at + kWidth + more <= text.size(); at += kWidth) {
    const auto found = static_cast<unsigned>(_mm_movemask_epi8(find(at)));
    if (found == 0) continue;
    at += static_cast<std::size_t>(std::countr_zero(found));
    return true;
  }
  return false;
}

#endif

}  // namespace

std::size_t FindDashes(std::string_view text, bool at_line_start) {
  if (at_line_start && text.starts_with("--")) return 0;
  std::size_t at = 0;  // of the line end in front
#ifdef __SSE2__
  const auto find = [&](std::size_t from) {
    const __m128i dashes =
        _mm_and_si128(Is(Load(text, from + 1), '-'), Is(Load(text, from + 2), '-'));
    return _mm_and_si128(EndsLine(Load(text, from)), dashes);
  };
  if (Skip(text, 2, at, find)) return at + 1;
#endif
  for (; at + 2 < text.size(); ++at) {
    if (text[at + 1] == '-' && text[at + 2] == '-' && EndsLine(text[at])) return at + 1;
  }
  return kNone;
}

std::size_t FindLineEnd(std::string_view text, std::size_t from) {
  std::size_t at = std::min(from, text.size());
#ifdef __SSE2__
  if (Skip(text, 0, at, [&](std::size_t place) { return EndsLine(Load(text, place)); })) return at;
#endif
  for (; at < text.size(); ++at) {
    if (EndsLine(text[at])) return at;
  }
  return kNone;
}

std::size_t FindLineEndOrEquals(std::string_view text) {
  std::size_t at = 0;
#ifdef __SSE2__
  const auto find = [&](std::size_t place) {
    const __m128i bytes = Load(text, place);
    return _mm_or_si128(EndsLine(bytes), Is(bytes, '='));
  };
  if (Skip(text, 0, at, find)) return at;
#endif
  for (; at < text.size(); ++at) {
    if (EndsLine(text[at]) || text[at] == '=') return at;
  }
  return kNone;
}

}  // namespace gatepost::mime
