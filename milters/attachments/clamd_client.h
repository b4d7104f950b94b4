// Asks clamd about a message while it streams by (INSTREAM). A message never waits longer for it
// than the options say, all waits together, and where clamd fails it is left alone for some time:
// where it cannot be reached, or neither judges a message nor answers a PING then, or judges none
// of many in a row. What only one message causes is that one's trouble, so that nobody can have
// others' mail unchecked.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "milters/attachments/clamd_reply.h"
#include "milters/attachments/clamd_socket.h"

namespace gatepost::attachments {

struct ClamdOptions {
  // "unix:/run/clamav/clamd.ctl", or an address and port: "127.0.0.1:3310", "[::1]:3310".
  std::string server = "unix:/run/clamav/clamd.ctl";
  std::chrono::milliseconds connect_time{500};    // also for the answer to a PING, once it failed
  std::chrono::milliseconds time{10'000};         // for all waits of one message, the PING too
  std::uint64_t most_bytes = 25ull << 20;         // as clamd's StreamMaxLength, which is 25 MB
  std::chrono::milliseconds retry_after{10'000};  // it is not asked for so long after failures
  int failures = 3;                               // in a row, until it is left alone
  int unjudged = 20;                              // the same, of messages, though it answers PING
};

class ClamdScan;

// Any thread; outlives its scans.
class ClamdClient {
 public:
  struct Counts {
    std::uint64_t asked = 0;
    std::uint64_t found = 0;
    std::uint64_t failed = 0;   // asked, and no verdict, for whatever reason
    std::uint64_t skipped = 0;  // not asked, as it had failed before
  };

  // Throws std::invalid_argument for a server that is neither a socket nor an address and port.
  explicit ClamdClient(ClamdOptions options,
                       const base::Clock& clock = base::SystemClock::Instance());

  // For one message. Never fails: what went wrong is told by ClamdScan::Finish.
  ClamdScan Begin();
  // Whether it answers now, by PING; for --check-config and the start.
  base::Result<void> Ping() const;

  Counts counts() const;

 private:
  friend class ClamdScan;

  bool MayAsk();
  base::Result<void> PingWithin(ClamdSocket::Left left) const;
  // What a message keeps for a PING.
  ClamdSocket::Left ping_time() const;
  void Note(const ClamdVerdict& verdict, bool connected);
  // `own`: other messages would have it too.
  void NoteFailure(const std::string& reason, bool own);
  void NoteSuccess();

  const ClamdOptions options_;
  const base::Clock& clock_;
  const base::SocketAddress address_;
  mutable std::mutex mutex_;
  int failures_ = 0;    // of its own, in a row
  int unjudged_ = 0;    // messages, in a row
  bool rests_ = false;  // since a failure, until a verdict
  base::SteadyTime rest_until_{};
  std::atomic<std::uint64_t> asked_{0};
  std::atomic<std::uint64_t> found_{0};
  std::atomic<std::uint64_t> failed_{0};
  std::atomic<std::uint64_t> skipped_{0};
};

// One message's. One thread at a time.
class ClamdScan {
 public:
  // Waits as long as the message's time lasts. Once something failed, or there is too much, the
  // rest is passed over.
  void Feed(std::span<const std::byte> bytes);
  // The verdict; the scan is then over.
  ClamdVerdict Finish();

 private:
  friend class ClamdClient;
  enum class State {
    kOpen,
    kFull,      // there was more than our bound
    kAnswered,  // it hung up, perhaps with an answer
    kFailed,
    kSkipped,
  };

  explicit ClamdScan(ClamdClient& client);
  void Open();
  void Send(std::span<const std::byte> bytes);
  void Flush();
  ClamdVerdict Ask();

  ClamdClient* client_;
  std::chrono::nanoseconds left_;  // what the message still may wait
  State state_ = State::kOpen;
  std::string reason_;
  std::optional<ClamdSocket> socket_;
  std::uint64_t fed_ = 0;
  std::vector<std::byte> chunk_;  // room for its length, then what is to be sent
};

}  // namespace gatepost::attachments
