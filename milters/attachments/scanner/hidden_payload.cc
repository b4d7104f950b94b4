#include "milters/attachments/scanner/hidden_payload.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "common/base/strings.h"

namespace gatepost::attachments {
namespace {

constexpr std::size_t kLongToken = 24;
constexpr std::size_t kLongRun = 1'024;
constexpr std::size_t kManyNumbers = 400;
constexpr std::size_t kSomeRun = 128;
constexpr std::size_t kSomeNumbers = 64;
constexpr std::size_t kLongestNumber = 6;
constexpr std::size_t kHeadBytes = 8;
constexpr std::size_t kFileToken = 128;
constexpr std::size_t kBefore = 64;
// Palettes and tables of large scripts are shorter.
constexpr std::size_t kHeavyRun = 4'096;
constexpr std::size_t kHeavyNumbers = 1'600;
constexpr std::size_t kHeavyDense = 4'096;
constexpr std::size_t kSomeDense = 320;
constexpr std::size_t kByteTable = 256;
constexpr std::size_t kPiece = 16;
constexpr std::size_t kManyPieces = 1'024;  // keys are shorter
constexpr std::size_t kManyValues = 48;

// Programs, zip, rar, 7z, Office, shortcuts, cabinets, HTML: in base64 and in hexadecimal.
constexpr std::array<std::string_view, 17> kFileHeads{
    "TVqQ", "TVpQ", "TVoA",   "TVqA",   "TVro",     "UEsDB",    "UmFyIR", "N3q8ry",  "0M8R4K",
    "TAAA", "TVND", "JVBERi", "PCFET0", "4d5a9000", "504b0304", "4D5A90", "504B0304"};

// Pictures, fonts and JSON, in base64.
constexpr std::array<std::string_view, 11> kPictureHeads{"iVBORw0K", "/9j/",   "R0lGOD", "UklGR",
                                                         "PHN2Zy",   "PD94bW", "d09GR",  "d09GM",
                                                         "AAEAAA",   "T1RUT",  "eyJ"};

enum class Class : unsigned char { kOther, kJoint, kToken, kNumeric };

constexpr std::array<Class, 256> MakeClasses() {
  std::array<Class, 256> classes{};
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                       "0123456789+/=_-")) {
    classes[static_cast<unsigned char>(c)] = Class::kToken;
  }
  for (const char c : std::string_view("0123456789abcdefABCDEFxXuU")) {
    classes[static_cast<unsigned char>(c)] = Class::kNumeric;
  }
  for (const char c : std::string_view(" \t\r\n\"'`,\\%")) {
    classes[static_cast<unsigned char>(c)] = Class::kJoint;
  }
  return classes;
}
constexpr std::array<Class, 256> kClasses = MakeClasses();

enum Letter : unsigned char { kSign, kUpper, kLower, kDigit };

constexpr std::array<Letter, 256> MakeLetters() {
  std::array<Letter, 256> letters{};
  for (unsigned c = 'A'; c <= 'Z'; ++c) letters[c] = kUpper;
  for (unsigned c = 'a'; c <= 'z'; ++c) letters[c] = kLower;
  for (unsigned c = '0'; c <= '9'; ++c) letters[c] = kDigit;
  return letters;
}
constexpr std::array<Letter, 256> kLetters = MakeLetters();

// Words, names and hexadecimal have letters of one case, or no digits.
bool LooksPacked(const std::array<std::size_t, 4>& letters) {
  const std::size_t all = letters[kUpper] + letters[kLower] + letters[kDigit];
  return letters[kUpper] * 10 >= all && letters[kLower] * 10 >= all &&
         letters[kDigit] * 40 >= all && letters[kDigit] > 0;
}

// Names in code that have letters of both cases and digits have few of one of them.
bool LooksLikePiece(const std::array<std::size_t, 4>& letters) {
  const std::size_t all = letters[kUpper] + letters[kLower] + letters[kDigit];
  return all >= kPiece && letters[kUpper] * 5 >= all && letters[kLower] * 5 >= all &&
         letters[kDigit] * 12 >= all;
}

// 0x4d, \x4d, \u004d, %4d, 4d or 77.
std::size_t NumberOf(std::string_view token) {
  const std::size_t prefix = token.find_last_of("xXuU");
  const bool marked = prefix != token.npos;
  const std::string_view digits = marked ? token.substr(prefix + 1) : token;
  const bool hex = marked || digits.find_first_not_of("0123456789") != digits.npos;
  std::size_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10);
  return value;
}

Class ClassOf(char c) { return kClasses[static_cast<unsigned char>(c)]; }

bool IsToken(char c) { return ClassOf(c) >= Class::kToken; }

// "base64," may stand before it.
bool MayBeLabelled(std::string_view text, std::size_t at) {
  return at < 2 || (text[at - 1] == ',' && text[at - 2] == '4');
}

}  // namespace

// What is drawn or set in type stays where it is.
bool HiddenPayload::IsLabelledPicture(std::string_view text, std::size_t at) const {
  constexpr std::array<std::string_view, 7> kHarmless{
      "data:image/", "data:font/", "data:audio/", "data:video/", "font", "json", "url("};
  std::string before = at < kBefore ? before_ : std::string();
  before += text.substr(at - std::min(at, kBefore), std::min(at, kBefore));
  before = base::ToLower(before.substr(before.size() - std::min(before.size(), kBefore)));
  return before.ends_with("base64,") && std::ranges::any_of(kHarmless, [&](std::string_view type) {
           return before.find(type) != before.npos;
         });
}

