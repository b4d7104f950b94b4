#include "tests/support/dns_zone.h"

#include <algorithm>
#include <array>
#include <set>
#include <stdexcept>

#include "common/base/strings.h"

namespace gatepost::test {
namespace {

using base::IsAsciiDigit;
using base::IsMailSpace;

constexpr std::array<std::string_view, 24> kBehaviours = {
    "servfail",        "refused", "notimp",   "formerr",  "badvers",
    "timeout",         "delay",   "truncate", "tcp-hang", "tcp-close",
    "truncate-always", "no-edns", "huge",     "wrong-id", "wrong-question",
    "forge",           "lie",     "extra",    "loop",     "garbage",
    "random",          "cut",     "empty",    "ad"};

bool IsNumber(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), IsAsciiDigit);
}

// The words of a line; blanks within quotes belong to the word. Escapes stay as they are.
std::vector<std::string> Words(std::string_view line) {
  std::vector<std::string> words;
  bool within = false;
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (!quoted && IsMailSpace(c)) {
      within = false;
      continue;
    }
    if (!within) words.emplace_back();
    within = true;
    if (c == '"') {
      quoted = !quoted;
    } else {
      words.back() += c;
      if (c == '\\' && i + 1 < line.size()) words.back() += line[++i];
    }
  }
  return words;
}

// A name followed by the names above it, each with "*" in place of its first label.
std::vector<std::string> WithWildcards(const std::string& name) {
  std::vector<std::string> names = {name};
  for (std::size_t dot = name.find('.'); dot != name.npos; dot = name.find('.', dot + 1)) {
    names.push_back("*" + name.substr(dot));
  }
  names.emplace_back("*");
  return names;
}

std::string WithoutDot(std::string name) {
  if (!name.empty() && name.back() == '.') name.pop_back();
  return name;
}

}  // namespace

std::optional<std::uint16_t> TypeNumber(std::string_view name) {
  static const std::map<std::string_view, std::uint16_t> kTypes = {
      {"A", kTypeA},   {"CNAME", kTypeCname}, {"PTR", kTypePtr},
      {"MX", kTypeMx}, {"TXT", kTypeTxt},     {"AAAA", kTypeAaaa}};
  const auto found = kTypes.find(name);
  if (found == kTypes.end()) return std::nullopt;
  return found->second;
}

unsigned Behaviours::Value(std::string_view kind) const {
  const auto found = values_.find(kind);
  return found == values_.end() ? 0 : found->second;
}

void DnsZone::Add(std::string_view text) {
  for (const std::string_view line : base::Split(text, '\n')) {
    const std::string_view trimmed = base::Trim(line);
    if (!trimmed.empty() && trimmed.front() != '#') AddLine(trimmed);
  }
}

void DnsZone::AddLine(std::string_view line) {
  const std::invalid_argument wrong("bad zone line: " + std::string(line));
  std::vector<std::string> words = Words(line);
  ZoneRecord record;
  record.owner = WithoutDot(base::ToLower(words[0]));
  words.erase(words.begin());
  if (!words.empty() && IsNumber(words[0])) {
    record.ttl = static_cast<std::uint32_t>(std::stoul(words[0]));
    words.erase(words.begin());
  }
  if (!words.empty() && words[0].front() != '!') {
    const auto type = TypeNumber(words[0]);
    if (!type) throw wrong;
    record.type = *type;
    words.erase(words.begin());
  }
  if (words.empty()) throw wrong;
  if (words[0].starts_with('!')) return AddBehaviour(record.owner, record.type, words);
  const std::size_t fields = record.type == kTypeMx ? 2 : 1;
  if (record.type == 0 || (record.type != kTypeTxt && words.size() != fields)) throw wrong;
  record.fields = std::move(words);
  records_[record.owner].push_back(std::move(record));
}

void DnsZone::AddBehaviour(const std::string& name, std::uint16_t type,
                           const std::vector<std::string>& words) {
  const std::string kind = words[0].substr(1);
  if (std::find(kBehaviours.begin(), kBehaviours.end(), kind) == kBehaviours.end()) {
    throw std::invalid_argument("unknown behaviour: !" + kind);
  }
  const bool has_value = words.size() > 1 && IsNumber(words[1]);
  behaviours_[{name, type}].Add(kind, has_value ? static_cast<unsigned>(std::stoul(words[1])) : 0);
}

const std::vector<ZoneRecord>* DnsZone::RecordsOf(const std::string& name) const {
  for (const std::string& candidate : WithWildcards(name)) {
    const auto found = records_.find(candidate);
    if (found != records_.end()) return &found->second;
    // RFC 4592: a wildcard does not cover names below one that exists.
    if (candidate == name && Exists(name)) return nullptr;
  }
  return nullptr;
}

bool DnsZone::Exists(const std::string& name) const {
  return std::any_of(records_.begin(), records_.end(), [&](const auto& entry) {
    return entry.first == name || entry.first.ends_with("." + name);
  });
}

ZoneAnswer DnsZone::Find(const std::string& asked, std::uint16_t type) const {
  ZoneAnswer answer;
  std::set<std::string> seen;
  std::string name = asked;
  while (!answer.looped) {
    answer.looped = !seen.insert(name).second;
    if (answer.looped) break;
    const auto* const records = RecordsOf(name);
    answer.name_exists = records != nullptr || Exists(name);
    if (records == nullptr) break;
    std::string next;
    for (ZoneRecord record : *records) {
      record.owner = name;
      if (record.type == kTypeCname && type != kTypeCname && next.empty()) {
        next = WithoutDot(base::ToLower(record.fields[0]));
        answer.records.push_back(std::move(record));
      } else if (record.type == type) {
        answer.records.push_back(std::move(record));
      }
    }
    if (next.empty()) break;
    name = next;
  }
  return answer;
}

Behaviours DnsZone::FindBehaviours(const std::string& name, std::uint16_t type) const {
  for (const std::string& candidate : WithWildcards(name)) {
    for (const std::uint16_t which : {type, std::uint16_t{0}}) {
      const auto found = behaviours_.find({candidate, which});
      if (found != behaviours_.end()) return found->second;
    }
  }
  return {};
}

}  // namespace gatepost::test
