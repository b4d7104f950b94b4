// Any text as that of a notice: a complaint that names the file, or a notice that foreign values
// fill in without a line of their own, without being read for placeholders, and within bounds.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/base/strings.h"
#include "common/config/config_error.h"
#include "milters/ratelimit/notice_templates.h"

namespace {

using namespace gatepost;
using ratelimit::NoticeTemplates;
using ratelimit::NoticeText;

void Check(bool holds) {
  if (!holds) std::abort();
}

NoticeTemplates::Values AllValues(std::string_view value) {
  NoticeTemplates::Values values;
  for (const char* const name :
       {"account", "host", "contact", "limit", "used", "percent", "evidence", "reference", "by"}) {
    values.emplace_back(name, value);
  }
  return values;
}

void CheckFilled(const NoticeTemplates& templates, NoticeText name, const std::string& text,
                 std::string_view value) {
  const auto filled = templates.Fill(name, "xx", AllValues(value));
  Check(filled.subject.find('\n') == std::string::npos);
  const auto braces = static_cast<std::size_t>(std::ranges::count(text, '{'));
  Check(filled.subject.size() + filled.text.size() <= text.size() + braces * 500);
  Check(std::ranges::count(filled.text, '\n') <= std::ranges::count(text, '\n'));
  // A value that looks like a placeholder stays as it is.
  const auto literal = templates.Fill(name, "xx", AllValues("{by}"));
  const auto plain = templates.Fill(name, "xx", AllValues("(by)"));
  Check(literal.text.size() == plain.text.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto name = static_cast<NoticeText>(data[0] % ratelimit::kNoticeNames.size());
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t end = std::min(rest.find('\x01'), rest.size());
  const std::string text(rest.substr(0, end));
  auto templates = NoticeTemplates::Load("");
  try {
    templates.Add("file", "xx", name, text);
  } catch (const config::ConfigError& error) {
    Check(std::string_view(error.what()).starts_with("file:"));
    return 0;
  }
  CheckFilled(templates, name, text, rest.substr(std::min(end + 1, rest.size())));
  return 0;
}
