// What follows from a suspension, on this host: sessions are ended, people are told, the evidence
// is kept. A thread of its own watches the suspensions, so one that another host or an
// administrator made is heeded alike. Any thread may call.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

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
  };
  // Asks the root process: a verb and an account. Returns what went wrong, or "".
  using Ask = std::function<std::string(const std::string& verb, const std::string& account)>;

  // All of `site` outlives it.
  Responder(Site site, ResponseRules rules, Ask ask);
  ~Responder();

  // The account is suspended or throttled from now on; the rest follows in the background.
  // `reason` holds the evidence in one sentence.
  void Act(const std::string& account, accounts::Suspension::Level level, const std::string& reason,
           const std::string& reference);
  // Worth a look only: the administrators are told, once a day.
  void Warn(const std::string& account, const std::string& reason, const std::string& reference);

 private:
  using Seen = std::set<std::pair<std::string, base::WallTime>>;

  void Run();
  void LookForNew();
  void LookForLifted(const Seen& present);
  void SettleOwed();
  void Follow(const std::string& account, const accounts::Suspension& suspension);
  void AskFor(const std::string& verb, const std::string& account);
  bool IsOurs(const std::string& account, const accounts::Suspension& suspension);
  void KeepEvidence(const std::string& account, const accounts::Suspension& suspension);
  void Tell(const std::string& account, const accounts::Suspension& suspension);

  const Site site_;
  const ResponseRules rules_;
  const Ask ask_;
  const std::string me_;  // as leases name their holder

  // The thread's own.
  Seen seen_;
  std::vector<std::pair<std::string, accounts::Suspension>> owed_;  // whose evidence is to be kept

  std::mutex mutex_;
  std::condition_variable wake_;
  bool woken_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace gatepost::ratelimit
