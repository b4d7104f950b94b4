// test.scenario FILE...: runs scenario files against the programs in the build's bin folder (or in
// the folder that GATEPOST_PROGRAMS names) and prints what failed.
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "tests/support/scenario_runner.h"

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: test.scenario FILE...\n");
    return 64;
  }
  const char* const programs = std::getenv("GATEPOST_PROGRAMS");
  int failures = 0;
  for (int i = 1; i < argc; ++i) {
    const auto done = gatepost::support::RunScenarioFile(
        argv[i], programs != nullptr ? programs : GATEPOST_BIN_DIR);
    if (!done) std::fprintf(stderr, "%s\n", done.error().message.c_str());
    failures += done ? 0 : 1;
  }
  return failures == 0 ? 0 : 1;
}
