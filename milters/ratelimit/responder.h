// What follows from a suspension: on each host sessions are ended; on one of them people are told
// and the evidence is kept. A thread of its own watches the suspensions, so one that another host
// or an administrator made is heeded alike. An account is followed once for each level until it is
// lifted, whoever writes its entry again; a host that hears of it later than ten minutes only ends
// sessions. Any thread may call.
#pragma once

#include <condition_variable>
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
#include "milters/ratelimit/errands.h"
#include "milters/ratelimit/notices.h"
#include "milters/ratelimit/ratelimit_options.h"

namespace gatepost::ratelimit {

// What the detector found.
struct Finding {
  std::string reason;  // the evidence in one sentence, for administrators
  std::string reference;
  std::string signals{};  // Assessment::Names
};

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
  using Ask = Errands::Ask;

  // All of `site` outlives it.
  Responder(Site site, ResponseRules rules, Ask ask);
  ~Responder();

  // The account is suspended or throttled from now on; the rest follows in the background. Nothing
  // where it already is, or worse.
  void Act(const std::string& account, accounts::Suspension::Level level, const Finding& finding);
  // Worth a look only: the administrators are told, once a day.
  void Warn(const std::string& account, const Finding& finding);

 private:
  using Level = accounts::Suspension::Level;
  using Entry = std::pair<std::string, accounts::Suspension>;
  void Run();
  bool Step();
  void Look();
  bool IsNew(const Entry& entry);
  bool IsOld(const accounts::Suspension& suspension) const;
  void Follow(const Entry& entry);
  void FollowLifted(const std::string& account);
  bool IsOurs(const std::string& account, Level level);
  void Tell(const Entry& entry);
  void TellOwner(const Entry& entry);
  void SettleOwed();
  void KeepEvent(const Entry& entry);
  void KeepMessages(const Entry& entry);
  void Kick(const std::string& account);

  const Site site_;
  const ResponseRules rules_;
  const std::string me_;  // as leases name their holder

  // The thread's own.
  std::map<std::string, Level, std::less<>> followed_;  // the highest level since it was lifted
  std::vector<Entry> owed_;  // whose messages are to be kept, and their owners told
  Errands errands_;

  std::mutex act_mutex_;  // from the look at what there is to its change
  std::mutex mutex_;
  std::condition_variable wake_;
  bool woken_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace gatepost::ratelimit
