#include "common/config/option.h"

#include <algorithm>
#include <utility>

#include "common/config/spelling.h"
#include "common/config/units.h"

namespace gatepost::config {
namespace {

// Complains about one value; `subject` is `"key"` or `an item of "key"`.
class Critic {
 public:
  Critic(std::string subject, Complaints& complaints)
      : subject_(std::move(subject)), complaints_(complaints) {}

  void Say(const Value& value, std::string_view what) const {
    complaints_.Add(value.at, std::string(subject_).append(" ").append(what));
  }
  // Does not show the value: it may hold a password.
  void Object(const Value& value, std::string_view what) const {
    complaints_.Add(value.at, std::string(subject_).append(": ").append(what));
  }
  void MustBe(const Value& value, std::string_view what) const {
    Say(value, std::string("must be ").append(what).append(", but is ") + Describe(value));
  }
  Critic OfItem() const { return {"an item of " + subject_, complaints_}; }

 private:
  std::string subject_;
  Complaints& complaints_;
};

// A Type below reads a value (complaining where it cannot, and then what it returns is unused),
// formats it as TOML and describes what it takes.
template <class Type>
class BoundOption final : public Option {
 public:
  using T = typename Type::Bound;
  BoundOption(OptionText text, T& value, Type type)
      : Option(text.key, text.meaning), type_(std::move(type)), value_(value), default_(value) {}

  void Stage(const Value& value, Complaints& complaints) override {
    staged_ = type_.Read(value, Critic(QuoteToml(key()), complaints));
  }
  void StageDefault() override { staged_ = default_; }
  void Commit() override { value_ = staged_; }
  std::string DescribeType() const override { return type_.Describe(); }
  std::string FormatDefault() const override { return type_.Format(default_); }
  std::string FormatCurrent() const override { return type_.Format(value_); }

 private:
  Type type_;
  T& value_;
  T default_;
  T staged_{};
};

template <class Type, class T>
std::unique_ptr<Option> Make(OptionText text, T& value, Type type) {
  return std::make_unique<BoundOption<Type>>(text, value, std::move(type));
}

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// A number with or without a unit, as the file has it: `"250ms"` or `5`.
template <class T, class Format>
void CheckRange(const Value& value, const T& number, const Range<T>& range, Format format,
                const Critic& critic) {
  if (number >= range.least && number <= range.most) return;
  critic.Say(value, "must lie between " + format(range.least) + " and " + format(range.most) +
                        ", but is " + format(number));
}

template <class T, class Format>
std::string FormatRange(const Range<T>& range, Format format) {
  return " from " + format(range.least) + " to " + format(range.most);
}

struct FlagType {
  using Bound = bool;
  bool Read(const Value& value, const Critic& critic) const {
    if (value.kind != Value::Kind::kFlag) critic.MustBe(value, Describe());
    return value.flag;
  }
  std::string Format(bool value) const { return value ? "true" : "false"; }
  std::string Describe() const { return "true or false"; }
};

std::string FormatInteger(std::int64_t value) { return std::to_string(value); }

struct IntegerType {
  using Bound = std::int64_t;
  std::int64_t Read(const Value& value, const Critic& critic) const {
    if (value.kind != Value::Kind::kInteger) {
      critic.MustBe(value, "a whole number");
    } else {
      CheckRange(value, value.integer, range, FormatInteger, critic);
    }
    return value.integer;
  }
  std::string Format(std::int64_t value) const { return FormatInteger(value); }
  std::string Describe() const { return "a whole number" + FormatRange(range, FormatInteger); }

