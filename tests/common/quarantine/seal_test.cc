#include "common/quarantine/seal.h"

#include <sys/stat.h>

#include <fstream>

#include "tests/support/temp_folder.h"

namespace gatepost::quarantine {
namespace {

TEST(SealTest, NoTwoListsAreSealedAlike) {
  const std::string seal = Seal("secret", {"a", "bc"});
  EXPECT_EQ(seal.size(), 32U);
  EXPECT_EQ(Seal("secret", {"a", "bc"}), seal);
  EXPECT_NE(Seal("secret", {"ab", "c"}), seal);
  EXPECT_NE(Seal("secret", {"a", "bc", ""}), seal);
  EXPECT_NE(Seal("secret", {"1:a2:bc"}), seal);
  EXPECT_NE(Seal("secret2", {"a", "bc"}), seal);
}

TEST(SealTest, TheSecretIsTheFilesFirstLine) {
  const support::TempFolder folder;
  const std::string path = folder.path() / "secret";
  const auto load = [&](const std::string& text, mode_t mode) {
    std::ofstream(path) << text;
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return LoadSecret(path);
  };
  EXPECT_EQ(load("  0123456789abcdef \nmore\n", 0600), "0123456789abcdef");
  EXPECT_FALSE(load("0123456789abcde\n", 0600));
  EXPECT_FALSE(load("", 0600));
  EXPECT_FALSE(load("0123456789abcdef\n", 0644));
  EXPECT_FALSE(LoadSecret(folder.path() / "none"));
  EXPECT_EQ(LoadSecret(""), "");
}

}  // namespace
}  // namespace gatepost::quarantine
