#include "milters/attachments/scanner_pool.h"

#include <dirent.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "milters/attachments/scanner/sanitized.h"
#include "tests/support/temp_folder.h"

namespace gatepost::attachments {
namespace {

using base::ErrorKind;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

base::UniqueFd File(std::string_view bytes) {
  base::UniqueFd fd(::memfd_create("part", MFD_CLOEXEC));
  EXPECT_EQ(::write(fd.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  return fd;
}

struct Told {
  base::Result<ScanResult> result = base::Fail(ErrorKind::kInternal, "not asked");
  std::vector<std::string> paths;
};

class AScannerPool : public testing::Test {
 protected:
  ScannerOptions Options(std::size_t processes = 1) const {
    ScannerOptions options;
    options.program = std::string(GATEPOST_BIN_DIR) + "/gatepost-test-scanner";
    options.processes = processes;
    options.scratch_folder = folder_.path();
    options.scratch_files = 2;
    options.scratch_bytes = 4 << 20;
    return options;
  }
  static Told Ask(ScannerClient& pool, const std::string& deed, seconds patience = seconds(60)) {
    const base::UniqueFd file = File("the content");
    ScanRequest request;
    request.names = {deed};
    Told told;
    told.result = pool.Scan(
        request, ScanFile{11, {}, file.get()},
        [&](Item&& item) { told.paths.push_back(item.path); }, steady_clock::now() + patience);
    return told;
  }
  support::TempFolder folder_;
};

std::size_t OpenDescriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

// Neither one that runs nor one that nobody waited for.
bool HasChildren() { return ::waitpid(-1, nullptr, WNOHANG) != -1; }

TEST_F(AScannerPool, TellsMembersAndTheResult) {
  ScannerPool pool(Options());
  const Told told = Ask(pool, "members=3");
  ASSERT_TRUE(told.result) << told.result.error().message;
  EXPECT_THAT(told.paths, ElementsAre("the content", "the content", "the content"));
  EXPECT_EQ(told.result->type.name, "zip");
  EXPECT_EQ(told.result->type.kind, Kind::kArchive);
  EXPECT_EQ(told.result->properties, Properties({Property::kEncryptedMember}));
}

TEST_F(AScannerPool, TellsWhatConfinesItsProcesses) {
  ScannerPool pool(Options());
  const auto ready = pool.Ping(steady_clock::now() + seconds(30));
  ASSERT_TRUE(ready) << ready.error().message;
  EXPECT_TRUE(ready->seccomp);
  EXPECT_EQ(ready->memory_limit, !kSanitized);
}

TEST_F(AScannerPool, ForbiddenDeedsEndTheProcessOrFail) {
  ScannerPool pool(Options());
  for (const std::string deed :
       {"open", "create", "socket", "fork", "exec", "map-to-run", "protect-to-run", "map-a-file",
        "ptrace", "signal-the-milter", "chmod", "time"}) {
    const Told told = Ask(pool, deed);
    if (told.result) {
      EXPECT_THAT(told.paths, ElementsAre(AnyOf("errno 1", "errno 13"))) << deed;
    } else {
      EXPECT_EQ(told.result.error().kind, ErrorKind::kUnavailable) << deed;
      EXPECT_THAT(told.result.error().message, HasSubstr("SIGSYS, a forbidden system call"));
      EXPECT_THAT(told.paths, ElementsAre()) << deed;
    }
    EXPECT_TRUE(Ask(pool, "nothing").result) << "after " << deed;
  }
}

TEST_F(AScannerPool, OnlyFilesAreLookedForInVainAllElseEndsTheProcess) {
  ScannerPool pool(Options());
  EXPECT_TRUE(Ask(pool, "open").result);
  EXPECT_FALSE(Ask(pool, "socket").result);
  EXPECT_EQ(pool.counts().deaths, 1u);
}

TEST_F(AScannerPool, FilesStayClosedByLandlockAloneToo) {
  ScannerOptions options = Options();
  options.seccomp = false;
  options.allow_unconfined = true;
  ScannerPool pool(options);
  const auto ready = pool.Ping(steady_clock::now() + seconds(30));
  ASSERT_TRUE(ready);
  if (ready->landlock == 0) GTEST_SKIP() << "this kernel has no Landlock";
  EXPECT_THAT(Ask(pool, "open").paths, ElementsAre("errno 13"));
  EXPECT_THAT(Ask(pool, "create").paths, ElementsAre("errno 13"));
}

TEST_F(AScannerPool, DoesNotServeUnconfinedUnlessItMay) {
  ScannerOptions options = Options();
  options.seccomp = false;
  ScannerPool pool(options);
  const auto told = Ask(pool, "nothing").result;
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(told.error().message, HasSubstr("without seccomp"));
}

struct Failure {
  std::string deed;
  std::string reason;
};

TEST_F(AScannerPool, AFailureCostsItsOwnRequestAlone) {
  ScannerPool pool(Options());
  // Sanitizers end a crash by themselves.
  const std::string segv = kSanitized ? "the scanner died" : "signal SIGSEGV";
  const std::string abort = "signal SIGABRT";
  std::uint64_t deaths = 0;
  for (const Failure& failure : std::vector<Failure>{{"crash", segv},
                                                     {"abort", abort},
                                                     {"exit", "exit status 0"},
                                                     {"half", "exit status 3"},
                                                     {"garbage", "must not: no answer"},
                                                     {"cut", "must not: a packet that is cut"},
                                                     {"empty", "died"},
                                                     {"long", "must not: a packet is too long"},
                                                     {"descriptor", "must not"},
                                                     {"ready-again", "must not"},
                                                     {"flood", "must not: too much"}}) {
    const Told told = Ask(pool, failure.deed);
    ASSERT_FALSE(told.result) << failure.deed;
    EXPECT_EQ(told.result.error().kind, ErrorKind::kUnavailable) << failure.deed;
    EXPECT_THAT(told.result.error().message, HasSubstr(failure.reason)) << failure.deed;
    EXPECT_TRUE(Ask(pool, "nothing").result) << "after " << failure.deed;
    EXPECT_EQ(pool.counts().deaths, ++deaths) << failure.deed;
  }
}

// Plain ones may wait for others, as each packet costs a change of processes; not while they get
// old, nor while anything is opened that may be the end.
TEST_F(AScannerPool, WhatWasFoundBeforeAFailureIsTold) {
  ScannerOptions options = Options();
  options.time = seconds(2);
  ScannerPool pool(options);
  struct Case {
    std::string deed;
    std::vector<std::string> paths;
  };
  for (const Case& one : std::vector<Case>{{"half", {}},
                                           {"member-then-abort", {"plain", "evil.exe"}},
                                           {"member-then-hang", {"evil.exe"}},
                                           {"plain-then-risk", {"plain"}},
                                           {"plain-and-slow", {"plain", "slow"}}}) {
    const Told told = Ask(pool, one.deed);
    EXPECT_FALSE(told.result) << one.deed;
    EXPECT_EQ(told.paths, one.paths) << one.deed;
  }
}

TEST_F(AScannerPool, AnAnswerToNothingIsRefused) {
  ScannerPool pool(Options());
  for (const std::string deed : {"end-early", "behind-end"}) {
    const auto told = Ask(pool, deed).result;
    ASSERT_FALSE(told) << deed;
    EXPECT_THAT(told.error().message, HasSubstr("must not: no answer to this")) << deed;
  }
}

TEST_F(AScannerPool, APongBringsNothingElse) {
  ScannerPool pool(Options());
  ASSERT_TRUE(Ask(pool, "answer-ahead").result);
  const auto pong = pool.Ping(steady_clock::now() + seconds(60));
  ASSERT_FALSE(pong);
  EXPECT_THAT(pong.error().message, HasSubstr("must not: more than a greeting"));
  EXPECT_THAT(Ask(pool, "members=1").paths, ElementsAre("the content"));
}

TEST_F(AScannerPool, AnAnswerTooManyIsNotTakenForTheNextOnes) {
  ScannerPool pool(Options());
  EXPECT_TRUE(Ask(pool, "end-twice").result);
  Told next = Ask(pool, "members=1");
  // The second end may have come in time to be seen before the next order goes out, or not.
  if (!next.result) next = Ask(pool, "members=1");
  ASSERT_TRUE(next.result) << next.result.error().message;
  EXPECT_THAT(next.paths, ElementsAre("the content"));
  EXPECT_EQ(next.result->type.name, "zip");
}

TEST_F(AScannerPool, EndsWhatHangs) {
  ScannerOptions options = Options();
  options.time = milliseconds(200);
  ScannerPool pool(options);
  const auto begin = steady_clock::now();
  const auto told = Ask(pool, "hang").result;
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().kind, ErrorKind::kTimeout);
  EXPECT_LT(steady_clock::now() - begin, seconds(20));
  EXPECT_EQ(pool.counts().timeouts, 1u);
  EXPECT_TRUE(Ask(pool, "nothing").result);
}

TEST_F(AScannerPool, WaitsForAFreeProcessUntilTheDeadlineOnly) {
  ScannerOptions options = Options();
  options.time = seconds(3);
  ScannerPool pool(options);
  ASSERT_TRUE(Ask(pool, "nothing").result);
  std::thread busy([&] { Ask(pool, "hang"); });
  while (pool.counts().requests < 2) std::this_thread::yield();
  const auto told = Ask(pool, "nothing", seconds(1)).result;
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().kind, ErrorKind::kLimit);
  busy.join();
}

TEST_F(AScannerPool, WhatIsKilledBetweenRequestsIsReplacedUnseen) {
  ScannerPool pool(Options());
  auto process = ScannerProcess::Start(Options(), steady_clock::now() + seconds(30));
  ASSERT_TRUE(process);
  EXPECT_TRUE((*process)->MayServe());
  ASSERT_EQ(::kill((*process)->pid(), SIGKILL), 0);
  const auto patience = steady_clock::now() + seconds(30);
  while ((*process)->MayServe() && steady_clock::now() < patience) std::this_thread::yield();
  EXPECT_FALSE((*process)->MayServe());
}

TEST_F(AScannerPool, ADeathMidRequestIsToldWithItsSignal) {
  auto process = ScannerProcess::Start(Options(), steady_clock::now() + seconds(30));
  ASSERT_TRUE(process);
  const base::UniqueFd file = File("the content");
  ScanRequest request;
  request.names = {"hang"};
  std::thread killer([pid = (*process)->pid()] { ::kill(pid, SIGKILL); });
  const auto told = (*process)->Scan(
      request, ScanFile{11, {}, file.get()}, [](Item&&) {}, steady_clock::now() + seconds(30));
  killer.join();
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(told.error().message, HasSubstr("signal SIGKILL"));
}

TEST_F(AScannerPool, AProcessIsReplacedAfterItsRequests) {
  ScannerOptions options = Options();
  options.requests = 10;
  ScannerPool pool(options);
  for (int i = 0; i < 25; ++i) ASSERT_TRUE(Ask(pool, "nothing").result);
  EXPECT_EQ(pool.counts().started, 3u);
}

TEST_F(AScannerPool, AProcessThatGrewIsReplaced) {
  ScannerPool pool(Options());
  for (const std::string deed : {"nothing", "grow", "nothing"}) {
    ASSERT_TRUE(Ask(pool, deed).result);
  }
  EXPECT_EQ(pool.counts().started, 2u);
}

TEST_F(AScannerPool, MemoryBeyondTheLimitCannotBeHad) {
  if (kSanitized) GTEST_SKIP() << "sanitizers need terabytes";
  ScannerPool pool(Options());
  const Told told = Ask(pool, "memory");
  ASSERT_TRUE(told.result) << told.result.error().message;
  EXPECT_EQ(told.result->properties, Properties({Property::kUnreadable}));
  EXPECT_EQ(told.result->type.name, "text");
}

TEST_F(AScannerPool, MembersAreToldWholeOrNotWhereMemoryEnds) {
  if (kSanitized) GTEST_SKIP() << "sanitizers need terabytes";
  ScannerPool pool(Options());
  const Told told = Ask(pool, "members-in-a-glut");
  ASSERT_TRUE(told.result) << told.result.error().message;
  EXPECT_GE(told.paths.size(), 80u);
  EXPECT_EQ(pool.counts().deaths, 0u);
}

TEST_F(AScannerPool, CharsetsAreConvertedWithoutFilesToo) {
  ScannerPool pool(Options());
  EXPECT_THAT(Ask(pool, "charsets").paths, ElementsAre("a.exe", "japanese"));
}

// Only root can become somebody else.
TEST_F(AScannerPool, BecomesTheConfiguredUserWhereItIsRoot) {
  if (::geteuid() != 0) GTEST_SKIP() << "not root";
  ScannerOptions options = Options();
  options.user = "nobody";
  auto process = ScannerProcess::Start(options, steady_clock::now() + seconds(30));
  ASSERT_TRUE(process) << process.error().message;
  std::ifstream status("/proc/" + std::to_string((*process)->pid()) + "/status");
  const std::string text((std::istreambuf_iterator<char>(status)), {});
  EXPECT_THAT(text, HasSubstr("Uid:\t65534\t65534\t65534\t65534"));
  EXPECT_THAT(text, HasSubstr("CapEff:\t0000000000000000"));
  EXPECT_THAT(text, HasSubstr("NoNewPrivs:\t1"));
  EXPECT_THAT(text, HasSubstr("Seccomp:\t2"));
  ScannerPool pool(options);
  EXPECT_THAT(Ask(pool, "members=1").paths, ElementsAre("the content"));
  options.user = "no-such-user";
  EXPECT_FALSE(ScannerProcess::Start(options, steady_clock::now() + seconds(30)));
}

TEST_F(AScannerPool, KeepsNoPrivilegesWhoeverItIs) {
  auto process = ScannerProcess::Start(Options(), steady_clock::now() + seconds(30));
  ASSERT_TRUE(process) << process.error().message;
  std::ifstream status("/proc/" + std::to_string((*process)->pid()) + "/status");
  const std::string text((std::istreambuf_iterator<char>(status)), {});
  for (const std::string line : {"CapInh", "CapPrm", "CapEff"}) {
    EXPECT_THAT(text, HasSubstr(line + ":\t0000000000000000"));
  }
  EXPECT_THAT(text, HasSubstr("NoNewPrivs:\t1"));
}

TEST_F(AScannerPool, AShortFileNeedsNoDescriptor) {
  ScannerPool pool(Options());
  const std::string content = "the content";
  ScanRequest request;
  request.names = {"members=1"};
  std::vector<std::string> paths;
  const auto told = pool.Scan(
      request, ScanFile{content.size(), std::as_bytes(std::span(content)), -1},
      [&](Item&& item) { paths.push_back(item.path); }, steady_clock::now() + seconds(60));
  ASSERT_TRUE(told) << told.error().message;
  EXPECT_THAT(paths, ElementsAre("the content"));
}

TEST_F(AScannerPool, TheFileCannotBeChanged) {
  ScannerPool pool(Options());
  const base::UniqueFd file = File("the content");
  ScanRequest request;
  request.names = {"write"};
  std::vector<std::string> paths;
  ASSERT_TRUE(pool.Scan(
      request, ScanFile{11, {}, file.get()}, [&](Item&& item) { paths.push_back(item.path); },
      steady_clock::now() + seconds(60)));
  EXPECT_THAT(paths, ElementsAre("errno 9"));
  std::string now(11, '\0');
  ASSERT_EQ(::pread(file.get(), now.data(), now.size(), 0), 11);
  EXPECT_EQ(now, "the content");
}

TEST_F(AScannerPool, ScratchFilesTakeWhatTheyMayAndAreEmptyAgain) {
  ScannerPool pool(Options());
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(Ask(pool, "scratch").paths, ElementsAre("1000000s"));
    EXPECT_THAT(Ask(pool, "scratch-full").paths, ElementsAre("4000000"));
  }
  EXPECT_EQ(pool.counts().started, 1u);
}

TEST_F(AScannerPool, WithoutItsProgramItSaysSo) {
  ScannerOptions options = Options();
  options.program = folder_.path() / "missing";
  ScannerPool pool(options);
  const auto told = Ask(pool, "nothing").result;
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(told.error().message, HasSubstr("missing"));
}

TEST_F(AScannerPool, AProgramThatIsNoScannerIsNotBelieved) {
  ScannerOptions options = Options();
  options.program = "/bin/true";
  ScannerPool pool(options);
  const auto told = pool.Ping(steady_clock::now() + seconds(30));
  ASSERT_FALSE(told);
  EXPECT_THAT(told.error().message, HasSubstr("died: exit status 0"));
}

TEST_F(AScannerPool, WithoutAScratchFolderItSaysSo) {
  ScannerOptions options = Options();
  options.scratch_folder = folder_.path() / "missing";
  ScannerPool pool(options);
  const auto told = pool.Ping(steady_clock::now() + seconds(30));
  ASSERT_FALSE(told);
  EXPECT_THAT(told.error().message, HasSubstr("missing: No such file"));
}

TEST_F(AScannerPool, AnExceptionOfTheCallerLeavesNoHalfReadAnswer) {
  ScannerPool pool(Options());
  const base::UniqueFd file = File("the content");
  ScanRequest request;
  request.names = {"members=5"};
  const auto thrower = [](Item&&) { throw std::runtime_error("no room"); };
  EXPECT_THROW(static_cast<void>(pool.Scan(request, ScanFile{11, {}, file.get()}, thrower,
                                           steady_clock::now() + seconds(60))),
               std::runtime_error);
  EXPECT_THAT(Ask(pool, "members=1").paths, ElementsAre("the content"));
}

TEST_F(AScannerPool, AThousandRequestsLeaveNothingBehind) {
  const std::size_t before = OpenDescriptors();
  {
    ScannerPool pool(Options());
    for (int i = 0; i < 1'000; ++i) {
      ASSERT_EQ(Ask(pool, i % 100 == 50 ? "socket" : "members=2").result.has_value(),
                i % 100 != 50);
    }
    EXPECT_EQ(pool.counts().deaths, 10u);
    EXPECT_LE(OpenDescriptors(), before + 1);
  }
  EXPECT_EQ(OpenDescriptors(), before);
  EXPECT_FALSE(HasChildren());
}

TEST_F(AScannerPool, ManyThreadsShareFewProcesses) {
  ScannerPool pool(Options(2));
  std::vector<std::thread> threads;
  std::atomic<int> served{0};
  std::atomic<int> failed{0};
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < 25; ++j) {
        const Told told = Ask(pool, i == 0 && j % 5 == 0 ? "abort" : "members=3");
        ++(told.result && told.paths.size() == 3 ? served : failed);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(served, 16 * 25 - 5);
  EXPECT_EQ(failed, 5);
}

TEST_F(AScannerPool, WhoNeverStopsIsLateEvenIfThereIsAlwaysAnAnswer) {
  ScannerOptions options = Options();
  options.time = milliseconds(50);
  ScannerPool pool(options);
  const base::UniqueFd file = File("the content");
  ScanRequest request;
  request.names = {"flood"};
  request.budget.members = 100'000'000;
  const auto begin = steady_clock::now();
  const auto told = pool.Scan(
      request, ScanFile{11, {}, file.get()}, [](Item&&) {}, steady_clock::now() + seconds(60));
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().kind, ErrorKind::kTimeout);
  EXPECT_LT(steady_clock::now() - begin, seconds(20));
}

