// A path that parses is one address, with or without brackets, and a header's parser agrees where
// it has them.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/mail/address.h"

namespace {

using namespace gatepost;

void Check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto path = mail::ParsePath(text);
  if (!path) return 0;
  Check(!mail::IsNullPath(text));
  const std::string formatted = path->Format();
  Check(mail::ParsePath(formatted) == *path);
  Check(mail::ParsePath("<" + formatted + ">") == *path);
  if (!text.starts_with('<')) return 0;
  const auto list = mail::ParseAddressList(text);
  Check(list && list->mailboxes.size() == 1 && list->mailboxes.front() == *path);
  return 0;
}
