// test.scenario [--programs FOLDER] FILE...: runs scenario files against the programs in FOLDER,
// the build's bin folder by default, and prints what failed.
#include <cstdio>
#include <filesystem>
#include <string_view>

#include "tests/support/scenario_runner.h"

int main(int argc, char** argv) {
  const bool elsewhere = argc > 2 && std::string_view(argv[1]) == "--programs";
  const char* const programs = elsewhere ? argv[2] : GATEPOST_BIN_DIR;
  const int first = elsewhere ? 3 : 1;
  if (argc <= first) {
    std::fprintf(stderr, "usage: test.scenario [--programs FOLDER] FILE...\n");
    return 64;
  }
  int failures = 0;
  for (int i = first; i < argc; ++i) {
    const auto done = gatepost::support::RunScenarioFile(argv[i], programs);
    if (!done) std::fprintf(stderr, "%s\n", done.error().message.c_str());
    failures += done ? 0 : 1;
  }
  return failures == 0 ? 0 : 1;
}
