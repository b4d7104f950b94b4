// Names as attackers and ordinary people write them.
#include "milters/attachments/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "milters/attachments/extension.h"
#include "milters/attachments/name_text.h"

namespace gatepost::attachments {
namespace {

using namespace std::string_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

Item Named(std::vector<std::string> names) {
  Item item;
  item.names = std::move(names);
  return item;
}

std::string Judge(const std::string& name) { return JudgeNames(Named({name})).Format(); }

TEST(NamesTest, OrdinaryNamesTellNothing) {
  for (const std::string& name : {
           "report.2026.pdf"s,
           "archive.tar.gz"s,
           "a.b.c.docx"s,
           "setup.exe"s,
           "jquery.min.js"s,
           "Invoice No. 12 - Smith & Co..pdf"s,
           "Re: 12:30 meeting.eml"s,
           "Rechnung-\u00E4.pdf"s,
           "Screenshot 2026-01-01 at 10.00.00\u202FAM.png"s,         // as macOS writes it
           "\u200E00000012-PHOTO-2026-01-01.jpg"s,                   // as WhatsApp does
           "\U0001F468\u200D\U0001F469\u200D\U0001F467\uFE0F.jpg"s,  // a family
           "\u0645\u06CC\u200C\u0631\u0648\u0645.docx"s,             // Persian, with a joiner
           "\u05D3\u05D5\u05D7\u200F.pdf"s,
           "\u0444\u043E\u0442\u043E.\u0436\u043F\u0433"s,  // Cyrillic throughout
           "\u898B\u7A4D\u66F8.\uFF50\uFF44\uFF46"s,        // wide, harmless
           "two  blanks.pdf"s,
           "index.php.html"s,
           "www.example.org"s,
           "no extension"s,
           ".htaccess"s,
           "smime.p7s"s,
           "invoice.pdf.zip"s,
           "scan.pdf.asc"s,
           ""s,
       }) {
    EXPECT_EQ(Judge(name), "") << name;
  }
}

TEST(NamesTest, TellsHowTheyDeceive) {
  struct Case {
    std::string name;
    std::string_view want;
  };
  const Case cases[] = {
      {"invoice.pdf.exe", "double-extension"},
      {"Invoice.PDF.ExE", "double-extension"},
      {"invoice.pdf (1).scr", "double-extension"},
      {"invoice.pdf .lnk", "double-extension"},
      {"photos.zip.iso", "double-extension"},
      {"invoice.pdf.html", "double-extension"},
      {"invoice.docx.shtml", "double-extension"},
      {"invoice.pdf                         .exe", "double-extension,deceptive-name"},
      {"invoice                    .exe", "deceptive-name"},
      {"invoice\u3000\u3000\u3000\u3000\u3000.exe", "deceptive-name"},
      {"annexe\u202Efdp.exe", "deceptive-name"},
      {"annexe\u202Egpj.pdf", "deceptive-name"},
      {"setup.e\u200Bxe", "deceptive-name"},
      {"invo\u00ADice.js", "deceptive-name"},
      {"setup\uFF0Eexe", "deceptive-name"},
      {"setup.\u0435\u0445\u0435", "deceptive-name"},
      {"setup.\U0001D41E\U0001D431\U0001D41E", "deceptive-name"},
      {"invoice.pdf\u2024exe", "double-extension,deceptive-name"},
      {"setup.exe.", "trailing-dots"},
      {"setup.exe ", "trailing-dots"},
      {"setup.exe::$DATA", "trailing-dots"},
      {"invoice.pdf.exe. . .", "double-extension,trailing-dots"},
      {"setup.exe\0.pdf"s, "control-in-name"},
      {"a\x07.pdf"s, "control-in-name"},
      {"a\u0085.pdf", "control-in-name"},
      {std::string(256, 'a') + ".pdf", "long-name"},
      {"..\\..\\a.pdf", "path-in-name"},
      {"/etc/passwd", "path-in-name"},
      {"C:\\autoexec.txt", "path-in-name"},
  };
  for (const Case& c : cases) EXPECT_EQ(Judge(c.name), c.want) << ShownName(c.name);
}

TEST(NamesTest, FindsEachExtensionThatASystemMayGoBy) {
  struct Case {
    std::string name;
    std::string_view want;
  };
  const Case cases[] = {
      {"a.exe", "exe"},
      {"a.EXE. .", "exe"},
      {"a.exe\"", "exe"},
      {"a.exe::$DATA", "exe"},
      {"a.exe:b.txt", "exe"},
      {"a.exe\0.pdf"s, "exe"},
      {"a.exe\0.pdf"s, "pdf"},
      {"a.e\u200Bxe", "exe"},
      {"a\uFF0Eexe", "exe"},
      {"a.exe\u00A0", "exe"},
      {"a\u202Efdp.exe", "exe"},
      {"a.\u0435\u0445\u0435", "exe"},
      {"a.\u0435\u0445\u0435", "\u0435\u0445\u0435"},
      {"dir/a.exe", "exe"},
      {"dir\\a.exe", "exe"},
      {"a.exe/", "exe"},
      {"a.{3050F4D8-98B5-11CF-BB82-00AA00BDCE0B}", "{3050f4d8-98b5-11cf-bb82-00aa00bdce0b}"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(ExtensionsOf(Named({c.name})), Contains(std::string(c.want))) << ShownName(c.name);
  }
  EXPECT_THAT(ExtensionsOf(Named({"a.tar.GZ", "b.gz", "c.zip"})), ElementsAre("gz", "zip"));
  EXPECT_THAT(ExtensionsOf(Named({"none", "dir.d/none", "...", ""})), IsEmpty());
  EXPECT_THAT(ExtensionsOf(Named({"a." + std::string(41, 'x')})), IsEmpty());
}

TEST(NamesTest, FindsWhatALongNameIsCutTo) {
  const std::string stem(251, 'p');
  Item item;
  item.names = {stem + ".vbs.pdf"};
  EXPECT_THAT(ExtensionsOf(item), testing::ElementsAre("pdf", "vbs"));
  item.names = {"p.vbs.pdf"};
  EXPECT_THAT(ExtensionsOf(item), testing::ElementsAre("pdf"));
}

TEST(NamesTest, FindsTheExtensionOfADeclaredType) {
  Item item;
  item.declared_types = {"application/hta"};
  EXPECT_THAT(ExtensionsOf(item), testing::ElementsAre("hta"));
  item.names = {"a.pdf"};
  item.declared_types = {"application/x-msdownload", "application/pdf"};
  EXPECT_THAT(ExtensionsOf(item), testing::ElementsAre("pdf", "exe"));
  for (const char* const harmless : {"text/plain", "application/octet-stream", "", "image/png"}) {
    EXPECT_EQ(ExtensionOfType(harmless), "") << harmless;
  }
}

TEST(NamesTest, OfLastResortAreThoseThatRun) {
  mime::Part part;
  part.hints = {"The minutes", "papers.vbs"};
  EXPECT_THAT(ToItem(part).names, testing::ElementsAre("papers.vbs"));
  part.names = {"a.txt"};
  EXPECT_THAT(ToItem(part).names, testing::ElementsAre("a.txt"));
  part.names.clear();
  for (const char* const none : {"The minutes", "part1.5F8@example.com", "x@example.pl", "a.pdf",
                                 "www.example.com", "image001.png@01D9.C0A8"}) {
    part.hints = {none};
    EXPECT_THAT(ToItem(part).names, testing::IsEmpty()) << none;
  }
}

TEST(NamesTest, FoldersAreOrdinaryInArchives) {
  Item item = Named({"folder/in/a.pdf"});
  EXPECT_EQ(JudgeNames(item).Format(), "path-in-name");
  item.member = true;
  EXPECT_EQ(JudgeNames(item).Format(), "");
  for (const char* const name : {"../a.pdf", "b/..\\a.pdf", "/a.pdf", "\\\\host\\a.pdf", "c:/a"}) {
    item.names = {name};
    EXPECT_EQ(JudgeNames(item).Format(), "path-in-name") << name;
  }
  item.names = {std::string(200, 'a') + "/" + std::string(200, 'b')};
  EXPECT_EQ(JudgeNames(item).Format(), "");
}

TEST(NamesTest, NamesDifferByTheKindOfTheirExtensions) {
  struct Case {
    std::vector<std::string> names;
    bool want;
  };
  const Case cases[] = {
      {{"a.pdf", "a.exe"}, true},
      {{"a.bin", "a.js"}, true},
      {{"a.exe", "a.scr"}, true},
      {{"a.zip", "a.jpg"}, true},
      {{"a.jpg", "a.jpeg"}, false},
      {{"a.doc", "a.docx"}, false},
      {{"a.pdf", "A.PDF"}, false},
      {{"report 1.2 of", "report 1.2 of May.pdf"}, false},
      {{"=?utf-8?Q?a=2Epdf?=", "a.pdf"}, false},
      {{"a", "a.exe"}, false},  // the extension is judged all the same
      {{"a.exe"}, false},
      {{}, false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(JudgeNames(Named(c.names)).Has(Property::kNamesDiffer), c.want)
        << testing::PrintToString(c.names);
  }
}

TEST(NamesTest, AMismatchIsToldWhereItIsDangerous) {
  struct Case {
    ContentType type;
    std::string name;
    std::string declared;
    bool want;
  };
  const Case cases[] = {
      {{"pe", Kind::kExecutable}, "a.pdf", "", true},
      {{"pe", Kind::kExecutable}, "a.txt", "", true},
      {{"pe", Kind::kExecutable}, "a.js", "", false},
      {{"pe", Kind::kExecutable}, "a.bin", "", false},
      {{"pe", Kind::kExecutable}, "a", "image/png", true},
      {{"pe", Kind::kExecutable}, "a.exe", "text/plain", true},
      {{"pe", Kind::kExecutable}, "a.exe", "application/octet-stream", false},
      {{"hta", Kind::kScript}, "a.pdf", "", true},
      {{"shell-script", Kind::kScript}, "a.txt", "text/plain", false},
      {{"asp", Kind::kScript}, "a.html", "text/html", false},
      {{"lnk", Kind::kShortcut}, "a.docx", "", true},
      {{"iso", Kind::kDiskImage}, "a.pdf", "application/pdf", true},
      {{"iso", Kind::kDiskImage}, "a.img", "application/octet-stream", false},
      {{"rar5", Kind::kArchive}, "a.jpg", "", true},
      {{"zip", Kind::kArchive}, "a.pdf", "", true},
      {{"zip", Kind::kArchive}, "a.docx", "application/pdf", false},
      {{"zip", Kind::kArchive}, "a.jar", "", false},
      {{"pdf", Kind::kDocument}, "a.docx", "application/msword", false},
      {{"html", Kind::kDocument}, "a.xls", "application/vnd.ms-excel", false},
      {{"jpeg", Kind::kMedia}, "a.png", "image/png", false},
      {{"text", Kind::kText}, "a.exe", "", false},
  };
  for (const Case& c : cases) {
    Item item = Named({c.name});
    item.type = c.type;
    if (!c.declared.empty()) item.declared_types = {c.declared};
    EXPECT_EQ(JudgeNames(item).Has(Property::kTypeMismatch), c.want)
        << c.type.name << " " << c.name << " " << c.declared;
  }
}

TEST(NameTextTest, ShowsWhatPeopleCanRead) {
  struct Case {
    std::string name;
    std::string_view want;
  };
  const Case cases[] = {
      {"Rechnung-\u00E4.pdf", "Rechnung-\u00E4.pdf"},
      {"a\nb\tc\x7F"
       "d",
       "a?b?c?d"},
      {"annexe\u202Efdp.exe", "annexe?fdp.exe"},
      {"a\u200Bb", "a?b"},
      {"a\xFF\xC3", "a??"},
      {"\xED\xA0\x80", "???"},  // a surrogate
      {"\u0085", "?"},
      {"\U0001F600.png", "\U0001F600.png"},
  };
  for (const Case& c : cases) EXPECT_EQ(ShownName(c.name), c.want);
  EXPECT_EQ(ShownName(std::string(20, 'x'), 10), "xxxxxxx...");
  EXPECT_EQ(ShownName(std::string(10, 'x'), 10), "xxxxxxxxxx");
  EXPECT_EQ(ShownName("xxxxxx\u00E4\u00E4\u00E4", 10), "xxxxxx...");
}

TEST(NameTextTest, FoldsWhatLooksAlike) {
  EXPECT_EQ(FoldName("A\u00A0B\u200B\uFF23.\U0001D41E\u0445\u2170"), "a bc.exi");
  EXPECT_EQ(FoldName("\u00C4.\u05D0"), "\u00C4.\u05D0");
}

TEST(ItemTest, APathIsReadableAndCutBetweenCharacters) {
  EXPECT_EQ(PathWithin("a.zip", "Rechnung-\u00E4.pdf"), "a.zip/Rechnung-\u00E4.pdf");
  std::string umlauts;
  for (int i = 0; i < 400; ++i) umlauts += "\u00E4";
  const std::string path = PathWithin(umlauts, "x" + umlauts);
  EXPECT_LE(path.size(), kMostPathBytes);
  EXPECT_EQ(ShownName(path, 2 * kMostPathBytes), path);
}

TEST(ExtensionTest, KnowsWhatIsRisky) {
  for (const char* const risky : {"exe", "js", "lnk", "iso", "xll", "settingcontent-ms"}) {
    EXPECT_TRUE(IsRisky(KindOfExtension(risky))) << risky;
  }
  for (const char* const harmless : {"pdf", "zip", "", "2026", "docm", "one"}) {
    EXPECT_FALSE(IsRisky(KindOfExtension(harmless))) << harmless;
  }
}

}  // namespace
}  // namespace gatepost::attachments
