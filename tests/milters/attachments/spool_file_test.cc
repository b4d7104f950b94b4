#include "milters/attachments/spool_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>

#include "tests/support/temp_folder.h"

namespace gatepost::attachments {
namespace {

std::span<const std::byte> BytesOf(const std::string& text) {
  return std::as_bytes(std::span(text));
}

std::string Contents(const SpoolFile& spool) {
  std::string text(spool.size(), '\0');
  EXPECT_EQ(spool.ReadAt(0, std::as_writable_bytes(std::span(text))), text.size());
  return text;
}

TEST(SpoolFile, GivesBackWhatWasPutAsideWhetherInMemoryOrInAFile) {
  const support::TempFolder folder;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, kMostScanBytesInside, kMostScanBytesInside + 1,
        std::size_t{524'288}, std::size_t{524'289}, std::size_t{1'000'000}}) {
    SpoolFile spool(folder.path(), 2'000'000);
    std::string whole;
    for (std::size_t i = 0; i < size; ++i) whole += static_cast<char>('a' + i % 23);
    for (std::size_t at = 0; at < size; at += 65'536) {
      EXPECT_TRUE(spool.Append(BytesOf(whole.substr(at, 65'536))));
    }
    EXPECT_EQ(Contents(spool), whole) << size;
    const auto file = spool.File();
    ASSERT_TRUE(file) << size;
    EXPECT_EQ(file->size, size);
    EXPECT_EQ(file->fd < 0, size <= kMostScanBytesInside);
    if (file->fd < 0) {
      EXPECT_TRUE(std::ranges::equal(file->bytes, BytesOf(whole))) << size;
    } else {
      EXPECT_EQ(static_cast<std::size_t>(::lseek(file->fd, 0, SEEK_END)), size);
    }
  }
}

TEST(SpoolFile, GivesAllUpBeyondItsLimitSoThatNobodyTakesHalfForTheWhole) {
  const support::TempFolder folder;
  SpoolFile spool(folder.path(), 10);
  EXPECT_TRUE(spool.Append(BytesOf("0123456789")));
  EXPECT_FALSE(spool.Append(BytesOf("x")));
  EXPECT_FALSE(spool.good());
  EXPECT_FALSE(spool.Append(BytesOf("")));
  std::array<std::byte, 4> piece;
  EXPECT_EQ(spool.ReadAt(0, piece), 0u);
  EXPECT_FALSE(spool.File());
}

TEST(SpoolFile, IsGivenUpWhereTheFolderTakesNoFile) {
  SpoolFile spool("/nonexistent", 2'000'000);
  EXPECT_TRUE(spool.Append(BytesOf(std::string(1'000, 'x'))));
  EXPECT_FALSE(spool.Append(BytesOf(std::string(600'000, 'x'))));
  EXPECT_FALSE(spool.good());
}

}  // namespace
}  // namespace gatepost::attachments
