// Writes compound files ([MS-CFB]) for tests: storages and streams by path, sectors of 512 bytes.
// One thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace gatepost::test {

class CompoundWriter {
 public:
  // "Macros/VBA/dir"; storages come by themselves. Names are ASCII.
  void Add(std::string_view path, std::string_view content) { files_[std::string(path)] = content; }
  // 16 bytes, of the root.
  void SetClass(std::string_view class_id) { class_id_ = class_id; }
  std::string Write() const;

 private:
  std::map<std::string, std::string> files_;
  std::string class_id_ = std::string(16, '\0');
};

// A compressed container ([MS-OVBA] 2.4.1) of literals alone.
std::string CompressOvba(std::string_view text);

// A macro project whose one module has this source, below `storage` ("Macros/").
void AddVbaProject(CompoundWriter& writer, const std::string& storage, std::string_view source);

}  // namespace gatepost::test
