#include "common/auth/dmarc_record.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/auth/dmarc_uri.h"
#include "common/base/strings.h"

namespace gatepost::auth {
namespace {

using base::ErrorKind;
using base::Fail;

// A record while its tags are read.
struct Draft {
  DmarcRecord record;
  std::optional<DmarcPolicy> policy;
  bool has_bad_policy = false;     // a p=, sp= or np= that says nothing known
  bool has_reporting_uri = false;  // in rua=; of any scheme
  bool asks_for_failures = false;  // there is a ruf=
};

// The word's meaning, without case; nothing for a word that the table does not have.
template <class T, std::size_t kSize>
std::optional<T> Lookup(std::string_view word,
                        const std::array<std::pair<std::string_view, T>, kSize>& table) {
  for (const auto& [name, meaning] : table) {
    if (base::EqualsIgnoreCase(word, name)) return meaning;
  }
  return std::nullopt;
}

std::optional<DmarcPolicy> ReadPolicy(std::string_view value, Draft& draft) {
  static constexpr std::array<std::pair<std::string_view, DmarcPolicy>, 3> kWords{{
      {"none", DmarcPolicy::kNone},
      {"quarantine", DmarcPolicy::kQuarantine},
      {"reject", DmarcPolicy::kReject},
  }};
  const std::optional<DmarcPolicy> policy = Lookup(value, kWords);
  if (!policy) draft.has_bad_policy = true;
  return policy;
}

Alignment ReadAlignment(std::string_view value) {
  return base::EqualsIgnoreCase(value, "s") ? Alignment::kStrict : Alignment::kRelaxed;
}

PublicSuffixFlag ReadPublicSuffix(std::string_view value) {
  static constexpr std::array<std::pair<std::string_view, PublicSuffixFlag>, 2> kWords{{
      {"y", PublicSuffixFlag::kYes},
      {"n", PublicSuffixFlag::kNo},
  }};
  return Lookup(value, kWords).value_or(PublicSuffixFlag::kUnknown);
}

// Each of 0, 1, d and s at most once, and never both digits; else the default.
std::string ReadFailureOptions(std::string_view value) {
  std::string options;
  for (const std::string_view item : base::Split(value, ':')) {
    const std::string option = base::ToLower(base::Trim(item));
    const bool known = option == "0" || option == "1" || option == "d" || option == "s";
    if (!known || options.find(option) != std::string::npos) return "0";
    options += option;
  }
  const bool both =
      options.find('0') != std::string::npos && options.find('1') != std::string::npos;
  return both ? "0" : options;
}

// Nobody lists so many in earnest, and each costs time.
constexpr std::size_t kMaxUrisRead = 100;

// True where the list has a valid URI at all, even one that we cannot use.
bool ReadUris(std::string_view value, std::vector<std::string>& addresses) {
  bool any = false;
  for (std::size_t read = 0; read < kMaxUrisRead && addresses.size() < kMaxDmarcUris; ++read) {
    const std::size_t comma = value.find(',');
    std::optional<DmarcUri> uri = ParseDmarcUri(base::Trim(value.substr(0, comma)));
    any = any || uri;
    if (uri && !uri->address.empty() && std::ranges::count(addresses, uri->address) == 0) {
      addresses.push_back(std::move(uri->address));
    }
    if (comma == std::string_view::npos) break;
    value.remove_prefix(comma + 1);
  }
  return any;
}

// What a tag says. An empty value is never valid, and gives the default.
struct TagRule {
  std::string_view name;
  void (*read)(std::string_view value, Draft& draft);
};

// pct, rf and ri are unknown since RFC 9989.
constexpr std::array<TagRule, 10> kTagRules{{
    {"p", [](std::string_view value, Draft& draft) { draft.policy = ReadPolicy(value, draft); }},
    {"sp", [](std::string_view value,
              Draft& draft) { draft.record.subdomain_policy = ReadPolicy(value, draft); }},
    {"np", [](std::string_view value,
              Draft& draft) { draft.record.nonexistent_policy = ReadPolicy(value, draft); }},
    {"adkim", [](std::string_view value,
                 Draft& draft) { draft.record.dkim_alignment = ReadAlignment(value); }},
    {"aspf", [](std::string_view value,
                Draft& draft) { draft.record.spf_alignment = ReadAlignment(value); }},
    {"psd", [](std::string_view value,
               Draft& draft) { draft.record.public_suffix = ReadPublicSuffix(value); }},
    {"t", [](std::string_view value,
             Draft& draft) { draft.record.testing = base::EqualsIgnoreCase(value, "y"); }},
    {"fo", [](std::string_view value,
              Draft& draft) { draft.record.failure_options = ReadFailureOptions(value); }},
    {"rua",
     [](std::string_view value, Draft& draft) {
       draft.has_reporting_uri = ReadUris(value, draft.record.aggregate_uris);
     }},
    {"ruf",
     [](std::string_view value, Draft& draft) {
       draft.asks_for_failures = true;
       ReadUris(value, draft.record.failure_uris);
     }},
}};

// The value of each rule's tag: nothing where it is not there, "" where it is there twice.
using TagValues = std::array<std::optional<std::string_view>, kTagRules.size()>;

void CollectTag(std::string_view element, TagValues& values) {
  const auto tag = base::SplitOnce(element, '=');
  if (!tag) return;
  const std::string_view name = base::Trim(tag->first);
  for (std::size_t i = 0; i < kTagRules.size(); ++i) {
    if (!base::EqualsIgnoreCase(name, kTagRules[i].name)) continue;
    values[i] = values[i] ? std::string_view() : base::Trim(tag->second);
  }
}

TagValues CollectTags(std::string_view text) {
  TagValues values;
  for (const std::string_view element : base::Split(text, ';')) CollectTag(element, values);
  return values;
}

DmarcRecord Finished(Draft draft) {
  DmarcRecord& record = draft.record;
  record.applicable = (draft.policy && !draft.has_bad_policy) || draft.has_reporting_uri;
  record.policy = draft.policy.value_or(DmarcPolicy::kNone);
  if (draft.has_bad_policy) {
    record.policy = DmarcPolicy::kNone;
    record.subdomain_policy.reset();
    record.nonexistent_policy.reset();
  }
  if (!draft.asks_for_failures) record.failure_options = "0";
  return std::move(record);
}

}  // namespace

std::string_view Name(DmarcPolicy policy) {
  switch (policy) {
    case DmarcPolicy::kNone:
      return "none";
    case DmarcPolicy::kQuarantine:
      return "quarantine";
    case DmarcPolicy::kReject:
      return "reject";
  }
  return "none";
}

bool IsDmarcRecord(std::string_view text) {
  if (text.empty() || base::AsciiLower(text.front()) != 'v') return false;
  const auto version = base::SplitOnce(text.substr(0, text.find(';')), '=');
  return version && base::Trim(version->first).size() == 1 &&
         base::Trim(version->second) == "DMARC1";
}

base::Result<DmarcRecord> ParseDmarcRecord(std::string_view text) {
  if (!IsDmarcRecord(text)) return Fail(ErrorKind::kInvalid, "not a DMARC record");
  if (text.size() > kMaxDmarcRecordBytes) return Fail(ErrorKind::kLimit, "record too long");
  const TagValues values = CollectTags(text);
  Draft draft;
  for (std::size_t i = 0; i < kTagRules.size(); ++i) {
    if (values[i]) kTagRules[i].read(*values[i], draft);
  }
  return Finished(std::move(draft));
}

base::Result<DmarcRecord> SelectDmarcRecord(std::span<const dns::Record> texts) {
  const dns::Record* chosen = nullptr;
  for (const dns::Record& record : texts) {
    if (!IsDmarcRecord(record.text)) continue;
    if (chosen != nullptr) return Fail(ErrorKind::kNotFound, "several DMARC records");
    chosen = &record;
  }
  if (chosen == nullptr) return Fail(ErrorKind::kNotFound, "no DMARC record");
  return ParseDmarcRecord(chosen->text);
}

}  // namespace gatepost::auth
