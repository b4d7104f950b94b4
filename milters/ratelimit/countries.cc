#include "milters/ratelimit/countries.h"

#include <maxminddb.h>

#include <algorithm>
#include <string_view>

#include "common/base/socket_address.h"
#include "common/config/config_error.h"

namespace gatepost::ratelimit {
namespace {

using base::IpAddress;

// The two letters at a place in the entry, "" where there are none. Vendors differ in the place.
std::string Letters(MMDB_entry_s& entry, const char* const* path) {
  MMDB_entry_data_s found{};
  if (MMDB_aget_value(&entry, &found, path) != MMDB_SUCCESS || !found.has_data ||
      found.type != MMDB_DATA_TYPE_UTF8_STRING || found.data_size != 2) {
    return {};
  }
  const std::string letters(found.utf8_string, 2);
  const bool good = std::ranges::all_of(letters, [](char c) { return c >= 'A' && c <= 'Z'; });
  return good ? letters : std::string();
}

}  // namespace

class Countries::File {
 public:
  explicit File(const std::string& path) {
    const int status = MMDB_open(path.c_str(), MMDB_MODE_MMAP, &file_);
    if (status != MMDB_SUCCESS) {
      throw config::ConfigError(path + ": " + MMDB_strerror(status));
    }
    if (file_.metadata.ip_version != 4 && file_.metadata.ip_version != 6) {
      MMDB_close(&file_);
      throw config::ConfigError(path + ": is for no version of IP that is known");
    }
  }
  ~File() { MMDB_close(&file_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  std::string Find(const IpAddress& address) const {
    if (address.is_v6() && file_.metadata.ip_version == 4) return {};
    const auto socket = base::SocketAddress::Inet(address, 0);
    int error = MMDB_SUCCESS;
    MMDB_lookup_result_s result = MMDB_lookup_sockaddr(&file_, socket.get(), &error);
    if (error != MMDB_SUCCESS || !result.found_entry) return {};
    static constexpr const char* kNested[] = {"country", "iso_code", nullptr};
    static constexpr const char* kFlat[] = {"country_code", nullptr};
    std::string letters = Letters(result.entry, kNested);
    return letters.empty() ? Letters(result.entry, kFlat) : letters;
  }

 private:
  MMDB_s file_{};
};

Countries::Countries(std::unique_ptr<File> file) : file_(std::move(file)) {}
Countries::~Countries() = default;

std::shared_ptr<const Countries> Countries::Load(const std::string& path) {
  auto file = path.empty() ? nullptr : std::make_unique<File>(path);
  return std::shared_ptr<const Countries>(new Countries(std::move(file)));
}

std::string Countries::Find(const IpAddress& address) const {
  if (!file_ || address.family() == IpAddress::Family::kNone) return {};
  return file_->Find(address);
}

}  // namespace gatepost::ratelimit
