#include "milters/attachments/scanner/dull_tag.h"

#include <algorithm>
#include <array>

#include "common/base/strings.h"

namespace gatepost::attachments {
namespace {

// Escapes are looked for so far before what they could be part of.
constexpr std::size_t kAhead = 64;

constexpr std::array<bool, 256> MakeSpecial() {
  std::array<bool, 256> special{};
  for (const char c : std::string_view("<>=:\"'&\\% ")) {
    special[static_cast<unsigned char>(c)] = true;
  }
  return special;
}
constexpr std::array<bool, 256> kSpecial = MakeSpecial();

bool IsSpecial(char c) { return kSpecial[static_cast<unsigned char>(c)]; }
bool IsAlphanumeric(char c) { return base::IsAsciiAlpha(c) || base::IsAsciiDigit(c); }

bool EndsWith(std::string_view text, std::string_view word) {
  return text.size() > word.size() &&
         base::EqualsIgnoreCase(text.substr(text.size() - word.size()), word);
}

class Glance {
 public:
  explicit Glance(std::string_view text) : text_(text) {}

  std::size_t Look() {
    if (!NameIsDull()) return 0;
    while (true) {
      while (at_ < text_.size() && !IsSpecial(text_[at_])) ++at_;
      if (at_ == text_.size()) return 0;
      const char c = text_[at_];
      if (c == '>' && quote_ == 0) return EndsWithDownload() ? 0 : at_ + 1;
      if (!IsDull(c)) return 0;
      ++at_;
    }
  }

 private:
  bool IsDull(char c) {
    switch (c) {
      case '"':
      case '\'':
        escape_end_ = 0;  // no scheme goes on behind it
        if (quote_ == c) {
          quote_ = 0;
        } else if (quote_ == 0 && Before().ends_with('=')) {
          quote_ = c;
        }
        return true;
      case '=':
        return !EndsWithDownload() && (quote_ != 0 || !EndsWithEvent());
      case ' ':
      case '>':
        return !EndsWithDownload();
      case ':':
        return !MayBeScheme();
      case '%':
        return IsDullPercent();
      case '&':
        return IsDullEntity();
      default:
        return false;
    }
  }

  bool NameIsDull() {
    if (!text_.starts_with('<')) return false;
    std::size_t begin = ++at_;
    if (text_.substr(at_).starts_with('/')) return true;
    for (; at_ < text_.size() && (IsAlphanumeric(text_[at_]) || text_[at_] == ':'); ++at_) {
      if (text_[at_] != ':') continue;
      if (MayBeScheme()) return false;
      begin = at_ + 1;
    }
    constexpr std::array<std::string_view, 7> kLively{"script", "form",   "meta", "embed",
                                                      "object", "iframe", "frame"};
    const std::string_view name = text_.substr(begin, at_ - begin);
    return std::ranges::none_of(
        kLively, [name](std::string_view lively) { return base::EqualsIgnoreCase(name, lively); });
  }

  std::string_view Before() const {
    std::size_t end = at_;
    while (end > 0 && base::IsMailSpace(text_[end - 1])) --end;
    return text_.substr(0, end);
  }

  bool EndsWithDownload() const {
    const char last = base::AsciiLower(text_[at_ - 1]);
    if (last != 'd' && !base::IsMailSpace(last)) return false;
    return EndsWith(Before(), "download");
  }

  bool EndsWithEvent() const {
    const std::string_view before = Before();
    std::size_t begin = before.size();
    while (begin > 0 && IsAlphanumeric(before[begin - 1])) --begin;
    return base::StartsWithIgnoreCase(before.substr(begin), "on");
  }

  // "javascript:" and "data:", also in pieces; what is escaped may be any of them.
  bool MayBeScheme() const {
    if (at_ <= escape_end_ + kAhead && escape_end_ > 0) return true;
    const char last = base::AsciiLower(text_[at_ - 1]);
    if (base::IsMailSpace(last)) return true;
    const std::string_view before = text_.substr(0, at_);
    if (last == 'a') return EndsWith(before, "data");
    if (last != 't') return false;
    constexpr std::size_t kLetters = 6;  // of "script", with blanks between
    const std::string_view near = before.substr(at_ - std::min(at_, kLetters));
    return EndsWith(before, "script") || near.find_first_of(" \t\r\n") != near.npos;
  }

  // "%2F" and what stands for no character of ASCII.
  bool IsDullPercent() {
    if (at_ + 3 >= text_.size()) return false;
    escape_end_ = at_ + 3;
    const char high = text_[at_ + 1], low = base::AsciiLower(text_[at_ + 2]);
    const bool hex = base::IsAsciiDigit(low) || (low >= 'a' && low <= 'f');
    if (high == '2') return low == 'f' || low == '6' || low == 'b' || low == 'd' || low == 'e';
    return hex && ((high == '3' && low == 'f') || high == '8' || high == '9' ||
                   (base::AsciiLower(high) >= 'a' && base::AsciiLower(high) <= 'f'));
  }

  bool IsDullEntity() {
    constexpr std::string_view kAmp = "&amp;";
    if (!text_.substr(at_).starts_with(kAmp)) return false;
    at_ += kAmp.size() - 1;
    escape_end_ = at_ + 1;
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  char quote_ = 0;
  std::size_t escape_end_ = 0;  // behind the last one
};

}  // namespace

std::size_t DullTag(std::string_view text) { return Glance(text).Look(); }

}  // namespace gatepost::attachments
