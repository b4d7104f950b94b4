#include "common/log/log.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <syslog.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdlib>

namespace gatepost::log {
namespace {

constexpr std::size_t kLongestValue = 512;
constexpr std::size_t kLongestLine = 4096;  // POSIX lets a pipe take no less than 512 at once,
                                            // Linux takes 4,096
constexpr std::size_t kLongestProgram = 64;
constexpr std::size_t kPrefixRoom = kLongestProgram + 16;  // "program: warning: " and the newline
constexpr std::string_view kCutMark = "...";

struct LevelNames {
  std::string_view text;
  std::string_view journal_prefix;
  int syslog_priority;
};

constexpr std::array<LevelNames, 4> kLevels = {{
    {"debug", "<7>", LOG_DEBUG},
    {"info", "<6>", LOG_INFO},
    {"warning", "<4>", LOG_WARNING},
    {"error", "<3>", LOG_ERR},
}};

const LevelNames& NamesOf(Level level) { return kLevels[static_cast<std::size_t>(level)]; }

// Written by Open alone, before other threads log.
struct Sink {
  std::string program =
      std::string(std::string_view(program_invocation_short_name).substr(0, kLongestProgram));
  Target target = Target::kStderr;
  bool stderr_is_journal = false;
};

Sink& TheSink() {
  static Sink* const sink = new Sink;  // lines are still written while statics are destroyed
  return *sink;
}

std::atomic<Level> lowest_level{Level::kInfo};

// systemd.exec(5): JOURNAL_STREAM names the device and inode of the stream, because a child may
// inherit the variable while its stderr goes elsewhere.
bool StderrIsJournal() {
  // Nobody changes the environment once threads run.
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  const char* const named = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  if (named == nullptr || ::fstat(STDERR_FILENO, &status) != 0) return false;
  return named == std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
}

bool IsPrintable(char c) { return c >= 0x20 && c <= 0x7e; }

void AppendHex(std::string& text, char c) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  text += "\\x";
  text += kDigits[byte >> 4];
  text += kDigits[byte & 15];
}

bool NeedsQuotes(std::string_view value) {
  return value.empty() || value.find_first_of(" \"=") != std::string_view::npos;
}

void AppendEscaped(std::string& text, std::string_view value) {
  for (const char c : value.substr(0, kLongestValue)) {
    if (!IsPrintable(c)) {
      AppendHex(text, c);
    } else {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
  }
  if (value.size() > kLongestValue) text += kCutMark;
}

std::string FormatValue(std::string_view value) {
  const std::string_view quote = NeedsQuotes(value.substr(0, kLongestValue)) ? "\"" : "";
  std::string text(quote);
  AppendEscaped(text, value);
  return text.append(quote);
}

void WriteToStderr(Level level, std::string_view text) {
  std::string line;
  line.reserve(kPrefixRoom + text.size());
  if (TheSink().stderr_is_journal) {
    line = NamesOf(level).journal_prefix;
  } else {
    line.append(TheSink().program).append(": ").append(NamesOf(level).text).append(": ");
  }
  line.append(text).append("\n");
  // What stderr does not take is lost: there is nowhere left to say so.
  while (::write(STDERR_FILENO, line.data(), line.size()) < 0 && errno == EINTR) {
  }
}

void Write(Level level, const std::string& text) {
  if (TheSink().target == Target::kStderr) return WriteToStderr(level, text);
  ::syslog(LOG_MAIL | NamesOf(level).syslog_priority, "%s", text.c_str());
}

}  // namespace

void Open(std::string_view program, Target target, Level lowest) {
  Sink& sink = TheSink();
  ::closelog();  // before the ident that it points to changes
  sink.program = program.substr(0, kLongestProgram);
  sink.target = target;
  sink.stderr_is_journal = StderrIsJournal();
  if (target == Target::kSyslog) ::openlog(sink.program.c_str(), LOG_PID | LOG_NDELAY, LOG_MAIL);
  SetLowest(lowest);
}

void SetLowest(Level lowest) { lowest_level.store(lowest, std::memory_order_relaxed); }

Line::Line(Level level, std::string_view event)
    : on_(level >= lowest_level.load(std::memory_order_relaxed)), level_(level) {
  if (on_) AppendEscaped(text_, event);
}

Line::~Line() {
  if (!on_) return;
  const int callers_errno = errno;
  if (full_) text_.append(" ").append(kCutMark);
  Write(level_, text_);
  errno = callers_errno;
}

Line& Line::With(std::string_view key, std::string_view value) {
  if (!on_ || full_) return *this;
  const std::string formatted = FormatValue(value);
  const std::size_t needed = text_.size() + key.size() + formatted.size() + 2 * kCutMark.size();
  full_ = needed > kLongestLine - kPrefixRoom;
  if (!full_) text_.append(" ").append(key).append("=").append(formatted);
  return *this;
}

Line& Line::With(std::string_view key, std::int64_t value) {
  if (!on_) return *this;
  return With(key, std::string_view(std::to_string(value)));
}

}  // namespace gatepost::log
