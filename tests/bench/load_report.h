// Figures of a load run, gathered and printed. One thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/bench/load_session.h"
#include "tests/bench/process_usage.h"

namespace gatepost::bench {

class LoadReport {
 public:
  void Begin(const ProcessUsage& usage);
  void Count(const Finished& finished);
  void End(const ProcessUsage& usage, long failures, std::uint32_t protocol);

  std::string Text() const;
  std::string Json() const;

 private:
  // Name, value, decimals; in the order in which they are printed.
  struct Figure {
    std::string name;
    double value = 0;
    int decimals = 0;
  };
  std::vector<Figure> Figures() const;
  double PerMessage(double total) const;
  double Accepted(bool fewest) const;

  std::chrono::steady_clock::time_point start_;
  double seconds_ = 0;
  std::vector<double> message_ms_;
  std::vector<double> end_ms_;
  std::map<char, long> verdicts_;
  std::map<int, long> accepted_;  // messages, by user
  long awaited_replies_ = 0;
  long signatures_ = 0;
  long results_ = 0;
  long passes_ = 0;
  long failures_ = 0;
  std::uint32_t protocol_ = 0;
  ProcessUsage before_;
  ProcessUsage after_;
};

}  // namespace gatepost::bench
