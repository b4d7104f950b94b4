// What tests of the scanner share: a scan of bytes in memory with all that it told, and archives
// made byte by byte. One thread at a time.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "milters/attachments/scanner/scan.h"

namespace gatepost::attachments::samples {

class MemoryScratchFile final : public ScratchFile {
 public:
  void Clear() override { bytes_.clear(); }
  bool Append(std::span<const std::byte> bytes) override;
  const Content& content() const override;

 private:
  std::vector<std::byte> bytes_;
  mutable std::unique_ptr<MemoryContent> content_;
};

class MemoryScratch final : public Scratch {
 public:
  explicit MemoryScratch(std::size_t files = 12) : files_(files) {}
  ScratchFile* At(std::size_t depth) override;

 private:
  std::vector<MemoryScratchFile> files_;
};

// What a scan told.
struct Scanned : ScanSink {
  ScanResult result;
  std::vector<Item> items;
  std::vector<std::size_t> risks;  // how many were told before each

  void OnMember(const Item& item) override;
  void BeforeRisk() override { risks.push_back(items.size()); }
  // "path type size properties" of each member, in order.
  std::vector<std::string> Lines() const;
  std::vector<std::string> Paths() const;
  const Item* Find(std::string_view path) const;
  bool Has(Property property) const { return result.properties.Has(property); }
};

// A request for a file of this name.
ScanRequest Named(const std::string& name);
Scanned ScanBytes(const std::string& bytes, const ScanRequest& request = {});

// A member of a zip as it is to be written, whether that makes sense or not.
struct ZipEntry {
  std::string name;
  std::string content;
  std::string local_name{};  // "" as `name`
  bool deflate = false;
  bool encrypted = false;
  bool listed = true;  // in the directory
  bool sizes_follow = false;
  int method = -1;  // as told; -1: as it is
  std::uint32_t mode = 0100644;
  std::uint64_t size = 0;  // as told; 0: as it is
};

struct ZipShape {
  std::string before{};  // offsets do not count it
  std::string comment{};
  std::string behind{};
  bool with_end = true;
  int disk = 0;
  int told_members = -1;  // in the end record
};

std::string MakeZip(const std::vector<ZipEntry>& entries, const ZipShape& shape = {});
std::string Deflated(const std::string& text);

// Numbers, the lowest byte first.
std::string Le(std::uint64_t value, std::size_t bytes);

// RAR 1.5 to 4 and 5; `content` stands there as it is.
struct RarEntry {
  std::string name;
  std::string content;
  bool encrypted = false;
  // As told. RAR 4: the method, from 0 for stored to 5; RAR 5: compression information.
  unsigned packing = 0;
};
std::string MakeRar4(const std::vector<RarEntry>& entries, unsigned main_flags = 0);
std::string MakeRar5(const std::vector<RarEntry>& entries, unsigned archive_flags = 0);

// A program for Windows, as far as its head tells.
std::string MakeProgram();
// Bytes of no format that do not compress.
std::string Noise(std::size_t size, unsigned seed = 1);

// Runs a program of this system in a new folder with the files given; the bytes of `result`, or ""
// where the program is not installed or fails.
std::string MadeBy(const std::string& command, const std::map<std::string, std::string>& files,
                   const std::string& result);

}  // namespace gatepost::attachments::samples
