#include "common/submit/message_text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <ctime>
#include <span>

#include "common/base/base64.h"
#include "common/base/strings.h"

namespace gatepost::submit {
namespace {

constexpr std::size_t kMaxPhraseBytes = 500;
constexpr std::size_t kWordBytes = 42;      // becomes 56 of the 75 of RFC 2047 section 2
constexpr std::size_t kMaxLineBytes = 998;  // RFC 5322 section 2.1.1

std::string Encoded(std::string_view text) {
  return base::EncodeBase64(std::as_bytes(std::span(text)));
}

// The longest start of `text` of at most `size` bytes that ends with a whole UTF-8 character.
std::string_view WholeCharacters(std::string_view text, std::size_t size) {
  if (text.size() <= size) return text;
  std::size_t end = size;
  while (end > size - 3 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

bool IsAtomText(char c) { return base::IsAsciiAlpha(c) || base::IsAsciiDigit(c) || c == ' '; }

// A display name: HeaderText, quoted where a bare phrase would not do.
std::string Phrase(std::string_view name) {
  const std::string text = HeaderText(name);
  if (text.starts_with("=?") || std::ranges::all_of(text, IsAtomText)) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace

bool IsAscii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string HeaderText(std::string_view text) {
  std::string clean(WholeCharacters(text, kMaxPhraseBytes));
  std::ranges::replace_if(
      clean, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; }, ' ');
  if (IsAscii(clean) && clean.size() <= 60 && clean.find("=?") == std::string::npos) return clean;
  std::string words;
  for (std::string_view rest = clean; !rest.empty();) {
    const std::string_view part = WholeCharacters(rest, kWordBytes);
    if (!words.empty()) words += "\r\n ";
    words += "=?utf-8?B?" + Encoded(part) + "?=";
    rest.remove_prefix(part.size());
  }
  return words;
}

std::string Mailbox(std::string_view name, std::string_view address) {
  if (name.empty()) return std::string(address);
  return Phrase(name) + "\r\n <" + std::string(address) + ">";
}

std::string FormatDate(base::WallTime now) {
  // By hand, as strftime's names depend on the locale.
  static constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 40> clock;
  std::strftime(clock.data(), clock.size(), "%Y %H:%M:%S +0000", &utc);
  return std::string(kDays[static_cast<std::size_t>(utc.tm_wday)]) + ", " +
         std::to_string(utc.tm_mday) + " " + kMonths[static_cast<std::size_t>(utc.tm_mon)] + " " +
         clock.data();
}

std::string WithCrlf(std::string_view text) {
  std::string lines;
  for (std::string_view line : base::Split(text, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.append(line).append("\r\n");
  }
  if (text.empty() || text.ends_with('\n')) lines.resize(lines.size() - 2);
  return lines;
}

bool Fits7Bit(std::string_view body) {
  if (!IsAscii(body) || body.find('\0') != std::string_view::npos) return false;
  std::size_t line = 0;
  for (std::size_t i = 0; i < body.size(); ++i) {
    line = body[i] == '\n' ? 0 : line + 1;
    const bool bare_cr = body[i] == '\r' && body.substr(i + 1, 1) != "\n";
    if (bare_cr || line > kMaxLineBytes + 1) return false;  // the CR counts not
  }
  return true;
}

std::string Base64Lines(std::string_view body) {
  const std::string encoded = Encoded(body);
  std::string lines;
  for (std::size_t i = 0; i < encoded.size(); i += 76) lines += encoded.substr(i, 76) + "\r\n";
  return lines;
}

}  // namespace gatepost::submit
