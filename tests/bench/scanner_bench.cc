// What it costs to have a file looked into by another, confined process: microseconds for each
// request with all confinement, with parts of it, and for the same call in this process; and what
// the start of a process costs. Uses the tests' scanner, whose look costs nothing.
//
//   scanner_bench [REQUESTS]
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "common/base/unique_fd.h"
#include "common/log/log.h"
#include "milters/attachments/scanner_pool.h"

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

void Ask(ScannerPool& pool, const std::string& name, const ScanFile& file) {
  ScanRequest request;
  request.names = {name};
  const auto deadline = SteadyClock::now() + std::chrono::seconds(60);
  const auto result = pool.Scan(
      request, file, [](Item&&) {}, deadline);
  if (!result) std::fprintf(stderr, "%s\n", result.error().message.c_str());
}

void MeasureRequests(const char* what, const ScannerOptions& options, int requests,
                     const ScanFile& file) {
  // Ended children count only once they have ended.
  const double before = ProcessorTime(RUSAGE_CHILDREN);
  {
    ScannerPool pool(options);
    for (int i = 0; i < 100; ++i) Ask(pool, "nothing", file);
    Measure(what, requests, [&] { Ask(pool, "nothing", file); });
  }
  std::printf("%-48s %34.1f us of the scanner\n", "",
              (ProcessorTime(RUSAGE_CHILDREN) - before) / requests);
}

}  // namespace

int main(int argc, char** argv) {
  const int requests = argc > 1 ? std::atoi(argv[1]) : 50'000;
  log::Open("scanner_bench", log::Target::kStderr, log::Level::kError);
  const std::vector<std::byte> bytes(kSmallFile);
  const ScanFile inside{bytes.size(), bytes, -1};
  MeasureRequests("all confinement", Options(true, true, 48 << 20), requests, inside);
  MeasureRequests("without seccomp", Options(false, true, 48 << 20), requests, inside);
  MeasureRequests("without Landlock", Options(true, false, 48 << 20), requests, inside);
  MeasureRequests("without seccomp, Landlock and memory limit", Options(false, false, 0), requests,
                  inside);
  {
    ScannerPool pool(Options(true, true, 48 << 20));
    Measure("all confinement, behind a descriptor", requests, [&] {
      const base::UniqueFd fd(::memfd_create("part", MFD_CLOEXEC));
      if (::write(fd.get(), bytes.data(), bytes.size()) < 0) return;
      Ask(pool, "nothing", {bytes.size(), {}, fd.get()});
    });
    Measure("all confinement, 100 members told", requests / 50,
            [&] { Ask(pool, "members=100", inside); });
  }
  Measure("a process started, asked once and ended", 200, [&] {
    ScannerPool pool(Options(true, true, 48 << 20));
    Ask(pool, "nothing", inside);
  });
  Measure("the same without seccomp and Landlock", 200, [&] {
    ScannerPool pool(Options(false, false, 0));
    Ask(pool, "nothing", inside);
  });
  return 0;
}
