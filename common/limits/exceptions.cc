#include "common/limits/exceptions.h"

#include <algorithm>
#include <limits>
#include <set>

#include "common/limits/recipient_cap.h"

namespace gatepost::limits {
namespace {

constexpr std::int64_t kForEver = std::numeric_limits<std::int64_t>::max();

std::int64_t UnixMilliseconds(base::WallTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

bool CountsPool(const Limit& limit) {
  return std::ranges::find(limit.by, By::kUserDomain) != limit.by.end();
}

// A user's or a recipient's exception is for every limit; that of a domain is for each of its
// mailboxes or for all together.
bool Concerns(Scope::Kind kind, const Limit& limit) {
  if (kind == Scope::Kind::kPool) return CountsPool(limit);
  return kind != Scope::Kind::kDomain || !CountsPool(limit);
}

// Of the whole message, whatever its recipients are.
bool IsOfSender(Scope::Kind kind) {
  return kind == Scope::Kind::kUser || kind == Scope::Kind::kDomain ||
         kind == Scope::Kind::kNetwork;
}

// True where a subject's text is no scope of its own kind: a pair, or a sender.
bool IsOwnScope(const Limit& limit) {
  return limit.by.size() == 2 || limit.by[0] == By::kSender || limit.by[0] == By::kSenderDomain;
}

}  // namespace

std::size_t Exceptions::NetworkHash::operator()(const base::IpAddress& address) const noexcept {
  const auto* bytes = reinterpret_cast<const char*>(address.bytes());
  return std::hash<std::string_view>{}({bytes, address.bits() / 8});
}

std::uint32_t Exceptions::NameIndex(std::string_view limit) {
  const auto found = std::ranges::find(names_, limit);
  if (found != names_.end()) return static_cast<std::uint32_t>(found - names_.begin());
  names_.emplace_back(limit);
  return static_cast<std::uint32_t>(names_.size() - 1);
}

Exceptions::Entries& Exceptions::EntriesOf(const Scope& scope) {
  has_kind_[static_cast<std::size_t>(scope.kind)] = true;
  if (!scope.network) return by_text_[scope.text];
  return by_network_[scope.network->prefix_bits()][scope.network->base()];
}

bool Exceptions::Add(const Scope& scope, std::string_view limit, std::int64_t amount,
                     std::optional<base::WallTime> until) {
  const Entry entry{amount, until ? UnixMilliseconds(*until) : kForEver, NameIndex(limit)};
  Entries& entries = EntriesOf(scope);
  const auto same = std::ranges::find(entries, entry.name, &Entry::name);
  if (same != entries.end()) {
    *same = entry;
    return false;
  }
  entries.reserve(entries.size() + 1);  // most have one
  // Limits by name before all limits.
  entries.insert(limit == kAllLimits ? entries.end() : entries.begin(), entry);
  ++size_;
  return true;
}

const Exceptions::Entries* Exceptions::Find(Scope::Kind kind, std::string_view text) const {
  if (!has_kind_[static_cast<std::size_t>(kind)] || text.empty()) return nullptr;
  const auto found = by_text_.find(text);
  return found == by_text_.end() ? nullptr : &found->second;
}

ExceptionView::ExceptionView(const Exceptions& table, const Exceptions* overrides,
                             const Subjects& subjects, base::WallTime now)
    : sources_{overrides, &table}, now_ms_(UnixMilliseconds(now)) {
  Look(Scope::Kind::kUser, subjects.Text(By::kUser));
  Look(Scope::Kind::kPool, subjects.Text(By::kUserDomain));
  Look(Scope::Kind::kDomain, subjects.domain());
  Look(Scope::Kind::kRecipient, subjects.Text(By::kRecipient));
  Look(Scope::Kind::kRecipientDomain, subjects.Text(By::kRecipientDomain));
  LookForNetworks(subjects.client());
}

void ExceptionView::Look(Scope::Kind kind, std::string_view text) {
  for (const Exceptions* const source : sources_) {
    if (source == nullptr) continue;
    if (const auto* const entries = source->Find(kind, text)) {
      hits_.push_back({source, entries, kind});
    }
  }
}

void ExceptionView::LookForNetwork(const Exceptions& in, unsigned bits,
                                   const base::IpAddress& client) {
  const auto networks = in.by_network_.find(bits);
  if (networks == in.by_network_.end() || bits > client.bits()) return;
  const auto found = networks->second.find(client.Masked(bits));
  if (found == networks->second.end()) return;
  hits_.push_back({&in, &found->second, Scope::Kind::kNetwork});
}

void ExceptionView::LookForNetworks(const base::IpAddress& client) {
  std::set<unsigned, std::greater<>> lengths;
  for (const Exceptions* const source : sources_) {
    if (source == nullptr) continue;
    for (const auto& [bits, networks] : source->by_network_) lengths.insert(bits);
  }
  for (const unsigned bits : lengths) {
    for (const Exceptions* const source : sources_) {
      if (source != nullptr) LookForNetwork(*source, bits, client);
    }
  }
}

std::optional<std::int64_t> ExceptionView::AmountIn(const Hit& hit, std::string_view limit) const {
  for (const Exceptions::Entry& entry : *hit.entries) {
    const std::string& name = hit.of->names_[entry.name];
    if ((name == limit || name == kAllLimits) && entry.until_ms > now_ms_) return entry.amount;
  }
  return std::nullopt;
}

std::optional<std::int64_t> ExceptionView::AmountOfSubject(const Limit& limit,
                                                           std::string_view subject) const {
  if (!IsOwnScope(limit)) return std::nullopt;
  for (const Exceptions* const source : sources_) {
    if (source == nullptr) continue;
    const auto* const entries = source->Find(Scope::Kind::kSubject, subject);
    if (entries == nullptr) continue;
    const auto amount = AmountIn({source, entries, Scope::Kind::kSubject}, limit.name);
    if (amount) return amount;
  }
  return std::nullopt;
}

std::int64_t ExceptionView::Amount(const Limit& limit, std::string_view subject) const {
  if (const auto amount = AmountOfSubject(limit, subject)) return *amount;
  for (const Hit& hit : hits_) {
    if (!Concerns(hit.kind, limit)) continue;
    if (const auto amount = AmountIn(hit, limit.name)) return *amount;
  }
  return limit.amount;
}

std::int64_t ExceptionView::MostRecipients(std::int64_t usual) const {
  for (const Hit& hit : hits_) {
    if (!IsOfSender(hit.kind)) continue;
    if (const auto amount = AmountIn(hit, kRecipientsPerMessage)) return *amount;
  }
  return usual;
}

}  // namespace gatepost::limits
