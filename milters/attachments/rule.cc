#include "milters/attachments/rule.h"

#include <algorithm>
#include <array>
#include <optional>

#include "common/base/strings.h"
#include "common/config/spelling.h"

namespace gatepost::attachments {
namespace {

using base::Fail;
using base::Result;
using Wrong = std::optional<std::string>;

constexpr std::array<std::string_view, 6> kActions{"pass",       "tag",     "replace",
                                                   "quarantine", "discard", "refuse"};
constexpr std::array<std::string_view, 3> kModes{"enforce", "shadow", "off"};
constexpr std::array<std::string_view, 2> kClasses{"policy", "dangerous"};
constexpr std::string_view kClassKey = "class=";
constexpr std::string_view kTextMark = "--";

// The value whose name was written, or what is wrong.
template <class Value, std::size_t kCount>
Wrong Take(const std::array<std::string_view, kCount>& names, std::string_view what,
           std::string_view written, Value& value) {
  const auto found = std::ranges::find(names, written);
  if (found != names.end()) {
    value = static_cast<Value>(found - names.begin());
    return std::nullopt;
  }
  const auto meant = config::Closest(written, {names.begin(), names.end()});
  return "unknown " + std::string(what) + " \"" + base::Printable(written, 60) + "\"" +
         (meant ? ", did you mean \"" + *meant + "\"?" : "");
}

bool IsRuleName(std::string_view name) {
  const auto is_plain = [](char c) { return base::IsAsciiAlpha(c) || base::IsAsciiDigit(c); };
  return name.size() <= Rule::kMostNameBytes && !name.empty() && is_plain(name[0]) &&
         std::ranges::all_of(
             name, [&](char c) { return is_plain(c) || c == '-' || c == '_' || c == '.'; });
}

Wrong TakeText(std::span<const std::string_view> words, Rule& rule) {
  if (rule.action != Action::kRefuse && rule.action != Action::kReplace) {
    return "only what is refused or replaced has a text";
  }
  for (const std::string_view word : words) {
    rule.text.append(rule.text.empty() ? "" : " ").append(word);
  }
  if (rule.text.empty()) return "there is no text behind \"--\"";
  if (rule.text.size() > Rule::kMostTextBytes) return "a text has at most 300 bytes";
  const bool sendable =
      std::ranges::all_of(rule.text, [](char c) { return c >= ' ' && c <= '~' && c != '%'; });
  return sendable ? Wrong() : Wrong("a text is printable ASCII without \"%\"");
}

Wrong TakeClass(std::string_view written, bool& has_class, Rule& rule) {
  if (has_class) return "has a class twice";
  has_class = true;
  return Take(kClasses, "class", written, rule.hold_class);
}

Wrong TakeCondition(std::string_view field, Rule& rule) {
  auto condition = Condition::Parse(field);
  if (!condition) return condition.error().message;
  auto& conditions = condition->IsOfMessage() ? rule.of_message
                     : condition->IsOfItem()  ? rule.of_item
                                              : rule.of_recipient;
  conditions.push_back(*std::move(condition));
  return std::nullopt;
}

Wrong TakeRest(std::span<const std::string_view> fields, Rule& rule) {
  bool has_class = false;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::string_view field = fields[i];
    if (field == kTextMark) return TakeText(fields.subspan(i + 1), rule);
    auto wrong = field.starts_with(kClassKey)
                     ? TakeClass(field.substr(kClassKey.size()), has_class, rule)
                     : TakeCondition(field, rule);
    if (wrong) return wrong;
  }
  return std::nullopt;
}

Wrong TakeAll(std::span<const std::string_view> fields, bool may_discard, Rule& rule) {
  if (fields.size() < 4) {
    return "a rule is: its name, enforce|shadow|off, an action, one condition or more";
  }
  if (!IsRuleName(fields[0])) {
    return "a name is of letters, digits, \"-\", \"_\" and \".\", at most 64";
  }
  rule.name = fields[0];
  if (auto wrong = Take(kModes, "mode", fields[1], rule.mode)) return wrong;
  if (auto wrong = Take(kActions, "action", fields[2], rule.action)) return wrong;
  if (rule.action == Action::kDiscard && !may_discard) {
    return "to discard mail must be allowed by an option first";
  }
  if (auto wrong = TakeRest(fields.subspan(3), rule)) return wrong;
  const bool any = !rule.of_message.empty() || !rule.of_recipient.empty() || !rule.of_item.empty();
  return any ? Wrong() : Wrong("has no condition; \"size>0\" fits all that is not empty");
}

}  // namespace

std::string_view Name(Action action) { return kActions[static_cast<std::size_t>(action)]; }
std::string_view Name(Mode mode) { return kModes[static_cast<std::size_t>(mode)]; }
std::string_view Name(HoldClass hold_class) {
  return kClasses[static_cast<std::size_t>(hold_class)];
}

Result<Rule> Rule::Parse(std::span<const std::string_view> fields, bool may_discard) {
  Rule rule;
  if (auto wrong = TakeAll(fields, may_discard, rule)) {
    return Fail(base::ErrorKind::kInvalid, *std::move(wrong));
  }
  std::ranges::stable_sort(rule.of_item, {}, &Condition::Cost);
  return rule;
}

}  // namespace gatepost::attachments
