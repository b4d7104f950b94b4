#include "tests/support/scenario.h"

#include <algorithm>

#include "common/base/strings.h"

namespace gatepost::support {
namespace {

using base::ErrorKind;
using base::Fail;

constexpr std::string_view kIndent = "    ";

class Reader {
 public:
  explicit Reader(std::string file) { scenario_.file = std::move(file); }

  // What is wrong with the line, or "".
  std::string Read(int number, std::string_view line) {
    const bool blank = base::Trim(line).empty();
    if (blank) {
      ++blank_lines_;
      return "";
    }
    if (line.starts_with(' ') || line.starts_with('\t')) return ReadIndented(line);
    blank_lines_ = 0;
    if (line.starts_with('#')) return ReadComment(line);
    std::string_view rest = line;
    std::string verb = TakeWord(rest);
    if (verb.ends_with(':')) verb.pop_back();
    scenario_.steps.push_back({number, std::move(verb), std::string(rest), {}});
    return "";
  }

  Scenario Finish() && { return std::move(scenario_); }

 private:
  std::string ReadComment(std::string_view line) {
    line.remove_prefix(1);
    if (scenario_.title.empty()) scenario_.title = base::Trim(line);
    return "";
  }

  // Empty lines inside a block belong to it; those behind it do not.
  std::string ReadIndented(std::string_view line) {
    if (scenario_.steps.empty()) return "an indented line without a line that it belongs to";
    if (!line.starts_with(kIndent)) return "indented lines begin with four spaces";
    std::vector<std::string>& block = scenario_.steps.back().block;
    if (!block.empty()) block.insert(block.end(), static_cast<std::size_t>(blank_lines_), "");
    blank_lines_ = 0;
    block.emplace_back(line.substr(kIndent.size()));
    return "";
  }

  Scenario scenario_;
  int blank_lines_ = 0;
};

}  // namespace

std::string TakeWord(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
  std::string word(text.substr(0, end));
  text.remove_prefix(std::min(text.find_first_not_of(" \t", end), text.size()));
  return word;
}

base::Result<Scenario> ParseScenario(std::string file, std::string_view text) {
  const auto fail = [&](int line, std::string_view reason) {
    return Fail(ErrorKind::kInvalid,
                file + ":" + std::to_string(line) + ": " + std::string(reason));
  };
  Reader reader(file);
  int number = 0;
  for (const std::string_view line : base::Split(text, '\n')) {
    const std::string wrong = reader.Read(++number, line);
    if (!wrong.empty()) return fail(number, wrong);
  }
  Scenario scenario = std::move(reader).Finish();
  if (scenario.title.empty()) return fail(1, "a scenario begins with a comment, its title");
  if (scenario.steps.empty()) return fail(number, "nothing happens in this scenario");
  return scenario;
}

std::string AtLine(const Scenario& scenario, const ScenarioStep& step, std::string_view reason) {
  return scenario.file + ":" + std::to_string(step.line) + ": " + std::string(reason);
}

}  // namespace gatepost::support
