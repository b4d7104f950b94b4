// A scenario file: a conversation between a mail server and a milter, written so that people read
// it. This is its grammar; scenario_runner.h says what the lines mean, tests/scenarios/README.md
// tells both to the authors. Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace gatepost::support {

// One line with what is indented below it.
struct ScenarioStep {
  int line = 0;
  std::string verb;                // "expect"
  std::string rest;                // "reply 550 *"
  std::vector<std::string> block;  // the indented lines, without their first four spaces
};

struct Scenario {
  std::string file;
  std::string title;  // the first comment line
  std::vector<ScenarioStep> steps;
};

// kInvalid with "file:line: reason".
base::Result<Scenario> ParseScenario(std::string file, std::string_view text);

// "file:line: reason", as all messages about a scenario look.
std::string AtLine(const Scenario& scenario, const ScenarioStep& step, std::string_view reason);

// Takes the first word from the front of `text`, and the white space behind it.
std::string TakeWord(std::string_view& text);

}  // namespace gatepost::support
