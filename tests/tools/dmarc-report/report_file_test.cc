#include "tools/dmarc-report/report_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "tests/tools/dmarc-report/rows.h"
#include "tools/dmarc-report/gzip.h"

namespace gatepost::dmarc_report {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Gunzip(const std::string& gzip) {
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  std::string text(10'000'000, '\0');
  std::string input = gzip;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0U);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
}

TEST(ReportFile, TheCompressedFileHoldsTheXml) {
  const auto file = MakeReportFile(SomeHead(), SomeRows(100), 1'000'000);
  ASSERT_TRUE(file);
  EXPECT_EQ(Gunzip(file->gzip), file->xml);
  EXPECT_EQ(file->rows, 100U);
  EXPECT_EQ(file->messages, 5050U);
  EXPECT_THAT(file->xml, Not(HasSubstr("<error>")));
}

TEST(ReportFile, TheSameRowsGiveTheSameBytes) {
  EXPECT_EQ(MakeReportFile(SomeHead(), SomeRows(100), 1'000'000)->gzip,
            MakeReportFile(SomeHead(), SomeRows(100), 1'000'000)->gzip);
}

TEST(ReportFile, EmptyTextCompressesToo) { EXPECT_EQ(Gunzip(*Gzip("")), ""); }

TEST(ReportFile, WhatIsTooLargeLosesTheRowsOfLowestCountAndSaysSo) {
  const auto whole = MakeReportFile(SomeHead(), SomeRows(5000), 10'000'000);
  const std::size_t limit = whole->gzip.size() / 3;
  const auto file = MakeReportFile(SomeHead(), SomeRows(5000), limit);
  ASSERT_TRUE(file);
  EXPECT_LE(file->gzip.size(), limit);
  EXPECT_GT(file->gzip.size(), limit / 2) << "the room is used";
  EXPECT_LT(file->rows, 5000U);
  EXPECT_EQ(file->messages + file->left_out, whole->messages);
  EXPECT_THAT(file->xml, HasSubstr("<count>5000</count>"));
  EXPECT_THAT(file->xml, Not(HasSubstr("<count>1</count>")));
  EXPECT_THAT(file->xml, HasSubstr("<error>This report would be too large: " +
                                   std::to_string(file->left_out) + " messages"));
}

TEST(ReportFile, MessagesThatWereNotCollectedAreTold) {
  auto rows = SomeRows(1);
  rows.left_out = 12;
  EXPECT_THAT(MakeReportFile(SomeHead(), rows, 1'000'000)->xml, HasSubstr(": 12 messages"));
}

TEST(ReportFile, NoRowOrNoRoomIsALimit) {
  EXPECT_EQ(MakeReportFile(SomeHead(), {}, 1'000'000).error().kind, base::ErrorKind::kLimit);
  EXPECT_EQ(MakeReportFile(SomeHead(), SomeRows(10), 10).error().kind, base::ErrorKind::kLimit);
}

}  // namespace
}  // namespace gatepost::dmarc_report
