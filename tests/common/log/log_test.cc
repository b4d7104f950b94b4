#include "common/log/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <set>
#include <thread>

#include "common/base/unique_fd.h"

namespace {

struct SyslogCall {
  std::string ident;
  int open_options = 0;
  int facility = 0;
  std::vector<std::pair<int, std::string>> lines;
};

SyslogCall& TheSyslog() {
  static SyslogCall call;
  return call;
}

}  // namespace

// The program's own syslog(3) goes before libc's, so nothing reaches this machine's log. Both
// spellings: fortified builds call the second.
extern "C" {
void openlog(const char* ident, int option, int facility) {
  TheSyslog().ident = ident;
  TheSyslog().open_options = option;
  TheSyslog().facility = facility;
}
void closelog() {}
void syslog(int priority, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  TheSyslog().lines.emplace_back(priority, va_arg(arguments, const char*));
  va_end(arguments);
}
void __syslog_chk(int priority, int /*flag*/, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  TheSyslog().lines.emplace_back(priority, va_arg(arguments, const char*));
  va_end(arguments);
}
}

namespace gatepost::log {
namespace {

// While it lives, stderr is a temporary file.
class StderrCapture {
 public:
  StderrCapture() : saved_(::dup(STDERR_FILENO)), file_(std::tmpfile()) {
    ::dup2(fileno(file_), STDERR_FILENO);
  }
  ~StderrCapture() {
    ::dup2(saved_.get(), STDERR_FILENO);
    std::fclose(file_);
  }
  std::string Text() const {
    std::string text(static_cast<std::size_t>(::lseek(fileno(file_), 0, SEEK_END)), '\0');
    EXPECT_EQ(::pread(fileno(file_), text.data(), text.size(), 0),
              static_cast<ssize_t>(text.size()));
    return text;
  }
  std::string DeviceAndInode() const {
    struct stat status {};
    ::fstat(fileno(file_), &status);
    return std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
  }

