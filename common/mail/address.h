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

  // Quoted again where RFC 5322 needs it; ParsePath and ParseAddressList read it back as it was.
  std::string Format() const;
  friend bool operator==(const Address&, const Address&) = default;
};

// Over these an address is kLimit. 512 octets is a whole SMTP command line (RFC 5321 section
// 4.5.3.1.4); the 64 of section 4.5.3.1.1 are exceeded by mailing lists every day.
inline constexpr std::size_t kMaxLocalPartBytes = 512;
inline constexpr std::size_t kMaxPathBytes = 2048;

// An envelope path as a milter sees it, with or without angle brackets; source routes are dropped
// (RFC 5321 section 4.1.2 and appendix C). No comments and no white space outside quotes. The null
// path, a local part alone ("<postmaster>") and address literals are kInvalid here: ask IsNullPath
// first.
base::Result<Address> ParsePath(std::string_view path);
// "<>", or nothing at all: so Postfix shows the null sender of mail that came by sendmail(1).
bool IsNullPath(std::string_view path);

// An address list of a From, Sender, To ... field: all mailboxes, those of groups included.
struct AddressList {
  std::vector<Address> mailboxes;
  bool has_group = false;
  // A display name or comment holds something that reads as another address ("a@b" in an encoded
  // word or in plain): for policies that look for disguises. The mailbox's own address is none.
  bool display_name_holds_address = false;
};

// Bounds of ParseAddressList; a value over one of them is kLimit. kMaxMailboxes also bounds the
// hops of all source routes together.
inline constexpr std::size_t kMaxAddressListBytes = std::size_t{256} * 1024;
inline constexpr std::size_t kMaxMailboxes = 1000;
inline constexpr int kMaxCommentDepth = 100;

// `value` is a whole field value with its folds. Linear in its length, whatever it holds. NUL and
// other controls, bare CR or LF, invalid UTF-8, unbalanced quotes, comments or brackets, address
// literals and a mailbox without a domain are kInvalid; one bad mailbox spoils the list. Comments,
// quoted strings, the obsolete forms of RFC 5322 section 4.4 and trailing white space are
// understood; groups may be empty, and so may the whole value: then there are no mailboxes.
base::Result<AddressList> ParseAddressList(std::string_view value);

}  // namespace gatepost::mail
