// Tables of text, with cells that start programs and with cells that look a little like it.
#include "milters/attachments/scanner/cell_watch.h"

#include "tests/milters/attachments/scanner/format_looks.h"

namespace gatepost::attachments {
namespace {

using namespace std::string_literals;

std::string Inspect(std::string_view text, std::size_t piece = 1'000'000) {
  CellWatch watch;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    watch.Feed(AsBytes(text.substr(at, piece)));
  }
  return watch.Finish().Format();
}

struct Case {
  std::string text;
  std::string_view properties;
};

const Case kCases[] = {
    {"=cmd|'/c rem'!A1,hello\r\n", "dynamic-exchange"},
    {"name,\"=cmd|'/c rem, x'!A1\"\n", "dynamic-exchange"},
    {"a;b\n1;+2+cmd|' /c rem'!A0", "dynamic-exchange"},
    {"a\t-1+msexcel|'\\..\\cmd.exe'!_xl", "dynamic-exchange"},
    {"@SUM(1+9)*powershell|'rem'!A0", "dynamic-exchange"},
    {"=DDE(\"soffice\";\"x\";\"y\")", "dynamic-exchange"},
    {"\"=HYPERLINK(\"\"cmd.exe /c rem\"\",\"\"x\"\")\"", "dynamic-exchange"},
    {"=HYPERLINK(\"file://a/b.lnk\")", "dynamic-exchange"},
    {"ID;P\r\nNN;NAuto_open;ER101C1\r\nC;X1;Y101;K0;EHALT()\r\nE\r\n", "macro,auto-macro"},
    {"ID;P\r\nC;X1;K0;Ecmd|'/c rem'!A1\r\n", "dynamic-exchange"},
    {"\xFF\xFE=\0c\0m\0d\0|\0'\0x\0'\0!\0A\0001\0"s, ""},
    {"\n\0=\0c\0m\0d\0|\0'\0x\0'\0!\0A\0001\0"s, "dynamic-exchange"},
    {"name,sum\nEva,=A1+B2\nMax,-12.50\n", ""},
    {"=HYPERLINK(\"https://a.example/setup.exe\",\"x\")", ""},
    {"=HYPERLINK(\"mailto:eva@site.com\")", ""},
    {"- one | two! three,+49 30 1234|5\n", ""},
    {"text =cmd|'/c rem'!A1\n", ""},
    {"@eva|max!,=IF(A1,\"|\",\"!\")", ""},
};

TEST(CellWatch, TellsCellsThatStartPrograms) {
  for (const Case& test : kCases) EXPECT_EQ(Inspect(test.text), test.properties) << test.text;
}

TEST(CellWatch, TellsTheSameInPieces) {
  for (const Case& test : kCases) {
    EXPECT_EQ(Inspect(test.text, 1), test.properties) << test.text;
  }
}

TEST(CellWatch, IsForTextThatSpreadsheetsOpen) {
  const ContentType text{"text", Kind::kText};
  EXPECT_TRUE(IsCellText(text, {"a.CSV"}, {}));
  EXPECT_TRUE(IsCellText(text, {}, {"text/csv"}));
  EXPECT_FALSE(IsCellText(text, {"a.txt"}, {"text/plain"}));
  EXPECT_FALSE(IsCellText({"zip", Kind::kArchive}, {"a.csv"}, {}));
}

}  // namespace
}  // namespace gatepost::attachments
