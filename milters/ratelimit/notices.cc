#include "milters/ratelimit/notices.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <random>
#include <stdexcept>
#include <thread>

#include "common/base/lru_cache.h"
#include "common/config/config_error.h"
#include "common/log/log.h"
#include "common/store/keys.h"
#include "common/submit/submitter.h"

namespace gatepost::ratelimit {
namespace {

using namespace std::chrono_literals;
using base::ErrorKind;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kMostPosted = 1'000;
constexpr std::size_t kMostLetters = 500;
constexpr std::size_t kMostTold = 10'000;
// Who gets hundreds in an hour reads none. Log and journal have what he misses.
constexpr int kMostToOne = 30;
constexpr auto kHearingTime = 1h;
constexpr auto kStoreTime = 2s;
constexpr auto kSubmitTime = 10s;
constexpr auto kLastTime = 2s;
// How long another host's word is believed before the store is asked again. Its time began a little
// earlier or later than ours, and one that is over must not hide the next.
constexpr milliseconds kBelieve = 1min;

std::string RandomName() {
  std::random_device random;
  return std::to_string(random()) + "." + std::to_string(random()) + ".";
}

std::string KeyOf(const NoticeFacts& facts) {
  return std::to_string(static_cast<int>(facts.kind)) + " " + facts.account + " " + facts.once;
}

bool MayComeThrough(const base::Error& error) {
  return error.kind == ErrorKind::kUnavailable || error.kind == ErrorKind::kTimeout;
}

submit::Submitter MakeSubmitter(const NoticeRules& rules, const std::string& hostname,
                                milliseconds time, const base::Clock& clock) {
  try {
    return submit::Submitter({rules.server, hostname, time}, clock);
  } catch (const std::invalid_argument& error) {
    throw config::ConfigError(std::string("notices.server: ") + error.what());
  }
}

}  // namespace

class Notices::Impl {
 public:
  struct Site {
    store::Store& store;
    journal::Journal& journal;
    const base::Clock& clock;
  };

  Impl(const NoticeRules& rules, const NoticeSite& who, Site site)
      : site_(site),
        retry_after_(rules.retry_after),
        submitter_(MakeSubmitter(rules, who.hostname, kSubmitTime, site.clock)),
        last_submitter_(MakeSubmitter(rules, who.hostname, kLastTime, site.clock)),
        writer_(std::make_shared<const NoticeWriter>(rules, who)) {
    thread_ = std::thread([this] { Run(); });
  }

  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

  void Post(NoticeFacts facts) {
    const std::lock_guard lock(mutex_);
    if (facts.once_in > 0ms && !IsNew(facts)) return;
    if (posted_.size() == kMostPosted) {
      told_.Erase(KeyOf(facts));
      return site_.journal.Count("ratelimit.notices_lost");
    }
    posted_.push_back(std::move(facts));
    wake_.notify_all();
  }

  void Use(std::shared_ptr<const NoticeWriter> writer) {
    const std::lock_guard lock(mutex_);
    writer_ = std::move(writer);
  }

