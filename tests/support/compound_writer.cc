#include "tests/support/compound_writer.h"

#include <algorithm>
#include <vector>

#include "tests/support/numbers.h"

namespace gatepost::test {
namespace {

constexpr std::uint32_t kNone = 0xFFFFFFFF;
constexpr std::uint32_t kEnd = 0xFFFFFFFE;
constexpr std::size_t kSector = 512;
constexpr std::size_t kMini = 64;
constexpr std::size_t kCutoff = 4'096;

using support::Number;

std::string Padded(std::string bytes, std::size_t unit) {
  bytes.resize((bytes.size() + unit - 1) / unit * unit, '\0');
  return bytes;
}

struct Node {
  std::string name;
  int type = 1;
  std::uint32_t child = kNone;
  std::uint32_t right = kNone;
  std::uint32_t start = kEnd;
  std::string content;
};

// Sectors in a row, each chain in one piece.
struct Space {
  std::size_t unit;
  std::string bytes{};
  std::vector<std::uint32_t> table{};
  std::uint32_t Put(const std::string& content) {
    if (content.empty()) return kEnd;
    const auto start = static_cast<std::uint32_t>(table.size());
    const std::size_t count = (content.size() + unit - 1) / unit;
    for (std::size_t i = 1; i < count; ++i) {
      table.push_back(start + static_cast<std::uint32_t>(i));
    }
    table.push_back(kEnd);
    bytes += Padded(content, unit);
    return start;
  }
};

// The node of a path, made with its storages where it is new; siblings are a list to the right.
std::size_t Find(std::vector<Node>& nodes, std::string_view path) {
  std::size_t at = 0;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string name(path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
    std::uint32_t next = nodes[at].child;
    while (next != kNone && nodes[next].name != name) next = nodes[next].right;
    if (next == kNone) {
      next = static_cast<std::uint32_t>(nodes.size());
      nodes.push_back({name, 1, kNone, nodes[at].child, kEnd, ""});
      nodes[at].child = next;
    }
    at = next;
  }
  return at;
}

std::string Entry(const Node& node, const std::string& class_id) {
  std::string name;
  for (const char c : node.name) name += {c, '\0'};
  const std::size_t name_bytes = name.size() + 2;
  name.resize(64, '\0');
  return name + Number(name_bytes, 2) + Number(static_cast<unsigned>(node.type), 1) + '\x01' +
         Number(kNone, 4) + Number(node.right, 4) + Number(node.child, 4) + class_id +
         std::string(20, '\0') + Number(node.start, 4) + Number(node.content.size(), 8);
}

std::string Table(const std::vector<std::uint32_t>& table) {
  std::string bytes;
  for (const std::uint32_t next : table) bytes += Number(next, 4);
  bytes.append((kSector - bytes.size() % kSector) % kSector, '\xFF');
  return bytes;
}

std::string Header(std::size_t fat_sectors, std::uint32_t first_fat, std::uint32_t directory,
                   std::uint32_t mini_fat) {
  std::string header = std::string("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") + std::string(16, '\0') +
                       Number(0x3E, 2) + Number(3, 2) + Number(0xFFFE, 2) + Number(9, 2) +
                       Number(6, 2) + std::string(10, '\0') + Number(fat_sectors, 4) +
                       Number(directory, 4) + Number(0, 4) + Number(kCutoff, 4) +
                       Number(mini_fat, 4) + Number(1, 4) + Number(kEnd, 4) + Number(0, 4);
  for (std::size_t i = 0; i < 109; ++i) {
    header += Number(i < fat_sectors ? first_fat + i : kNone, 4);
  }
  return header;
}

}  // namespace

std::string CompoundWriter::Write() const {
  std::vector<Node> nodes{{"Root Entry", 5, kNone, kNone, kEnd, ""}};
  Space space{kSector}, mini{kMini};
  for (const auto& [path, content] : files_) {
    const std::size_t at = Find(nodes, path);
    nodes[at].type = 2;
    nodes[at].content = content;
    nodes[at].start = content.size() < kCutoff ? mini.Put(content) : space.Put(content);
  }
  nodes[0].start = space.Put(mini.bytes);
  nodes[0].content = mini.bytes;
  std::string entries;
  for (const Node& node : nodes) {
    entries += Entry(node, &node == &nodes[0] ? class_id_ : std::string(16, '\0'));
  }
  const std::uint32_t directory = space.Put(Padded(entries, kSector));
  const std::uint32_t mini_fat = space.Put(Table(mini.table));
  const auto first_fat = static_cast<std::uint32_t>(space.table.size());
  const std::size_t fat_sectors = space.table.size() / 126 + 1;
  space.table.insert(space.table.end(), fat_sectors, 0xFFFFFFFD);
  return Header(fat_sectors, first_fat, directory, mini_fat) + space.bytes + Table(space.table);
}

std::string CompressOvba(std::string_view text) {
  std::string container = "\x01";
  for (std::size_t at = 0; at < text.size(); at += 3'000) {
    const std::string_view piece = text.substr(at, 3'000);
    std::string chunk;
    for (std::size_t i = 0; i < piece.size(); i += 8) {
      chunk += '\0';
      chunk += piece.substr(i, 8);
    }
    container += Number(0xB000 | (chunk.size() - 1), 2) + chunk;
  }
  return container;
}

void AddVbaProject(CompoundWriter& writer, const std::string& storage, std::string_view source) {
  const auto record = [](unsigned id, const std::string& value) {
    return Number(id, 2) + Number(value.size(), 4) + value;
  };
  const std::string dir = record(1, Number(3, 4)) + Number(9, 2) + Number(4, 4) +
                          std::string(6, '\0') + record(0x1A, "Module1") +
                          record(0x31, Number(10, 4)) + record(0x2B, "");
  writer.Add(storage + "VBA/dir", CompressOvba(dir));
  writer.Add(storage + "VBA/Module1", std::string(10, '\xCC') + CompressOvba(source));
  writer.Add(storage + "VBA/_VBA_PROJECT", std::string("\xCC\x61\xFF\xFF\0\0\0", 7));
  writer.Add(storage + "PROJECT", "ID=\"{0}\"\r\nModule=Module1\r\n");
}

}  // namespace gatepost::test
