#include "common/submit/notice.h"

#include <algorithm>
#include <cstddef>

#include "common/base/strings.h"
#include "common/submit/message_text.h"

namespace gatepost::submit {
namespace {

constexpr std::size_t kMaxAddressBytes = 254;  // RFC 5321 section 4.5.3.1.3, without brackets

bool MayStandInAddress(char c) {
  return static_cast<unsigned char>(c) > 0x20 && c != 0x7f &&
         std::string_view("\"<>()[],;:\\").find(c) == std::string_view::npos;
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
  std::string message = "From: " + Mailbox(notice.from_name, notice.from) + "\r\n";
  message += "To: " + notice.to + "\r\n";
  message += "Subject: " + HeaderText(notice.subject) + "\r\n";
  message += "Date: " + FormatDate(now) + "\r\n";
  message += "Message-ID: <" + std::string(message_id) + ">\r\n";
  message += "Auto-Submitted: auto-generated\r\n";
  message += "MIME-Version: 1.0\r\n";
  message += "Content-Type: text/plain; charset=utf-8\r\n";
  message += std::string("Content-Transfer-Encoding: ") + (plain ? "7bit" : "base64") + "\r\n";
  return message + "\r\n" + (plain ? body : Base64Lines(body));
}

}  // namespace gatepost::submit
