// What it costs to have a file looked into by another, confined process: microseconds for each
// request with all confinement, with parts of it, and for the same call in this process; and what
// the start of a process costs. Uses the tests' scanner, whose look costs nothing.
//
//   scanner_bench [REQUESTS]
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "common/log/log.h"
#include "milters/attachments/scanner_pool.h"
#include "milters/attachments/spool_file.h"

namespace {

using namespace gatepost;
using namespace gatepost::attachments;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kSmallFile = 8 * 1024;

double Microseconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
}

double ProcessorTime(int whose) {
  rusage usage{};
  ::getrusage(whose, &usage);
  return Microseconds(usage.ru_utime) + Microseconds(usage.ru_stime);
}

// Of one call: what one waits, and what this process and its ended children take of a processor.
template <class Call>
void Measure(const char* what, int calls, Call call) {
  const double own = ProcessorTime(RUSAGE_SELF);
  const auto begin = SteadyClock::now();
  for (int i = 0; i < calls; ++i) call();
  const auto wall = std::chrono::duration<double, std::micro>(SteadyClock::now() - begin);
  std::printf("%-48s %8.1f us wall %8.1f us of this process\n", what, wall.count() / calls,
              (ProcessorTime(RUSAGE_SELF) - own) / calls);
}

ScannerOptions Options(bool seccomp, bool landlock, std::uint64_t memory) {
  ScannerOptions options;
  options.program = std::string(GATEPOST_BIN_DIR) + "/gatepost-test-scanner";
  options.processes = 1;
  options.requests = 1'000'000'000;
  options.seccomp = seccomp;
  options.landlock = landlock;
  options.allow_unconfined = true;
  options.memory_bytes = memory;
  return options;
}

void Ask(ScannerPool& pool, const std::string& name, int fd) {
  ScanRequest request;
  request.names = {name};
  const auto deadline = SteadyClock::now() + std::chrono::seconds(60);
  const auto result = pool.Scan(
      request, fd, kSmallFile, [](Item&&) {}, deadline);
  if (!result) std::fprintf(stderr, "%s\n", result.error().message.c_str());
}

void MeasureRequests(const char* what, const ScannerOptions& options, int requests, int fd) {
  // Ended children count only once they have ended.
  const double before = ProcessorTime(RUSAGE_CHILDREN);
  {
    ScannerPool pool(options);
    for (int i = 0; i < 100; ++i) Ask(pool, "nothing", fd);
    Measure(what, requests, [&] { Ask(pool, "nothing", fd); });
  }
  std::printf("%-48s %34.1f us of the scanner\n", "",
              (ProcessorTime(RUSAGE_CHILDREN) - before) / requests);
}

}  // namespace

int main(int argc, char** argv) {
  const int requests = argc > 1 ? std::atoi(argv[1]) : 50'000;
  log::Open("scanner_bench", log::Target::kStderr, log::Level::kError);
  SpoolFile file("/tmp", 1 << 20);
  file.Append(std::vector<std::byte>(kSmallFile));
  const auto fd = file.Descriptor();
  if (!fd) return 1;
  MeasureRequests("all confinement", Options(true, true, 48 << 20), requests, *fd);
  MeasureRequests("without seccomp", Options(false, true, 48 << 20), requests, *fd);
  MeasureRequests("without Landlock", Options(true, false, 48 << 20), requests, *fd);
  MeasureRequests("without seccomp, Landlock and memory limit", Options(false, false, 0), requests,
                  *fd);
  {
    ScannerPool pool(Options(true, true, 48 << 20));
    Measure("all confinement, 100 members told", requests / 50,
            [&] { Ask(pool, "members=100", *fd); });
  }
  Measure("8 kB from memory to a descriptor", requests, [] {
    SpoolFile small("/tmp", 1 << 20);
    small.Append(std::vector<std::byte>(kSmallFile));
    static_cast<void>(small.Descriptor());
  });
  Measure("a process started, asked once and ended", 200, [&] {
    ScannerPool pool(Options(true, true, 48 << 20));
    Ask(pool, "nothing", *fd);
  });
  Measure("the same without seccomp and Landlock", 200, [&] {
    ScannerPool pool(Options(false, false, 0));
    Ask(pool, "nothing", *fd);
  });
  return 0;
}
