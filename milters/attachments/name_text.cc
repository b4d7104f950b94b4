#include "milters/attachments/name_text.h"

#include <algorithm>
#include <array>

#include "common/base/strings.h"
#include "common/mail/character_class.h"

namespace gatepost::attachments {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct Range {
  char32_t first;
  char32_t last;
};

template <std::size_t kCount>
bool IsIn(const std::array<Range, kCount>& ranges, char32_t c) {
  return std::ranges::any_of(ranges, [c](Range r) { return c >= r.first && c <= r.last; });
}

// Beside the soft hyphen.
constexpr std::array<Range, 11> kInvisible{{
    {0x34F, 0x34F},      // grapheme joiner
    {0x61C, 0x61C},      // Arabic letter mark
    {0x180B, 0x180F},    // Mongolian selectors, vowel separator
    {0x200B, 0x200F},    // zero-width space and joiners, marks of direction
    {0x202A, 0x202E},    // embeddings and overrides
    {0x2060, 0x206F},    // word joiner, isolates, shaping
    {0xFE00, 0xFE0F},    // variation selectors
    {0xFEFF, 0xFEFF},    // byte order mark
    {0xFFF9, 0xFFFB},    // annotation
    {0x1BCA0, 0x1BCA3},  // shorthand controls
    {0xE0000, 0xE0FFF},  // tags, variation selectors
}};

// Beside the blank, the tab and U+00A0.
constexpr std::array<Range, 8> kBlanks{{
    {0x115F, 0x1160},  // Hangul fillers
    {0x2000, 0x200A},
    {0x202F, 0x202F},
    {0x205F, 0x205F},
    {0x2800, 0x2800},  // Braille without dots
    {0x3000, 0x3000},
    {0x3164, 0x3164},
    {0xFFA0, 0xFFA0},
}};

struct LookAlike {
  char32_t c;
  char ascii;
};

// In order of their numbers.
constexpr auto kLookAlikes = std::to_array<LookAlike>({
    {0x131, 'i'},  {0x17F, 's'},  {0x251, 'a'},  {0x261, 'g'},  {0x269, 'i'},  {0x26A, 'i'},
    {0x280, 'r'},  {0x299, 'b'},  {0x29F, 'l'},  {0x391, 'a'},  {0x392, 'b'},  {0x395, 'e'},
    {0x396, 'z'},  {0x397, 'h'},  {0x399, 'i'},  {0x39A, 'k'},  {0x39C, 'm'},  {0x39D, 'n'},
    {0x39F, 'o'},  {0x3A1, 'p'},  {0x3A4, 't'},  {0x3A5, 'y'},  {0x3A7, 'x'},  {0x3B1, 'a'},
    {0x3B5, 'e'},  {0x3B9, 'i'},  {0x3BA, 'k'},  {0x3BD, 'v'},  {0x3BF, 'o'},  {0x3C1, 'p'},
    {0x3C4, 't'},  {0x3C5, 'u'},  {0x3C7, 'x'},  {0x3F2, 'c'},  {0x3F3, 'j'},  {0x405, 's'},
    {0x406, 'i'},  {0x408, 'j'},  {0x410, 'a'},  {0x412, 'b'},  {0x415, 'e'},  {0x41A, 'k'},
    {0x41C, 'm'},  {0x41D, 'h'},  {0x41E, 'o'},  {0x420, 'p'},  {0x421, 'c'},  {0x422, 't'},
    {0x423, 'y'},  {0x425, 'x'},  {0x430, 'a'},  {0x432, 'b'},  {0x435, 'e'},  {0x43A, 'k'},
    {0x43C, 'm'},  {0x43D, 'h'},  {0x43E, 'o'},  {0x440, 'p'},  {0x441, 'c'},  {0x442, 't'},
    {0x443, 'y'},  {0x445, 'x'},  {0x455, 's'},  {0x456, 'i'},  {0x458, 'j'},  {0x475, 'v'},
    {0x4AE, 'y'},  {0x4AF, 'y'},  {0x4BB, 'h'},  {0x4C0, 'i'},  {0x4CF, 'l'},  {0x501, 'd'},
    {0x51A, 'q'},  {0x51B, 'q'},  {0x51C, 'w'},  {0x51D, 'w'},  {0x566, 'q'},  {0x570, 'h'},
    {0x578, 'n'},  {0x57D, 'u'},  {0x585, 'o'},  {0x6D4, '.'},  {0x701, '.'},  {0x702, '.'},
    {0x1D04, 'c'}, {0x1D07, 'e'}, {0x1D0A, 'j'}, {0x1D0F, 'o'}, {0x1D1B, 't'}, {0x2024, '.'},
    {0x2044, '/'}, {0x2113, 'l'}, {0x212A, 'k'}, {0x212E, 'e'}, {0x212F, 'e'}, {0x2134, 'o'},
    {0x2139, 'i'}, {0x2215, '/'}, {0x3002, '.'}, {0xA4F8, '.'}, {0xFE52, '.'}, {0xFF61, '.'},
});
static_assert(std::ranges::is_sorted(kLookAlikes, {}, &LookAlike::c));

// Roman numerals of one letter, from U+2160; the small ones stand 16 behind.
constexpr std::string_view kRoman = "i   v    x xlcdm";

// The lower case of A to Z in rows of capital and small letters, as mathematical alphabets are.
char Letter(char32_t offset) { return static_cast<char>('a' + offset % 26); }

char32_t FoldLetterlike(char32_t c) {
  if (c < kLookAlikes[0].c) return c;
  if (c >= 0x2160 && c < 0x2180) {
    const char letter = kRoman[(c - 0x2160) % 16];
    return letter == ' ' ? c : static_cast<char32_t>(letter);
  }
  if (c >= 0x24B6 && c <= 0x24E9) return static_cast<char32_t>(Letter(c - 0x24B6));
  if (c >= 0x1D400 && c <= 0x1D6A3) return static_cast<char32_t>(Letter(c - 0x1D400));
  if (c >= 0x1D7CE && c <= 0x1D7FF) return '0' + (c - 0x1D7CE) % 10;
  const auto found = std::ranges::lower_bound(kLookAlikes, c, {}, &LookAlike::c);
  return found != kLookAlikes.end() && found->c == c ? static_cast<char32_t>(found->ascii) : c;
}

char32_t Fold(char32_t c) {
  if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFEE0;
  if (c < 0x80) return static_cast<char32_t>(base::AsciiLower(static_cast<char>(c)));
  return FoldLetterlike(c);
}

void Append(std::string& text, char32_t c) {
  const auto put = [&text](char32_t byte) { text += static_cast<char>(byte); };
  const auto follow = [&](unsigned shift) { put(0x80 | (c >> shift & 0x3F)); };
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xC0 | c >> 6);
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12);
    follow(6);
  } else {
    put(0xF0 | c >> 18);
    follow(12);
    follow(6);
  }
  follow(0);
}

