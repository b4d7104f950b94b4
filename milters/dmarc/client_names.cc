#include "milters/dmarc/client_names.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "common/base/strings.h"

namespace gatepost::dmarc {
namespace {

using base::IpAddress;
using dns::Answer;
using dns::AnswerPtr;
using dns::RecordType;
using dns::Status;
using mail::Domain;

constexpr std::size_t kMostNames = 10;

RecordType AddressType(const IpAddress& address) {
  return address.is_v6() ? RecordType::kAaaa : RecordType::kA;
}

bool HasAddress(const Answer& answer, const IpAddress& address) {
  return std::ranges::find(answer.records, address, &dns::Record::address) != answer.records.end();
}

// "MX 0 ." says that there is no mail (RFC 7505).
bool HasMailServer(const Answer& answer) {
  return std::ranges::any_of(answer.records,
                             [](const auto& record) { return !record.text.empty(); });
}

// The first names that are domains, each once.
std::vector<Domain> ClaimedNames(const Answer& names) {
  std::vector<Domain> claimed;
  for (const dns::Record& record : names.records) {
    const auto name = Domain::Parse(record.text);
    if (!name || std::ranges::find(claimed, *name) != claimed.end()) continue;
    claimed.push_back(*name);
    if (claimed.size() == kMostNames) break;
  }
  return claimed;
}

// RFC 5321 section 4.1.3; nothing for general literals of other kinds.
std::optional<IpAddress> ParseLiteral(std::string_view helo) {
  if (!helo.starts_with('[') || !helo.ends_with(']') || helo.size() < 2) return std::nullopt;
  std::string_view text = helo.substr(1, helo.size() - 2);
  constexpr std::string_view kTag = "IPv6:";
  const bool tagged = base::StartsWithIgnoreCase(text, kTag);
  if (tagged) text.remove_prefix(kTag.size());
  const bool colons = text.find(':') != std::string_view::npos;
  const auto address = IpAddress::Parse(text);
  if (!address || tagged != colons) return std::nullopt;
  return *address;
}

// No top-level domain is a number: "192.0.2.1" without brackets is an address.
bool EndsInNumber(const Domain& name) {
  const std::string& text = name.ascii();
  const std::size_t dot = text.rfind('.');
  return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(dot + 1), text.end(),
                     base::IsAsciiDigit);
}

std::optional<Domain> ParseName(std::string_view helo) {
  const auto name = Domain::Parse(helo);
  if (!name || name->label_count() < 2 || EndsInNumber(*name)) return std::nullopt;
  return *name;
}

std::string ReversedOctets(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    text += std::to_string(bytes[i]);
    if (i > 0) text += '.';
  }
  return text;
}

std::string ReversedNibbles(std::span<const std::uint8_t> bytes) {
  static constexpr std::string_view kHexDigits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    text += kHexDigits[bytes[i] & 0x0f];
    text += '.';
    text += kHexDigits[bytes[i] >> 4];
    if (i > 0) text += '.';
  }
  return text;
}

}  // namespace

std::string_view Name(IprevResult result) {
  switch (result) {
    case IprevResult::kPass:
      return "pass";
    case IprevResult::kFail:
      return "fail";
    case IprevResult::kTempError:
      return "temperror";
    case IprevResult::kPermError:
      return "permerror";
  }
  return "permerror";
}

IprevCheck::IprevCheck(const IpAddress& client, dns::Resolver& resolver)
    : Task(resolver, 1 + kMostNames), client_(client) {}

bool IprevCheck::Evaluate() {
  outcome_ = {};
  const std::string reverse_name = ReverseName(client_, "in-addr.arpa", "ip6.arpa");
  if (reverse_name.empty()) return true;
  const AnswerPtr names = Find(reverse_name, RecordType::kPtr);
  if (!names) return false;
  if (names->status != Status::kOk) {
    if (dns::IsTransient(names->status)) outcome_.result = IprevResult::kTempError;
    return true;
  }
  outcome_.claimed = ClaimedNames(*names);
  return Confirm();
}

bool IprevCheck::Confirm() {
  bool missing = false;
  bool transient = false;
  for (const Domain& name : outcome_.claimed) {
    const AnswerPtr addresses = Find(name.ascii(), AddressType(client_));
    missing |= addresses == nullptr;
    if (!addresses) continue;
    transient |= dns::IsTransient(addresses->status);
    if (HasAddress(*addresses, client_)) outcome_.confirmed.push_back(name);
  }
  outcome_.result = !outcome_.confirmed.empty() ? IprevResult::kPass
                    : transient                 ? IprevResult::kTempError
                                                : IprevResult::kFail;
  return !missing;
}

HeloCheck::HeloCheck(std::string_view helo, const IpAddress& client, dns::Resolver& resolver)
    : Task(resolver, 3), name_(ParseName(helo)), client_(client) {
  const auto literal = ParseLiteral(helo);
  outcome_.is_literal = literal && *literal == client;
  outcome_.is_name = name_.has_value();
}

bool HeloCheck::Evaluate() {
  if (!name_) return true;
  const AnswerPtr v4 = Find(name_->ascii(), RecordType::kA);
  const AnswerPtr v6 = Find(name_->ascii(), RecordType::kAaaa);
  const AnswerPtr mx = Find(name_->ascii(), RecordType::kMx);
  if (!v4 || !v6 || !mx) return false;
  const Answer& own = client_.is_v6() ? *v6 : *v4;
  outcome_.resolves = !v4->records.empty() || !v6->records.empty() || HasMailServer(*mx);
  outcome_.matches = HasAddress(own, client_);
  const bool any_transient =
      dns::IsTransient(v4->status) || dns::IsTransient(v6->status) || dns::IsTransient(mx->status);
  // What could not be asked matters only where it might have changed the outcome.
  outcome_.unknown =
      (!outcome_.matches && dns::IsTransient(own.status)) || (!outcome_.resolves && any_transient);
  return true;
}

std::string ReverseName(const IpAddress& address, std::string_view v4_suffix,
                        std::string_view v6_suffix) {
  if (address.bits() == 0) return {};
  const std::span<const std::uint8_t> bytes(address.bytes(), address.bits() / 8);
  std::string name = address.is_v4() ? ReversedOctets(bytes) : ReversedNibbles(bytes);
  const std::string_view suffix = address.is_v4() ? v4_suffix : v6_suffix;
  if (!suffix.empty()) name.append(".").append(suffix);
  return name;
}

}  // namespace gatepost::dmarc