  Range<std::int64_t> range;
};

std::string QuoteDuration(std::chrono::milliseconds value) {
  return '"' + FormatDuration(value) + '"';
}

struct DurationType {
  using Bound = std::chrono::milliseconds;
  std::chrono::milliseconds Read(const Value& value, const Critic& critic) const {
    const bool is_text = value.kind == Value::Kind::kText;
    const auto duration = is_text ? ParseDuration(value.text) : std::nullopt;
    if (!duration) {
      critic.MustBe(value,
                    "a time with its unit in quotes, as \"250ms\", \"10s\", \"5m\", \"2h\" or "
                    "\"7d\"");
      return {};
    }
    CheckRange(value, *duration, range, QuoteDuration, critic);
    return *duration;
  }
  std::string Format(std::chrono::milliseconds value) const { return QuoteDuration(value); }
  std::string Describe() const { return "a time" + FormatRange(range, QuoteDuration); }

  Range<std::chrono::milliseconds> range;
};

std::string QuoteBytes(std::int64_t value) {
  const std::string text = FormatBytes(value);
  return text.back() == 'B' ? '"' + text + '"' : text;
}

struct BytesType {
  using Bound = std::int64_t;
  std::int64_t Read(const Value& value, const Critic& critic) const {
    const auto bytes = value.kind == Value::Kind::kInteger ? std::optional(value.integer)
                       : value.kind == Value::Kind::kText  ? ParseBytes(value.text)
                                                           : std::nullopt;
    if (!bytes) {
      critic.MustBe(value, "a size, as \"64kB\", \"25MB\", \"1GB\" or a whole number of bytes");
      return 0;
    }
    CheckRange(value, *bytes, range, QuoteBytes, critic);
    return *bytes;
  }
  std::string Format(std::int64_t value) const { return QuoteBytes(value); }
  std::string Describe() const { return "a size" + FormatRange(range, QuoteBytes); }

  Range<std::int64_t> range;
};

// Text of any kind: what is not text, or would end early as a C string, or `check` refuses.
std::string ReadText(const Value& value, const TextCheck& check, const Critic& critic) {
  if (value.kind != Value::Kind::kText) {
    critic.MustBe(value, "text in quotes");
  } else if (value.text.find('\0') != std::string::npos) {
    critic.Say(value, "must not hold a NUL byte");
  } else if (const auto wrong = check ? check(value.text) : std::nullopt) {
    critic.Object(value, *wrong);
  }
  return value.text;
}

struct TextType {
  using Bound = std::string;
  std::string Read(const Value& value, const Critic& critic) const {
    return ReadText(value, check, critic);
  }
  std::string Format(const std::string& value) const { return QuoteToml(value); }
  std::string Describe() const { return "text"; }

  TextCheck check;
};

struct PathType {
  using Bound = std::string;
  std::string Read(const Value& value, const Critic& critic) const {
    const bool good = value.kind == Value::Kind::kText && !HasControl(value.text) &&
                      (value.text.empty() || value.text.front() == '/');
    if (!good) critic.MustBe(value, "an absolute path in quotes");
    return value.text;
  }
  std::string Format(const std::string& value) const { return QuoteToml(value); }
  std::string Describe() const { return "an absolute path"; }
};

// One a line where one line would be long.
std::string FormatList(const std::vector<std::string>& items) {
  constexpr std::size_t kLongestLine = 70;
  std::string line;
  std::string lines;
  for (const std::string& item : items) {
    line += (line.empty() ? "" : ", ") + item;
    lines += "  " + item + ",\n";
  }
  return line.size() <= kLongestLine ? "[" + line + "]" : "[\n" + lines + "]";
}

struct TextListType {
  using Bound = std::vector<std::string>;
  Bound Read(const Value& value, const Critic& critic) const {
    Bound texts;
    if (value.kind != Value::Kind::kList) critic.MustBe(value, "a list of texts in brackets");
    for (const Value& item : value.items) texts.push_back(ReadText(item, check, critic.OfItem()));
    return texts;
  }
  std::string Format(const Bound& value) const {
    std::vector<std::string> items;
    for (const std::string& text : value) items.push_back(QuoteToml(text));
    return FormatList(items);
  }
  std::string Describe() const { return "a list of texts"; }

