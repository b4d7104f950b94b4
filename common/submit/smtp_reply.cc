#include "common/submit/smtp_reply.h"

#include <utility>

#include "common/base/strings.h"

namespace gatepost::submit {

using base::ErrorKind;
using base::Fail;
using base::Result;

bool SmtpReply::Offers(std::string_view keyword) const {
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::string_view line = lines[i];
    if (base::EqualsIgnoreCase(line.substr(0, line.find(' ')), keyword)) return true;
  }
  return false;
}

Result<std::optional<SmtpReply>> SmtpReplyReader::Next() {
  std::size_t taken = 0;
  for (;;) {
    const std::size_t end = unread_.find('\n', taken);
    const std::size_t size = (end == std::string::npos ? unread_.size() : end) - taken;
    if (size > kMaxLineBytes) return Fail(ErrorKind::kInvalid, "the SMTP reply is too long");
    if (end == std::string::npos) break;
    bool last = false;
    if (!TakeLine(std::string_view(unread_).substr(taken, size), last)) {
      return Fail(ErrorKind::kInvalid, "the server does not speak SMTP");
    }
    taken = end + 1;
    if (last) {
      unread_.erase(0, taken);
      return std::exchange(partial_, {});
    }
  }
  unread_.erase(0, taken);
  return std::nullopt;
}

bool SmtpReplyReader::TakeLine(std::string_view line, bool& last) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.size() < 3 || partial_.lines.size() >= kMaxLines) return false;
  int code = 0;
  for (const char c : line.substr(0, 3)) {
    if (!base::IsAsciiDigit(c)) return false;
    code = code * 10 + (c - '0');
  }
  const char mark = line.size() > 3 ? line[3] : ' ';
  const bool same = partial_.lines.empty() || code == partial_.code;
  if (code < 200 || code > 599 || !same || (mark != ' ' && mark != '-')) return false;
  partial_.code = code;
  partial_.lines.emplace_back(line.substr(line.size() > 3 ? 4 : 3));
  last = mark == ' ';
  return true;
}

}  // namespace gatepost::submit
