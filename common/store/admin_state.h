// Administrative state (suspensions, overrides) as one program knows it: a map that is kept equal
// to the store's in the background and copied to disk, so that a restart without the store forgets
// nothing. A change made here holds here at once and is told to the store as soon as it can be.
//
// A store that has lost the state (restarted empty, flushed) is told it again: the state carries a
// mark (admin_mark.h), and where that is missing or of another generation, what is missing with it
// was lost and not lifted. While the mark's version and the number of fields stay as they are,
// nothing more is read.
// Any thread may call; a look-up takes a lock only to copy a pointer.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "common/base/result.h"
#include "common/store/admin_copy.h"
#include "common/store/admin_mark.h"
#include "common/store/store.h"

namespace gatepost::store {

class AdminState {
 public:
  struct Options {
    Key key;                     // KeyMaker::Admin("suspensions")
    std::filesystem::path file;  // of the copy; empty: none
    std::chrono::milliseconds refresh{5'000};
    // All is read at least this often, for values that were changed by hand or by older programs.
    std::chrono::milliseconds reread{60'000};
    std::chrono::milliseconds call_time{1'000};  // for each call of the store
    // Told, in one sentence, of a damaged copy, one that cannot be written, or a store that lost
    // its state; from the constructor or the background thread. May be empty.
    std::function<void(const std::string&)> on_trouble = {};
    // Given each new state just before it holds, from the constructor on, one at a time, in the
    // thread that changes it; must not call this object. May be empty.
    std::function<void(const FieldMap&)> on_change = {};
    // After a refresh that failed, where it is less: a store that comes back is asked at once, and
    // one that is away answers so without being asked.
    std::chrono::milliseconds retry{100};
  };

  // Loads the copy; then the background thread begins. `store` outlives this object.
  AdminState(Store& store, Options options);
  ~AdminState();
  AdminState(const AdminState&) = delete;
  AdminState& operator=(const AdminState&) = delete;

  // The value of a field. Never waits for the store or the disk.
  std::optional<std::string> Find(std::string_view field) const;
  std::shared_ptr<const FieldMap> All() const;

  // kInvalid for the reserved name "!" or more than 4,096 bytes, kLimit when there are too many.
  base::Result<void> Set(const std::string& field, const std::string& value);
  base::Result<void> Lift(const std::string& field);

  // Puts `value` in the place of `expected`, in the store and here, as one step: false where the
  // store has another by now, or none; Refresh() tells which. Waits for the store; errors are its
  // own, and Set's.
  base::Result<bool> Exchange(const std::string& field, const std::string& expected,
                              const std::string& value);

  // Tells the store what it does not know yet, then takes over its state; what the background
  // thread does by itself. The error is the store's; the state is then as before.
  base::Result<void> Refresh();

 private:
  base::Result<void> Change(const std::string& field, std::optional<std::string> value);
  void LoadCopy();
  void SetAside(const base::Error& error);
  base::Result<void> SendChanges();
  base::Result<std::int64_t> Tell(const AdminCopy::Changes& changes, bool mark);
  void NoteSent(const AdminCopy::Changes& changes);
  base::Result<bool> IsUnchanged();
  base::Result<void> TakeOver();
  base::Result<void> Restore(FieldMap& theirs, const AdminMark& mark);
  void SetGeneration(std::int64_t generation);
  void Publish();
  void WriteCopy();
  void Run();
  void Complain(const std::string& what) const;
  base::Deadline CallDeadline() const {
    return std::chrono::steady_clock::now() + options_.call_time;
  }

  Store& store_;
  const Options options_;

  std::mutex refresh_mutex_;  // one refresh at a time; taken before the other two
  std::optional<AdminCopy> written_;
  std::optional<std::uint64_t> written_revision_;
  bool write_failed_ = false;
  std::int64_t generation_ = 0;     // of the state that ours grew from; 0: none
  std::vector<std::int64_t> seen_;  // what kAdminVersion returned of the state that was read last
  base::SteadyTime read_at_{};

  std::mutex change_mutex_;
  std::condition_variable changed_;
  AdminCopy state_;
  std::uint64_t revision_ = 0;  // of state_
  bool wake_ = false;
  bool stopping_ = false;

  mutable std::mutex view_mutex_;
  std::shared_ptr<const FieldMap> view_;

  std::thread thread_;
};

}  // namespace gatepost::store
