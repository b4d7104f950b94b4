#include "common/submit/notice.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <ctime>
#include <span>

#include "common/base/base64.h"
#include "common/base/strings.h"

namespace gatepost::submit {
namespace {

constexpr std::size_t kMaxAddressBytes = 254;  // RFC 5321 section 4.5.3.1.3, without brackets
constexpr std::size_t kMaxPhraseBytes = 500;
constexpr std::size_t kWordBytes = 42;      // becomes 56 of the 75 of RFC 2047 section 2
constexpr std::size_t kMaxLineBytes = 998;  // RFC 5322 section 2.1.1

bool IsAscii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool MayStandInAddress(char c) {
  return static_cast<unsigned char>(c) > 0x20 && c != 0x7f &&
         std::string_view("\"<>()[],;:\\").find(c) == std::string_view::npos;
}

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

// Text for an unstructured header field: as it is where it is short plain ASCII, else as encoded
// words (RFC 2047), one a line. Controls go.
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

// RFC 5322 section 3.3, in UTC. By hand, as strftime's names depend on the locale.
std::string Date(base::WallTime now) {
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

// The body with CRLF line ends; a bare CR stays and makes it unfit for 7bit.
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

std::string Mailbox(const Notice& notice) {
  if (notice.from_name.empty()) return notice.from;
  return Phrase(notice.from_name) + "\r\n <" + notice.from + ">";
}

}  // namespace

bool IsPlainAddress(std::string_view address) {
  const auto parts = base::SplitOnce(address, '@');
  return parts && !parts->first.empty() && !parts->second.empty() &&
         parts->second.find('@') == std::string_view::npos && address.size() <= kMaxAddressBytes &&
         std::ranges::all_of(address, MayStandInAddress);
}

bool NeedsUtf8(const Notice& notice) { return !IsAscii(notice.from) || !IsAscii(notice.to); }

base::Result<std::string> FormatNotice(const Notice& notice, std::string_view message_id,
                                       base::WallTime now) {
  if (!IsPlainAddress(notice.from) || !IsPlainAddress(notice.to) || !IsPlainAddress(message_id)) {
    return base::Fail(base::ErrorKind::kInvalid, "the address of a notice is not plain");
  }
  const std::string body = WithCrlf(notice.text);
  const bool plain = Fits7Bit(body);
  std::string message = "From: " + Mailbox(notice) + "\r\n";
  message += "To: " + notice.to + "\r\n";
  message += "Subject: " + HeaderText(notice.subject) + "\r\n";
  message += "Date: " + Date(now) + "\r\n";
  message += "Message-ID: <" + std::string(message_id) + ">\r\n";
  message += "Auto-Submitted: auto-generated\r\n";
  message += "MIME-Version: 1.0\r\n";
  message += "Content-Type: text/plain; charset=utf-8\r\n";
  message += std::string("Content-Transfer-Encoding: ") + (plain ? "7bit" : "base64") + "\r\n";
  return message + "\r\n" + (plain ? body : Base64Lines(body));
}

}  // namespace gatepost::submit
