// All limits of one configuration with their table, checked together and prepared for charges.h.
// Loaded whole at start and reload; immutable, any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/accounts/account.h"
#include "common/limits/exceptions.h"
#include "common/limits/limit.h"

namespace gatepost::limits {

class LimitSet {
 public:
  static constexpr std::size_t kMostLimits = 100;

  // Limits that count by the same; each becomes part of one SubjectCharges.
  struct Group {
    std::vector<By> by;
    std::vector<std::uint32_t> limits;  // indices into limits(); none is off
  };

  // `lines` as limit.h has them; `table`: path of a file as limit_table.h has it, or "". Throws
  // config::ConfigError, one line for each that is wrong.
  static std::shared_ptr<const LimitSet> Load(const std::vector<std::string>& lines,
                                              const std::string& table,
                                              const accounts::AccountNames& names);

  const std::vector<Limit>& limits() const { return limits_; }  // those that are off too
  const Limit* Find(std::string_view name) const;
  const std::vector<Group>& groups() const { return groups_; }
  const std::string& slot(std::uint32_t limit) const { return slots_[limit]; }
  const Exceptions& table() const { return table_; }

  // Whether a limit that is not off needs this: what to ask the mail server or the store for.
  bool Counts(Counted counted) const;
  bool CountsBy(By by) const;
  bool needs_streams() const;
  bool counts_new_by_stream() const;
  bool needs_reputation() const;  // a client's
  bool NeedsReputationOf(std::string_view stream) const;

 private:
  void Add(const std::string& line, std::size_t number, std::string& problems);
  std::string FindConflict(const Limit& limit) const;
  void Prepare();
  template <class Condition>
  bool AnyActive(Condition condition) const;

  std::vector<Limit> limits_;
  std::vector<std::string> slots_;  // of each limit
  std::vector<Group> groups_;
  Exceptions table_;
};

}  // namespace gatepost::limits
