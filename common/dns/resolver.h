// How every program asks DNS. Ask() never blocks: start a query when its name is known, wait for it
// when its answer is needed. Implementations may be called from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/ip_address.h"

namespace gatepost::dns {

enum class RecordType : std::uint16_t {
  kA = 1,
  kCname = 5,
  kPtr = 12,
  kMx = 15,
  kTxt = 16,
  kAaaa = 28,
};

enum class Status {
  kOk,          // at least one record of the type
  kNoData,      // the name exists, without that type
  kNxDomain,    // the name does not exist
  kServFail,    // the server failed or refused, or its answer is malformed, too large or a lie
  kTimeout,     // no answer within the time
  kOverloaded,  // too many questions outstanding: none was sent
  kBadName,     // not a name that DNS can carry: none was sent
};

// Whether the same question may well be answered later (temperror in RFC 8601's words).
constexpr bool IsTransient(Status status) {
  return status == Status::kServFail || status == Status::kTimeout || status == Status::kOverloaded;
}

struct Record {
  std::string text;         // TXT: its strings joined (RFC 6376 3.6.2.2); PTR, MX, CNAME: a name,
                            // lower-case, without trailing dot; A, AAAA: empty
  base::IpAddress address;  // A, AAAA
  std::uint16_t preference = 0;  // MX
};

struct Answer {
  Status status = Status::kServFail;
  std::vector<Record> records;  // in the order of the packet; CNAMEs of the chain left out
  std::chrono::seconds ttl{0};  // how long it may be kept, within the resolver's own bounds
  bool authenticated = false;   // the recursor set AD (RFC 4035 3.2.3)
};

// Never null. Keep it while you read it: in `for (auto& r : query.Wait(deadline)->records)` the
// answer may be gone before the first turn.
using AnswerPtr = std::shared_ptr<const Answer>;

// A question under way or answered. Copies share it. Any thread may wait.
class Query {
 public:
  class State;
  explicit Query(std::shared_ptr<State> state) : state_(std::move(state)) {}
  // A query that is answered already: caches and tests.
  static Query Answered(AnswerPtr answer);

  bool Ready() const;
  // The answer, or one with kTimeout when the deadline, in real time, comes first; the question
  // goes on and its answer still reaches the cache.
  AnswerPtr Wait(base::Deadline deadline) const;
  // The answer when it is there, else nullptr.
  AnswerPtr Peek() const;
  // Returns when one of the queries is ready, or the deadline has come; at once for none.
  static void WaitForAny(std::span<const Query> queries, base::Deadline deadline);

 private:
  std::shared_ptr<State> state_;
};

class Resolver {
 public:
  virtual ~Resolver() = default;
  // `name` in A-labels, trailing dot optional, any case.
  virtual Query Ask(std::string_view name, RecordType type) = 0;
};

}  // namespace gatepost::dns
