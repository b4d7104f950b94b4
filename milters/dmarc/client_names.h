// Who the client says it is, by DNS: its PTR names confirmed by their addresses (RFC 8601 section
// 3, "iprev"), and the name it gave in HELO. dns::Tasks; each belongs to one message.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ip_address.h"
#include "common/dns/resolver.h"
#include "common/dns/task.h"
#include "common/mail/domain.h"

namespace gatepost::dmarc {

// RFC 8601 section 2.7.3.
enum class IprevResult {
  kPass,       // some PTR name has the client's address
  kFail,       // there are PTR names, and none has it
  kTempError,  // could not be found out
  kPermError,  // no PTR record
};
std::string_view Name(IprevResult result);

struct IprevOutcome {
  IprevResult result = IprevResult::kPermError;
  std::vector<mail::Domain> claimed;    // PTR names, at most 10; those that are no domain left out
  std::vector<mail::Domain> confirmed;  // those with the client's address
};

// The PTR names, then their addresses of the client's family, all at once. A client without an
// address (a local socket) is kPermError.
class IprevCheck final : public dns::Task {
 public:
  IprevCheck(const base::IpAddress& client, dns::Resolver& resolver);
  const IprevOutcome& outcome() const { return outcome_; }

 private:
  bool Evaluate() override;
  bool Confirm();

  const base::IpAddress client_;
  IprevOutcome outcome_;
};

struct HeloOutcome {
  bool is_name = false;     // a domain of two labels or more; addresses are none
  bool is_literal = false;  // "[192.0.2.1]" of the client itself: allowed (RFC 5321 4.1.3)
  bool resolves = false;    // the name has an address or MX
  bool matches = false;     // one of its addresses is the client's
  bool unknown = false;     // DNS could not tell: a false `resolves` or `matches` says nothing
};

// A, AAAA and MX of the name, all at once. Nothing is asked where HELO gave no name. The first two
// facts of the outcome stand from the start.
class HeloCheck final : public dns::Task {
 public:
  HeloCheck(std::string_view helo, const base::IpAddress& client, dns::Resolver& resolver);
  const HeloOutcome& outcome() const { return outcome_; }

 private:
  bool Evaluate() override;

  const std::optional<mail::Domain> name_;
  const base::IpAddress client_;
  HeloOutcome outcome_;
};

// "4.3.2.1.in-addr.arpa" (RFC 1035 section 3.5), the nibbles of an IPv6 address (RFC 3596 section
// 2.5); without the last dot where the suffix is "". Nothing for an address of no family.
std::string ReverseName(const base::IpAddress& address, std::string_view v4_suffix,
                        std::string_view v6_suffix);

}  // namespace gatepost::dmarc
