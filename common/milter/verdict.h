// What a handler answers to a milter event. Value types.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace gatepost::milter {

// An SMTP reply with an enhanced status code (RFC 3463). Lines hold plain text: the server escapes
// what libmilter needs escaped, cuts what is too long and drops controls.
struct Reply {
  int code = 0;          // 4xx with TempFail, 5xx with Reject
  std::string enhanced;  // "5.7.1"
  std::vector<std::string> lines;
};

class Verdict {
 public:
  enum class Action {
    kContinue,
    kSkipBody,  // enough of the body seen: go to end of message (in OnBody only)
    kAccept,    // done with this message
    kReject,    // refuse for good (at RCPT: this recipient alone)
    kTempFail,  // ask to come back (at RCPT: this recipient alone)
    kDiscard,   // accept and drop
  };

  static Verdict Continue() { return Verdict(Action::kContinue); }
  static Verdict SkipBody() { return Verdict(Action::kSkipBody); }
  static Verdict Accept() { return Verdict(Action::kAccept); }
  static Verdict Discard() { return Verdict(Action::kDiscard); }
  static Verdict Reject(Reply reply) { return Verdict(Action::kReject, std::move(reply)); }
  static Verdict TempFail(Reply reply) { return Verdict(Action::kTempFail, std::move(reply)); }

  Action action() const { return action_; }
  const Reply& reply() const { return reply_; }

 private:
  explicit Verdict(Action action, Reply reply = {}) : action_(action), reply_(std::move(reply)) {}
  Action action_;
  Reply reply_;
};

}  // namespace gatepost::milter
