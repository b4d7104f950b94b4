#include "tests/milters/attachments/archives/scan_samples.h"

#include <zlib.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>
#include <stdexcept>

#include "milters/attachments/content_names.h"
#include "tests/support/numbers.h"
#include "tests/support/temp_folder.h"

namespace gatepost::attachments::samples {

bool MemoryScratchFile::Append(std::span<const std::byte> bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return true;
}

const Content& MemoryScratchFile::content() const {
  content_ = std::make_unique<MemoryContent>(bytes_);
  return *content_;
}

ScratchFile* MemoryScratch::At(std::size_t depth) {
  return depth < files_.size() ? &files_[depth] : nullptr;
}

std::vector<std::string> Scanned::Lines() const {
  std::vector<std::string> lines;
  for (const Item& item : items) {
    std::ostringstream line;
    line << item.path << ' ' << item.type.name << ' ' << item.bytes;
    if (item.properties.any()) line << ' ' << item.properties.Format();
    lines.push_back(line.str());
  }
  return lines;
}

std::vector<std::string> Scanned::Paths() const {
  std::vector<std::string> paths;
  for (const Item& item : items) paths.push_back(item.path);
  return paths;
}

const Item* Scanned::Find(std::string_view path) const {
  for (const Item& item : items) {
    if (item.path == path) return &item;
  }
  return nullptr;
}

ScanRequest Named(const std::string& name) {
  ScanRequest request;
  request.names.push_back(name);
  return request;
}

namespace {

// The milter hears of no other types.
void RequireKnown(const ContentType& type) {
  if (!KnownContentName(type.name)) throw std::logic_error(std::string(type.name) + ": no type");
}

}  // namespace

void Scanned::OnMember(const Item& item) {
  RequireKnown(item.type);
  items.push_back(item);
}

Scanned ScanBytes(const std::string& bytes, const ScanRequest& request) {
  Scanned scanned;
  MemoryScratch scratch;
  const MemoryContent content(std::as_bytes(std::span(bytes)));
  scanned.result = Scan(content, request, scratch, scanned);
  RequireKnown(scanned.result.type);
  return scanned;
}

std::string Le(std::uint64_t value, std::size_t bytes) { return support::Number(value, bytes); }

std::string Deflated(const std::string& text) {
  z_stream stream{};
  ::deflateInit2(&stream, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(::deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  ::deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  return out;
}

namespace {

std::uint32_t Crc(const std::string& text) {
  return static_cast<std::uint32_t>(
      ::crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size())));
}

struct Written {
  std::string packed;
  std::string fields;  // from the version on to the sizes, as both records have them
  std::string local;
};

std::string Fields(const ZipEntry& entry, const std::string& packed, bool sizes) {
  const int flags = (entry.encrypted ? 1 : 0) | (entry.sizes_follow ? 8 : 0);
  const int method = entry.method >= 0 ? entry.method : entry.deflate ? 8 : 0;
  const std::uint64_t size = entry.size > 0 ? entry.size : entry.content.size();
  return Le(20, 2) + Le(static_cast<std::uint64_t>(flags), 2) +
         Le(static_cast<std::uint64_t>(method), 2) + Le(0, 4) +
         Le(sizes ? Crc(entry.content) : 0, 4) + Le(sizes ? packed.size() : 0, 4) +
         Le(sizes ? size : 0, 4);
}

std::string LocalRecord(const ZipEntry& entry, const std::string& packed) {
  const std::string& name = entry.local_name.empty() ? entry.name : entry.local_name;
  std::string record = "PK\x03\x04" + Fields(entry, packed, !entry.sizes_follow);
  record += Le(name.size(), 2) + Le(0, 2) + name + packed;
  if (entry.sizes_follow) {
    record += "PK\x07\x08" + Le(Crc(entry.content), 4) + Le(packed.size(), 4) +
              Le(entry.content.size(), 4);
  }
  return record;
}

std::string CentralRecord(const ZipEntry& entry, const std::string& packed, std::size_t offset) {
  return "PK\x01\x02" + Le(3 << 8 | 20, 2) + Fields(entry, packed, true) +
         Le(entry.name.size(), 2) + Le(0, 2) + Le(0, 2) + Le(0, 2) + Le(0, 2) +
         Le(std::uint64_t{entry.mode} << 16, 4) + Le(offset, 4) + entry.name;
}

}  // namespace

std::string MakeZip(const std::vector<ZipEntry>& entries, const ZipShape& shape) {
  std::string zip;
  std::string directory;
  std::size_t members = 0;
  for (const ZipEntry& entry : entries) {
    const std::string packed = entry.deflate ? Deflated(entry.content) : entry.content;
    if (entry.listed) {
      directory += CentralRecord(entry, packed, zip.size());
      ++members;
    }
    zip += LocalRecord(entry, packed);
  }
  if (shape.told_members >= 0) members = static_cast<std::size_t>(shape.told_members);
  std::string end = "PK\x05\x06" + Le(static_cast<std::uint64_t>(shape.disk), 2) + Le(0, 2) +
                    Le(members, 2) + Le(members, 2) + Le(directory.size(), 4) + Le(zip.size(), 4) +
                    Le(shape.comment.size(), 2) + shape.comment;
  return shape.before + zip + (shape.with_end ? directory + end : "") + shape.behind;
}

namespace {

std::string Variable(std::uint64_t value) {
  std::string text;
  do {
    text += static_cast<char>((value & 0x7F) | (value > 0x7F ? 0x80 : 0));
    value >>= 7;
  } while (value > 0);
  return text;
}

std::string Rar4Block(unsigned type, unsigned flags, const std::string& fields) {
  const std::string block = Le(type, 1) + Le(flags, 2) + Le(fields.size() + 7, 2) + fields;
  return Le(Crc(block) & 0xFFFF, 2) + block;
}

std::string Rar5Block(const std::string& fields) {
  const std::string block = Variable(fields.size()) + fields;
  return Le(Crc(block), 4) + block;
}

}  // namespace

std::string MakeRar4(const std::vector<RarEntry>& entries, unsigned main_flags) {
  using namespace std::string_literals;
  std::string rar = "Rar!\x1A\x07\0"s + Rar4Block(0x73, main_flags, std::string(6, '\0'));
  for (const RarEntry& entry : entries) {
    constexpr unsigned kLongBlock = 0x8000;
    const std::string size = Le(entry.content.size(), 4);
    const std::string fields = size + size + Le(3, 1) + Le(Crc(entry.content), 4) +
                               Le(0x5A21'8000, 4) + Le(20, 1) + Le(0x30 + entry.packing, 1) +
                               Le(entry.name.size(), 2) + Le(0100644, 4) + entry.name;
    rar += Rar4Block(0x74, kLongBlock | (entry.encrypted ? 4 : 0), fields) + entry.content;
  }
  return rar + Rar4Block(0x7B, 0x4000, {});
}

std::string MakeRar5(const std::vector<RarEntry>& entries, unsigned archive_flags) {
  using namespace std::string_literals;
  std::string rar =
      "Rar!\x1A\x07\x01\0"s + Rar5Block(Variable(1) + Variable(0) + Variable(archive_flags));
  for (const RarEntry& entry : entries) {
    // An encryption record: version, flags, count, salt, vector.
    const std::string record =
        Variable(1) + Variable(0) + Variable(0) + "\x0F" + std::string(32, 's');
    const std::string extra = entry.encrypted ? Variable(record.size()) + record : "";
    const std::string size = Variable(entry.content.size());
    std::string fields = Variable(2) + Variable(entry.encrypted ? 3 : 2);
    if (entry.encrypted) fields += Variable(extra.size());
    fields += size + Variable(4) + size + Variable(0100644) + Le(Crc(entry.content), 4) +
              Variable(entry.packing) + Variable(1) + Variable(entry.name.size()) + entry.name +
              extra;
    rar += Rar5Block(fields) + entry.content;
  }
  return rar + Rar5Block(Variable(5) + Variable(0) + Variable(0));
}

std::string MakeProgram() {
  using namespace std::string_literals;
  std::string head = "MZ\x90" + std::string(57, '\0') + "\x80\0\0\0"s;
  head.resize(128, '\0');
  return head + "PE\0\0"s + std::string(1'000, '\x90');
}

std::string Noise(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random() >> 24);
  if (!bytes.empty()) bytes[0] = '\x01';
  return bytes;
}

std::string MadeBy(const std::string& command, const std::map<std::string, std::string>& files,
                   const std::string& result) {
  const support::TempFolder folder;
  for (const auto& [name, content] : files) {
    const auto path = folder.path() / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
  }
  const std::string whole =
      "cd " + folder.path().string() + " && (" + command + ") >/dev/null 2>&1";
  if (std::system(whole.c_str()) != 0) return {};
  std::ifstream in(folder.path() / result, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace gatepost::attachments::samples
