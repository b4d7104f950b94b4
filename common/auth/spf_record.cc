#include "common/auth/spf_record.h"

#include <arpa/inet.h>

#include <algorithm>

#include "common/base/strings.h"

namespace gatepost::auth {
namespace {

constexpr std::string_view kVersion = "v=spf1";

struct Name {
  std::string_view name;
  SpfTermKind kind;
};
constexpr Name kMechanisms[] = {
    {"all", SpfTermKind::kAll}, {"include", SpfTermKind::kInclude}, {"a", SpfTermKind::kA},
    {"mx", SpfTermKind::kMx},   {"ptr", SpfTermKind::kPtr},         {"ip4", SpfTermKind::kIp4},
    {"ip6", SpfTermKind::kIp6}, {"exists", SpfTermKind::kExists},
};

bool IsNameByte(char c) {
  return base::IsAsciiAlpha(c) || base::IsAsciiDigit(c) || c == '-' || c == '_' || c == '.';
}

// Cuts the qualifier off; none means pass (section 4.6.2).
SpfResult TakeQualifier(std::string_view& term) {
  constexpr std::string_view kSigns = "+-~?";
  constexpr SpfResult kResults[] = {SpfResult::kPass, SpfResult::kFail, SpfResult::kSoftfail,
                                    SpfResult::kNeutral};
  const std::size_t sign = term.empty() ? std::string_view::npos : kSigns.find(term[0]);
  if (sign == std::string_view::npos) return SpfResult::kPass;
  term.remove_prefix(1);
  return kResults[sign];
}

// Cuts "/" digits off the end. False where the number has a zero too many or exceeds `most`; no
// digits behind a slash are no prefix length, and left for others to refuse.
bool TakePrefixLength(std::string_view& text, std::string_view slash, unsigned most,
                      unsigned& length) {
  const std::size_t last = text.find_last_not_of("0123456789");
  if (last == std::string_view::npos || last + 1 == text.size()) return true;
  const std::string_view before = text.substr(0, last + 1);
  if (!before.ends_with(slash)) return true;
  const std::string_view digits = text.substr(last + 1);
  if (digits.size() > 3 || (digits.size() > 1 && digits[0] == '0')) return false;
  length = 0;
  for (const char c : digits) length = length * 10 + static_cast<unsigned>(c - '0');
  text = before.substr(0, before.size() - slash.size());
  return length <= most;
}

// dual-cidr-length: [ "/" ip4 ] [ "//" ip6 ].
bool TakePrefixLengths(std::string_view& text, SpfTerm& term) {
  return TakePrefixLength(text, "//", 128, term.prefix6) &&
         TakePrefixLength(text, "/", 32, term.prefix4);
}

bool ParseTarget(std::string_view text, SpfTerm& term) {
  auto target = SpfMacroString::Parse(text, SpfMacroUse::kName);
  if (!target) return false;
  term.target = std::move(*target);
  return true;
}

// ":" domain-spec, or nothing where the current domain may stand for it.
bool ParseColonTarget(std::string_view rest, bool required, SpfTerm& term) {
  if (rest.empty()) return !required;
  return rest[0] == ':' && ParseTarget(rest.substr(1), term);
}

bool ParseNetwork(std::string_view rest, SpfTerm& term) {
  const bool v4 = term.kind == SpfTermKind::kIp4;
  if (!rest.starts_with(':')) return false;
  rest.remove_prefix(1);
  if (!TakePrefixLength(rest, "/", v4 ? 32 : 128, v4 ? term.prefix4 : term.prefix6)) return false;
  return inet_pton(v4 ? AF_INET : AF_INET6, std::string(rest).c_str(), term.network.data()) == 1;
}

// What follows the mechanism's name (section 5).
bool ParseArguments(std::string_view rest, SpfTerm& term) {
  switch (term.kind) {
    case SpfTermKind::kAll:
      return rest.empty();
    case SpfTermKind::kIp4:
    case SpfTermKind::kIp6:
      return ParseNetwork(rest, term);
    case SpfTermKind::kA:
    case SpfTermKind::kMx:
      return TakePrefixLengths(rest, term) && ParseColonTarget(rest, false, term);
    case SpfTermKind::kPtr:
      return ParseColonTarget(rest, false, term);
    default:
      return ParseColonTarget(rest, true, term);
  }
}

bool ParseMechanism(std::string_view text, SpfRecord& record) {
  SpfTerm term;
  term.text = text;
  term.qualifier = TakeQualifier(text);
  const std::string_view name = text.substr(0, text.find_first_of(":/"));
  const auto* const known = std::ranges::find_if(kMechanisms, [name](const Name& mechanism) {
    return base::EqualsIgnoreCase(mechanism.name, name);
  });
  if (known == std::end(kMechanisms)) return false;
  term.kind = known->kind;
  if (!ParseArguments(text.substr(name.size()), term)) return false;
  record.mechanisms.push_back(std::move(term));
  return true;
}

// redirect= and exp= at most once each (section 6); of others the value must be a macro string.
bool ParseModifier(std::string_view text, std::size_t equals, SpfRecord& record) {
  const std::string_view name = text.substr(0, equals);
  const std::string_view value = text.substr(equals + 1);
  if (base::EqualsIgnoreCase(name, "redirect")) {
    if (record.redirect) return false;
    record.redirect.emplace();
    record.redirect->kind = SpfTermKind::kRedirect;
    record.redirect->text = text;
    return ParseTarget(value, *record.redirect);
  }
  const bool exp = base::EqualsIgnoreCase(name, "exp");
  if (exp && record.explanation) return false;
  auto macro = SpfMacroString::Parse(value, exp ? SpfMacroUse::kName : SpfMacroUse::kModifier);
  if (!macro) return false;
  if (exp) record.explanation = std::move(*macro);
  return true;
}

// "=" right after a name makes a modifier (section 4.6.1); the rest are mechanisms.
bool ParseTerm(std::string_view text, SpfRecord& record) {
  const auto end = std::ranges::find_if_not(text, IsNameByte);
  if (end != text.end() && *end == '=' && base::IsAsciiAlpha(text[0])) {
    return ParseModifier(text, static_cast<std::size_t>(end - text.begin()), record);
  }
  return ParseMechanism(text, record);
}

}  // namespace

bool SpfRecord::IsSpf(std::string_view text) {
  return base::StartsWithIgnoreCase(text, kVersion) &&
         (text.size() == kVersion.size() || text[kVersion.size()] == ' ');
}

base::Result<SpfRecord> SpfRecord::Parse(std::string_view text) {
  if (!std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; })) {
    return base::Fail(base::ErrorKind::kInvalid, "a byte that is not printable ASCII");
  }
  SpfRecord record;
  text.remove_prefix(kVersion.size());
  while (!text.empty()) {
    const std::string_view term = text.substr(0, text.find(' '));
    if (!term.empty() && !ParseTerm(term, record)) {
      return base::Fail(base::ErrorKind::kInvalid,
                        "syntax error in \"" + base::Printable(term, 60) + '"');
    }
    text.remove_prefix(std::min(text.size(), term.size() + 1));
  }
  return record;
}

}  // namespace gatepost::auth
