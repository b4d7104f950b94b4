// gatepost-test-scan-leaks FILE...: scans messages here, whole and cut off at two places, and
// tells whether memory was lost. The scanner's process leaves without such a look, and
// may not take one while it is confined. Exit status 1 where there is a leak, 77 in a build that
// cannot tell.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "milters/attachments/scanner/sanitized.h"
#include "tests/milters/attachments/archives/scan_samples.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

namespace gatepost::attachments {
namespace {

constexpr std::size_t kCuts = 2;
constexpr int kBetweenLooks = 25;
constexpr int kCannotTell = 77;

bool LeakedSoFar() {
#if defined(__SANITIZE_ADDRESS__)
  return __lsan_do_recoverable_leak_check() != 0;
#else
  return false;
#endif
}

std::string ReadFile(const char* path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void ScanCut(const std::string& message) {
  ScanRequest request = samples::Named("message.eml");
  request.sha256 = true;
  for (std::size_t cut = 1; cut < kCuts; ++cut) {
    samples::ScanBytes(message.substr(0, message.size() * cut / kCuts), request);
  }
  // The last bytes matter most: lists of members, checksums.
  samples::ScanBytes(message.substr(0, message.size() - message.size() / 64 - 1), request);
  samples::ScanBytes(message, request);
}

int ScanAll(int count, char** paths) {
  for (int i = 0; i < count; ++i) {
    const std::string message = ReadFile(paths[i]);
    if (message.empty()) return 1;
    ScanCut(message);
    if ((i + 1) % kBetweenLooks != 0 && i + 1 < count) continue;
    if (!LeakedSoFar()) continue;
    std::printf("memory is lost by %s, or one of the %d before it\n", paths[i], kBetweenLooks);
    return 1;
  }
  std::printf("%d messages scanned, no memory is lost\n", count);
  return 0;
}

}  // namespace
}  // namespace gatepost::attachments

int main(int argc, char** argv) {
#if !defined(__SANITIZE_ADDRESS__)
  std::puts("only AddressSanitizer can tell");
  return gatepost::attachments::kCannotTell;
#endif
  return gatepost::attachments::ScanAll(argc - 1, argv + 1);
}
