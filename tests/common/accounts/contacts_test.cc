#include "common/accounts/contacts.h"

#include <gtest/gtest.h>

#include <fstream>

#include "common/config/config_error.h"
#include "tests/support/temp_folder.h"

namespace gatepost::accounts {
namespace {

class ContactTableTest : public testing::Test {
 protected:
  ContactTableTest() {
    config::AccountOptions options;
    options.default_domain = "example.org";
    options.aliases = (folder_.path() / "aliases").string();
    std::ofstream(options.aliases) << "sales@example.org eva@example.org\n";
    names_ = AccountNames::Load(options);
  }
  std::shared_ptr<const ContactTable> Table(const std::string& text) const {
    return ContactTable::Load(config::TableFile(text, "contacts"), *names_);
  }

  support::TempFolder folder_;
  std::shared_ptr<const AccountNames> names_;
};

TEST_F(ContactTableTest, NamesTheOwnersAddressElsewhere) {
  const auto table = Table(
      "Eva+work@Example.org  Eva.Private@Example.net  # as it is written\n"
      "bob                   bob@example.com\n");
  EXPECT_EQ(table->Find("eva@example.org"), "Eva.Private@Example.net");
  EXPECT_EQ(table->Find("bob@example.org"), "bob@example.com");
  EXPECT_EQ(table->Find("carol@example.org"), "");
}

TEST_F(ContactTableTest, WithoutAFileNobodyHasOne) {
  EXPECT_EQ(ContactTable::Load("", *names_)->Find("eva@example.org"), "");
}

TEST_F(ContactTableTest, SaysWhatIsWrongWithEachRow) {
  try {
    Table(
        "eva@example.org\n"
        "eva@example.org eva@example.net eva@example.com\n"
        "eva@example.org nobody\n"
        "eva@example.org <eva@example.net>\n"
        "eva@example.org \"e\"@example.net\n"
        "eva EVA+private@example.org\n"
        "eva sales@example.org\n"
        "bob@example.org bob@example.net\n"
        "bob bob@example.com\n");
    FAIL() << "no error";
  } catch (const config::ConfigError& error) {
    EXPECT_STREQ(error.what(),
                 "contacts:1: a row is: an account, its owner's address elsewhere\n"
                 "contacts:2: a row is: an account, its owner's address elsewhere\n"
                 "contacts:3: \"nobody\" is no mail address\n"
                 "contacts:4: \"<eva@example.net>\" is no mail address\n"
                 "contacts:5: \"\"e\"@example.net\" is no mail address\n"
                 "contacts:6: EVA+private@example.org is the account itself\n"
                 "contacts:7: sales@example.org is the account itself\n"
                 "contacts:9: bob@example.org is there twice");
  }
}

}  // namespace
}  // namespace gatepost::accounts
