#include "milters/dkim/key_cache.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace gatepost::dkim {
namespace {

// Keys are made by the openssl program, as an administrator makes them; none is kept.
class KeyFiles : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "gatepost-keys-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  KeyRow Make(const std::string& name, const std::string& arguments, mode_t mode = 0600) {
    const std::string path = folder_ / name;
    const std::string command = "openssl " + arguments + " -out " + path + " 2>/dev/null";
    EXPECT_EQ(std::system(command.c_str()), 0);  // NOLINT(concurrency-mt-unsafe): one thread
    EXPECT_EQ(chmod(path.c_str(), mode), 0);
    return Row(path);
  }
  KeyRow Write(const std::string& name, const std::string& text) {
    const std::string path = folder_ / name;
    std::ofstream(path) << text;
    EXPECT_EQ(chmod(path.c_str(), 0600), 0);
    return Row(path);
  }
  static KeyRow Row(const std::string& path) {
    KeyRow row;
    row.file = path;
    return row;
  }
  std::string ErrorOf(const KeyRow& row) {
    const auto key = OpenKey(row);
    return key ? "no error" : key.error().message;
  }

  static constexpr const char* kRsa = "genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:2048";
  static constexpr const char* kEd25519 = "genpkey -algorithm ed25519";
  std::filesystem::path folder_;
};

using testing::HasSubstr;

TEST_F(KeyFiles, TheTypeOfAKeyIsDetected) {
  EXPECT_EQ(OpenKey(Make("rsa", kRsa)).value()->algorithm(), auth::KeyAlgorithm::kRsa);
  EXPECT_EQ(OpenKey(Make("ed", kEd25519)).value()->algorithm(), auth::KeyAlgorithm::kEd25519);
  EXPECT_EQ(
      OpenKey(Make("pkcs1", "rsa -traditional -in " + (folder_ / "rsa").string())).value()->bits(),
      2048U);
}

TEST_F(KeyFiles, AKeyThatOthersCanReadOrWriteIsRefusedWithTheReason) {
  KeyRow row = Make("key", kEd25519);
  struct Case {
    mode_t mode;
    const char* error;
  };
  for (const Case& c : {Case{0604, "open to all users"}, Case{0602, "open to all users"},
                        Case{0601, "open to all users"}, Case{0620, "writable by its group"},
                        Case{0600, "no error"}, Case{0640, "no error"}, Case{0400, "no error"}}) {
    ASSERT_EQ(chmod(row.file.c_str(), c.mode), 0);
    EXPECT_THAT(ErrorOf(row), HasSubstr(c.error)) << std::oct << c.mode;
  }
}

TEST_F(KeyFiles, AGroupThatIsNotOursMustNotReadAKey) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file to another group";
  const KeyRow row = Make("key", kEd25519, 0640);
  ASSERT_EQ(chown(row.file.c_str(), 0, 12345), 0);
  EXPECT_THAT(ErrorOf(row), HasSubstr("a group that is not this program's"));
}

TEST_F(KeyFiles, AKeyOfAnotherUserIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file to another user";
  const KeyRow row = Make("key", kEd25519);
  ASSERT_EQ(chown(row.file.c_str(), 12345, 0), 0);
  EXPECT_THAT(ErrorOf(row), HasSubstr("owned by another user"));
}

TEST_F(KeyFiles, WhatIsNoKeyIsRefusedWithTheReason) {
  EXPECT_THAT(ErrorOf(Row(folder_ / "absent")), HasSubstr("No such file"));
  EXPECT_THAT(ErrorOf(Row(folder_)), HasSubstr("not a regular file"));
  EXPECT_THAT(ErrorOf(Write("empty", "")), HasSubstr("empty: "));
  EXPECT_THAT(ErrorOf(Write("text", "hello\n")), HasSubstr("text: "));
  EXPECT_THAT(ErrorOf(Write("huge", std::string(70'000, 'x'))), HasSubstr("too large"));
  EXPECT_THAT(ErrorOf(Make("small", "genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:1024")),
              HasSubstr("1024"));
  EXPECT_NE(ErrorOf(Make("ec", "genpkey -algorithm ec -pkeyopt ec_paramgen_curve:P-256")),
            "no error");
}

TEST_F(KeyFiles, APipeInPlaceOfTheKeyDoesNotStopUs) {
  const std::string path = folder_ / "pipe";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_THAT(ErrorOf(Row(path)), HasSubstr("not a regular file"));
}

TEST_F(KeyFiles, ARowMayInsistOnAnAlgorithm) {
  KeyRow row = Make("key", kEd25519);
  row.algorithm = auth::KeyAlgorithm::kEd25519;
  EXPECT_EQ(ErrorOf(row), "no error");
  row.algorithm = auth::KeyAlgorithm::kRsa;
  EXPECT_THAT(ErrorOf(row), HasSubstr("not a key of the algorithm"));
}

TEST_F(KeyFiles, TheCacheKeepsAKeyParsedAndForgetsTheLeastUsed) {
  KeyCache cache(1);
  const KeyRow first = Make("first", kEd25519);
  const KeyRow second = Make("second", kEd25519);
  const auto key = cache.Get(first).value();
  EXPECT_EQ(cache.Get(first).value(), key);
  ASSERT_TRUE(cache.Get(second).has_value());
  EXPECT_NE(cache.Get(first).value(), key);
}

TEST_F(KeyFiles, ARepairedFileWorksAtOnce) {
  KeyCache cache(10);
  KeyRow row = Make("key", kEd25519, 0644);
  EXPECT_FALSE(cache.Get(row).has_value());
  ASSERT_EQ(chmod(row.file.c_str(), 0600), 0);
  EXPECT_TRUE(cache.Get(row).has_value());
}

}  // namespace
}  // namespace gatepost::dkim
