// A name and a type that may be asked: checked, lower-case, without trailing dot. A value of fixed
// size, so that a cache hit allocates nothing.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/dns/resolver.h"

namespace gatepost::dns {

inline constexpr std::size_t kLongestName = 253;  // as text (RFC 1035 2.3.4: 255 bytes in a packet)
inline constexpr std::size_t kLongestLabel = 63;

class Question {
 public:
  // Nothing where DNS cannot carry the name, or we do not want to: empty labels, labels over 63 or
  // names over 253 bytes, the root, bytes outside printable ASCII. A blank and a backslash are
  // bytes like others (macros of SPF put local parts into names); nothing is an escape.
  static std::optional<Question> Parse(std::string_view name, RecordType type);

  std::string_view name() const { return key().substr(kTypeBytes); }
  RecordType type() const { return type_; }
  // Name and type in one: equal exactly for equal questions.
  std::string_view key() const { return {bytes_.data(), size_}; }

 private:
  static constexpr std::size_t kTypeBytes = 2;

  explicit Question(RecordType type);
  bool Append(std::string_view name);

  RecordType type_;
  std::uint8_t size_ = kTypeBytes;
  std::array<char, kTypeBytes + kLongestName> bytes_;
};

}  // namespace gatepost::dns
