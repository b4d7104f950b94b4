// Mail addresses: of the envelope (RFC 5321) and of header fields (RFC 5322, RFC 6532). One strict
// parser decides for all programs; what it does not understand is an error, never a guess.
// Value types; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/mail/domain.h"

namespace gatepost::mail {

struct Address {
  std::string local_part;  // unquoted: `"a b"@example.org` holds `a b`
  Domain domain;

  std::string Format() const;  // quoted again where RFC 5322 needs it
  friend bool operator==(const Address&, const Address&) = default;
};

// An envelope path as a milter sees it, with or without angle brackets; source routes are dropped
// (RFC 5321 appendix C). The null path "<>" and address literals are kInvalid here: ask
// IsNullPath first.
base::Result<Address> ParsePath(std::string_view path);
bool IsNullPath(std::string_view path);

// An address list of a From, Sender, To ... field: all mailboxes, those of groups included.
struct AddressList {
  std::vector<Address> mailboxes;
  bool has_group = false;
  // A display name or comment holds something that reads as another address ("a@b" in an encoded
  // word or in plain): for policies that look for disguises.
  bool display_name_holds_address = false;
};

// Bounds of ParseAddressList; a value over one of them is kLimit.
inline constexpr std::size_t kMaxAddressListBytes = 256 * 1024;
inline constexpr std::size_t kMaxMailboxes = 1000;
inline constexpr int kMaxCommentDepth = 100;

// `value` is a whole field value with its folds. Linear in its length, whatever it holds. NUL,
// bare CR or LF, invalid UTF-8, unbalanced quotes, comments or brackets are kInvalid. Comments,
// quoted strings, obsolete white space, groups and trailing white space are understood.
base::Result<AddressList> ParseAddressList(std::string_view value);

}  // namespace gatepost::mail
