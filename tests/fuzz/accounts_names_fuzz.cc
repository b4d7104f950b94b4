// A login or mailbox: its one spelling is short and stays as it is, and a mailbox without quotes is
// the account of the login that reads the same. The input is a table of streams and one of contacts
// as well.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/accounts/account.h"
#include "common/accounts/contacts.h"
#include "common/accounts/streams.h"
#include "common/config/config_error.h"

namespace {

using namespace gatepost;
using accounts::Account;
using accounts::AccountNames;

void Check(bool holds) {
  if (!holds) std::abort();
}

const AccountNames& Names() {
  static const auto names = [] {
    config::AccountOptions options;
    options.default_domain = "example.org";
    return AccountNames::Load(options);
  }();
  return *names;
}

void CheckAccount(const Account& account) {
  Check(account.name.size() <= accounts::kMaxAccountBytes);
  if (account.domain) Check(account.name.ends_with("@" + account.domain->ascii()));
  Check(Names().Canonicalize(account.name) == account);
}

void CheckStreams(const std::string& text) {
  try {
    const auto table = accounts::StreamTable::Load(config::TableFile(text, "streams"), Names());
    const std::string_view found = table->Find("a@example.org", "example.net", {{"List-Id", text}});
    Check(found.empty() || accounts::IsStreamName(found));
    const auto early = table->FindWithoutHeaders("a@example.org", "example.net");
    if (early) Check(*early == found);
  } catch (const config::ConfigError& error) {
    Check(std::string_view(error.what()).starts_with("streams:"));
  }
}

void CheckContacts(const std::string& text) {
  try {
    const auto table = accounts::ContactTable::Load(config::TableFile(text, "contacts"), Names());
    const std::string contact = table->Find("a@example.org");
    if (!contact.empty()) Check(Names().Canonicalize(contact).name != "a@example.org");
  } catch (const config::ConfigError& error) {
    Check(std::string_view(error.what()).starts_with("contacts:"));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const Account login = Names().Canonicalize(text);
  CheckAccount(login);
  if (const auto mailbox = Names().CanonicalizeMailbox(text)) {
    CheckAccount(*mailbox);
    const bool plain = text.find_first_of("\"\\<>:@") == text.rfind('@');
    if (plain) Check(*mailbox == login);
  }
  CheckStreams(text);
  CheckContacts(text);
  return 0;
}
