// Which domains an authenticated user may sign for. Read-only after Load; any thread.
//
//   alice@example.org   example.org *.lists.example.org
//   newsletter          *
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/strings.h"
#include "common/config/table_file.h"
#include "common/mail/domain.h"

namespace gatepost::dkim {

class SenderTable {
 public:
  // Rows: user, then one or more domain patterns as in the key table. A user may have several
  // rows. User names compare without regard to ASCII case, as Dovecot lower-cases them. Throws
  // config::ConfigError, one line per bad row.
  static SenderTable Load(const config::TableFile& file);

  bool MaySignFor(std::string_view user, const mail::Domain& domain) const;

 private:
  std::optional<std::string> AddRow(std::span<const std::string_view> fields);

  std::unordered_map<std::string, std::vector<std::string>, base::StringHash, std::equal_to<>>
      patterns_by_user_;
};

}  // namespace gatepost::dkim
