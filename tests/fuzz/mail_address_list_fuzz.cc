// An address that the list's parser lets through is one: written out, both parsers read it back.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/mail/address.h"
#include "common/mail/author.h"
#include "common/mail/character_class.h"

namespace {

using namespace gatepost;

void Check(bool holds) {
  if (!holds) std::abort();
}

void CheckRoundTrip(const mail::Address& address) {
  const std::string text = address.Format();
  const auto list = mail::ParseAddressList(text);
  Check(list && list->mailboxes.size() == 1 && list->mailboxes.front() == address);
  const auto path = mail::ParsePath("<" + text + ">");
  Check(path && *path == address);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view value(reinterpret_cast<const char*>(data), size);
  const auto list = mail::ParseAddressList(value);
  const mail::Author author = mail::EvaluateAuthor({&value, 1});
  Check(author.domain.has_value() == (author.problem == mail::AuthorProblem::kNone));
  Check(list.has_value() == (author.problem != mail::AuthorProblem::kUnparsable));
  if (!list) return 0;
  Check(mail::IsCleanText(value));
  Check(list->mailboxes.size() <= mail::kMaxMailboxes);
  const auto ats = std::count(value.begin(), value.end(), '@');
  Check(list->mailboxes.size() <= static_cast<std::size_t>(ats));
  for (const mail::Address& address : list->mailboxes) CheckRoundTrip(address);
  return 0;
}
