#include "milters/dkim/long_lines.h"

#include <span>
#include <string>

namespace gatepost::dkim {
namespace {

std::size_t LongestInBody(const std::string& body, std::size_t chunk) {
  LongLines lines(998);
  for (std::size_t i = 0; i < body.size(); i += chunk) {
    const std::string piece = body.substr(i, chunk);
    lines.OnBody(std::as_bytes(std::span(piece)));
  }
  return lines.longest();
}

TEST(LongLines, MeasuresLinesWithoutTheirEndsHoweverTheBodyIsCut) {
  const std::string body = "abc\r\n" + std::string(20, 'x') + "\r\n\r\nlast line";
  for (std::size_t chunk = 1; chunk <= body.size(); ++chunk) {
    EXPECT_EQ(LongestInBody(body, chunk), 20U) << chunk;
  }
  EXPECT_EQ(LongestInBody("short\r\nthe last line has no end", 3), 24U);
}

TEST(LongLines, ALineOfTheLimitIsNotTooLong) {
  for (const auto& [size, found] : {std::pair(998, false), std::pair(999, true)}) {
    LongLines lines(998);
    const std::string body = std::string(static_cast<std::size_t>(size), 'x') + "\r\n";
    lines.OnBody(std::as_bytes(std::span(body)));
    EXPECT_EQ(lines.Found(), found) << size;
  }
}

TEST(LongLines, AHeaderLineCountsItsNameAndEachFoldAlone) {
  LongLines lines(10);
  lines.OnHeader({"Subject", " a"});
  EXPECT_FALSE(lines.Found());
  lines.OnHeader({"Subject", " a\n 123456789"});
  EXPECT_FALSE(lines.Found());
  lines.OnHeader({"Subject", " ab"});
  EXPECT_TRUE(lines.Found());
}

TEST(LongLines, WithoutALimitNothingIsTooLong) {
  LongLines lines(0);
  const std::string body(100'000, 'x');
  lines.OnBody(std::as_bytes(std::span(body)));
  EXPECT_FALSE(lines.Found());
  EXPECT_EQ(lines.longest(), 100'000U);
}

}  // namespace
}  // namespace gatepost::dkim
