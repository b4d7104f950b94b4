#include "common/config/table_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/common/config/every_option.h"
#include "tests/common/config/temporary_folder.h"

namespace gatepost::config {
namespace {

using testing::ElementsAre;
using Row = std::pair<std::size_t, std::vector<std::string>>;

std::vector<Row> RowsOf(const TableFile& table) {
  std::vector<Row> rows;
  table.ForEachRow([&](const TableRow& row) {
    rows.push_back({row.line, {row.fields.begin(), row.fields.end()}});
    return std::nullopt;
  });
  return rows;
}

std::vector<Row> RowsOf(std::string text) { return RowsOf(TableFile(std::move(text), "t")); }

TEST(TableFile, SplitsLinesAtBlanksAndTabs) {
  EXPECT_THAT(RowsOf("a b c\n  d\te  \n\n \t \nf"),
              ElementsAre(Row{1, {"a", "b", "c"}}, Row{2, {"d", "e"}}, Row{5, {"f"}}));
  EXPECT_TRUE(RowsOf("").empty());
  EXPECT_TRUE(RowsOf("\n").empty());
}

TEST(TableFile, SkipsCommentsButNotSignsWithinFields) {
  EXPECT_THAT(RowsOf("# a comment\n  # another\na b # c\nd#e f#\n#g"),
              ElementsAre(Row{3, {"a", "b"}}, Row{4, {"d#e", "f#"}}));
}

TEST(TableFile, TakesCrLfAndAByteOrderMarkAndUtf8) {
  EXPECT_THAT(RowsOf("\xef\xbb\xbf"
                     "bücher.example k\r\n\r\nb\r"),
              ElementsAre(Row{1, {"bücher.example", "k"}}, Row{3, {"b"}}));
}

TEST(TableFile, ReportsAllBadRowsWithTheirLines) {
  const TableFile table("a 1\nb\nc 1\x01\nd 1\n" + std::string(200, 'x') + "\n", "keys.table");
  const auto needs_two = [](const TableRow& row) -> std::optional<std::string> {
    if (row.fields.size() == 2) return std::nullopt;
    return "needs a domain and a key";
  };
  EXPECT_EQ(ConfigErrorOf([&] { table.ForEachRow(needs_two); }),
            "keys.table:2: needs a domain and a key\n"
            "keys.table:3: holds a control character\n"
            "keys.table:5: needs a domain and a key");
}

TEST(TableFile, RefusesNulBytesAndStrayCarriageReturns) {
  using namespace std::string_literals;
  for (const std::string& text : {"a\0b"s, "\0"s, "a\rb"s, "\r\r"s, "a \x7f"s, "a\vb"s}) {
    EXPECT_EQ(ConfigErrorOf([&] { RowsOf(text); }), "t:1: holds a control character");
  }
}

TEST(TableFile, BoundsTheFieldsOfALine) {
  std::string line;
  for (int i = 0; i < 64; ++i) line += "x ";
  EXPECT_EQ(RowsOf(line).front().second.size(), 64U);
  EXPECT_EQ(ConfigErrorOf([&] { RowsOf(line + "x"); }), "t:1: has more than 64 fields");
}

TEST(TableFile, StopsAfterFiftyComplaints) {
  const TableFile table(std::string(200'000, '\1') + "\n" + std::string(100, '\n'), "t");
  int visits = 0;
  std::string lines;
  for (int i = 0; i < 1000; ++i) lines += "x\n";
  const TableFile bad(lines, "t");
  const std::string text = ConfigErrorOf([&] {
    bad.ForEachRow([&](const TableRow&) {
      ++visits;
      return std::optional<std::string>("wrong");
    });
  });
  EXPECT_EQ(visits, 50);
  EXPECT_EQ(text.substr(text.rfind('\n') + 1), "t: more problems may follow");
}

TEST(TableFile, KeepsItsTextForThoseWhoHoldViews) {
  std::shared_ptr<const std::string> kept;
  std::vector<std::string_view> fields;
  {
    const TableFile table("example.org key\n", "t");
    kept = table.text();
    table.ForEachRow([&](const TableRow& row) {
      fields.assign(row.fields.begin(), row.fields.end());
      return std::nullopt;
    });
  }
  EXPECT_THAT(fields, ElementsAre("example.org", "key"));
  EXPECT_EQ(fields[0].data(), kept->data());
}

TEST(TableFile, LoadsAFileAndSaysWhyItCannot) {
  const TemporaryFolder folder;
  const std::string path = folder.Write("keys.table", "a b\nc\n");
  EXPECT_THAT(RowsOf(TableFile::Load(path)), ElementsAre(Row{1, {"a", "b"}}, Row{2, {"c"}}));
  EXPECT_EQ(ConfigErrorOf([&] { TableFile::Load(path, 5); }), path + ": longer than 5 bytes");
  EXPECT_EQ(ConfigErrorOf([] { TableFile::Load("/nonexistent"); }),
            "/nonexistent: No such file or directory");
}

TEST(TableFile, WalksAHundredThousandRows) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) {
    text += "domain" + std::to_string(i) + ".example.org mail /etc/gatepost/keys/k.pem\n";
  }
  std::size_t count = 0;
  TableFile(std::move(text), "t").ForEachRow([&](const TableRow& row) {
    count += row.fields.size();
    return std::nullopt;
  });
  EXPECT_EQ(count, 300'000U);
}

}  // namespace
}  // namespace gatepost::config
