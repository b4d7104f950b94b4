#include "milters/attachments/scanner/wire.h"

namespace gatepost::attachments {
namespace {

constexpr std::size_t kLengthBytes = 2;

}  // namespace

void WireWriter::Number(std::uint64_t number, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) frame_.push_back(std::byte(number >> (8 * i)));
}

void WireWriter::Text(std::string_view text) {
  Number(text.size(), kLengthBytes);
  Bytes(std::as_bytes(std::span(text)));
}

void WireWriter::Bytes(std::span<const std::byte> bytes) {
  frame_.insert(frame_.end(), bytes.begin(), bytes.end());
}

std::span<const std::byte> WireReader::Bytes(std::size_t bytes) {
  if (!good_ || bytes > rest_.size()) {
    Fail();
    return {};
  }
  const auto taken = rest_.first(bytes);
  rest_ = rest_.subspan(bytes);
  return taken;
}

std::uint64_t WireReader::Number(std::size_t bytes) {
  const auto taken = Bytes(bytes);
  std::uint64_t number = 0;
  for (std::size_t i = taken.size(); i-- > 0;) {
    number = number << 8 | std::to_integer<std::uint64_t>(taken[i]);
  }
  return number;
}

std::string WireReader::Text(std::size_t most_bytes) {
  const std::uint64_t size = Number(kLengthBytes);
  if (size > most_bytes) Fail();
  const auto taken = Bytes(size);
  return {reinterpret_cast<const char*>(taken.data()), taken.size()};
}

}  // namespace gatepost::attachments
