// Warm-up of new sending addresses: mail over the day's allowance of its address and provider is
// held in Postfix's queue and released, oldest first, as the allowance becomes free. Allowances are
// counted by the ledger, among all hosts, in the limiter's own round trips. Any thread may call.
//
//   auto plan = warm_up.Begin(mail);                        nothing: not governed, or not known yet
//   warm_up.AddCharge(*plan, domain, false, charges);       at each recipient
//   warm_up.Note(*plan, charges, outcome);                  what the ledger said
//   if (plan->over()) ... editor.Quarantine ... warm_up.Hold(*plan, queue_id);
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/dns/resolver.h"
#include "common/journal/journal.h"
#include "common/limits/charges.h"
#include "common/limits/ledger.h"
#include "common/store/admin_state.h"
#include "common/store/store.h"
#include "common/warmup/held_mail.h"
#include "milters/ratelimit/warmup_providers.h"
#include "milters/ratelimit/warmup_table.h"

namespace gatepost::ratelimit {

// One message's part. One thread at a time.
class WarmUpPlan {
 public:
  // Some provider has no room today.
  bool over() const { return !lacking_.empty(); }
  const std::string& source() const { return source_.name; }
  const std::vector<std::string>& lacking() const { return lacking_; }

 private:
  friend class WarmUp;
  std::shared_ptr<const WarmUpTable> table_;
  warmup::Source source_;
  std::vector<std::string> fitting_;
  std::vector<std::string> lacking_;
};

class WarmUp {
 public:
  // Beyond it mail is deferred: its sender keeps it.
  static constexpr std::size_t kMostHeld = 10'000;

  struct Site {
    store::Store& store;
    limits::Ledger& ledger;
    journal::Journal& journal;
    dns::Resolver* resolver;  // nullptr: providers are known by their domains alone
    const base::Clock& clock;
  };
  struct Options {
    std::string host;
    std::filesystem::path file;  // a copy of the list of held mail; empty: none
    std::chrono::milliseconds look{2'000};
  };
  // Asks the root process: "release" and a queue id. The errors are those of privileged::Ask.
  using Ask =
      std::function<base::Result<void>(const std::string& verb, const std::string& argument)>;

  // All of `site` outlives it.
  WarmUp(Site site, Options options, std::shared_ptr<const WarmUpTable> table, Ask ask);
  ~WarmUp();

  // From now on, by this table.
  void Use(std::shared_ptr<const WarmUpTable> table);

  std::optional<WarmUpPlan> Begin(const WarmUpTable::Mail& mail) const;
  // One charge for each provider, at its first recipient. `domain` as ASCII. What would have to be
  // held is told by Note; with `enforced` the ledger refuses it instead.
  void AddCharge(WarmUpPlan& plan, std::string_view domain, bool enforced,
                 limits::Charges& charges);
  void Note(WarmUpPlan& plan, const limits::Charges& charges, const limits::Outcome& outcome) const;
  // Takes over a message that goes to the hold queue. False: too many are held, it must not go.
  bool Hold(const WarmUpPlan& plan, const std::string& queue_id);
  // The message was accepted.
  void Count(const WarmUpPlan& plan) const;

  // What the thread does by itself: releases what has room now.
  void Look();
  std::vector<warmup::HeldMail> held() const;  // the oldest first

 private:
  using Pair = std::pair<std::string, std::string>;  // source, provider
  struct Retry {
    int failures = 0;
    base::SteadyTime next{};
    bool unsure = false;  // it may have left with an earlier try
  };
  struct NoRoom {
    std::int64_t allowance = 0;  // that is used up
    base::SteadyTime until{};
  };

  void Run();
  std::shared_ptr<const WarmUpTable> table() const;
  static limits::Charge MakeCharge(std::int64_t allowance, bool enforced);
  void CountMessage(const std::string& source, const std::string& provider,
                    std::string_view what) const;
  bool HasBacklog(const Pair& pair) const;
  void CountBacklog(const std::vector<warmup::HeldMail>& held);

  void ReleaseAll(const std::vector<warmup::HeldMail>& held);
  std::optional<base::Error> Release(const warmup::HeldMail& mail);
  bool HasRoom(const warmup::HeldMail& mail, limits::Reservation& reservation);
  std::vector<limits::SubjectCharges> ChargesOf(const warmup::HeldMail& mail) const;
  bool IsStuck(const std::string& queue_id) const;
  bool IsGone(const warmup::HeldMail& mail, const base::Error& error) const;
  void Forget(const warmup::HeldMail& mail, std::string_view how);
  void NoteFailure(const warmup::HeldMail& mail, const base::Error& error);
  void Pause(const std::string& wrong);
  void TellSchedule();
  void TellOfOld(const std::vector<warmup::HeldMail>& held);

  const Site site_;
  const Options options_;
  const Ask ask_;
  WarmUpProviders providers_;
  store::AdminState held_;

  std::mutex look_mutex_;  // one look at a time; guards what follows up to the next mutex
  std::map<Pair, NoRoom> no_room_;
  std::map<std::string, Retry> retries_;            // by queue id
  Retry pause_;                                     // nothing can be released before
  std::map<std::string, base::WallTime> told_old_;  // by source
  base::SteadyTime tell_schedule_at_{};
  std::shared_ptr<const WarmUpTable> told_;  // whose schedule was told last

  mutable std::mutex mutex_;  // guards what follows
  std::shared_ptr<const WarmUpTable> table_;
  std::map<Pair, std::size_t> backlog_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace gatepost::ratelimit
