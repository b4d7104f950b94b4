#include "milters/attachments/scanner/container.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "common/mime/charset.h"

namespace gatepost::attachments {
namespace {

constexpr std::size_t kBlock = 65'536;
constexpr std::size_t kMostName = 4'096;

}  // namespace

std::string NameInUtf8(std::string_view name) {
  name = name.substr(0, kMostName);
  if (mime::IsUtf8(name)) return std::string(name);
  std::string text;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text += c;
    } else {
      text += static_cast<char>(0xC0 | byte >> 6);
      text += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return text;
}

Item Container::NewItem(std::string_view name) const {
  Item item;
  item.member = true;
  std::string shown = NameInUtf8(name);
  item.path = PathWithin(subject_.path, shown);
  if (!shown.empty()) item.names.push_back(std::move(shown));
  return item;
}

bool Container::Unpack(std::uint64_t bytes) {
  if (!open() || !run_.meter().Unpack(bytes)) return false;
  unpacked_ += bytes;
  bomb_ = IsBomb(run_.budget(), unpacked_, packed_bytes_);
  return !bomb_;
}

Properties Container::properties() const {
  Properties all = properties_;
  all.Add(run_.meter().reached());
  if (bomb_) all.Add(Property::kBomb);
  return all;
}

void Container::TellContent(Item item, const Content& content) {
  MemberStream stream(run_, std::move(item), member_depth());
  const auto block = std::make_unique_for_overwrite<std::byte[]>(kBlock);
  for (std::uint64_t at = 0; at < content.size();) {
    const std::size_t got = content.ReadAt(at, std::span(block.get(), kBlock));
    if (got == 0 || !run_.meter().Spend(got)) break;
    if (!stream.Feed(std::span(block.get(), got))) break;
    at += got;
  }
  stream.item().bytes = content.size();
  stream.Finish();
  Tell(stream.item());
}

}  // namespace gatepost::attachments
