// A table of exceptions, and each of its lines as whom an exception is for: one spelling stays as
// it is, and any message can be held against the table.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/config_error.h"
#include "common/limits/limit_table.h"

namespace {

using namespace gatepost;
using namespace gatepost::limits;

void Check(bool holds) {
  if (!holds) std::abort();
}

const accounts::AccountNames& Names() {
  static const auto names = accounts::AccountNames::Load({});
  return *names;
}

const std::vector<Limit>& Limits() {
  static const std::vector<Limit> limits = {
      *Limit::Parse("100 messages / day by user name=daily"),
      *Limit::Parse("1GB / day by user-domain name=pool"),
      *Limit::Parse("9 messages / hour by sender+recipient name=pair")};
  return limits;
}

void CheckScope(std::string_view line) {
  const auto scope = Scope::Parse(line, Names());
  if (!scope) return Check(!scope.error().message.empty());
  const auto again = Scope::Parse(scope->text, Names());
  Check(again && again->text == scope->text && again->kind == scope->kind);
  Check(scope->text.find('\n') == std::string::npos);
}

void CheckTable(const std::string& text) {
  try {
    const Exceptions table = LoadLimitTable(config::TableFile(text, "table"), Limits(), Names());
    Facts facts;
    facts.account = Names().Canonicalize("alice@example.org");
    facts.reverse_path = text;
    facts.client = *base::IpAddress::Parse("192.0.2.7");
    Subjects subjects(facts, Names());
    subjects.SetRecipient(text);
    const ExceptionView view(table, &table, subjects, {});
    for (const Limit& limit : Limits()) {
      Check(view.Amount(limit, subjects.Text(limit.by)) >= kUncounted);
    }
  } catch (const config::ConfigError& error) {
    Check(std::string_view(error.what()).starts_with("table:"));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  CheckScope(std::string_view(text).substr(0, text.find('\n')));
  CheckTable(text);
  return 0;
}
