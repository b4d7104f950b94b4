// Whatever stands in a notice, its message has exactly our header fields, CRLF alone, and no line
// beyond the limit.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/base/strings.h"
#include "common/submit/notice.h"

namespace {

void CheckLines(std::string_view message) {
  const std::size_t header_end = message.find("\r\n\r\n");
  int fields = 0;
  std::size_t at = 0;
  for (std::string_view line : gatepost::base::Split(message, '\n')) {
    at += line.size() + 1;
    if (at > message.size()) break;  // after the last line end
    if (!line.ends_with('\r') || line.size() > 999) std::abort();
    line.remove_suffix(1);
    if (line.find('\r') != line.npos || line.find('\0') != line.npos) std::abort();
    if (at <= header_end + 2 && !line.starts_with(' ')) ++fields;
  }
  if (fields != 9) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parts = gatepost::base::Split({reinterpret_cast<const char*>(data), size}, '\x01');
  const auto part = [&](std::size_t i) {
    return i < parts.size() ? std::string(parts[i]) : std::string("eva@example.org");
  };
  const gatepost::submit::Notice notice{part(0), part(3), part(4), part(1), part(2)};
  const auto message = gatepost::submit::FormatNotice(notice, "1@mx", {});
  if (message) CheckLines(*message);
  return 0;
}
