#include "milters/attachments/scanner/apple_scan.h"

#include <algorithm>
#include <string>

#include "milters/attachments/scanner/byte_order.h"
#include "milters/attachments/scanner/container.h"

namespace gatepost::attachments {
namespace {

constexpr std::size_t kMostName = 255;

std::uint32_t Big32(std::string_view bytes, std::size_t at) {
  return std::uint32_t{Byte(bytes, at)} << 24 | std::uint32_t{Byte(bytes, at + 1)} << 16 |
         std::uint32_t{Byte(bytes, at + 2)} << 8 | std::uint32_t{Byte(bytes, at + 3)};
}

void Tell(Container& container, const std::string& name, const Content& content,
          std::uint64_t offset, std::uint64_t size) {
  const ContentWindow fork(content, offset, size);
  if (fork.size() < size) container.Add(Property::kTruncated);
  if (container.Take()) container.TellContent(container.NewItem(name), fork);
}

}  // namespace

Properties ScanAppleSingle(ScanRun& run, const Content& content, const Subject& subject) {
  constexpr std::size_t kHead = 26;
  constexpr std::size_t kEntry = 12;
  constexpr std::uint32_t kDataFork = 1;
  constexpr std::uint32_t kRealName = 3;
  Container container(run, subject, content.size());
  const std::string count = ReadText(content, kHead - 2, 2);
  const std::size_t entries = std::size_t{Byte(count, 0)} << 8 | Byte(count, 1);
  const std::string table = ReadText(content, kHead, entries * kEntry);
  if (table.size() < entries * kEntry) container.Add(Property::kTruncated);
  std::string name;
  for (std::size_t at = 0; at + kEntry <= table.size(); at += kEntry) {
    if (Big32(table, at) != kRealName) continue;
    name = ReadText(content, Big32(table, at + 4),
                    std::min<std::size_t>(Big32(table, at + 8), kMostName));
  }
  for (std::size_t at = 0; at + kEntry <= table.size() && container.open(); at += kEntry) {
    if (Big32(table, at) != kDataFork) continue;
    Tell(container, name, content, Big32(table, at + 4), Big32(table, at + 8));
  }
  return container.properties();
}

// A length that cannot be, or of nothing where something follows, is a lie: then all that follows
// is taken for the file.
Properties ScanMacBinary(ScanRun& run, const Content& content, const Subject& subject) {
  constexpr std::uint64_t kHead = 128;
  Container container(run, subject, content.size());
  const std::string head = ReadText(content, 0, kHead);
  const std::string name = head.substr(2, std::min<std::size_t>(Byte(head, 1), kMostName));
  const std::uint64_t rest = content.size() - std::min(content.size(), kHead);
  const std::uint64_t told = Big32(head, 83);
  const bool lies = told > rest || (told == 0 && Big32(head, 87) == 0);
  Tell(container, name, content, kHead, lies ? rest : told);
  return container.properties();
}

}  // namespace gatepost::attachments
