// One caller: its socket, the bytes that came and are not answered yet, and until when it may stay.
// Owned by the server; at any moment one thread has it.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/base/unique_fd.h"

namespace gatepost::http {

struct Connection {
  enum class State {
    kReading,    // the loop reads its next request
    kWorking,    // a worker has it
    kLingering,  // answered for the last time; what it still sends is thrown away
  };

  explicit Connection(base::UniqueFd socket) : fd(std::move(socket)) {}

  base::UniqueFd fd;
  std::string received;
  State state = State::kReading;
  base::SteadyTime last_heard{};
  base::Deadline deadline{};

  enum class Read { kSome, kNothing, kEnd };
  // Takes what is there, at most `room` bytes.
  Read Receive(std::size_t room);
  // False when the caller does not take it all in time.
  bool Send(std::string_view bytes, base::Deadline until) const;
};

}  // namespace gatepost::http
