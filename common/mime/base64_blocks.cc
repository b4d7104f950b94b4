#include "common/mime/base64_blocks.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "common/mime/base64_alphabet.h"

namespace gatepost::mime {
namespace {

bool EndsLine(unsigned char c) { return c == '\r' || c == '\n'; }

const unsigned char* SkipLineEnds(const unsigned char* in, const unsigned char* end) {
  while (in != end && EndsLine(*in)) ++in;
  return in;
}

Base64Progress DecodePortably(const unsigned char* in, const unsigned char* end, std::byte* out) {
  const auto& tables = kBase64Tables;
  for (;;) {
    in = SkipLineEnds(in, end);
    if (end - in < 4) return {in, out};
    const std::uint32_t bits =
        tables[0][in[0]] | tables[1][in[1]] | tables[2][in[2]] | tables[3][in[3]];
    if (bits >= kBase64Foreign) return {in, out};
    out[0] = static_cast<std::byte>(bits >> 16);
    out[1] = static_cast<std::byte>(bits >> 8 & 0xFF);
    out[2] = static_cast<std::byte>(bits & 0xFF);
    in += 4;
    out += 3;
  }
}

#ifdef __x86_64__

using Bytes16 = std::array<unsigned char, 16>;

constexpr bool IsInAlphabet(unsigned c) { return c < 256 && kBase64Tables[3][c] != kBase64Foreign; }

// The low halves of characters that have this high half, as a set.
constexpr unsigned LowHalves(unsigned high) {
  unsigned set = 0;
  for (unsigned low = 0; low < 16; ++low) set |= IsInAlphabet(high << 4 | low) ? 1U << low : 0;
  return set;
}

// A character is in the alphabet where its halves have a bit in common. Each set of low halves has
// a bit of its own: there are four that are not empty.
struct Halves {
  Bytes16 high{};
  Bytes16 low{};
};

constexpr Halves MakeHalves() {
  Halves halves;
  std::array<unsigned, 8> sets{};
  std::size_t count = 0;
  for (unsigned high = 0; high < 16; ++high) {
    const unsigned set = LowHalves(high);
    if (set == 0) continue;
    std::size_t i = 0;
    while (i < count && sets[i] != set) ++i;
    if (i == count) sets[count++] = set;
    halves.high[high] = static_cast<unsigned char>(1U << i);
  }
  for (unsigned low = 0; low < 16; ++low) {
    for (std::size_t i = 0; i < count; ++i) {
      if ((sets[i] >> low & 1) != 0) halves.low[low] |= static_cast<unsigned char>(1U << i);
    }
  }
  return halves;
}

// From character to value it is one step for each high half, but that "+" and "/" share one: "/"
// has the place below.
constexpr Bytes16 MakeSteps() {
  Bytes16 steps{};
  for (unsigned c = 0; c < 128; ++c) {
    if (!IsInAlphabet(c)) continue;
    const unsigned place = c == '/' ? 1 : c >> 4;
    steps[place] = static_cast<unsigned char>(kBase64Tables[3][c] - c);
  }
  return steps;
}

alignas(16) constexpr Halves kHalves = MakeHalves();
alignas(16) constexpr Bytes16 kSteps = MakeSteps();
// Three bytes of each four, the most significant first.
alignas(16) constexpr Bytes16 kOrder{2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, 255, 255, 255, 255};

// Decodes the whole quanta among the first `valid` characters, of which the results are at `out`
// already; false where what follows needs another way.
bool Advance(Base64Progress& at, unsigned valid, const unsigned char* end) {
  at.in += valid & ~3U;
  at.out += valid / 4 * 3;
  if (valid % 4 != 0 || at.in == end || !EndsLine(*at.in)) return false;
  at.in = SkipLineEnds(at.in, end);
  return true;
}

__attribute__((target("ssse3"))) Base64Progress DecodeSsse3(const unsigned char* in,
                                                            const unsigned char* end,
                                                            std::byte* out) {
  const auto load = [](const auto* from) __attribute__((target("ssse3"))) {
    return _mm_load_si128(reinterpret_cast<const __m128i*>(from));
  };
  const __m128i high_bits = load(kHalves.high.data()), low_bits = load(kHalves.low.data());
  const __m128i steps = load(kSteps.data()), order = load(kOrder.data());
  const __m128i half = _mm_set1_epi8(0x0F), slash = _mm_set1_epi8('/');
  Base64Progress at{in, out};
  while (end - at.in >= 16) {
    const __m128i text = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at.in));
    const __m128i high = _mm_and_si128(_mm_srli_epi32(text, 4), half);
    const __m128i common = _mm_and_si128(_mm_shuffle_epi8(high_bits, high),
                                         _mm_shuffle_epi8(low_bits, _mm_and_si128(text, half)));
    const __m128i foreign = _mm_cmpeq_epi8(common, _mm_setzero_si128());
    const __m128i place = _mm_add_epi8(high, _mm_cmpeq_epi8(text, slash));
    const __m128i values = _mm_add_epi8(text, _mm_shuffle_epi8(steps, place));
    const __m128i pairs = _mm_maddubs_epi16(values, _mm_set1_epi32(0x01400140));
    const __m128i quanta = _mm_madd_epi16(pairs, _mm_set1_epi32(0x00011000));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(at.out), _mm_shuffle_epi8(quanta, order));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(foreign));
    if (mask == 0) {
      at.in += 16;
      at.out += 12;
    } else if (!Advance(at, static_cast<unsigned>(std::countr_zero(mask)), end)) {
      break;
    }
  }
  return DecodePortably(at.in, end, at.out);
}

