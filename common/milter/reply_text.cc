#include "common/milter/reply_text.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "common/base/strings.h"

namespace gatepost::milter {
namespace {

constexpr std::size_t kLongestLine = 980;  // libmilter's MAXREPLYLEN
constexpr std::size_t kMostLines = 32;     // libmilter's MAXREPLIES

// Controls vanish, as they would end or hide the line; a byte above 0x7e becomes '?'. The cut comes
// after escaping and never between the two halves of a "%%".
std::string EscapedLine(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == '\t') {
      line.push_back(' ');
    } else if (byte == '%') {
      if (line.size() + 2 > kLongestLine) break;
      line += "%%";
    } else if (byte >= 0x20 && byte != 0x7f) {
      line.push_back(byte > 0x7e ? '?' : c);
    }
    if (line.size() >= kLongestLine) break;
  }
  return line;
}

bool IsCode(int code, char code_class) {
  return code >= 400 && code <= 599 && code / 100 == code_class - '0';
}

bool IsNumber(std::string_view part) {
  return !part.empty() && part.size() <= 3 &&
         std::all_of(part.begin(), part.end(), base::IsAsciiDigit);
}

bool IsEnhancedCode(std::string_view text, char code_class) {
  const auto parts = base::Split(text, '.');
  return parts.size() == 3 && parts[0] == std::string_view(&code_class, 1) && IsNumber(parts[1]) &&
         IsNumber(parts[2]);
}

std::vector<std::string> EscapedLines(const std::vector<std::string>& lines, char code_class) {
  std::vector<std::string> out;
  for (const std::string& line : lines) {
    if (out.size() == kMostLines) break;
    out.push_back(EscapedLine(line));
  }
  if (out.empty()) {
    out.emplace_back(code_class == '5' ? "Message refused" : "Please try again later");
  }
  return out;
}

}  // namespace

ReplyText FailureReplyText() {
  return {"451", "4.3.0", {"Temporary failure, please try again later"}, false};
}

ReplyText MakeReplyText(Verdict::Action action, const Reply& reply) {
  const char code_class = action == Verdict::Action::kReject ? '5' : '4';
  if (!IsCode(reply.code, code_class)) {
    ReplyText text = FailureReplyText();
    text.mismatched = true;
    return text;
  }
  const std::string generic = std::string(1, code_class) + ".0.0";
  return {std::to_string(reply.code),
          IsEnhancedCode(reply.enhanced, code_class) ? reply.enhanced : generic,
          EscapedLines(reply.lines, code_class), false};
}

}  // namespace gatepost::milter