  TextCheck check;
};

struct NetworkListType {
  using Bound = std::vector<base::Network>;
  Bound Read(const Value& value, const Critic& critic) const {
    Bound networks;
    if (value.kind != Value::Kind::kList) critic.MustBe(value, "a list of networks in brackets");
    for (const Value& item : value.items) {
      const std::string text = ReadText(item, nullptr, critic.OfItem());
      if (item.kind != Value::Kind::kText) continue;
      auto network = base::Network::Parse(text);
      if (!network) critic.OfItem().Object(item, network.error().message);
      if (network) networks.push_back(*network);
    }
    return networks;
  }
  std::string Format(const Bound& value) const {
    std::vector<std::string> items;
    for (const base::Network& network : value) items.push_back(QuoteToml(network.Format()));
    return FormatList(items);
  }
  std::string Describe() const { return "a list of addresses and networks (address/bits)"; }
};

class ChoiceOption final : public Option {
 public:
  ChoiceOption(OptionText text, ChoiceBinding binding)
      : Option(text.key, text.meaning), binding_(std::move(binding)), default_(binding_.get()) {}

  void Stage(const Value& value, Complaints& complaints) override {
    const auto& names = binding_.names;
    const auto found = std::find(names.begin(), names.end(), value.text);
    if (value.kind == Value::Kind::kText && found != names.end()) {
      staged_ = static_cast<std::size_t>(found - names.begin());
    } else {
      Complain(value, complaints);
    }
  }
  void StageDefault() override { staged_ = default_; }
  void Commit() override { binding_.set(staged_); }
  std::string DescribeType() const override { return "one of " + QuotedNames(); }
  std::string FormatDefault() const override { return QuoteToml(binding_.names[default_]); }
  std::string FormatCurrent() const override { return QuoteToml(binding_.names[binding_.get()]); }

 private:
  std::string QuotedNames() const {
    std::string all;
    for (const std::string& name : binding_.names) {
      all.append(all.empty() ? "" : ", ").append(QuoteToml(name));
    }
    return all;
  }
  void Complain(const Value& value, Complaints& complaints) const {
    std::string text = QuoteToml(key()) + " must be " + DescribeType() + ", but is ";
    text += config::Describe(value);
    const auto closest = Closest(value.text, binding_.names);
    if (closest) text += "; did you mean " + QuoteToml(*closest) + "?";
    complaints.Add(value.at, std::move(text));
  }

  ChoiceBinding binding_;
  std::size_t default_;
  std::size_t staged_ = 0;
};

}  // namespace

std::unique_ptr<Option> MakeFlag(OptionText text, bool& value) {
  return Make(text, value, FlagType{});
}

std::unique_ptr<Option> MakeInteger(OptionText text, std::int64_t& value,
                                    Range<std::int64_t> range) {
  return Make(text, value, IntegerType{range});
}

std::unique_ptr<Option> MakeDuration(OptionText text, std::chrono::milliseconds& value,
                                     Range<std::chrono::milliseconds> range) {
  return Make(text, value, DurationType{range});
}

std::unique_ptr<Option> MakeBytes(OptionText text, std::int64_t& value, Range<std::int64_t> range) {
  return Make(text, value, BytesType{range});
}

std::unique_ptr<Option> MakeText(OptionText text, std::string& value, TextCheck check) {
  return Make(text, value, TextType{std::move(check)});
}

std::unique_ptr<Option> MakePath(OptionText text, std::string& value) {
  return Make(text, value, PathType{});
}

std::unique_ptr<Option> MakeTextList(OptionText text, std::vector<std::string>& value,
                                     TextCheck check) {
  return Make(text, value, TextListType{std::move(check)});
}

std::unique_ptr<Option> MakeNetworkList(OptionText text, std::vector<base::Network>& value) {
  return Make(text, value, NetworkListType{});
}

std::unique_ptr<Option> MakeChoice(OptionText text, ChoiceBinding binding) {
  return std::make_unique<ChoiceOption>(text, std::move(binding));
}

}  // namespace gatepost::config
