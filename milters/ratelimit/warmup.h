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
#include "common/base/lru_cache.h"
#include "common/dns/resolver.h"
#include "common/journal/journal.h"
#include "common/limits/charges.h"
#include "common/limits/ledger.h"
#include "common/store/admin_state.h"
#include "common/store/store.h"
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
  WarmUpSource source_;
  std::vector<std::string> fitting_;
  std::vector<std::string> lacking_;
};

// A message in the hold queue, as the store lists it.
struct HeldMail {
  std::string queue_id;
  base::WallTime since{};
  std::string source;
  std::vector<std::string> providers;  // that had no room

  std::string Format() const;  // without the queue id
  static std::optional<HeldMail> Parse(std::string_view queue_id, std::string_view text);
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
  // Asks the root process: "release" and a queue id. Returns what went wrong, or "".
  using Ask = std::function<std::string(const std::string& verb, const std::string& argument)>;

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
  std::vector<HeldMail> held() const;  // the oldest first
  // Of all charges; for the report of a message.
  static const limits::Limit& limit();
  // What the ledger counts an address's mail to a provider under.
  static std::string Subject(std::string_view source, std::string_view provider);
  // Held mail of one host, a field each: AdminState.
  static store::Key HeldKey(std::string_view host);

 private:
  using Pair = std::pair<std::string, std::string>;  // source, provider
  struct Retry {
    int failures = 0;
    base::SteadyTime next{};
  };
  struct MailServers {
    std::optional<dns::Query> query;  // under way
    std::vector<std::string> hosts;   // the best first
    base::SteadyTime until{};
  };

  void Run();
  std::shared_ptr<const WarmUpTable> table() const;
  std::string ProviderOf(const WarmUpTable& table, std::string_view domain);
  std::vector<std::string> MailServersOf(std::string_view domain);
  bool HasBacklog(const Pair& pair) const;
  void CountBacklog(const std::vector<HeldMail>& held);
  void Release(const HeldMail& mail);
  bool HasRoom(const HeldMail& mail, limits::Reservation& reservation);
  std::vector<limits::SubjectCharges> ChargesOf(const HeldMail& mail) const;
  void NoteFailure(const HeldMail& mail, const std::string& wrong);
  void TellOfOld(const std::vector<HeldMail>& held);

  const Site site_;
  const Options options_;
  const Ask ask_;
  store::AdminState held_;

  std::mutex look_mutex_;  // one look at a time; guards the next three
  std::map<Pair, base::SteadyTime> no_room_until_;
  std::map<std::string, Retry> retries_;            // by queue id
  std::map<std::string, base::WallTime> told_old_;  // by source

  mutable std::mutex mutex_;  // guards what follows
  std::shared_ptr<const WarmUpTable> table_;
  std::map<Pair, std::size_t> backlog_;
  base::LruCache<MailServers> mail_servers_{10'000};
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace gatepost::ratelimit
