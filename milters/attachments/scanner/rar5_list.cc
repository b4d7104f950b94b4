#include "milters/attachments/scanner/rar5_list.h"

#include <algorithm>

#include "milters/attachments/scanner/content_cursor.h"

namespace gatepost::attachments {
namespace {

constexpr std::size_t kMarker = 8;
constexpr std::size_t kChecksum = 4;
constexpr std::uint64_t kMostHeader = 2 << 20;  // as libarchive has it
constexpr std::uint64_t kFileHeader = 2;
constexpr std::uint64_t kEndHeader = 5;

struct Block {
  std::uint64_t type = 0;
  std::string_view extra;
  std::uint64_t next = 0;
};

std::optional<Block> ReadBlock(ContentCursor& cursor, std::uint64_t at) {
  constexpr std::uint64_t kExtra = 1;
  constexpr std::uint64_t kContent = 2;
  std::string_view start = cursor.At(at + kChecksum, 10);
  const std::size_t before = start.size();
  const auto size = TakeVariable(start);
  if (!size || *size == 0 || *size > kMostHeader) return std::nullopt;
  const std::uint64_t begin = at + kChecksum + (before - start.size());
  std::string_view fields = cursor.At(begin, static_cast<std::size_t>(*size));
  if (fields.size() < *size) return std::nullopt;
  Block block;
  const auto type = TakeVariable(fields);
  const auto flags = TakeVariable(fields);
  if (!type || !flags) return std::nullopt;
  const auto extra = (*flags & kExtra) != 0 ? TakeVariable(fields) : 0;
  const auto content = (*flags & kContent) != 0 ? TakeVariable(fields) : 0;
  if (!extra || !content || *extra > fields.size()) return std::nullopt;
  if (*content > cursor.content().size()) return std::nullopt;
  block.type = *type;
  block.extra = fields.substr(fields.size() - static_cast<std::size_t>(*extra));
  block.next = begin + *size + *content;
  return block;
}

bool IsEncrypted(std::string_view extra) {
  constexpr std::uint64_t kEncryption = 1;
  while (!extra.empty()) {
    const auto size = TakeVariable(extra);
    if (!size || *size == 0 || *size > extra.size()) return false;
    std::string_view record = extra.substr(0, static_cast<std::size_t>(*size));
    if (TakeVariable(record) == kEncryption) return true;
    extra.remove_prefix(static_cast<std::size_t>(*size));
  }
  return false;
}

}  // namespace

std::optional<std::uint64_t> TakeVariable(std::string_view& bytes) {
  constexpr unsigned kMost = 10;
  std::uint64_t value = 0;
  for (unsigned i = 0; i < kMost && i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << std::min(63U, 7 * i);
    if ((byte & 0x80) != 0) continue;
    bytes.remove_prefix(i + 1);
    return value;
  }
  return std::nullopt;
}

std::vector<bool> EncryptedRar5Members(const Content& content, FormatBudget& budget) {
  constexpr std::size_t kMostMembers = 1'000'000;
  std::vector<bool> encrypted;
  ContentCursor cursor(content, 512);
  std::uint64_t at = kMarker;
  while (budget.Spend(0) && encrypted.size() < kMostMembers) {
    const auto block = ReadBlock(cursor, at);
    if (!block || block->type == kEndHeader) break;
    if (block->type == kFileHeader) encrypted.push_back(IsEncrypted(block->extra));
    at = block->next;
  }
  return encrypted;
}

}  // namespace gatepost::attachments
