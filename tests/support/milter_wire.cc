#include "tests/support/milter_wire.h"

namespace gatepost::support {

void AppendUint32(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>((value >> shift) & 0xffU));
  }
}

std::uint32_t ReadUint32(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char byte : bytes.substr(0, 4)) {
    value = (value << 8U) | static_cast<unsigned char>(byte);
  }
  return value;
}

std::string EncodeFrame(char letter, std::string_view payload) {
  std::string frame;
  frame.reserve(payload.size() + 5);
  AppendUint32(frame, static_cast<std::uint32_t>(payload.size() + 1));
  frame.push_back(letter);
  frame.append(payload);
  return frame;
}

std::string EncodeFrame(Command command, std::string_view payload) {
  return EncodeFrame(static_cast<char>(command), payload);
}

std::optional<Frame> TakeFrame(std::string& buffer) {
  if (buffer.size() < 4) return std::nullopt;
  const std::size_t length = ReadUint32(buffer);
  if (buffer.size() - 4 < length) return std::nullopt;
  Frame frame;
  if (length > 0) {
    frame.letter = buffer[4];
    frame.payload = buffer.substr(5, length - 1);
  }
  buffer.erase(0, 4 + length);
  return frame;
}

std::vector<std::string_view> SplitNul(std::string_view payload) {
  std::vector<std::string_view> parts;
  while (!payload.empty()) {
    const std::size_t end = payload.find('\0');
    parts.push_back(payload.substr(0, end));
    if (end == std::string_view::npos) break;
    payload.remove_prefix(end + 1);
  }
  return parts;
}

std::string NulTerminated(std::string_view text) {
  std::string out(text);
  out.push_back('\0');
  return out;
}

}  // namespace gatepost::support
