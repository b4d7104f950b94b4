// One line per verdict or change of state, as key=value, to syslog's mail facility or to stderr.
// Set up once in main; afterwards any thread may log. A line is built only when its level is on.
// On stderr a line is one write(2) of at most 4,096 bytes, which a pipe takes whole: lines of
// several threads or programs never mix. It begins with "program: level: ", or, where stderr is a
// stream of systemd's journal, with the "<6>" that the journal reads as its priority.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gatepost::log {

enum class Level { kDebug, kInfo, kWarning, kError };
enum class Target { kSyslog, kStderr };

// Before other threads log, and again whenever main wants; until then lines go to stderr.
// `program` is syslog's ident.
void Open(std::string_view program, Target target, Level lowest);
// Changes the lowest level that is written (reload).
void SetLowest(Level lowest);

// `log::Info("signed").With("queue_id", id).With("domain", d);` writes, when the temporary dies,
//   signed queue_id=4XyZ domain=example.org
// Values are quoted where they are empty or hold a space, a quote or "="; quotes and backslashes
// get a backslash, controls and 8-bit bytes become \xNN, so whatever a message holds, it cannot
// forge a line or a key. A value is cut after 512 bytes and then ends in "..."; a key that does not
// fit into the line's 4,096 bytes is left out with all that follow, and the line ends in " ...".
// Never give it a secret.
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
  bool full_ = false;
  Level level_;
  std::string text_;
};

inline Line Debug(std::string_view event) { return {Level::kDebug, event}; }
inline Line Info(std::string_view event) { return {Level::kInfo, event}; }
inline Line Warning(std::string_view event) { return {Level::kWarning, event}; }
inline Line Error(std::string_view event) { return {Level::kError, event}; }

}  // namespace gatepost::log