__attribute__((target("avx2"))) Base64Progress DecodeAvx2(const unsigned char* in,
                                                          const unsigned char* end,
                                                          std::byte* out) {
  const auto load = [](const auto* from) __attribute__((target("avx2"))) {
    return _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(from)));
  };
  const __m256i high_bits = load(kHalves.high.data()), low_bits = load(kHalves.low.data());
  const __m256i steps = load(kSteps.data()), order = load(kOrder.data());
  const __m256i half = _mm256_set1_epi8(0x0F), slash = _mm256_set1_epi8('/');
  const __m256i together = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 7, 7);
  Base64Progress at{in, out};
  while (end - at.in >= 32) {
    const __m256i text = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at.in));
    const __m256i high = _mm256_and_si256(_mm256_srli_epi32(text, 4), half);
    const __m256i low = _mm256_and_si256(text, half);
    const __m256i common =
        _mm256_and_si256(_mm256_shuffle_epi8(high_bits, high), _mm256_shuffle_epi8(low_bits, low));
    const __m256i foreign = _mm256_cmpeq_epi8(common, _mm256_setzero_si256());
    const __m256i place = _mm256_add_epi8(high, _mm256_cmpeq_epi8(text, slash));
    const __m256i values = _mm256_add_epi8(text, _mm256_shuffle_epi8(steps, place));
    const __m256i pairs = _mm256_maddubs_epi16(values, _mm256_set1_epi32(0x01400140));
    const __m256i quanta = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
    const __m256i bytes = _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(quanta, order), together);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(at.out), bytes);
    const auto mask = static_cast<unsigned>(_mm256_movemask_epi8(foreign));
    if (mask == 0) {
      at.in += 32;
      at.out += 24;
    } else if (!Advance(at, static_cast<unsigned>(std::countr_zero(mask)), end)) {
      break;
    }
  }
  return DecodePortably(at.in, end, at.out);
}

std::vector<Base64Decoder> Usable() {
  std::vector<Base64Decoder> usable;
  if (__builtin_cpu_supports("avx2")) usable.push_back(DecodeAvx2);
  if (__builtin_cpu_supports("ssse3")) usable.push_back(DecodeSsse3);
  usable.push_back(DecodePortably);
  return usable;
}

#else

std::vector<Base64Decoder> Usable() { return {DecodePortably}; }

#endif

}  // namespace

std::span<const Base64Decoder> Base64Decoders() {
  static const std::vector<Base64Decoder> usable = Usable();
  return usable;
}

}  // namespace gatepost::mime
