// Domain names as DNS sees them. Used wherever two domains are compared. Value type; any thread.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gatepost::mail {

// A syntactically valid domain name of at least one label, held as lower-case A-labels without a
// trailing dot (RFC 5890, RFC 8616 section 5: compare as A-labels).
class Domain {
 public:
  // Accepts A-labels, U-labels (UTF-8, mapped and checked by IDNA2008 with libidn2's
  // non-transitional mapping) and one trailing dot. Limits of RFC 1035: 63 octets a label, 253 in
  // all. Letters, digits, hyphen (at neither end of a label) and underscore; no empty label, no
  // address literal. A label whose mapping makes a dot ("a" U+3002 "b") is kInvalid: only "."
  // separates labels. All else is kInvalid.
  //
  // A label in ASCII is kept as it stands, even "xn--..." that decodes to nothing IDNA2008 knows:
  // such names are registered and send mail, and their owner's DNS must answer for them. They
  // equal no other spelling, so nothing is confused by them; Display() shows them undecoded.
  static base::Result<Domain> Parse(std::string_view text);

  const std::string& ascii() const { return ascii_; }
  // The U-label form for people; ascii() where it does not convert back to the same name.
  std::string Display() const;

  // Equal to `parent` or below it.
  bool IsWithin(const Domain& parent) const;
  // The name without its left-most label; nothing for a single label.
  std::optional<Domain> Parent() const;
  unsigned label_count() const;

  friend bool operator==(const Domain&, const Domain&) = default;
  friend auto operator<=>(const Domain&, const Domain&) = default;

 private:
  explicit Domain(std::string ascii) : ascii_(std::move(ascii)) {}
  std::string ascii_;
};

}  // namespace gatepost::mail
