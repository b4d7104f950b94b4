// Condition::Parse.
#include <algorithm>
#include <array>
#include <charconv>

#include "common/base/strings.h"
#include "common/config/spelling.h"
#include "common/config/units.h"
#include "milters/attachments/condition.h"
#include "milters/attachments/content_names.h"

namespace gatepost::attachments {
namespace {

using base::Fail;
using base::Result;
using Subject = Condition::Subject;
using Relation = Condition::Relation;
using Values = std::vector<std::string>;
using Wrong = std::optional<std::string>;

constexpr std::size_t kMostValues = 500;
constexpr std::size_t kMostPattern = 128;

std::string Quoted(std::string_view text) { return '"' + base::Printable(text, 60) + '"'; }

std::string Unknown(std::string_view what, std::string_view written, const Values& known) {
  const auto meant = config::Closest(written, known);
  return "unknown " + std::string(what) + " " + Quoted(written) +
         (meant ? ", did you mean \"" + *meant + "\"?" : "");
}

Wrong TakeOf(const Values& known, std::string_view what, const Values& values,
             Condition& condition) {
  for (const std::string& value : values) {
    if (std::ranges::find(known, value) == known.end()) return Unknown(what, value, known);
  }
  condition.words = values;
  return std::nullopt;
}

Wrong TakeDirections(const Values& values, Condition& condition) {
  return TakeOf({"in", "out"}, "direction", values, condition);
}

Wrong TakeResults(const Values& values, Condition& condition) {
  return TakeOf({"pass", "fail", "none", "temperror", "permerror", "unknown"}, "result", values,
                condition);
}

Wrong TakeAnswer(const Values& values, Condition& condition) {
  condition.yes = values[0] == "yes";
  const bool known = condition.yes || values[0] == "no";
  return known && values.size() == 1 ? Wrong() : Wrong("is \"yes\" or \"no\"");
}

Wrong CheckAddress(std::string_view value) {
  if (value == "*" || value == "<>") return std::nullopt;
  if (value[0] == '.' || value[0] == '@') {
    const bool named = value.size() > 1 && value.find('@', 1) == value.npos;
    return named ? Wrong() : Wrong(Quoted(value) + " is no domain");
  }
  const std::size_t at = value.rfind('@');
  if (at != value.npos && at > 0 && at + 1 < value.size()) return std::nullopt;
  return Quoted(value) + " is no address; a domain is written \"@example.org\"";
}

Wrong TakeAddresses(const Values& values, Condition& condition) {
  for (const std::string& value : values) {
    if (auto wrong = CheckAddress(value)) return wrong;
  }
  condition.words = values;
  return std::nullopt;
}

// An account may be a name without a domain.
Wrong TakeAccounts(const Values& values, Condition& condition) {
  for (const std::string& value : values) {
    const bool pattern = value[0] == '@' || value[0] == '.' || value == "<>";
    if (!pattern) continue;
    if (value == "<>") return "\"<>\" is no account; write \"user!=*\" for mail without one";
    if (auto wrong = CheckAddress(value)) return wrong;
  }
  condition.words = values;
  return std::nullopt;
}

Wrong TakeNetworks(const Values& values, Condition& condition) {
  for (const std::string& value : values) {
    const auto network = base::Network::Parse(value);
    if (!network) return Quoted(value) + ": " + network.error().message;
    condition.networks.push_back(*network);
  }
  return std::nullopt;
}

Wrong TakeExtensions(const Values& values, Condition& condition) {
  for (const std::string& value : values) {
    const std::string extension = value.substr(value[0] == '.' ? 1 : 0);
    if (extension.empty() || extension.find_first_of(".*?/\\") != extension.npos) {
      return Quoted(value) + " is no extension; patterns go with \"name=\"";
    }
    condition.words.push_back(extension);
  }
  return std::nullopt;
}

Wrong TakeContents(const Values& values, Condition& condition) {
  return TakeOf(ContentNames(), "type by content", values, condition);
}

Wrong TakePatterns(const Values& values, Condition& condition) {
  for (const std::string& value : values) {
    if (value.size() > kMostPattern) return "a pattern has at most 128 bytes";
  }
  condition.words = values;
  return std::nullopt;
}

Wrong TakeTypes(const Values& values, Condition& condition) {
  for (const std::string& value : values) {
    if (value.find('/') == value.npos && value != "*") {
      return Quoted(value) +
             " is no declared type such as \"image/*\"; types by content go with "
             "\"content=\"";
    }
  }
  return TakePatterns(values, condition);
}

Wrong TakeKinds(const Values& values, Condition& condition) {
  Values known;
  for (unsigned kind = 0; kind <= static_cast<unsigned>(Kind::kMail); ++kind) {
    known.emplace_back(Name(static_cast<Kind>(kind)));
  }
  for (const std::string& value : values) {
    const auto found = std::ranges::find(known, value);
    if (found == known.end()) return Unknown("kind", value, known);
    condition.kinds |= 1U << (found - known.begin());
  }
  return std::nullopt;
}

Wrong TakeProperties(const Values& values, Condition& condition) {
  for (const std::string& value : values) {
    const auto property = ParseProperty(value);
    if (property) {
      condition.properties.Add(*property);
      continue;
    }
    Values known;
    for (std::size_t i = 0; i < static_cast<std::size_t>(Property::kProperties); ++i) {
      known.emplace_back(Name(static_cast<Property>(i)));
    }
    return Unknown("property", value, known);
  }
  return std::nullopt;
}

bool IsHash(std::string_view value) {
  return value.size() == 64 && value.find_first_not_of("0123456789abcdef") == value.npos;
}

Wrong TakeHashes(const Values& values, Condition& condition) {
  for (const std::string& value : values) {
    if (value == "listed") {
      condition.yes = true;
    } else if (IsHash(value)) {
      condition.words.push_back(value);
    } else {
      return Quoted(value) + " is no SHA-256: 64 hexadecimal digits, or \"listed\"";
    }
  }
  return std::nullopt;
}

Wrong TakeReputation(const Values& values, Condition& condition) {
  const std::string& text = values[0];
  const char* const end = text.data() + text.size();
  const auto [rest, error] =
      std::from_chars(text.data(), end, condition.number, std::chars_format::fixed);
  const bool read = values.size() == 1 && error == std::errc() && rest == end;
  const bool fits = read && condition.number >= -1 && condition.number <= 1;
  return fits ? Wrong() : Wrong(Quoted(text) + " is no number from -1 to 1");
}

Wrong TakeSize(const Values& values, Condition& condition) {
  const auto bytes = config::ParseBytes(values[0]);
  std::uint64_t plain = 0;
  const char* const end = values[0].data() + values[0].size();
  const auto [rest, error] = std::from_chars(values[0].data(), end, plain);
  const bool is_plain = error == std::errc() && rest == end;
  if (values.size() != 1 || (!bytes && !is_plain)) {
    return Quoted(values[0]) + " is no size such as \"20MB\"";
  }
  condition.bytes = bytes ? static_cast<std::uint64_t>(*bytes) : plain;
  return std::nullopt;
}

struct Form {
  std::string_view name;
  Subject subject;
  Wrong (*take)(const Values&, Condition&);
  bool ordered = false;  // by "<" and ">"
};

constexpr std::array kForms{
    Form{"direction", Subject::kDirection, TakeDirections},
    Form{"user", Subject::kUser, TakeAccounts},
    Form{"sender", Subject::kSender, TakeAddresses},
    Form{"network", Subject::kNetwork, TakeNetworks},
    Form{"authentication", Subject::kAuthentication, TakeResults},
    Form{"reputation", Subject::kReputation, TakeReputation, true},
    Form{"recipient", Subject::kRecipient, TakeAddresses},
    Form{"extension", Subject::kExtension, TakeExtensions},
    Form{"type", Subject::kType, TakeTypes},
    Form{"content", Subject::kContent, TakeContents},
    Form{"kind", Subject::kKind, TakeKinds},
    Form{"property", Subject::kProperty, TakeProperties},
    Form{"size", Subject::kSize, TakeSize, true},
    Form{"message-size", Subject::kMessageSize, TakeSize, true},
    Form{"member", Subject::kMember, TakeAnswer},
    Form{"name", Subject::kName, TakePatterns},
    Form{"sha256", Subject::kSha256, TakeHashes},
    Form{"malware", Subject::kMalware, TakePatterns},
};

std::string UnknownCondition(std::string_view written) {
  Values known{"class"};
  for (const Form& form : kForms) known.emplace_back(form.name);
  return Unknown("condition", written, known);
}

// Takes the sign off the front of `text`.
std::optional<Relation> TakeRelation(std::string_view& text) {
  const bool negated = text.starts_with("!=");
  const char sign = text.empty() ? '\0' : text[0];
  if (!negated && sign != '=' && sign != '<' && sign != '>') return std::nullopt;
  text.remove_prefix(negated ? 2 : 1);
  if (negated) return Relation::kIsNot;
  return sign == '=' ? Relation::kIs : sign == '<' ? Relation::kLess : Relation::kMore;
}

Wrong CheckRelation(const Form& form, Relation relation) {
  const bool ordered = relation == Relation::kLess || relation == Relation::kMore;
  if (ordered == form.ordered) return std::nullopt;
  return std::string(form.name) +
         (form.ordered ? " is compared by \"<\" or \">\"" : " is compared by \"=\" or \"!=\"");
}

// Nothing where there are none, too many, or an empty one.
std::optional<Values> SplitValues(std::string_view text) {
  Values values;
  for (const std::string_view value : base::Split(text, ',')) {
    if (value.empty() || values.size() == kMostValues) return std::nullopt;
    values.emplace_back(value);
  }
  return values;
}

}  // namespace

Result<Condition> Condition::Parse(std::string_view text) {
  const auto invalid = [](std::string what) {
    return Fail(base::ErrorKind::kInvalid, std::move(what));
  };
  if (text.size() > kMostBytes) return invalid("a condition has at most 4,096 bytes");
  const std::string_view name = text.substr(0, text.find_first_of("=<>!"));
  std::string_view rest = text.substr(name.size());
  const auto relation = TakeRelation(rest);
  const auto form = std::ranges::find(kForms, name, &Form::name);
  if (form == kForms.end()) return invalid(UnknownCondition(name));
  if (!relation) return invalid(std::string(name) + " needs \"=\" or the like and a value");
  if (auto wrong = CheckRelation(*form, *relation)) return invalid(*std::move(wrong));
  // Units have capitals.
  const auto values = SplitValues(form->ordered ? std::string(rest) : base::ToLower(rest));
  if (!values) return invalid(std::string(name) + " needs 1 to 500 values, with commas between");
  Condition condition;
  condition.subject = form->subject;
  condition.relation = *relation;
  if (auto wrong = form->take(*values, condition)) {
    return invalid(std::string(name) + ": " + *wrong);
  }
  std::ranges::sort(condition.words);
  for (const std::string& word : condition.words) condition.shapes |= ShapeOf(word);
  return condition;
}

}  // namespace gatepost::attachments