TEST_F(AScannerPool, NamesWithoutEndAreNotHeard) {
  ScannerPool pool(Options());
  const Told told = Ask(pool, "wide-flood");
  ASSERT_FALSE(told.result);
  EXPECT_THAT(told.result.error().message, HasSubstr("must not: too much"));
  EXPECT_LT(told.paths.size(), 1'000u);
}

TEST_F(AScannerPool, AnHonestOneTellsNoMoreThanIsHeard) {
  ScannerPool pool(Options());
  for (const std::string deed : {"many", "wide"}) {
    const Told told = Ask(pool, deed);
    ASSERT_TRUE(told.result) << deed << ": " << told.result.error().message;
    EXPECT_TRUE(told.result->properties.Has(Property::kTooManyMembers)) << deed;
    EXPECT_GT(told.paths.size(), 100u) << deed;
  }
  EXPECT_EQ(pool.counts().deaths, 0u);
}

TEST_F(AScannerPool, TellsHowAProcessEnded) {
  EXPECT_EQ(DescribeEnd(SIGSYS), "signal SIGSYS, a forbidden system call");
  EXPECT_EQ(DescribeEnd(SIGSEGV), "signal SIGSEGV");
  EXPECT_EQ(DescribeEnd(7 << 8), "exit status 7");
}

}  // namespace
}  // namespace gatepost::attachments
