#include "common/config/secret_file.h"

#include <sys/stat.h>

#include "tests/common/config/temporary_folder.h"

namespace gatepost::config {
namespace {

std::string Write(const TemporaryFolder& folder, const std::string& text, mode_t mode) {
  const std::string path = folder.Write("password", text);
  EXPECT_EQ(chmod(path.c_str(), mode), 0);
  return path;
}

TEST(SecretFile, IsReadWhereOnlyItsOwnerCanReadIt) {
  const TemporaryFolder folder;
  const auto text = ReadSecretFile(Write(folder, "s3cret\n", 0600));
  ASSERT_TRUE(text.has_value()) << text.error().message;
  EXPECT_EQ(*text, "s3cret\n");
}

TEST(SecretFile, IsRefusedWhereOthersCouldReadOrChangeIt) {
  const struct {
    mode_t mode;
    const char* reason;
  } kCases[] = {
      {0604, "is open to all users"},
      {0644, "is open to all users"},
      {0602, "is open to all users"},
      {0620, "is writable by its group"},
  };
  const TemporaryFolder folder;
  for (const auto& test : kCases) {
    const std::string path = Write(folder, "s3cret", test.mode);
    const auto text = ReadSecretFile(path);
    ASSERT_FALSE(text.has_value()) << std::oct << test.mode;
    EXPECT_EQ(text.error().kind, base::ErrorKind::kPermission);
    EXPECT_TRUE(text.error().message.starts_with(path + " " + test.reason)) << text.error().message;
    EXPECT_EQ(text.error().message.find("s3cret"), std::string::npos);
  }
}

TEST(SecretFile, IsRefusedWhereItIsNoFileOrTooLarge) {
  const TemporaryFolder folder;
  EXPECT_FALSE(ReadSecretFile(folder.Path("")).has_value());
  EXPECT_FALSE(ReadSecretFile(folder.Path("absent")).has_value());
  const std::string large(kMaxSecretBytes + 1, 'x');
  EXPECT_FALSE(ReadSecretFile(Write(folder, large, 0600)).has_value());
}

}  // namespace
}  // namespace gatepost::config
