// What is remembered of those who send: good and bad events of client addresses, their networks and
// aligned domains, and of the streams of our own domains; shared by all programs and hosts,
// forgotten by decay. Any thread.
//
// A subject's good and bad weights halve every `half_life`. Its score is
//   (good - bad) / (good + bad + prior)
// between -1 and 1: 0 for a stranger, and near the ends only after many events.
//
// A stream is judged as mailbox providers judge it, by rates: a complaint in three hundred
// recipients outweighs all of them, and so does a bounce in fifteen. So its events have weights of
// their own, and its prior is that of a thousand recipients.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/ip_address.h"
#include "common/base/result.h"
#include "common/mail/domain.h"
#include "common/store/background_writer.h"
#include "common/store/store.h"

namespace gatepost::reputation {

// Who is remembered. Made from an address or a domain alone, never from raw input.
class Subject {
 public:
  // One of IPv6 is never remembered, as its owner has 2^64 of them: its network stands for all.
  static Subject Address(const base::IpAddress& address);
  static Subject Network(const base::IpAddress& address);  // its /24 or /64
  static Subject Domain(const mail::Domain& domain);       // an aligned, authenticated one
  // One kind of mail of one of our own domains, by the name that IsStreamName takes.
  static Subject Stream(const mail::Domain& domain, std::string_view stream);
  // "ip 192.0.2.1", "net 192.0.2.0/24", "stream bulk of example.org"
  const std::string& text() const { return text_; }
  bool is_remembered() const { return remembered_; }
  bool is_stream() const { return stream_; }
  friend bool operator==(const Subject&, const Subject&) = default;

 private:
  explicit Subject(std::string text, bool remembered = true)
      : text_(std::move(text)), remembered_(remembered) {}
  std::string text_;
  bool remembered_;
  bool stream_ = false;
};

// What happened; its weight is fixed in the implementation's one table, documented there.
enum class EventKind {
  kDelivered,          // good: accepted, and nothing was wrong; of a stream: one recipient
  kAuthenticated,      // good: accepted, with DMARC pass
  kRefused,            // bad: refused by a policy
  kForged,             // bad: DMARC fail under reject or quarantine
  kListed,             // bad: on a block list
  kAttachmentBlocked,  // bad
  kLimitHit,           // bad
  kUnknownRecipient,   // bad; of a client lightly
  kBounce,             // bad, the same: it came back
  kComplaint,          // bad, heavily
};

struct Standing {
  double good = 0;
  double bad = 0;
  double score = 0;
  bool known = false;  // there was an event at all
};

struct ReputationOptions {
  std::chrono::seconds half_life{7 * 86'400};
  double prior = 10;
  std::size_t cached_subjects = 100'000;  // read standings kept in this process
  std::chrono::seconds cache_time{60};
  double stream_prior = 1'000;
};

class Reputation {
 public:
  // `store`, `writer` and `clock` outlive it. A half-life is at least an hour.
  Reputation(store::Store& store, store::BackgroundWriter& writer, ReputationOptions options,
             const base::Clock& clock);
  // Posts to the writer what has been told.
  ~Reputation();

  // One standing per subject, in one round trip for those that are not cached; strangers where the
  // store does not answer by the deadline, and who is not remembered. What other hosts tell shows
  // after the cache's time.
  std::vector<Standing> Look(std::span<const Subject> subjects, base::Deadline deadline);
  // In the background; the events of one subject are added up for a second before they are
  // written, and show in Look then. Of who is not remembered nothing is written. Takes under a
  // microsecond.
  void Tell(const Subject& subject, EventKind event, std::int64_t times = 1);
  // Posts to the writer at once what has been told. For tests.
  void Flush();
  // Events that were lost, because far too many subjects came within a second or the store did not
  // take them. The writer's number includes them.
  std::uint64_t dropped() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// At once, without a process that goes on: for the command line.
base::Result<Standing> LookNow(store::Store& store, const Subject& subject, base::WallTime now,
                               base::Deadline deadline);
base::Result<void> TellNow(store::Store& store, const Subject& subject, EventKind event,
                           std::int64_t times, base::Deadline deadline);

}  // namespace gatepost::reputation
