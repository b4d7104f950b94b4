// Runs a scenario: each line in turn, until one fails. One thread at a time.
#pragma once

#include <filesystem>

#include "common/base/result.h"
#include "tests/support/scenario.h"

namespace gatepost::support {

// `programs` is the folder of the executables. kInvalid with "file:line: reason" and the end of the
// program's log.
base::Result<void> RunScenario(const Scenario& scenario, const std::filesystem::path& programs);

// Reads and runs a file.
base::Result<void> RunScenarioFile(const std::filesystem::path& file,
                                   const std::filesystem::path& programs);

}  // namespace gatepost::support
