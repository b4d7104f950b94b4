#include "common/dns/question.h"

#include "common/base/strings.h"

namespace gatepost::dns {

Question::Question(RecordType type) : type_(type) {
  const auto number = static_cast<unsigned>(type);
  bytes_[0] = static_cast<char>(number >> 8U);
  bytes_[1] = static_cast<char>(number & 0xffU);
}

std::optional<Question> Question::Parse(std::string_view name, RecordType type) {
  if (!name.empty() && name.back() == '.') name.remove_suffix(1);
  Question question(type);
  if (!question.Append(name)) return std::nullopt;
  return question;
}

bool Question::Append(std::string_view name) {
  if (name.empty() || name.size() > kLongestName) return false;
  std::size_t label = 0;  // bytes of the label so far
  for (const char c : name) {
    if (c < 0x20 || c > 0x7e) return false;
    if (c == '.' ? label == 0 : label == kLongestLabel) return false;
    label = c == '.' ? 0 : label + 1;
    bytes_[size_++] = base::AsciiLower(c);
  }
  return label > 0;
}

}  // namespace gatepost::dns
