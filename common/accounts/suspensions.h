// Accounts whose mail every program on every host refuses, and those that are slowed down. Kept as
// administrative state ("suspensions"): told to all hosts within a second, copied to disk, until
// somebody lifts it. Any thread.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/milter/verdict.h"
#include "common/store/store.h"

namespace gatepost::accounts {

// Who suspends where no administrator does.
inline constexpr std::string_view kDetector = "detector";

struct Suspension {
  enum class Level { kThrottle, kSuspend };
  Level level = Level::kSuspend;
  base::WallTime since{};  // to the millisecond
  std::string by;          // kDetector, or the administrator's login
  std::string reason;      // one sentence for administrators
  std::string reference;   // of the event and its evidence; "": none is kept
  std::string signals{};   // what the detector saw, as words between blanks: "networks new rate"
  bool readable = true;    // false: there is an entry, but it is damaged or a later version's
  friend bool operator==(const Suspension&, const Suspension&) = default;

  // One line. Controls in the texts become spaces, and what is too long is cut.
  std::string Format() const;
  // kInvalid for whatever Format does not write; what a later version appends is passed over.
  static base::Result<Suspension> Parse(std::string_view text);
};

class Suspensions {
 public:
  struct Options {
    std::filesystem::path file;  // this program's copy; empty: none
    // So that a suspension acts everywhere within a second, where a busy host misses one, too.
    std::chrono::milliseconds refresh{250};
  };
  // `store` outlives it. What goes wrong with the copy or the stored state is logged.
  Suspensions(store::Store& store, Options options);
  ~Suspensions();

  // `account` in the spelling of AccountNames. Never waits. An account whose entry cannot be read
  // is suspended by "unknown", and not `readable`: somebody meant it to be, but we are in trouble.
  std::optional<Suspension> Find(std::string_view account) const;
  // In the order of the names.
  std::vector<std::pair<std::string, Suspension>> All() const;
  // Each holds here at once, and everywhere as soon as the store can be told. kInvalid for a name
  // that is empty, reserved or too long; kLimit when there are too many.
  base::Result<void> Suspend(const std::string& account, const Suspension& suspension);
  base::Result<void> Resume(const std::string& account);
  // Takes over the store's state now; for command lines and tests.
  base::Result<void> Refresh();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// What the account's own mail program is told (535-like texts help nobody at RCPT): 550 5.7.1 with
// whom to ask; nothing about how it was found out. 450 4.7.1 where the entry cannot be read: our
// own trouble refuses nothing for good. `reference` may be "".
milter::Reply SuspendedReply(const Suspension& suspension, std::string_view reference);

}  // namespace gatepost::accounts
