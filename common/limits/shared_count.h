// Reserving in the shared store: one script for all subjects of a command; in a cluster one for
// each hash tag, all in one round trip. There, where one of them refuses, the others' amounts are
// given back behind the message's back: for that moment too much is reserved, so another message
// may be refused that would just have fitted; never is too much let through. And there, new
// recipients counted by another than the user (client, domain, a pair) cost a second round trip:
// only the user's node knows who is new, and the others are asked once it has answered. Any thread.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/limits/charge_request.h"
#include "common/limits/settlement.h"
#include "common/store/store.h"

namespace gatepost::limits {

using ScriptResults = std::vector<base::Result<std::vector<std::int64_t>>>;

// Scripts of others that ride in the same round trip.
struct Beside {
  std::span<const store::Store::ScriptCall> calls;
  ScriptResults* results = nullptr;

  // Takes the last of all results.
  void TakeFrom(ScriptResults& all) const;
};

struct Asked {
  std::string account;    // subject
  std::string recipient;  // hash; "": nobody asks
};

struct SharedAnswer {
  bool complete = false;  // else the store did not answer all
  bool may_hold = false;  // something is reserved there, or may be
  bool reserved = false;
  bool new_recipient = false;
  ChargeRequest::Answers answers;
  std::optional<Settlement> give_back;  // what was reserved although another part refused
};

class SharedCount {
 public:
  struct Claim {
    const std::string& id;
    std::chrono::milliseconds life;
  };
  SharedCount(store::Store& store, const base::Clock& clock) : store_(store), clock_(clock) {}

  // Decides the request's charges for new recipients where it has to.
  SharedAnswer Reserve(const Claim& claim, ChargeRequest& request, const Asked& asked,
                       base::Deadline deadline, Beside beside);

 private:
  store::Store& store_;
  const base::Clock& clock_;
};

}  // namespace gatepost::limits
