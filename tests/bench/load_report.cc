#include "tests/bench/load_report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace gatepost::bench {
namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

// The smallest value that `part` of all values do not exceed.
double Percentile(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  const auto rank = static_cast<std::size_t>(std::ceil(part * static_cast<double>(values.size())));
  const auto position =
      values.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1)) - 1;
  std::nth_element(values.begin(), position, values.end());
  return *position;
}

std::string Number(double value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

const char* VerdictKey(char letter) {
  switch (letter) {
    case 'a':
      return "accept";
    case 'c':
      return "continue";
    case 'r':
      return "reject";
    case 't':
      return "tempfail";
    case 'd':
      return "discard";
    case 'y':
      return "reply_code";
    default:
      return "other";
  }
}

}  // namespace

void LoadReport::Begin(const ProcessUsage& usage) {
  *this = {};
  before_ = usage;
  start_ = std::chrono::steady_clock::now();
}

void LoadReport::Count(const Finished& finished) {
  message_ms_.push_back(Milliseconds(finished.message).count());
  end_ms_.push_back(Milliseconds(finished.end_of_message).count());
  ++verdicts_[finished.verdict];
  long& accepted = accepted_[finished.user];
  if (finished.verdict == 'c' || finished.verdict == 'a') ++accepted;
  awaited_replies_ += finished.awaited_replies;
  signatures_ += finished.signatures;
  results_ += finished.results;
  passes_ += finished.passes;
}

void LoadReport::End(const ProcessUsage& usage, long failures, std::uint32_t protocol) {
  protocol_ = protocol;
  seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  after_ = usage;
  failures_ = failures;
}

double LoadReport::PerMessage(double total) const {
  return message_ms_.empty() ? 0 : total / static_cast<double>(message_ms_.size());
}

// Of the user of whom fewest, or most, was accepted.
double LoadReport::Accepted(bool fewest) const {
  if (accepted_.empty()) return 0;
  const auto [least, most] =
      std::ranges::minmax_element(accepted_, {}, [](const auto& user) { return user.second; });
  return static_cast<double>((fewest ? least : most)->second);
}

std::vector<LoadReport::Figure> LoadReport::Figures() const {
  const double cpu_ms = after_.cpu_ms - before_.cpu_ms;
  const auto messages = static_cast<double>(message_ms_.size());
  const auto switches = static_cast<double>(after_.voluntary_switches - before_.voluntary_switches);
  return {{"messages", messages, 0},
          {"seconds", seconds_, 3},
          {"messages_per_second", seconds_ > 0 ? messages / seconds_ : 0, 1},
          {"message_ms_p50", Percentile(message_ms_, 0.5), 3},
          {"message_ms_p99", Percentile(message_ms_, 0.99), 3},
          {"message_ms_max", Percentile(message_ms_, 1), 3},
          {"end_of_message_ms_p50", Percentile(end_ms_, 0.5), 3},
          {"end_of_message_ms_p99", Percentile(end_ms_, 0.99), 3},
          {"end_of_message_ms_max", Percentile(end_ms_, 1), 3},
          {"protocol_bits", static_cast<double>(protocol_), 0},
          {"awaited_replies_per_message", PerMessage(static_cast<double>(awaited_replies_)), 2},
          {"accepted_of_a_user_min", Accepted(true), 0},
          {"accepted_of_a_user_max", Accepted(false), 0},
          {"dkim_signatures", static_cast<double>(signatures_), 0},
          {"authentication_results", static_cast<double>(results_), 0},
          {"dkim_passes", static_cast<double>(passes_), 0},
          {"failed_sessions", static_cast<double>(failures_), 0},
          {"cpu_ms_per_message", PerMessage(cpu_ms), 4},
          {"messages_per_cpu_second", cpu_ms > 0 ? messages * 1000 / cpu_ms : 0, 0},
          {"voluntary_switches_per_message", PerMessage(switches), 2},
          {"threads", static_cast<double>(after_.threads), 0},
          {"resident_kb", static_cast<double>(after_.resident_kb), 0},
          {"peak_resident_kb", static_cast<double>(after_.peak_resident_kb), 0}};
}

std::string LoadReport::Text() const {
  std::string out;
  for (const Figure& figure : Figures()) {
    const std::string name = figure.name + std::string(32 - figure.name.size(), ' ');
    out += name + Number(figure.value, figure.decimals) + "\n";
  }
  for (const auto& [letter, count] : verdicts_) {
    out += "verdict " + std::string(VerdictKey(letter)) + ": " + std::to_string(count) + "\n";
  }
  return out;
}

std::string LoadReport::Json() const {
  std::string out = "{";
  for (const Figure& figure : Figures()) {
    out += "\"" + figure.name + "\":" + Number(figure.value, figure.decimals) + ",";
  }
  out += "\"verdicts\":{";
  for (const auto& [letter, count] : verdicts_) {
    if (!out.ends_with('{')) out += ",";
    out += "\"" + std::string(VerdictKey(letter)) + "\":" + std::to_string(count);
  }
  return out + "}}\n";
}

}  // namespace gatepost::bench
