#include "common/accounts/streams.h"

#include <algorithm>
#include <set>

#include "common/base/strings.h"
#include "common/config/spelling.h"
#include "common/mail/domain.h"

namespace gatepost::accounts {
namespace {

constexpr std::size_t kLongestName = 32;
constexpr std::size_t kLongestValue = 998;

// Text with every run of white space as one blank, none at its ends.
std::string Unfolded(std::string_view text) {
  std::string unfolded;
  for (const char c : base::Trim(text)) {
    if (!base::IsMailSpace(c)) {
      unfolded += c;
    } else if (unfolded.back() != ' ') {
      unfolded += ' ';
    }
  }
  return unfolded;
}

bool IsFieldName(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~' && c != ':'; });
}

std::string UnknownKind(std::string_view written) {
  std::string problem =
      "\"" + base::Printable(written, 40) + "\" is none of user, domain and header";
  if (const auto meant = config::Closest(written, {"user", "domain", "header"})) {
    problem += ", did you mean \"" + *meant + "\"?";
  }
  return problem;
}

std::string_view DomainOf(std::string_view account) {
  const std::size_t at = account.rfind('@');
  return at == std::string_view::npos ? std::string_view() : account.substr(at + 1);
}

}  // namespace

bool IsStreamName(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || base::IsAsciiDigit(c) || c == '-' || c == '_' || c == '.';
  });
}

std::shared_ptr<const StreamTable> StreamTable::Load(const std::string& path,
                                                     const AccountNames& names) {
  if (path.empty()) return std::make_shared<const StreamTable>();
  return Load(config::TableFile::Load(path), names);
}

std::shared_ptr<const StreamTable> StreamTable::Load(const config::TableFile& file,
                                                     const AccountNames& names) {
  auto table = std::make_shared<StreamTable>();
  file.ForEachRow([&](const config::TableRow& row) { return table->AddRow(row, names); });
  return table;
}

StreamTable::Problem StreamTable::AddRow(const config::TableRow& row, const AccountNames& names) {
  if (row.fields.size() < 3) return "a row is: stream, user|domain|header, what to look for";
  if (!IsStreamName(row.fields[0])) {
    return "a stream's name has up to 32 letters in lower case, digits, \"-\", \"_\" and \".\"";
  }
  if (rules_.size() == kMostRules) return "there are more than 500 rules";
  Rule rule{std::string(row.fields[0]), Kind::kUser, std::string(row.fields[2]), std::nullopt};
  if (auto problem = SetKind(row, names, rule)) return problem;
  rules_.push_back(std::move(rule));
  return std::nullopt;
}

StreamTable::Problem StreamTable::SetKind(const config::TableRow& row, const AccountNames& names,
                                          Rule& rule) {
  const std::string_view kind = row.fields[1];
  if (kind == "header") {
    if (!IsFieldName(rule.what)) return "a header field's name stands without its colon";
    rule.kind = Kind::kHeader;
    for (const std::string_view word : row.fields.subspan(3)) {
      rule.value = rule.value ? *rule.value + " " + std::string(word) : std::string(word);
    }
  } else if (kind == "domain") {
    const auto domain = mail::Domain::Parse(rule.what);
    if (!domain) return domain.error().message;
    rule.kind = Kind::kDomain;
    rule.what = domain->ascii();
  } else if (kind == "user") {
    rule.what = names.Canonicalize(rule.what).name;
  } else {
    return UnknownKind(kind);
  }
  const bool one_name = rule.kind == Kind::kHeader || row.fields.size() == 3;
  return one_name ? Problem() : "there is more than one name";
}

bool StreamTable::needs_headers() const {
  return std::ranges::any_of(rules_, [](const Rule& rule) { return rule.kind == Kind::kHeader; });
}

std::vector<std::string> StreamTable::names() const {
  std::set<std::string> names;
  for (const Rule& rule : rules_) names.insert(rule.stream);
  return {names.begin(), names.end()};
}

bool StreamTable::MatchesField(const Rule& rule, const mail::HeaderField& field) {
  if (!field.Is(rule.what)) return false;
  if (!rule.value) return true;
  return field.value.size() <= kLongestValue &&
         base::EqualsIgnoreCase(Unfolded(field.value), *rule.value);
}

bool StreamTable::MatchesSender(const Rule& rule, std::string_view account,
                                std::string_view sender_domain) {
  if (rule.kind == Kind::kUser) return account == rule.what;
  return rule.kind == Kind::kDomain &&
         (sender_domain == rule.what || DomainOf(account) == rule.what);
}

std::string_view StreamTable::Find(std::string_view account, std::string_view sender_domain,
                                   const std::vector<mail::HeaderField>& fields) const {
  for (const Rule& rule : rules_) {
    const auto matches = [&](const mail::HeaderField& field) { return MatchesField(rule, field); };
    const bool found = rule.kind == Kind::kHeader ? std::ranges::any_of(fields, matches)
                                                  : MatchesSender(rule, account, sender_domain);
    if (found) return rule.stream;
  }
  return {};
}

std::optional<std::string_view> StreamTable::FindWithoutHeaders(
    std::string_view account, std::string_view sender_domain) const {
  // Where all rules that are left name one stream, a header makes no difference; that is rare and
  // not looked for.
  for (const Rule& rule : rules_) {
    if (rule.kind == Kind::kHeader) return std::nullopt;
    if (MatchesSender(rule, account, sender_domain)) return rule.stream;
  }
  return std::string_view();
}

}  // namespace gatepost::accounts
