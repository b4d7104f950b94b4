#include "common/report/aggregate.h"

#include <algorithm>

#include "common/report/row_text.h"

namespace gatepost::report {
namespace {

AggregateRow Sample() {
  AggregateRow row;
  row.source_ip = "2001:db8::1";
  row.disposition = "quarantine";
  row.dkim_aligned = true;
  row.reasons = {{"mailing_list", "List-Id: <a.example.net>"}, {"local_policy", ""}};
  row.header_from = "example.org";
  row.envelope_from = "bounce.example.net";
  row.dkim = {{"example.org", "s1", "pass", ""}, {"example.net", "", "fail", "body hash"}};
  row.spf = {{"bounce.example.net", "mfrom", "softfail"}};
  row.policy = {"example.org", "reject", "none", "", "r", "s", "n", "1:d", "treewalk"};
  return row;
}

TEST(AggregateRow, IsOneLineOfValuesBetweenTabs) {
  EXPECT_EQ(Encode(Sample()),
            "1\t2001:db8::1\tquarantine\t1\t0\texample.org\tbounce.example.net\t\t"
            "example.org\treject\tnone\t\tr\ts\tn\t1:d\ttreewalk\t"
            "2\tmailing_list\tList-Id: <a.example.net>\tlocal_policy\t\t"
            "1\tbounce.example.net\tmfrom\tsoftfail\t"
            "2\texample.org\ts1\tpass\t\texample.net\t\tfail\tbody hash");
}

TEST(AggregateRow, IsReadAsItWasWritten) {
  EXPECT_EQ(DecodeRow(Encode(Sample())).value(), Sample());
  EXPECT_EQ(DecodeRow(Encode({})).value(), AggregateRow());
}

TEST(AggregateRow, RowsThatDifferInOneValueAreDifferentBytes) {
  AggregateRow other = Sample();
  other.spf_aligned = true;
  EXPECT_NE(Encode(other), Encode(Sample()));
  other = Sample();
  std::swap(other.header_from, other.envelope_to);
  EXPECT_NE(Encode(other), Encode(Sample()));
}

TEST(AggregateRow, ForeignTextCannotForgeValuesOrLines) {
  AggregateRow row = Sample();
  row.envelope_from = "a\texample\r\n\x01.net\x7f";
  row.dkim[0].human_result = "caf\xc3\xa9 \xff\xc3 \xed\xa0\x80";
  const auto read = DecodeRow(Encode(row)).value();
  EXPECT_EQ(read.envelope_from, "aexample.net");
  EXPECT_EQ(read.dkim[0].human_result, "caf\xc3\xa9 ?? ???");
}

TEST(AggregateRow, IsNeverLongerThanItsBound) {
  AggregateRow row = Sample();
  const std::string text(10'000, 'x');
  row.source_ip = row.header_from = row.policy.domain = text;
  row.reasons.assign(1'000, {text, text});
  row.spf.assign(1'000, {text, text, text});
  row.dkim.assign(1'000, {text, text, text, text});
  const std::string bytes = Encode(row);
  EXPECT_LE(bytes.size(), kMaxRowBytes);
  const auto read = DecodeRow(bytes).value();
  EXPECT_EQ(read.reasons.size(), 8U);
  EXPECT_EQ(read.spf.size(), 2U);
  EXPECT_GE(read.dkim.size(), 3U);
  EXPECT_EQ(read.header_from, text.substr(0, 255));
}

TEST(AggregateRow, KeepsAHundredShortSignaturesAndNoMore) {
  AggregateRow row = Sample();
  row.dkim.assign(150, {"example.org", "s1", "pass", ""});
  EXPECT_EQ(DecodeRow(Encode(row)).value().dkim.size(), 100U);
}

TEST(AggregateRow, WhatWasNotWrittenSoIsNotRead) {
  const std::string good = Encode(Sample());
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  };
  for (const std::string& text :
       {std::string(), std::string("1"), std::string("2") + good.substr(1), good + "\t",
        good + "\tx", good.substr(0, good.size() / 2), with("\t1\t0\t", "\t1\t2\t"),
        with("\t2\tmailing", "\t3\tmailing"), with("\t2\tmailing", "\t02\tmailing"),
        with("\t2\tmailing", "\t-2\tmailing"), with("\t2\tmailing", "\t\tmailing"),
        with("\t2\tmailing", "\t99999999999999999999\tmailing"), with("body hash", "body\rhash"),
        with("body hash", "body\xff"), with("body hash", std::string(256, 'x')),
        std::string(9'000, '\t'), "1\n" + good.substr(2)}) {
    const auto row = DecodeRow(text);
    ASSERT_FALSE(row) << text;
    EXPECT_EQ(row.error().kind, base::ErrorKind::kInvalid);
  }
}

TEST(Clean, RemovesWhatXmlDoesNotKnowAndCutsBetweenCharacters) {
  EXPECT_EQ(Clean("a\0b\x1b[0m", 100), "a");  // up to the NUL of the literal
  EXPECT_EQ(Clean(std::string("a\0b", 3), 100), "ab");
  EXPECT_EQ(Clean("\xc2\x85x\xc2\xa0", 100), "x\xc2\xa0");  // C1, no-break space
  EXPECT_EQ(Clean("\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd", 9), "\xef\xbf\xbd");  // U+FFFE, U+FFFF
  EXPECT_EQ(Clean("ab\xc3\xa9", 3), "ab");
  EXPECT_EQ(Clean("\xf0\x9f\x98\x80", 4), "\xf0\x9f\x98\x80");
}

}  // namespace
}  // namespace gatepost::report
