#include "milters/attachments/zip_watch.h"

#include <gtest/gtest.h>

#include <string>

namespace gatepost::attachments {
namespace {

// What is kept of a text that is fed in pieces of this size.
std::string Kept(const std::string& text, std::size_t size) {
  ZipWatch watch;
  for (std::size_t at = 0; at < text.size(); at += size) {
    const std::string piece = text.substr(at, size);
    if (const auto place = watch.Feed(std::as_bytes(std::span(piece)))) {
      return std::string(place->before) + text.substr(at + place->at);
    }
  }
  return {};
}

TEST(AZipWatch, FindsTheBeginningInPiecesOfAnySize) {
  const std::string zip("PK\x03\x04 and more", 13);
  for (const std::string before : {"", "P", "PK", "PKP", "PK\x03PK\x03", "a picture", "PKPKPPK"}) {
    for (std::size_t size = 1; size < 20; ++size) {
      EXPECT_EQ(Kept(before + zip, size), zip) << before << size;
    }
  }
}

TEST(AZipWatch, FindsNothingWhereThereIsNone) {
  for (std::size_t size = 1; size < 12; ++size) {
    EXPECT_EQ(Kept("PKPK\x03PK\x03 PK\x04 PK\x03", size), "") << size;
  }
}

}  // namespace
}  // namespace gatepost::attachments
