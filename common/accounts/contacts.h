// Where the owner of an account reads mail that a thief of its password does not: an address
// elsewhere, from a table of the site, one account a line:
//
//   eva@example.org   eva.private@example.net
//
// Loaded by programs that write to owners; immutable, any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/accounts/account.h"
#include "common/base/strings.h"
#include "common/config/table_file.h"

namespace gatepost::accounts {

class ContactTable {
 public:
  // Accounts of the table are spelled by `names`. Throws config::ConfigError. "" makes an empty
  // table.
  static std::shared_ptr<const ContactTable> Load(const std::string& path,
                                                  const AccountNames& names);
  static std::shared_ptr<const ContactTable> Load(const config::TableFile& file,
                                                  const AccountNames& names);

  // The second address of an account in its one spelling; "" where none is known.
  std::string Find(std::string_view account) const;

 private:
  using Problem = std::optional<std::string>;
  Problem AddRow(const config::TableRow& row, const AccountNames& names);

  std::unordered_map<std::string, std::string, base::StringHash, std::equal_to<>> contacts_;
};

}  // namespace gatepost::accounts
