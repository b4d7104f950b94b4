#include "milters/attachments/hold_notices.h"

#include <condition_variable>
#include <deque>
#include <exception>
#include <iterator>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/strings.h"
#include "common/config/config_error.h"
#include "common/log/log.h"
#include "common/quarantine/release_code.h"
#include "common/store/keys.h"
#include "common/submit/submitter.h"

namespace gatepost::attachments {
namespace {

using namespace std::chrono_literals;
using base::ErrorKind;
using quarantine::HeldMessage;
using quarantine::HoldClass;
using std::chrono::steady_clock;
using WriterPtr = std::shared_ptr<const HoldNoticeWriter>;

constexpr std::size_t kMostPosted = 1'000;
constexpr std::size_t kMostLetters = 2'000;
constexpr auto kStoreTime = 2s;
constexpr auto kSubmitTime = 10s;
constexpr auto kLastTime = 2s;
constexpr auto kDay = 24h;

submit::Submitter MakeSubmitter(const std::string& server, const std::string& hostname,
                                std::chrono::milliseconds time) {
  try {
    return submit::Submitter({server, hostname, time});
  } catch (const std::invalid_argument& error) {
    throw config::ConfigError(std::string("notices.server: ") + error.what());
  }
}

// The mail server or the store may take it later.
bool MayComeThrough(const base::Error& error) {
  return error.kind == ErrorKind::kUnavailable || error.kind == ErrorKind::kTimeout;
}

std::string Describe(const HeldMessage& message) {
  return message.queue_id + " from " + (message.sender.empty() ? "<>" : message.sender) + " to " +
         std::to_string(message.recipients.size() + message.more_recipients) +
         " recipients is held";
}

}  // namespace

class HoldNotices::Impl {
 public:
  Impl(WriterPtr writer, HoldNoticeSite site) : site_(std::move(site)), writer_(std::move(writer)) {
    if (!site_.secret.empty()) codes_.emplace(site_.store, CodeOptions());
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

  void Post(const HeldMessage& message, bool automatic) {
    if (message.hold_class == HoldClass::kDangerous) {
      const std::string rule =
          message.decisions.empty() ? "quarantine" : message.decisions.front().rule;
      site_.journal.Report({"dangerous_held", rule, Describe(message)});
    }
    const std::lock_guard lock(mutex_);
    const auto readers = writer_->ReadersOf(message, automatic);
    if (readers.empty()) return;
    if (posted_.size() == kMostPosted) return site_.journal.Count("attachments.notices_lost");
    posted_.push_back({message, readers, writer_});
    wake_.notify_all();
  }

  void Use(WriterPtr writer) {
    const std::lock_guard lock(mutex_);
    writer_ = std::move(writer);
  }

  void Flush() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return posted_.empty() && !busy_; });
  }

 private:
  struct Posted {
    HeldMessage message;
    std::vector<std::string> readers;
    WriterPtr writer;
  };
  struct Letter {
    submit::Notice notice;
    WriterPtr writer;
    bool counted = false;  // among the recipient's of the day
    std::size_t tries = 0;
    base::SteadyTime due{};
  };

  quarantine::ReleaseCodes::Options CodeOptions() const { return {site_.secret, site_.code_life}; }

  void Run() {
    std::unique_lock lock(mutex_);
    for (bool last = false; !last;) {
      wake_.wait_until(lock, NextDue(), [this] { return stopping_ || !posted_.empty(); });
      last = stopping_;
      const auto posted = std::exchange(posted_, {});
      busy_ = true;
      lock.unlock();
      for (const Posted& one : posted) WriteAll(one);
      SendDue(last);
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

  void WriteAll(const Posted& posted) try {
    const bool coded = codes_ && posted.message.hold_class == HoldClass::kPolicy;
    for (const std::string& reader : posted.readers) {
      const std::string code = coded ? codes_->Make(posted.message, reader) : "";
      auto notice = posted.writer->Write(posted.message, reader, code,
                                         posted.message.since + site_.code_life);
      if (letters_.size() == kMostLetters) {
        GiveUp(notice.to, "too many wait");
      } else {
        letters_.push_back({std::move(notice), posted.writer});
      }
    }
  } catch (const std::exception& error) {
    log::Error("notice_failed").With("reason", error.what());
  }

  bool stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }

  // The last time all are tried, for a short while.
  void SendDue(bool last) {
    const base::SteadyTime end = steady_clock::now() + kLastTime;
    for (auto letter = letters_.begin(); letter != letters_.end();) {
      if (!last && stopping()) return;
      const bool late = last && steady_clock::now() >= end;
      bool over = late;
      if (late) {
        GiveUp(letter->notice.to, "the program stops");
      } else if (last || letter->due <= steady_clock::now()) {
        over = Try(*letter, last);
      }
      letter = over ? letters_.erase(letter) : std::next(letter);
    }
  }

  // True when nothing is left to be done about it.
  bool Try(Letter& letter, bool last) try {
    const auto sent = Count(letter).and_then([&](bool may) -> base::Result<void> {
      if (!may) return {};
      const auto server = letter.writer->options().server;
      return MakeSubmitter(server, site_.hostname,
                           last ? std::chrono::seconds(kLastTime) : kSubmitTime)
          .Send(letter.notice);
    });
    if (sent) return true;
    const auto& retry_after = letter.writer->options().retry_after;
    if (last || !MayComeThrough(sent.error()) || letter.tries >= retry_after.size()) {
      GiveUp(letter.notice.to, sent.error().message);
      return true;
    }
    letter.due = steady_clock::now() + retry_after[letter.tries++];
    return false;
  } catch (const std::exception& error) {
    GiveUp(letter.notice.to, error.what());
    return true;
  }

  // Whether the recipient may be told once more today; what stands in for the store knows too
  // little.
  base::Result<bool> Count(Letter& letter) {
    if (letter.counted) return true;
    const auto key = store::KeyMaker::HoldNotices(base::ToLower(letter.notice.to));
    const auto told =
        site_.store.shared().Increment(key, 1, kDay, steady_clock::now() + kStoreTime);
    if (!told) return tl::unexpected(told.error());
    letter.counted = true;
    const bool may = *told <= letter.writer->options().most_per_day;
    site_.journal.Count(may ? "attachments.notices" : "attachments.notices_held_back");
    return may;
  }

  void GiveUp(const std::string& to, const std::string& reason) {
    site_.journal.Count("attachments.notices_lost");
    site_.journal.Report({"notice_lost", to, "of held mail: " + reason});
    log::Warning("notice_lost").With("to", to).With("reason", reason);
  }

  const HoldNoticeSite site_;
  std::optional<quarantine::ReleaseCodes> codes_;
  std::deque<Letter> letters_;  // the thread's own

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable idle_;
  WriterPtr writer_;
  std::vector<Posted> posted_;
  bool busy_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

WriterPtr HoldNotices::Load(const HoldNoticeOptions& options, const std::string& hostname) {
  MakeSubmitter(options.server, hostname, kSubmitTime);
  return std::make_shared<const HoldNoticeWriter>(options, hostname);
}

HoldNotices::HoldNotices(WriterPtr writer, HoldNoticeSite site)
    : impl_(std::make_unique<Impl>(std::move(writer), std::move(site))) {}

HoldNotices::~HoldNotices() = default;

void HoldNotices::Post(const HeldMessage& message, bool automatic) {
  impl_->Post(message, automatic);
}

void HoldNotices::Use(WriterPtr writer) { impl_->Use(std::move(writer)); }

void HoldNotices::Flush() { impl_->Flush(); }

}  // namespace gatepost::attachments
