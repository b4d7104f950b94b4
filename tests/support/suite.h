// Public test suites in YAML (SPF, ARC) that lie beside the source tree and are read in place. For
// the tests of a folder and for those of a whole program; test code of one thread.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>
#include <string_view>

namespace gatepost::test {

// The path of a file of the shared data ("spf/rfc7208-tests.yml"): below $GATEPOST_SHARED_DATA, or
// else below the first shared/data beside the source tree or one of the folders around it. "" where
// there is none: then the test says so and is skipped.
std::string SharedData(std::string_view file);

// A scalar's bytes: "\x80" in a suite is the byte 0x80, where YAML means the character U+0080.
std::string SuiteBytes(const YAML::Node& scalar);

}  // namespace gatepost::test
