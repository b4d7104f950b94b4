// Who has another amount than a limit's own: what the table file (limit_table.h) and the overrides
// (overrides.h) are held in, for fast look-up. Filled by one thread, then read by any.
//
// The most specific scope wins:
//   1. the subject itself, where it is a pair or a sender
//   2. user
//   3. domain (each of its mailboxes), for limits by user-domain: pool
//   4. recipient, recipient-domain
//   5. client or network, the longest prefix first
// and in each scope a limit by its name before "*", all limits. The most recipients of one message
// (kRecipientsPerMessage) are sought in 2, 3 (domain) and 5.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/clock.h"
#include "common/base/strings.h"
#include "common/limits/limit.h"
#include "common/limits/subject.h"

namespace gatepost::limits {

inline constexpr std::string_view kAllLimits = "*";

class Exceptions {
 public:
  // What a limit (or kAllLimits) is in this scope, until then; nothing: for ever. A second one for
  // the same replaces the first. False where there was one.
  bool Add(const Scope& scope, std::string_view limit, std::int64_t amount,
           std::optional<base::WallTime> until = std::nullopt);
  bool empty() const { return by_text_.empty() && by_network_.empty(); }
  std::size_t size() const { return size_; }

 private:
  friend class ExceptionView;

  struct Entry {
    std::int64_t amount;
    std::int64_t until_ms;  // Unix time
    std::uint32_t name;     // index into names_
  };
  using Entries = std::vector<Entry>;
  struct NetworkHash {
    std::size_t operator()(const base::IpAddress& address) const noexcept;
  };
  using Networks = std::unordered_map<base::IpAddress, Entries, NetworkHash>;

  std::uint32_t NameIndex(std::string_view limit);
  Entries& EntriesOf(const Scope& scope);
  const Entries* Find(Scope::Kind kind, std::string_view text) const;

  std::unordered_map<std::string, Entries, base::StringHash, std::equal_to<>> by_text_;
  std::map<unsigned, Networks, std::greater<>> by_network_;  // by prefix length
  std::array<bool, 7> has_kind_{};                           // by Scope::Kind
  std::vector<std::string> names_;
  std::size_t size_ = 0;
};

// The exceptions that concern one message: table and overrides looked up once, asked for each
// limit. In each scope an override wins over the table. What it was made from outlives it.
class ExceptionView {
 public:
  ExceptionView(const Exceptions& table, const Exceptions* overrides, const Subjects& subjects,
                base::WallTime now);

  // What `limit` is for `subject`, the text that it counts by in this message.
  std::int64_t Amount(const Limit& limit, std::string_view subject) const;
  // The most recipients of one message: `usual` where there is no exception. kUncounted and
  // kUnlimited: as many as the mail server takes.
  std::int64_t MostRecipients(std::int64_t usual) const;

 private:
  struct Hit {
    const Exceptions* of;
    const Exceptions::Entries* entries;
    Scope::Kind kind;
  };
  // Rarely more than a few: nothing is allocated where there is no exception.
  using Hits = std::vector<Hit>;

  void Look(Scope::Kind kind, std::string_view text);
  void LookForNetworks(const base::IpAddress& client);
  void LookForNetwork(const Exceptions& in, unsigned bits, const base::IpAddress& client);
  std::optional<std::int64_t> AmountIn(const Hit& hit, std::string_view limit) const;
  std::optional<std::int64_t> AmountOfSubject(const Limit& limit, std::string_view subject) const;

  std::array<const Exceptions*, 2> sources_;  // overrides first
  std::int64_t now_ms_;
  Hits hits_;  // the most specific first
};

}  // namespace gatepost::limits
