// One busy mail server process as the milter sees it: connects, negotiates, sends message after
// message over a socket that never blocks. Owned and driven by the load generator's one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.h"
#include "common/base/unique_fd.h"
#include "tests/bench/load_script.h"

namespace gatepost::bench {

struct LoadPlan {
  std::string socket;
  Sample sample;
  int messages_per_connection = 1;
  int users = 0;
  bool paced = false;  // the owner says when each message begins
};

// What one finished message cost and brought.
struct Finished {
  std::chrono::nanoseconds message{};         // from MAIL to the final answer
  std::chrono::nanoseconds end_of_message{};  // from the end of message to the final answer
  char verdict = 0;                           // the answer's letter
  int awaited_replies = 0;
  int signatures = 0;  // DKIM-Signature headers added
  int results = 0;     // Authentication-Results headers added
  int passes = 0;      // of those: with dkim=pass
  int user = 0;        // whose turn it was
};

// The scripts of a plan, written when the first session has negotiated; all sessions share them.
struct LoadScripts {
  bool ready = false;
  std::vector<Batch> first;  // with connect and HELO in front
  std::vector<Batch> next;
  std::uint32_t protocol = 0;  // what was agreed on
  long messages = 0;           // begun so far
};

class LoadSession {
 public:
  LoadSession(const LoadPlan& plan, LoadScripts& scripts) : plan_(plan), scripts_(scripts) {}

  // Connects and offers the negotiation.
  base::Result<void> Open();
  int fd() const { return fd_.get(); }
  // Whether something waits to be written; the owner watches the socket for it.
  bool WantsToWrite() const { return !output_.empty(); }
  // True when that is not as it was at the last call.
  bool WriteWishChanged() {
    const bool before = std::exchange(wished_, WantsToWrite());
    return before != wished_;
  }

  // Reads and writes what can be; messages that ended meanwhile are appended to `finished`. Goes on
  // with the next message (where paced: becomes ready for it) until its connection has had enough
  // of them (is_done).
  base::Result<void> Advance(std::vector<Finished>& finished);
  bool is_ready() const { return ready_; }
  base::Result<void> BeginNext();
  bool is_done() const { return done_; }

 private:
  using Time = std::chrono::steady_clock::time_point;

  base::Result<void> Flush();
  base::Result<void> Read();
  base::Result<void> Handle(const support::Frame& frame, std::vector<Finished>& finished);
  base::Result<void> HandleNegotiation(const support::Frame& frame);
  void CountEdit(const support::Frame& frame);
  void BeginMessage();
  void GoOn();
  void SendBatch();
  void FinishMessage(char verdict, std::vector<Finished>& finished);
  void PrepareScript();
  const std::vector<Batch>& script() const { return *script_; }

  const LoadPlan& plan_;
  LoadScripts& scripts_;
  base::UniqueFd fd_;
  std::string input_;
  const std::vector<Batch>* script_ = nullptr;
  std::vector<Batch> own_script_;  // where users take turns
  std::string_view output_;        // points into a script or into own_output_
  std::string own_output_;
  bool negotiated_ = false;
  bool done_ = false;
  bool ready_ = false;
  bool wished_ = false;
  int messages_ = 0;
  std::size_t batch_ = 0;
  Time message_start_;
  Time end_start_;
  Finished current_;
};

}  // namespace gatepost::bench