void HiddenPayload::TokenBegins(std::string_view text, std::size_t at) {
  head_.clear();
  letters_ = {};
  numeric_ = plus_only_ = true;
  labelled_ = false;
  if (!MayBeLabelled(text, at) || excused_ || !IsLabelledPicture(text, at)) return;
  labelled_ = in_script_;
  excused_ = !in_script_;
}

std::size_t HiddenPayload::TakeToken(std::string_view text, std::size_t at) {
  if (token_ == 0) TokenBegins(text, at);
  const std::size_t begin = at;
  while (at < text.size() && IsToken(text[at])) ++at;
  const std::string_view part = text.substr(begin, at - begin);
  if (token_ <= kLongestNumber && numeric_) {
    numeric_ = std::ranges::all_of(part.substr(0, kLongestNumber + 1),
                                   [](char c) { return ClassOf(c) == Class::kNumeric; });
  }
  plus_only_ = plus_only_ && part.find_first_not_of('+') == part.npos;
  for (const char c : excused_ ? std::string_view() : part) {
    ++letters_[kLetters[static_cast<unsigned char>(c)]];
  }
  if (head_.size() < kHeadBytes) head_ += part.substr(0, kHeadBytes - head_.size());
  token_ += part.size();
  return at;
}

void HiddenPayload::LongTokenEnds() {
  const auto begins = [this](std::string_view head) { return head_.starts_with(head); };
  if (labelled_ && std::ranges::any_of(kPictureHeads, begins)) excused_ = true;
  if (excused_) return RunEnds();
  run_ += token_;
  bytes_ += token_;
  if (LooksPacked(letters_)) {
    dense_run_ += token_;
    const bool first = run_ - token_ < kSomeRun;
    if (in_script_ && run_ >= kSomeRun) dense_ += first ? dense_run_ : token_;
  }
  if (token_ >= kFileToken && std::ranges::any_of(kFileHeads, begins)) has_file_head_ = true;
}

// Most text is words: whole ones that are short, and no numbers, only end what was before them.
std::size_t HiddenPayload::SkipWord(std::string_view text, std::size_t at) {
  if (token_ > 0 || text[at] == '+' || MayBeLabelled(text, at)) return 0;
  const std::size_t most = std::min(text.size(), at + kLongToken);
  bool numeric = true;
  std::size_t end = at;
  for (; end < most && IsToken(text[end]); ++end) {
    numeric = numeric && ClassOf(text[end]) == Class::kNumeric;
  }
  if (end == most || (numeric && end - at <= kLongestNumber)) return 0;
  RunEnds();
  numbers_ = 0;
  if (in_script_ && end - at >= kPiece) TakePiece(text.substr(at, end - at));
  return end - at;
}

void HiddenPayload::TakePiece(std::string_view word) {
  std::array<std::size_t, 4> letters{};
  for (const char c : word) ++letters[kLetters[static_cast<unsigned char>(c)]];
  if (LooksLikePiece(letters)) pieces_ += word.size();
}

bool HiddenPayload::scattered() const { return pieces_ >= kManyPieces; }

void HiddenPayload::RunEnds() { run_ = dense_run_ = 0; }

void HiddenPayload::CountNumber() {
  if (!numeric_ || token_ > kLongestNumber) {
    numbers_ = 0;
    return;
  }
  if (numbers_++ == 0) values_.reset();
  if (const std::size_t value = NumberOf(head_); value < values_.size()) values_.set(value);
  // A few are in any script.
  constexpr std::size_t kFewNumbers = 8;
  if (numbers_ > kFewNumbers) bytes_ += token_;
}

void HiddenPayload::Weigh() {
  const bool many_values = numbers_ > kByteTable && values_.count() >= kManyValues;
  if (run_ >= kHeavyRun || numbers_ >= kHeavyNumbers || dense_ >= kHeavyDense ||
      (run_ >= kLongRun && dense_run_ * 2 >= run_) || (numbers_ >= kManyNumbers && many_values)) {
    heavy_ = true;
  }
  if (in_script_ && (dense_ >= kSomeDense || many_values)) heavy_some_ = true;
}

void HiddenPayload::TokenEnds() {
  if (token_ == 0 || plus_only_) {
    token_ = 0;
    return;
  }
  CountNumber();
  token_ >= kLongToken ? LongTokenEnds() : RunEnds();
  if (in_script_ && !excused_ && LooksLikePiece(letters_)) pieces_ += token_;
  Weigh();
  if (numbers_ >= kSomeNumbers || run_ >= kSomeRun) found_some_ = true;
  if (numbers_ >= kManyNumbers || run_ >= kLongRun || dense_ >= kHeavyDense) {
    found_ = true;
    found_in_script_ = found_in_script_ || in_script_;
  }
  token_ = 0;
}

void HiddenPayload::Remember(std::string_view text) {
  if (text.size() >= kBefore) {
    before_ = text.substr(text.size() - kBefore);
    return;
  }
  if (before_.size() + text.size() > kBefore) {
    before_.erase(0, before_.size() + text.size() - kBefore);
  }
  before_ += text;
}

void HiddenPayload::Feed(std::string_view text, bool in_script) {
  in_script_ = in_script;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    const Class kind = ClassOf(c);
    if (kind >= Class::kToken) {
      if (const std::size_t word = SkipWord(text, at); word > 0) {
        at += word;
        continue;
      }
      at = TakeToken(text, at);
      if (at < text.size()) TokenEnds();
      continue;
    }
    if (token_ > 0) TokenEnds();
    if (kind == Class::kOther) {
      RunEnds();
      numbers_ = 0;
      excused_ = false;
    }
    // A quotation mark ends what a data: URI excuses.
    if (c == '"' || c == '\'') excused_ = false;
    ++at;
  }
  Remember(text);
}

}  // namespace gatepost::attachments