  void Flush() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return posted_.empty() && !busy_; });
  }

 private:
  struct Heard {
    base::SteadyTime until;
    int notices = 0;
  };
  struct Letter {
    std::string account;
    submit::Notice notice;
    std::size_t tries = 0;
    base::SteadyTime due;
  };

  // With the lock.
  bool IsNew(const NoticeFacts& facts) {
    const std::string key = KeyOf(facts);
    const base::SteadyTime now = site_.clock.Steady();
    if (const base::SteadyTime* until = told_.Find(key); until && now < *until) return false;
    told_.Put(key, now + facts.once_in);
    return true;
  }

  void Run() {
    std::unique_lock lock(mutex_);
    for (bool last = false; !last;) {
      wake_.wait_until(lock, NextDue(), [this] { return stopping_ || !posted_.empty(); });
      last = stopping_;
      const auto posted = std::exchange(posted_, {});
      const auto writer = writer_;
      busy_ = true;
      lock.unlock();
      for (const NoticeFacts& facts : posted) Write(*writer, facts);
      if (last) {
        SendLast();
      } else {
        SendDue();
      }
      lock.lock();
      busy_ = !letters_.empty();
      if (!busy_) idle_.notify_all();
    }
  }

  base::SteadyTime NextDue() const {
    base::SteadyTime next = steady_clock::now() + 1h;
    for (const Letter& letter : letters_) next = std::min(next, letter.due);
    return next;
  }

  bool stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }

  void Write(const NoticeWriter& writer, const NoticeFacts& facts) try {
    if (facts.once_in > 0ms && !IsOurs(facts)) return;
    for (submit::Notice& notice : writer.Write(facts)) {
      if (!MayHear(notice.to)) continue;
      Letter letter{facts.account, std::move(notice), 0, steady_clock::now()};
      if (letters_.size() == kMostLetters) {
        GiveUp(letter, "too many wait");
      } else {
        letters_.push_back(std::move(letter));
      }
    }
  } catch (const std::exception& error) {
    log::Error("notice_failed").With("user", facts.account).With("reason", error.what());
  }

  bool MayHear(const std::string& to) {
    const base::SteadyTime now = site_.clock.Steady();
    const Heard* const before = heard_.Find(to);
    Heard heard = before != nullptr && now < before->until ? *before : Heard{now + kHearingTime};
    ++heard.notices;
    heard_.Put(to, heard);
    if (heard.notices <= kMostToOne) return true;
    site_.journal.Count("ratelimit.notices_held_back");
    if (heard.notices > kMostToOne + 1) return false;
    site_.journal.Report(
        {"notices_held_back", to, "more than " + std::to_string(kMostToOne) + " within an hour"});
    log::Warning("notices_held_back").With("to", to).With("for", "an hour");
    return false;
  }

  // Where the store is away, what this host told decides.
  bool IsOurs(const NoticeFacts& facts) {
    const std::string key = KeyOf(facts);
    const auto held = site_.store.shared().AcquireLease(
        store::KeyMaker::Lease("notice " + key), me_ + std::to_string(++leases_), facts.once_in,
        steady_clock::now() + kStoreTime);
    if (!held || *held) return true;
    const std::lock_guard lock(mutex_);
    told_.Put(key, site_.clock.Steady() + std::min(facts.once_in, kBelieve));
    return false;
  }

  void SendDue() {
    const base::SteadyTime now = steady_clock::now();
    for (auto letter = letters_.begin(); letter != letters_.end() && !stopping();) {
      const bool over = letter->due <= now && Try(submitter_, *letter);
      letter = over ? letters_.erase(letter) : std::next(letter);
    }
  }

  void SendLast() {
    const base::SteadyTime end = steady_clock::now() + kLastTime;
    for (Letter& letter : letters_) {
      letter.tries = retry_after_.size();
      if (steady_clock::now() >= end) {
        GiveUp(letter, "the program stops");
      } else {
        Try(last_submitter_, letter);
      }
    }
    letters_.clear();
  }

  // True when nothing is left to be done about it.
  bool Try(const submit::Submitter& submitter, Letter& letter) {
    const auto sent = submitter.Send(letter.notice);
    if (sent) {
      site_.journal.Count("ratelimit.notices_sent");
      log::Info("notice_sent").With("user", letter.account).With("to", letter.notice.to);
      return true;
    }
    if (!MayComeThrough(sent.error()) || letter.tries >= retry_after_.size()) {
      GiveUp(letter, sent.error().message);
      return true;
    }
    letter.due = steady_clock::now() + retry_after_[letter.tries++];
    return false;
  }

  void GiveUp(const Letter& letter, const std::string& reason) {
    site_.journal.Count("ratelimit.notices_lost");
    site_.journal.Report({"notice_lost", letter.account, "to " + letter.notice.to + ": " + reason});
    log::Warning("notice_lost")
        .With("user", letter.account)
        .With("to", letter.notice.to)
        .With("reason", reason);
  }

  const Site site_;
  const std::vector<milliseconds> retry_after_;
  const submit::Submitter submitter_;
  const submit::Submitter last_submitter_;
  const std::string me_ = RandomName();

  // The thread's own.
  std::deque<Letter> letters_;
  base::LruCache<Heard> heard_{kMostTold};  // by address
  std::uint64_t leases_ = 0;                // each has a holder of its own, so none is renewed

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable idle_;
  std::shared_ptr<const NoticeWriter> writer_;
  base::LruCache<base::SteadyTime> told_{kMostTold};  // until when, by what is told
  std::vector<NoticeFacts> posted_;
  bool busy_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

std::shared_ptr<const NoticeWriter> Notices::Load(const NoticeRules& rules,
                                                  const NoticeSite& site) {
  auto writer = std::make_shared<const NoticeWriter>(rules, site);
  MakeSubmitter(rules, site.hostname, kSubmitTime, base::SystemClock::Instance());
  return writer;
}

Notices::Notices(const NoticeRules& rules, const NoticeSite& site, store::Store& store,
                 journal::Journal& journal, const base::Clock& clock)
    : impl_(std::make_unique<Impl>(rules, site, Impl::Site{store, journal, clock})) {}

Notices::~Notices() = default;

void Notices::Post(NoticeFacts facts) { impl_->Post(std::move(facts)); }

void Notices::Use(std::shared_ptr<const NoticeWriter> writer) { impl_->Use(std::move(writer)); }

void Notices::Flush() { impl_->Flush(); }

}  // namespace gatepost::ratelimit
