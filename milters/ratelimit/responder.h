// What follows from a suspension: on each host sessions are ended; on one of them people are told
// and the evidence is kept. A thread of its own watches the suspensions, so one that another host
// or an administrator made is heeded alike. An account is followed once for each level until it is
// lifted, whoever writes its entry again. Any thread may call.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/accounts/account.h"
#include "common/accounts/suspensions.h"
#include "common/base/clock.h"
#include "common/journal/journal.h"
#include "common/store/store.h"
#include "milters/ratelimit/notices.h"
#include "milters/ratelimit/ratelimit_options.h"

namespace gatepost::ratelimit {

class Responder {
 public:
  struct Site {
    accounts::Suspensions& suspensions;
    store::Store& store;
    journal::Journal& journal;
    Notices& notices;
    const base::Clock& clock;
    const accounts::AccountNames& names;
  };
  // Asks the root process: a verb and a user. Returns what went wrong, or "".
  using Ask = std::function<std::string(const std::string& verb, const std::string& account)>;

  // All of `site` outlives it.
  Responder(Site site, ResponseRules rules, Ask ask);
  ~Responder();

  // The account is suspended or throttled from now on; the rest follows in the background. Nothing
  // where it already is, or worse. `reason` holds the evidence in one sentence.
  void Act(const std::string& account, accounts::Suspension::Level level, const std::string& reason,
           const std::string& reference);
  // Worth a look only: the administrators are told, once a day.
  void Warn(const std::string& account, const std::string& reason, const std::string& reference);

 private:
  using Level = accounts::Suspension::Level;
  using Entry = std::pair<std::string, accounts::Suspension>;
  // Something to ask the root process for.
  struct Errand {
    std::string verb;
    std::string account;  // that it is about
    std::string user;     // as the root process knows it
    std::size_t tries = 0;
    base::SteadyTime due;
  };

  void Run();
  bool Step();
  void Look();
  bool IsNew(const Entry& entry);
  void Follow(const Entry& entry);
  void FollowLifted(const std::string& account);
  bool IsOurs(const std::string& account, Level level);
  void Tell(const Entry& entry);
  void SettleOwed();
  void KeepEvent(const Entry& entry);
  void KeepMessages(const Entry& entry);

  void Kick(const std::string& account);
  void AddErrand(const std::string& verb, const std::string& account, const std::string& user);
  bool RunErrand();
  void RunErrand(Errand errand);
  void GiveUp(const Errand& errand, const std::string& reason);

  const Site site_;
  const ResponseRules rules_;
  const Ask ask_;
  const std::string me_;  // as leases name their holder

  // The thread's own.
  std::map<std::string, Level, std::less<>> followed_;  // the highest level since it was lifted
  std::vector<Entry> owed_;                             // whose messages are to be kept
  std::vector<Errand> errands_;

  std::mutex act_mutex_;  // from the look at what there is to its change
  std::mutex mutex_;
  std::condition_variable wake_;
  bool woken_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace gatepost::ratelimit