bool IsPlainCharacter(char c) { return c >= ' ' && c <= '~'; }

bool MayBeShown(char32_t c) {
  return c >= ' ' && c != kReplacement && !IsControl(c) && !IsInvisible(c);
}

}  // namespace

char32_t TakeCodePoint(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) {
    text.remove_prefix(1);
    return first;
  }
  const std::size_t length = mail::Utf8Length(text, 0);
  if (length <= 1) {
    text.remove_prefix(1);
    return kReplacement;
  }
  char32_t c = first & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    c = c << 6 | (static_cast<unsigned char>(text[i]) & 0x3F);
  }
  text.remove_prefix(length);
  return c;
}

bool IsControl(char32_t c) {
  return (c < ' ' && c != '\t') || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029;
}

bool IsOverride(char32_t c) { return c == 0x202D || c == 0x202E; }

bool IsInvisible(char32_t c) {
  if (c < 0x300) return c == 0xAD;
  return IsIn(kInvisible, c);
}

bool IsBlank(char32_t c) {
  if (c < 0x1000) return c == ' ' || c == '\t' || c == 0xA0;
  return IsIn(kBlanks, c);
}

bool IsPlain(std::string_view name) { return std::ranges::all_of(name, IsPlainCharacter); }

std::string FoldName(std::string_view name) {
  if (IsPlain(name)) return base::ToLower(name);
  std::string folded;
  folded.reserve(name.size());
  while (!name.empty()) {
    if (IsPlainCharacter(name[0])) {  // most of any name
      folded += base::AsciiLower(name[0]);
      name.remove_prefix(1);
      continue;
    }
    const char32_t c = TakeCodePoint(name);
    if (IsInvisible(c) || IsControl(c)) continue;
    Append(folded, IsBlank(c) ? U' ' : Fold(c));
  }
  return folded;
}

std::string ShownName(std::string_view name, std::size_t max_bytes) {
  constexpr std::string_view kCut = "...";
  std::string shown;
  std::size_t room_for_cut = 0;  // so much of `shown` stays when it is cut
  while (!name.empty()) {
    const char32_t c = TakeCodePoint(name);
    if (shown.size() + kCut.size() <= max_bytes) room_for_cut = shown.size();
    Append(shown, MayBeShown(c) ? c : U'?');
    if (shown.size() > max_bytes) return shown.substr(0, room_for_cut).append(kCut);
  }
  return shown;
}

}  // namespace gatepost::attachments