 private:
  base::UniqueFd saved_;
  std::FILE* file_;
};

std::string Logged(const std::function<void()>& body) {
  const StderrCapture capture;
  Open("gatepost-test", Target::kStderr, Level::kInfo);
  body();
  return capture.Text();
}

std::string FormattedValue(std::string_view value) {
  const std::string line = Logged([&] { Info("event").With("key", value); });
  const std::string before = "gatepost-test: info: event key=";
  EXPECT_EQ(line.substr(0, before.size()), before);
  return line.substr(before.size(), line.size() - before.size() - 1);
}

TEST(Log, WritesEventAndKeysInOrder) {
  EXPECT_EQ(Logged([] { Info("signed").With("queue_id", "4XyZ").With("bytes", 1234); }),
            "gatepost-test: info: signed queue_id=4XyZ bytes=1234\n");
}

TEST(Log, NamesEachLevel) {
  EXPECT_EQ(Logged([] {
              SetLowest(Level::kDebug);
              Debug("a");
              Info("b");
              Warning("c");
              Error("d");
            }),
            "gatepost-test: debug: a\ngatepost-test: info: b\n"
            "gatepost-test: warning: c\ngatepost-test: error: d\n");
}

TEST(Log, WritesNothingBelowTheLowestLevel) {
  EXPECT_EQ(Logged([] {
              SetLowest(Level::kWarning);
              Debug("a").With("k", "v");
              Info("b").With("n", 1);
              Warning("c");
            }),
            "gatepost-test: warning: c\n");
}

TEST(Log, EscapesValuesSoThatNoneCanForgeALineOrAKey) {
  struct Case {
    std::string_view value;
    std::string_view want;
  };
  using namespace std::string_view_literals;
  const Case cases[] = {
      {"plain", "plain"},
      {"", "\"\""},
      {"two words", "\"two words\""},
      {"a=b", "\"a=b\""},
      {"say \"hi\"", "\"say \\\"hi\\\"\""},
      {"back\\slash", "back\\\\slash"},
      {"x\r\ngatepost-test: info: forged", "\"x\\x0d\\x0agatepost-test: info: forged\""},
      {"tab\there", "tab\\x09here"},
      {"nul\0byte"sv, "nul\\x00byte"},
      {"\x1b[31mred", "\\x1b[31mred"},
      {"m\xc3\xbcller", "m\\xc3\\xbcller"},
      {"\x7f", "\\x7f"},
  };
  for (const Case& c : cases) EXPECT_EQ(FormattedValue(c.value), c.want);
}

TEST(Log, EscapesTheEventWithoutQuotingIt) {
  EXPECT_EQ(Logged([] { Info("two words\n"); }), "gatepost-test: info: two words\\x0a\n");
}

TEST(Log, CutsAValueAfter512Bytes) {
  const std::string longest(512, 'a');
  EXPECT_EQ(FormattedValue(longest), longest);
  std::string cut = longest;
  EXPECT_EQ(FormattedValue(longest + "a"), cut.append("..."));
  std::string blanks;
  blanks.resize(100'000, ' ');
  const std::string shown = FormattedValue(blanks);
  EXPECT_EQ(shown, "\"" + blanks.erase(512) + "...\"");
}

TEST(Log, KeepsALineWithin4096BytesAndLeavesOutWholeKeys) {
  const std::string line = Logged([] {
    Line info = {Level::kInfo, "event"};
    for (int i = 0; i < 100; ++i) info.With("key", std::string(300, '\xff'));
    info.With("last", "short");
  });
  EXPECT_LE(line.size(), 4096U);
  EXPECT_GT(line.size(), 2000U);
  EXPECT_EQ(line.substr(line.size() - 9), "\\xff ...\n");
  EXPECT_EQ(line.find("last"), std::string::npos);
}

TEST(Log, KeepsALineWithin4096BytesWithTheLongestProgramName) {
  const StderrCapture capture;
  Open(std::string(500, 'p'), Target::kStderr, Level::kInfo);
  {
    Line line = {Level::kWarning, std::string(5000, '\n')};
    for (int i = 0; i < 5000; ++i) line.With("k", "");
  }
  EXPECT_LE(capture.Text().size(), 4096U);
  EXPECT_GT(capture.Text().size(), 4000U);
}

TEST(Log, KeepsErrno) {
  Logged([] {
    errno = EXDEV;
    Info("event");
    EXPECT_EQ(errno, EXDEV);
  });
}

TEST(Log, PrefixesThePriorityWhereStderrIsTheJournal) {
  const StderrCapture capture;
  ::setenv("JOURNAL_STREAM", capture.DeviceAndInode().c_str(), 1);
  Open("gatepost-test", Target::kStderr, Level::kDebug);
  Debug("a");
  Info("b").With("key", "value");
  Warning("c");
  Error("d");
  ::unsetenv("JOURNAL_STREAM");
  EXPECT_EQ(capture.Text(), "<7>a\n<6>b key=value\n<4>c\n<3>d\n");
}

TEST(Log, IgnoresAnInheritedJournalStreamThatIsNotStderr) {
  ::setenv("JOURNAL_STREAM", "1:2", 1);
  EXPECT_EQ(Logged([] { Info("b"); }), "gatepost-test: info: b\n");
  ::unsetenv("JOURNAL_STREAM");
}

TEST(Log, SendsToSyslogsMailFacilityWithProgramAndPid) {
  TheSyslog() = {};
  Open("gatepost-dkim", Target::kSyslog, Level::kDebug);
  Debug("a");
  Info("100%s").With("key", "%n");
  Warning("c");
  Error("d");
  Open("gatepost-test", Target::kStderr, Level::kInfo);
  EXPECT_EQ(TheSyslog().ident, "gatepost-dkim");
  EXPECT_EQ(TheSyslog().facility, LOG_MAIL);
  EXPECT_TRUE(TheSyslog().open_options & LOG_PID);
  using LineOfSyslog = std::pair<int, std::string>;
  EXPECT_EQ(TheSyslog().lines, (std::vector<LineOfSyslog>{{LOG_MAIL | LOG_DEBUG, "a"},
                                                          {LOG_MAIL | LOG_INFO, "100%s key=%n"},
                                                          {LOG_MAIL | LOG_WARNING, "c"},
                                                          {LOG_MAIL | LOG_ERR, "d"}}));
}

TEST(Log, NeverMixesLinesOfSeveralThreads) {
  constexpr int kThreads = 8;
  constexpr int kLines = 200;
  const std::string text = Logged([] {
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([t] {
        for (int i = 0; i < kLines; ++i) {
          if (i == kLines / 2) SetLowest(Level::kInfo);
          Info("event").With("thread", t).With("line", i).With("pad", std::string(400, 'x'));
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  });
  std::set<std::string> want;
  for (int t = 0; t < kThreads; ++t) {
    for (int i = 0; i < kLines; ++i) {
      want.insert("gatepost-test: info: event thread=" + std::to_string(t) +
                  " line=" + std::to_string(i) + " pad=" + std::string(400, 'x'));
    }
  }
  std::set<std::string> got;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = text.find('\n', start);
    EXPECT_TRUE(got.insert(text.substr(start, end - start)).second);
    start = end + 1;
  }
  EXPECT_EQ(got, want);
}

}  // namespace
}  // namespace gatepost::log
