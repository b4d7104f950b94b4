#include "milters/attachments/scanner/hidden_payload.h"

#include <algorithm>
#include <array>

#include "common/base/strings.h"

namespace gatepost::attachments {
namespace {

constexpr std::size_t kLongToken = 24;
constexpr std::size_t kLongRun = 1'024;
constexpr std::size_t kManyNumbers = 400;
constexpr std::size_t kLongestNumber = 6;
constexpr std::size_t kHeadBytes = 8;
constexpr std::size_t kFileToken = 128;
constexpr std::size_t kBefore = 64;

// Programs, zip, rar, 7z, Office, shortcuts, cabinets, HTML: in base64 and in hexadecimal.
constexpr std::array<std::string_view, 17> kFileHeads{
    "TVqQ", "TVpQ", "TVoA",   "TVqA",   "TVro",     "UEsDB",    "UmFyIR", "N3q8ry",  "0M8R4K",
    "TAAA", "TVND", "JVBERi", "PCFET0", "4d5a9000", "504b0304", "4D5A90", "504B0304"};

enum class Class : char { kOther, kToken, kJoint };

constexpr std::array<Class, 256> MakeClasses() {
  std::array<Class, 256> classes{};
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                       "0123456789+/=_-")) {
    classes[static_cast<unsigned char>(c)] = Class::kToken;
  }
  for (const char c : std::string_view(" \t\r\n\"'`,\\%")) {
    classes[static_cast<unsigned char>(c)] = Class::kJoint;
  }
  return classes;
}
constexpr std::array<Class, 256> kClasses = MakeClasses();

constexpr bool IsNumberCharacter(char c) {
  const char lower = base::AsciiLower(c);
  return base::IsAsciiDigit(c) || (lower >= 'a' && lower <= 'f') || lower == 'x' || lower == 'u';
}

}  // namespace

// What is drawn or set in type stays where it is.
bool HiddenPayload::IsPicture() const {
  if (in_script_ || !before_.ends_with("base64,")) return false;
  constexpr std::array<std::string_view, 7> kHarmless{
      "data:image/", "data:font/", "data:audio/", "data:video/", "font", "json", "url("};
  return std::ranges::any_of(
      kHarmless, [this](std::string_view type) { return before_.find(type) != before_.npos; });
}

void HiddenPayload::Break() {
  run_ = numbers_ = 0;
  excused_ = false;
}

void HiddenPayload::TokenEnds() {
  if (token_ == 0 || plus_only_) {
    token_ = 0;
    return;
  }
  numbers_ = numeric_ && token_ <= kLongestNumber ? numbers_ + 1 : 0;
  run_ = token_ >= kLongToken && !excused_ ? run_ + token_ : 0;
  if (numbers_ >= kManyNumbers || run_ >= kLongRun) found_ = true;
  if (token_ >= kFileToken && !excused_) {
    for (const std::string_view head : kFileHeads) {
      has_file_head_ = has_file_head_ || head_.starts_with(head);
    }
  }
  token_ = 0;
}

void HiddenPayload::Put(char c, bool in_script) {
  in_script_ = in_script;
  const Class kind = kClasses[static_cast<unsigned char>(c)];
  if (kind == Class::kToken) {
    if (token_++ == 0) {
      head_.clear();
      numeric_ = plus_only_ = true;
      excused_ = excused_ || IsPicture();
    }
    numeric_ = numeric_ && IsNumberCharacter(c);
    plus_only_ = plus_only_ && c == '+';
    if (head_.size() < kHeadBytes) head_ += c;
    if (token_ > kBefore) return;
  } else {
    TokenEnds();
    if (kind == Class::kOther) Break();
    // A quotation mark ends what a data: URI excuses.
    if (c == '"' || c == '\'') excused_ = false;
  }
  if (before_.size() >= 2 * kBefore) before_.erase(0, kBefore);
  before_ += base::AsciiLower(c);
}

}  // namespace gatepost::attachments
