// Members of Office's and OpenDocument's packages, as whoever unpacks them comes to them.
#include "milters/attachments/scanner/office_package.h"

#include "milters/attachments/scanner/byte_order.h"
#include "milters/attachments/scanner/office_fields.h"
#include "tests/milters/attachments/scanner/format_looks.h"
#include "tests/support/compound_writer.h"

namespace gatepost::attachments {
namespace {

using Members = std::vector<std::pair<std::string, std::string>>;

OfficePackage Inspect(const Members& members) {
  OfficePackage package;
  for (const auto& [name, content] : members) {
    const bool wanted = package.Wants(name);
    package.OnMember(name, wanted ? AsBytes(content) : std::span<const std::byte>());
  }
  return package;
}

std::string Types(std::string_view main, std::string_view more = "") {
  return "<?xml version='1.0'?><Types xmlns='x'><Override PartName='/word/document.xml' "
         "ContentType='application/" +
         std::string(main) + ".main+xml'/>" + std::string(more) + "</Types>";
}
constexpr std::string_view kDocx = "vnd.openxmlformats-officedocument.wordprocessingml.document";
constexpr std::string_view kXlsx = "vnd.openxmlformats-officedocument.spreadsheetml.sheet";

std::string Relation(std::string_view type, std::string_view target, bool external = true) {
  return "<Relationships><Relationship Id='r1' Type='http://schemas.openxmlformats.org/x/" +
         std::string(type) + "' Target=\"" + std::string(target) + "\"" +
         (external ? " TargetMode='External'" : "") + "/></Relationships>";
}

std::string Project(std::string_view source) {
  test::CompoundWriter writer;
  test::AddVbaProject(writer, "", source);
  return writer.Write();
}

struct Case {
  std::string_view what;
  Members members;
  std::string_view type;
  std::string_view properties;
};

const Case kCases[] = {
    {"a letter",
     {{"[Content_Types].xml", Types(kDocx)}, {"word/document.xml", "<w:p/>"}},
     "docx",
     ""},
    {"a letter whose template lies on its author's disk",
     {{"[Content_Types].xml", Types(kDocx)},
      {"word/_rels/settings.xml.rels",
       Relation("attachedTemplate", "file:///C:\\Users\\eva\\Normal.dotm")}},
     "docx",
     ""},
    {"a link that one clicks",
     {{"word/_rels/document.xml.rels", Relation("hyperlink", "https://example.com/")}},
     "",
     ""},
    {"a template from the web",
     {{"[Content_Types].xml", Types(kDocx)},
      {"word/_rels/settings.xml.rels",
       Relation("attachedTemplate", "http&#58;//x.example/a.dotm")}},
     "docx",
     "external-template"},
    {"a template from a share",
     {{"word/_rels/settings.xml.rels", Relation("attachedTemplate", "\\\\10.0.0.1\\a.dotm")}},
     "",
     "external-template"},
    {"an object by mhtml",
     {{"word/_rels/document.xml.rels", Relation("oleObject", "mhtml:http://x.example/a!x-usc:b")}},
     "",
     "external-template"},
    {"a workbook linked on a share",
     {{"xl/externalLinks/_rels/externalLink1.xml.rels",
       Relation("externalLinkPath", "file:///\\\\server\\a.xlsx")}},
     "",
     ""},
    {"relationships in UTF-16",
     {{"word/_rels/settings.xml.rels",
       [] {
         std::string wide = "\xFF\xFE";
         for (const char c : Relation("attachedTemplate", "https://x.example/")) wide += {c, '\0'};
         return wide;
       }()}},
     "",
     "external-template"},
    {"a macro that runs",
     {{"[Content_Types].xml", Types("vnd.ms-word.document.macroEnabled")},
      {"word/vbaProject.bin", Project("Attribute VB_Name\r\nSub AutoOpen()\r\n")}},
     "docm",
     "macro,auto-macro"},
    {"a macro project by another name",
     {{"[Content_Types].xml", Types(kDocx,
                                    "<Override PartName='/word/x.jpg' "
                                    "ContentType='application/vnd.ms-office.vbaProject'/>")},
      {"word/x.jpg", Project("Attribute VB_Name\r\nSub Greet()\r\n")}},
     "docx",
     "macro"},
    {"an Excel 4.0 macro that runs",
     {{"[Content_Types].xml", Types(kXlsx)},
      {"xl/workbook.xml", "<definedName name='_xlnm.Auto_Open'>M!$A$1</definedName>"},
      {"xl/macrosheets/sheet1.xml", "<x/>"}},
     "xlsx",
     "macro,auto-macro"},
    {"dynamic exchange in pieces",
     {{"word/document.xml",
       "<w:fldChar w:fldCharType='begin'/><w:instrText>DDE</w:instrText><w:r/>"
       "<w:instrText>AUTO c:\\\\cmd.exe</w:instrText>"}},
     "docx",
     "dynamic-exchange"},
    {"dynamic exchange in numbers",
     {{"word/document.xml", "<w:fldSimple w:instr='QUOTE 68 68 69 65 85 84 79 32'/>"}},
     "docx",
     "dynamic-exchange"},
    {"a page's number", {{"word/footer1.xml", "<w:instrText> PAGE </w:instrText>"}}, "", ""},
    {"dynamic exchange of a workbook",
     {{"xl/externalLinks/externalLink1.xml", "<externalLink><ddeLink ddeService='cmd'/>"}},
     "",
     "dynamic-exchange"},
    {"a click that starts a program",
     {{"ppt/slides/_rels/slide1.xml.rels",
       "<Relationship Type='x/hyperlink' TargetMode='External' Target='cmd.exe%20/c%20rem'/>"}},
     "",
     "external-template"},
    {"clicks that start none",
     {{"ppt/slides/_rels/slide1.xml.rels",
       "<Relationship Type='x/hyperlink' TargetMode='External' Target='https://a.example/b.exe'/>"
       "<Relationship Type='x/hyperlink' TargetMode='External' Target='mailto:eva@site.com'/>"
       "<Relationship Type='x/hyperlink' TargetMode='External' Target='next%20year.pptx'/>"}},
     "",
     ""},
    {"embedded things",
     {{"ppt/embeddings/oleObject1.bin", "x"}, {"ppt/activeX/activeX1.xml", "x"}},
     "",
     "embedded-object,active-control"},
    {"an OpenDocument text with empty libraries",
     {{"mimetype", "application/vnd.oasis.opendocument.text"},
      {"Basic/Standard/script-lb.xml", "<x/>"},
      {"content.xml", "<office:document-content/>"}},
     "odt",
     ""},
    {"an OpenDocument macro that runs",
     {{"Basic/Standard/Module1.xml", "<x/>"},
      {"content.xml", "<script:event-listener script:event-name=\"dom:load\"/>"},
      {"mimetype", "application/vnd.oasis.opendocument.spreadsheet"}},
     "ods",
     "macro,auto-macro"},
    {"an encrypted OpenDocument text",
     {{"META-INF/manifest.xml",
       "<manifest:file-entry manifest:full-path='/' "
       "manifest:media-type='application/vnd.oasis.opendocument.text'/"
       "><manifest:encryption-data>"}},
     "odt",
     "encrypted-document"},
    {"a Java program", {{"META-INF/MANIFEST.MF", "x"}, {"A.class", "x"}}, "jar", ""},
    {"an Android program", {{"AndroidManifest.xml", "x"}, {"classes.dex", "x"}}, "apk", ""},
    {"names that only Windows reads so", {{"\\WORD\\VBAPROJECT.BIN", "x"}}, "", "macro"},
    {"any archive", {{"notes/scripts/run.py", "x"}, {"scripts/a.py", "x"}}, "", ""},
};

TEST(OfficePackage, TellsWhatItsMembersDo) {
  for (const Case& test : kCases) {
    const OfficePackage package = Inspect(test.members);
    EXPECT_EQ(package.properties().Format(), test.properties) << test.what;
    EXPECT_EQ(package.type_name(), test.type) << test.what;
  }
}

TEST(OfficePackage, TakesMembersCutAnywhere) {
  for (const Case& test : kCases) {
    for (const auto& [name, content] : test.members) {
      ForEachPrefix(content, [&member = name](const std::string& prefix) {
        Inspect({{member, prefix}});
      });
    }
  }
}

TEST(OfficeFields, AreAskedForByName) {
  EXPECT_TRUE(IsExchangeCode(" DDEAUTO cmd"));
  EXPECT_TRUE(IsExchangeCode("dde \"x\""));
  EXPECT_FALSE(IsExchangeCode("ADDRESSBLOCK ADDED"));
}

}  // namespace
}  // namespace gatepost::attachments
