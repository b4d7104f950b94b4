#include "common/http/request_extent.h"

#include <charconv>

#include "common/base/strings.h"

namespace gatepost::http {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;

constexpr std::string_view kEndOfLine = "\r\n";
constexpr std::string_view kEndOfHead = "\r\n\r\n";

bool IsText(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; }

bool IsToken(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  for (const char c : text) {
    const bool good =
        base::IsAsciiAlpha(c) || base::IsAsciiDigit(c) || kMarks.find(c) != std::string_view::npos;
    if (!good) return false;
  }
  return !text.empty();
}

Result<std::size_t> ParseLength(std::string_view text) {
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (error == std::errc::result_out_of_range) return Fail(ErrorKind::kLimit, "a huge body");
  if (error != std::errc() || end != text.data() + text.size()) {
    return Fail(ErrorKind::kInvalid, "a length that is no number");
  }
  return length;
}

Result<void> CheckRequestLine(std::string_view line) {
  const auto words = base::Split(line, ' ');
  const bool good = words.size() == 3 && IsToken(words[0]) && words[1].starts_with('/') &&
                    (words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0");
  if (!good) return Fail(ErrorKind::kInvalid, "no HTTP/1 request line");
  return {};
}

// Takes what one header field says about the body's length.
Result<void> TakeField(std::string_view line, std::optional<std::size_t>& length) {
  const auto field = base::SplitOnce(line, ':');
  if (!field || !IsToken(field->first)) return Fail(ErrorKind::kInvalid, "no header field");
  if (base::EqualsIgnoreCase(field->first, "Transfer-Encoding")) {
    return Fail(ErrorKind::kInvalid, "a transfer coding");
  }
  if (!base::EqualsIgnoreCase(field->first, "Content-Length")) return {};
  if (length) return Fail(ErrorKind::kInvalid, "two lengths");
  const auto parsed = ParseLength(base::Trim(field->second));
  if (!parsed) return tl::unexpected(parsed.error());
  length = *parsed;
  return {};
}

Result<void> CheckBytes(std::string_view head) {
  for (std::size_t i = 0; i < head.size(); ++i) {
    const bool line_end = head[i] == '\r' && i + 1 < head.size() && head[i + 1] == '\n';
    if (line_end) ++i;
    if (!line_end && head[i] != '\t' && !IsText(head[i])) {
      return Fail(ErrorKind::kInvalid, "a control character");
    }
  }
  return {};
}

// `head` ends with its last field's CR LF.
Result<RequestExtent> ReadHead(std::string_view head, const RequestLimits& limits) {
  if (const auto bytes = CheckBytes(head); !bytes) return tl::unexpected(bytes.error());
  std::size_t at = head.find(kEndOfLine);
  if (const auto line = CheckRequestLine(head.substr(0, at)); !line) {
    return tl::unexpected(line.error());
  }
  std::optional<std::size_t> length;
  std::size_t fields = 0;
  for (at += kEndOfLine.size(); at < head.size();) {
    const std::size_t end = head.find(kEndOfLine, at);
    if (++fields > limits.headers) return Fail(ErrorKind::kLimit, "too many header fields");
    const auto taken = TakeField(head.substr(at, end - at), length);
    if (!taken) return tl::unexpected(taken.error());
    at = end + kEndOfLine.size();
  }
  if (length.value_or(0) > limits.body_bytes) return Fail(ErrorKind::kLimit, "a huge body");
  return RequestExtent{head.size() + kEndOfLine.size(), length.value_or(0)};
}

}  // namespace

Result<std::optional<RequestExtent>> FindExtent(std::string_view received,
                                                const RequestLimits& limits) {
  const std::string_view seen = received.substr(0, limits.head_bytes);
  const std::size_t line = seen.find(kEndOfLine);
  if (line == std::string_view::npos ? seen.size() > limits.line_bytes : line > limits.line_bytes) {
    return Fail(ErrorKind::kLimit, "a long request line");
  }
  const std::size_t end = seen.find(kEndOfHead);
  if (end != std::string_view::npos) {
    return ReadHead(seen.substr(0, end + kEndOfLine.size()), limits)
        .map([](const RequestExtent& extent) { return std::optional(extent); });
  }
  if (seen.size() == limits.head_bytes) return Fail(ErrorKind::kLimit, "a long head");
  return std::nullopt;
}

}  // namespace gatepost::http
