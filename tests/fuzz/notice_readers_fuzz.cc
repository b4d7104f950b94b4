// Any text as the table of languages: a complaint that names the table, or a language that there is
// for every address.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/base/strings.h"
#include "common/config/config_error.h"
#include "common/notices/readers.h"
#include "common/submit/notice.h"
#include "milters/ratelimit/notice_templates.h"

namespace {

using namespace gatepost;

void Check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto templates = ratelimit::NoticeTemplates::Load("");
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    const auto readers = notices::Readers::Load(config::TableFile(text, "table"), templates);
    for (const std::string_view word : base::Split(std::string_view(text).substr(0, 300), ' ')) {
      Check(templates.Knows(readers.LanguageOf(word)));
      const std::string administrator = readers.AdministratorOf(word);
      Check(administrator.empty() || submit::IsPlainAddress(administrator));
    }
  } catch (const config::ConfigError& error) {
    Check(std::string_view(error.what()).starts_with("table:"));
  }
  return 0;
}
