// In which country an address is, by a MaxMind DB file (GeoLite2-Country and the like), which the
// site gets and renews by its own means. Loaded at start and at reload; any thread afterwards.
#pragma once

#include <memory>
#include <string>

#include "common/base/ip_address.h"

namespace gatepost::ratelimit {

class Countries {
 public:
  // "" makes one that knows no address. Throws config::ConfigError for a file that is missing or
  // is none.
  static std::shared_ptr<const Countries> Load(const std::string& path);
  ~Countries();

  // Two capital letters, "DE"; "" where nothing is known.
  std::string Find(const base::IpAddress& address) const;

 private:
  class File;
  explicit Countries(std::unique_ptr<File> file);
  std::unique_ptr<File> file_;
};

}  // namespace gatepost::ratelimit
