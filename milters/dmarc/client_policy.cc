#include "milters/dmarc/client_policy.h"

#include "common/base/strings.h"

namespace gatepost::dmarc {
namespace {

constexpr std::size_t kMaxNameBytes = 128;
constexpr std::string_view kReverseDns = "7.25";  // RFC 7372 section 3.3
constexpr std::string_view kPolicy = "7.1";

std::string HeloOf(const Facts& facts) { return base::Printable(facts.client.helo, kMaxNameBytes); }

// A name in HELO of which DNS could tell.
bool IsKnownName(const HeloOutcome& helo) { return helo.is_name && !helo.unknown; }

}  // namespace

std::vector<ClientFault> FindClientFaults(const ClientRules& rules, const Facts& facts) {
  std::vector<ClientFault> faults;
  const auto check = [&](bool fails, std::string_view section, const ClientRule& rule,
                         std::string_view detail, auto text) {
    if (fails && rule.mode != RuleMode::kOff) faults.push_back({section, rule, detail, text()});
  };
  if (facts.client.address.family() == base::IpAddress::Family::kNone) return faults;
  const std::string address = facts.client.address.Format();
  const HeloOutcome& helo = facts.helo;

  check(facts.iprev.result == IprevResult::kPermError, "client_no_ptr", rules.no_ptr, kReverseDns,
        [&] { return "The address " + address + " has no PTR record"; });
  check(facts.iprev.result == IprevResult::kFail, "client_unconfirmed", rules.unconfirmed,
        kReverseDns, [&] { return "No PTR name of " + address + " has that address"; });
  check(!helo.is_name && !helo.is_literal, "client_helo_no_name", rules.helo_no_name, kPolicy, [&] {
    return "HELO must give a full host name or your address in brackets, not " + HeloOf(facts);
  });
  check(
      IsKnownName(helo) && !helo.resolves, "client_helo_unresolved", rules.helo_unresolved, kPolicy,
      [&] { return "The name in HELO, " + HeloOf(facts) + ", resolves to no address and no MX"; });
  check(IsKnownName(helo) && helo.resolves && !helo.matches, "client_helo_mismatch",
        rules.helo_mismatch, kPolicy, [&] {
          return "The name in HELO, " + HeloOf(facts) + ", does not have the address " + address;
        });
  // Our own host has its own name; and whether it is ours, DNS must have told.
  check(facts.helo_is_us && !helo.matches && !helo.unknown, "client_helo_is_us", rules.helo_is_us,
        kPolicy, [&] { return "HELO gave a name that belongs to this site: " + HeloOf(facts); });
  return faults;
}

}  // namespace gatepost::dmarc
