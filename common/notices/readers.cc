#include "common/notices/readers.h"

#include <optional>
#include <utility>
#include <vector>

#include "common/base/strings.h"
#include "common/config/spelling.h"
#include "common/mail/domain.h"
#include "common/submit/notice.h"

namespace gatepost::notices {
namespace {

// As accounts are spelled; nothing where it is neither an address nor a domain.
std::optional<std::string> Spell(std::string_view who) {
  if (who == "*") return "*";
  const std::size_t at = who.rfind('@');
  const bool address = at != std::string_view::npos;
  if (address && !submit::IsPlainAddress(who)) return std::nullopt;
  const auto domain = mail::Domain::Parse(address ? who.substr(at + 1) : who);
  if (!domain) return std::nullopt;
  return address ? base::ToLower(who.substr(0, at + 1)) + domain->ascii() : domain->ascii();
}

std::string UnknownLanguage(std::string_view written, const Templates& templates) {
  std::string problem = "no notices in \"" + base::Printable(written, 40) + "\"; there are";
  for (const std::string& language : templates.languages()) problem += " " + language;
  return problem;
}

}  // namespace

Readers Readers::Load(const std::string& path, const Templates& templates) {
  return path.empty() ? Readers() : Load(config::TableFile::Load(path), templates);
}

Readers Readers::Load(const config::TableFile& file, const Templates& templates) {
  Readers readers;
  file.ForEachRow([&](const config::TableRow& row) -> std::optional<std::string> {
    const auto& fields = row.fields;
    if (fields.size() < 2 || fields.size() > 3) {
      return "a row is: an address, a domain or *, a language, an administrator's address";
    }
    const auto who = Spell(fields[0]);
    if (!who) return "\"" + base::Printable(fields[0], 60) + "\" is no address, domain or *";
    if (!templates.Knows(fields[1])) return UnknownLanguage(fields[1], templates);
    if (fields.size() == 3 && !submit::IsPlainAddress(fields[2])) {
      return "the administrator's address is none";
    }
    Row entry{std::string(fields[1]), std::string(fields.size() == 3 ? fields[2] : "")};
    if (!readers.rows_.emplace(*who, std::move(entry)).second) return "is there twice";
    return std::nullopt;
  });
  return readers;
}

std::vector<const Readers::Row*> Readers::Find(std::string_view address) const {
  const std::string whole = Spell(address).value_or(std::string(address));
  const std::size_t at = whole.rfind('@');
  std::vector<const Row*> rows;
  for (const std::string& key :
       {whole, at == std::string::npos ? std::string() : whole.substr(at + 1), std::string("*")}) {
    if (const auto found = rows_.find(key); found != rows_.end()) rows.push_back(&found->second);
  }
  return rows;
}

std::string Readers::LanguageOf(std::string_view address) const {
  const auto rows = Find(address);
  return rows.empty() ? "en" : rows.front()->language;
}

std::string Readers::AdministratorOf(std::string_view address) const {
  for (const Row* const row : Find(address)) {
    if (!row->administrator.empty()) return row->administrator;
  }
  return {};
}

}  // namespace gatepost::notices
