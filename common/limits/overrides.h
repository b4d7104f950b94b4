// Amounts that administrators set at run time, for all hosts: administrative state ("limits"), told
// to every program within a second or two, copied to disk, until they end or somebody resets them.
// Any thread.
//
// A field of the state is the scope and the limit's name, "user alice@example.org daily"; its value
// "500 until=1700000000 since=1690000000 by=root why=the new newsletter", times as Unix seconds.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/limits/exceptions.h"
#include "common/limits/limit.h"
#include "common/limits/subject.h"
#include "common/store/store.h"

namespace gatepost::limits {

struct Override {
  std::int64_t amount = 0;              // as Limit::amount, or kUncounted
  std::optional<base::WallTime> until;  // to the second; nothing: until it is reset
  base::WallTime since{};
  std::string by;   // the administrator's login
  std::string why;  // one sentence
  friend bool operator==(const Override&, const Override&) = default;

  // One line. Controls in the texts become spaces, and what is too long is cut.
  std::string Format() const;
  // kInvalid for whatever Format does not write.
  static base::Result<Override> Parse(std::string_view text);
};

class Overrides {
 public:
  struct Options {
    std::filesystem::path file;  // this program's copy; empty: none
    std::chrono::milliseconds refresh{1'000};
  };
  struct Named {
    std::string scope;  // Scope::text
    std::string limit;  // its name, or "*"
    Override value;
  };

  // `store` outlives it. What cannot be read is logged and left out.
  Overrides(store::Store& store, Options options);
  ~Overrides();

  // For MakeCharges; those that have ended are in it and without effect. Never waits: while another
  // thread reads a new state, it is the one before.
  std::shared_ptr<const Exceptions> Current() const;

  // In the order of scopes and limits, those that have ended too.
  std::vector<Named> All() const;
  std::optional<Override> Find(const Scope& scope, std::string_view limit) const;
  // Each holds here at once, and everywhere as soon as the store can be told. `limit` is a limit's
  // name or "*" (limit_table.h says what fits).
  base::Result<void> Set(const Scope& scope, std::string_view limit, const Override& value);
  base::Result<void> Reset(const Scope& scope, std::string_view limit);
  // Resets all that ended before `now`; returns how many.
  std::size_t ResetEnded(base::WallTime now);
  // Takes over the store's state now; for command lines and tests.
  base::Result<void> Refresh();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatepost::limits
