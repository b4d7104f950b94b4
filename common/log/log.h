// One line per verdict or change of state, as key=value, to syslog's mail facility or to stderr.
// Set up once in main; afterwards any thread may log. A line is built only when its level is on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gatepost::log {

enum class Level { kDebug, kInfo, kWarning, kError };
enum class Target { kSyslog, kStderr };

// Before the first line; until then lines go to stderr.
void Open(std::string_view program, Target target, Level lowest);
// Changes the lowest level that is written (reload).
void SetLowest(Level lowest);

// `log::Info("signed").With("queue_id", id).With("domain", d);` writes, when the temporary dies,
//   signed queue_id=4XyZ domain=example.org
// Values are quoted where they hold a space, a quote or "="; controls and 8-bit bytes are escaped
// as \xNN; a value is cut at 512 bytes and a line at 4,096. Never give it a secret.
class Line {
 public:
  Line(Level level, std::string_view event);
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  ~Line();

  Line& With(std::string_view key, std::string_view value);
  Line& With(std::string_view key, std::int64_t value);

 private:
  bool on_;
  Level level_;
  std::string text_;
};

inline Line Debug(std::string_view event) { return {Level::kDebug, event}; }
inline Line Info(std::string_view event) { return {Level::kInfo, event}; }
inline Line Warning(std::string_view event) { return {Level::kWarning, event}; }
inline Line Error(std::string_view event) { return {Level::kError, event}; }

}  // namespace gatepost::log
