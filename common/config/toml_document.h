// A TOML file as the option table needs it: sections, keys and values in the file's order, each
// with its position. The rest of the program never sees toml++, which takes a second to compile.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/complaints.h"

namespace gatepost::config {

struct Entry;

struct Value {
  enum class Kind { kFlag, kInteger, kFraction, kText, kMoment, kList, kTable };
  Kind kind = Kind::kFlag;
  Position at;
  bool flag = false;
  std::int64_t integer = 0;
  std::string text;            // UTF-8
  std::vector<Value> items;    // of a list; a list or table within is there without its content
  std::vector<Entry> entries;  // of a section; a table within is there without its content
};

struct Entry {
  std::string key;
  Position at;
  Value value;
};

// The entries at the top of the file, sections among them; on a syntax error nothing, and a
// complaint. Bounded in stack whatever the text.
std::vector<Entry> ParseToml(std::string_view text, Complaints& complaints);

// What a value is, for complaints: `the number 5`, `the text "abc"`, `a list`.
std::string Describe(const Value& value);

// The text as a TOML string in quotes; what is printed parses back to the same bytes.
std::string QuoteToml(std::string_view text);

// The same for messages: cut after 64 bytes, between characters.
std::string QuoteForMessage(std::string_view text);

}  // namespace gatepost::config
