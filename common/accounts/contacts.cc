#include "common/accounts/contacts.h"

#include <utility>

#include "common/mail/address.h"

namespace gatepost::accounts {

std::shared_ptr<const ContactTable> ContactTable::Load(const std::string& path,
                                                       const AccountNames& names) {
  if (path.empty()) return std::make_shared<const ContactTable>();
  return Load(config::TableFile::Load(path), names);
}

std::shared_ptr<const ContactTable> ContactTable::Load(const config::TableFile& file,
                                                       const AccountNames& names) {
  auto table = std::make_shared<ContactTable>();
  file.ForEachRow([&](const config::TableRow& row) { return table->AddRow(row, names); });
  return table;
}

// An address that leads back to the account would tell a thief what the owner alone shall read.
ContactTable::Problem ContactTable::AddRow(const config::TableRow& row, const AccountNames& names) {
  if (row.fields.size() != 2) return "a row is: an account, its owner's address elsewhere";
  const std::string_view address = row.fields[1];
  const bool plain = address.find_first_of("<>\"\\") == std::string_view::npos;
  if (!plain || !mail::ParsePath(address)) {
    return "\"" + base::Printable(address, 60) + "\" is no mail address";
  }
  std::string account = names.Canonicalize(row.fields[0]).name;
  if (names.Canonicalize(address).name == account) {
    return base::Printable(address, 60) + " is the account itself";
  }
  const auto [place, is_new] = contacts_.emplace(std::move(account), address);
  if (is_new) return std::nullopt;
  return base::Printable(place->first, 60) + " is there twice";
}

std::string ContactTable::Find(std::string_view account) const {
  const auto found = contacts_.find(account);
  return found == contacts_.end() ? "" : found->second;
}

}  // namespace gatepost::accounts
