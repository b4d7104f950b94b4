// One option behind an option table: what stands in the file, its documentation, and how its value
// reaches the bound variable: staged while the file is read, committed when all of it is good.
// Used by option_table alone, by one thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ip_address.h"
#include "common/config/complaints.h"
#include "common/config/toml_document.h"

namespace gatepost::config {

class Option {
 public:
  Option(std::string_view key, std::string_view meaning) : key_(key), meaning_(meaning) {}
  virtual ~Option() = default;
  Option(const Option&) = delete;
  Option& operator=(const Option&) = delete;

  const std::string& key() const { return key_; }
  const std::string& meaning() const { return meaning_; }

  // Keeps the value for Commit, or complains.
  virtual void Stage(const Value& value, Complaints& complaints) = 0;
  // Keeps the default for Commit: the file does not name the option.
  virtual void StageDefault() = 0;
  virtual void Commit() = 0;

  // What may be written, as a noun: "a whole number from 1 to 10".
  virtual std::string DescribeType() const = 0;
  // As TOML values.
  virtual std::string FormatDefault() const = 0;
  virtual std::string FormatCurrent() const = 0;

 private:
  std::string key_;
  std::string meaning_;
};

// The key and the meaning, for the functions below.
struct OptionText {
  std::string_view key;
  std::string_view meaning;
};

template <class T>
struct Range {
  T least;
  T most;
};

using TextCheck = std::function<std::optional<std::string>(std::string_view)>;

// A variable of an enum as the index of its name.
struct ChoiceBinding {
  std::vector<std::string> names;
  std::function<std::size_t()> get;
  std::function<void(std::size_t)> set;
};

// Each binds a variable, which holds the default now.
std::unique_ptr<Option> MakeFlag(OptionText text, bool& value);
std::unique_ptr<Option> MakeInteger(OptionText text, std::int64_t& value,
                                    Range<std::int64_t> range);
std::unique_ptr<Option> MakeDuration(OptionText text, std::chrono::milliseconds& value,
                                     Range<std::chrono::milliseconds> range);
std::unique_ptr<Option> MakeBytes(OptionText text, std::int64_t& value, Range<std::int64_t> range);
std::unique_ptr<Option> MakeText(OptionText text, std::string& value, TextCheck check);
std::unique_ptr<Option> MakePath(OptionText text, std::string& value);
std::unique_ptr<Option> MakeTextList(OptionText text, std::vector<std::string>& value,
                                     TextCheck check);
std::unique_ptr<Option> MakeNetworkList(OptionText text, std::vector<base::Network>& value);
std::unique_ptr<Option> MakeChoice(OptionText text, ChoiceBinding binding);

}  // namespace gatepost::config
