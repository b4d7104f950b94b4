#include "common/submit/letter.h"

#include <algorithm>
#include <cstddef>

#include "common/submit/message_text.h"
#include "common/submit/notice.h"

namespace gatepost::submit {
namespace {

constexpr std::size_t kMaxFieldLineBytes = 900;  // below the 998 of RFC 5322 section 2.1.1

bool IsPrintable(char c) { return c >= 0x20 && c < 0x7f; }

bool MayStandInField(std::string_view text) {
  return !text.empty() && text.size() <= kMaxFieldLineBytes && text.front() != ' ' &&
         std::ranges::all_of(text, IsPrintable);
}

bool MayStandInQuotes(std::string_view text) {
  return MayStandInField(text) && text.find_first_of("\"\\") == std::string_view::npos;
}

bool HoldsNoSurprise(const Letter& letter) {
  const auto fits = [](const Attachment& attachment) {
    return MayStandInQuotes(attachment.media_type) && MayStandInQuotes(attachment.file_name);
  };
  return IsPlainAddress(letter.from) && IsPlainAddress(letter.to) && !letter.subject.empty() &&
         std::ranges::all_of(letter.subject, MayStandInField) &&
         std::ranges::all_of(letter.attachments, fits);
}

std::string FormatSubject(const std::vector<std::string>& lines) {
  std::string field = "Subject: ";
  for (std::size_t i = 0; i < lines.size(); ++i) field += (i == 0 ? "" : "\r\n ") + lines[i];
  return field + "\r\n";
}

// "=_" is in no base64 text (RFC 2045 section 6.7 gives it away as one that is in no
// quoted-printable text either), so only the text for people could hold the boundary.
std::string Boundary(std::string_view message_id) {
  return "=_" + std::string(message_id.substr(0, std::min<std::size_t>(message_id.find('@'), 60)));
}

std::string FormatText(std::string_view text, std::string_view boundary) {
  const std::string body = WithCrlf(text);
  const bool plain = Fits7Bit(body) && body.find(boundary) == std::string::npos;
  return "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: " +
         std::string(plain ? "7bit" : "base64") + "\r\n\r\n" + (plain ? body : Base64Lines(body));
}

std::string FormatAttachment(const Attachment& attachment) {
  return "Content-Type: " + attachment.media_type + ";\r\n name=\"" + attachment.file_name +
         "\"\r\nContent-Disposition: attachment;\r\n filename=\"" + attachment.file_name +
         "\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + Base64Lines(attachment.bytes);
}

std::string FormatHeader(const Letter& letter, std::string_view message_id, base::WallTime now) {
  std::string header = "From: " + Mailbox(letter.from_name, letter.from) + "\r\n";
  header += "To: " + letter.to + "\r\n";
  header += FormatSubject(letter.subject);
  header += "Date: " + FormatDate(now) + "\r\n";
  header += "Message-ID: <" + std::string(message_id) + ">\r\n";
  return header + "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n";
}

}  // namespace

base::Result<std::string> FormatLetter(const Letter& letter, std::string_view message_id,
                                       base::WallTime now) {
  if (!HoldsNoSurprise(letter) || !IsPlainAddress(message_id)) {
    return base::Fail(base::ErrorKind::kInvalid, "a letter's header would not be plain");
  }
  const std::string boundary = Boundary(message_id);
  std::string message = FormatHeader(letter, message_id, now);
  message += "Content-Type: multipart/mixed;\r\n boundary=\"" + boundary + "\"\r\n\r\n";
  message += "--" + boundary + "\r\n" + FormatText(letter.text, boundary);
  for (const Attachment& attachment : letter.attachments) {
    message += "\r\n--" + boundary + "\r\n" + FormatAttachment(attachment);
  }
  return message + "\r\n--" + boundary + "--\r\n";
}

}  // namespace gatepost::submit
