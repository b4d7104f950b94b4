#include "common/config/regular_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/common/config/temporary_folder.h"

namespace gatepost::config {
namespace {

using base::ErrorKind;

TEST(RegularFile, ReadsTheBytesUpToTheBound) {
  const TemporaryFolder folder;
  for (const std::size_t size : {0, 1, 4095, 4096, 100'000}) {
    const std::string bytes(size, '\0');
    EXPECT_EQ(ReadRegularFile(folder.Write("f", bytes), 100'000).value(), bytes);
  }
  const auto longer = ReadRegularFile(folder.Write("f", std::string(100'001, 'x')), 100'000);
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().kind, ErrorKind::kLimit);
}

TEST(RegularFile, FollowsSymbolicLinks) {
  const TemporaryFolder folder;
  ASSERT_EQ(::symlink(folder.Write("f", "text").c_str(), folder.Path("link").c_str()), 0);
  EXPECT_EQ(ReadRegularFile(folder.Path("link"), 100).value(), "text");
}

TEST(RegularFile, SaysThatAFileIsMissing) {
  const auto missing = ReadRegularFile("/nonexistent/file", 100);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(missing.error().message, "No such file or directory");
}

TEST(RegularFile, RefusesDevicesFoldersAndPipesWithoutWaiting) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo(folder.Path("pipe").c_str(), 0600), 0);
  for (const std::string& path : {folder.Path("pipe"), folder.Path(""), std::string("/dev/zero")}) {
    const auto refused = ReadRegularFile(path, 100);
    ASSERT_FALSE(refused) << path;
    EXPECT_EQ(refused.error().message, "not a regular file");
  }
}

TEST(RegularFile, BoundsFilesWhoseSizeSaysNothing) {
  // Files of /proc have size 0 and content.
  EXPECT_FALSE(ReadRegularFile("/proc/self/maps", 10));
  EXPECT_TRUE(ReadRegularFile("/proc/self/status", 1 << 20));
}

}  // namespace
}  // namespace gatepost::config
