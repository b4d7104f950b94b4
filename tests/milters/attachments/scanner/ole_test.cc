// Compound files made here, with what Office would run, show or ask a password for.
#include "milters/attachments/scanner/ole.h"

#include "common/base/strings.h"
#include "milters/attachments/scanner/ovba.h"
#include "tests/milters/attachments/scanner/format_looks.h"
#include "tests/support/compound_writer.h"

namespace gatepost::attachments {
namespace {

using namespace std::string_literals;
using test::AddVbaProject;
using test::CompoundWriter;

struct OleFound : Look {
  std::string_view type;
};

OleFound Inspect(const std::string& bytes) {
  OleFound found;
  NoLimit no_limit;
  found.properties =
      InspectOle(MemoryContent(AsBytes(bytes)), no_limit, found.Collect(), &found.type);
  return found;
}

std::string Record(unsigned id, const std::string& value) {
  return Number(id, 2) + Number(value.size(), 2) + value;
}

constexpr std::string_view kPlainSource =
    "Attribute VB_Name = \"Module1\"\r\nSub Greet()\r\nEnd Sub\r\n";
constexpr std::string_view kAutoSource =
    "Attribute VB_Name = \"Module1\"\r\nSub Auto_Open()\r\nEnd Sub\r\n";

// A Word document's first bytes; the flag at 10 tells of encryption.
std::string Word(unsigned flags = 0) {
  return "\xEC\xA5\xC1\0\0\0\0\0\0\0"s + Number(flags, 2) + std::string(500, '\0');
}
std::string Sheets(const std::string& records) {
  return Record(0x809, Number(0x600, 2) + Number(5, 2) + std::string(12, '\0')) + records +
         Record(0x0A, "");
}
std::string Sheet(unsigned type) {
  return Record(0x85, Number(0, 4) + Number(0, 1) + Number(type, 1) + "\x01\0S"s);
}
std::string AutoOpenName() {
  return Record(0x18, Number(0x20, 2) + "\0\x01"s + std::string(10, '\0') + "\0\x01"s);
}

struct Case {
  std::string_view what;
  std::vector<std::pair<std::string, std::string>> streams;
  std::string_view type;
  Properties properties;
  std::string_view source = "";  // of a macro project
  std::string storage = "Macros/";
};

const Case kCases[] = {
    {"a letter", {{"WordDocument", Word()}, {"1Table", "x"}}, "doc", {}},
    {"an encrypted letter", {{"WordDocument", Word(0x100)}}, "doc", {Property::kEncryptedDocument}},
    {"a macro", {{"WordDocument", Word()}}, "doc", {Property::kMacro}, kPlainSource},
    {"a macro that runs",
     {{"WordDocument", Word()}},
     "doc",
     {Property::kMacro, Property::kAutoMacro},
     kAutoSource},
    {"a project alone",
     {},
     "vba-project",
     {Property::kMacro, Property::kAutoMacro},
     kAutoSource,
     ""},
    {"compiled code without source",
     {{"WordDocument", Word()},
      {"Macros/VBA/_VBA_PROJECT", "\xCC\x61\0\0\x0D\0Document_Open\0\0"s},
      {"Macros/VBA/ThisDocument", "\x01\x16\x03\0"s}},
     "doc",
     {Property::kMacro, Property::kAutoMacro}},
    {"a workbook", {{"Workbook", Sheets(Sheet(0))}}, "xls", {}},
    {"an encrypted workbook",
     {{"Workbook", Sheets(Record(0x2F, "\0\0\x34\x12\x78\x56"s))}},
     "xls",
     {Property::kEncryptedDocument}},
    {"an Excel 4.0 macro", {{"Workbook", Sheets(Sheet(1))}}, "xls", {Property::kMacro}},
    {"an Excel 4.0 macro that runs",
     {{"Workbook", Sheets(Sheet(1) + AutoOpenName())}},
     "xls",
     {Property::kMacro, Property::kAutoMacro}},
    {"dynamic exchange",
     {{"Workbook", Sheets(Record(0x1AE, Number(1, 2) + Number(7, 2) + "\0cmd\x03/c "s))}},
     "xls",
     {Property::kDynamicExchange}},
    {"a link to a workbook",
     {{"Workbook", Sheets(Record(0x1AE, Number(1, 2) + Number(7, 2) +
                                            "\0\x01"
                                            "cc\x03"
                                            "a.x"s))}},
     "xls",
     {}},
    {"newer Office, encrypted",
     {{"EncryptedPackage", "x"}, {"EncryptionInfo", "\x04\0\x04\0"s}},
     "encrypted-office",
     {Property::kEncryptedDocument}},
    {"an encrypted presentation",
     {{"Current User",
       Number(0x14, 4) + Number(0xFF60000, 4) + Number(0, 4) + Number(0xF3D1C4DF, 4)},
      {"PowerPoint Document", ""}},
     "ppt",
     {Property::kEncryptedDocument}},
    {"a control",
     {{"WordDocument", Word()}, {"ObjectPool/_1/\x03OCXNAME", "x"}},
     "doc",
     {Property::kEmbeddedObject, Property::kActiveControl}},
    {"an equation",
     {{"WordDocument", Word()}, {"ObjectPool/_1/Equation Native", "x"}},
     "doc",
     {Property::kEmbeddedObject}},
};

TEST(Ole, TellsWhatADocumentDoes) {
  for (const Case& test : kCases) {
    CompoundWriter writer;
    for (const auto& [name, content] : test.streams) writer.Add(name, content);
    if (!test.source.empty()) AddVbaProject(writer, test.storage, test.source);
    const OleFound found = Inspect(writer.Write());
    EXPECT_EQ(found.properties.Format(), test.properties.Format()) << test.what;
    EXPECT_EQ(found.type, test.type) << test.what;
  }
}

TEST(Ole, KnowsAnInstallerByItsClass) {
  CompoundWriter writer;
  writer.SetClass("\x84\x10\x0C\0\0\0\0\0\xC0\0\0\0\0\0\0\x46"s);
  writer.Add("a", "b");
  const OleFound found = Inspect(writer.Write());
  EXPECT_EQ(found.type, "msi");
  EXPECT_EQ(KindOfOle(found.type), Kind::kExecutable);
}

TEST(Ole, HandsOnAPackageByEachNameThatItHas) {
  const std::string body = "\x02\0label.txt\0C:\\x\\a.exe\0\0\0\x03\0"s + Number(9, 4) +
                           "C:\\t.vbs\0"s + Number(4, 4) + "MZxx";
  CompoundWriter writer;
  writer.Add("WordDocument", Word());
  writer.Add("ObjectPool/_1/\x01Ole10Native", Number(body.size(), 4) + body);
  const OleFound found = Inspect(writer.Write());
  EXPECT_TRUE(found.properties.Has(Property::kEmbeddedObject));
  EXPECT_EQ(found.FileNames(), "label.txt,a.exe,t.vbs");
  for (const auto& [name, content] : found.files) EXPECT_EQ(content, "MZxx") << name;
}

TEST(Ole, HandsOnTheAttachmentsOfAMessage) {
  CompoundWriter writer;
  writer.Add("__properties_version1.0", "x");
  writer.Add("__attach_version1.0_#00000000/__substg1.0_3707001F", "r\0u\0n\0.\0e\0x\0e\0"s);
  writer.Add("__attach_version1.0_#00000000/__substg1.0_3704001E", "RUN.EXE");
  writer.Add("__attach_version1.0_#00000000/__substg1.0_37010102", "MZ" + std::string(9'000, 'x'));
  const OleFound found = Inspect(writer.Write());
  EXPECT_EQ(found.type, "msg");
  ASSERT_EQ(found.files.size(), 1u);
  EXPECT_EQ(base::ToLower(found.files[0].first), "run.exe");
  EXPECT_EQ(found.files[0].second.size(), 9'002u);
}

TEST(Ole, FindsTheMacrosOfAPresentation) {
  CompoundWriter project;
  AddVbaProject(project, "", kAutoSource);
  const std::string storage = project.Write();
  CompoundWriter writer;
  writer.Add("PowerPoint Document",
             Number(0, 2) + Number(0x1011, 2) + Number(storage.size(), 4) + storage);
  const OleFound found = Inspect(writer.Write());
  EXPECT_EQ(found.properties.Format(), "macro,auto-macro");
}

TEST(Ole, SaysWhenTheBudgetIsUsedUp) {
  CompoundWriter writer;
  writer.Add("WordDocument", Word());
  AddVbaProject(writer, "Macros/", kAutoSource);
  const std::string bytes = writer.Write();
  SmallBudget budget(3'000);
  Look look;
  EXPECT_TRUE(InspectOle(MemoryContent(AsBytes(bytes)), budget, look.Collect(), nullptr)
                  .Has(Property::kOverBudget));
}

TEST(Ole, IsNothingButDamageWithoutADirectory) {
  EXPECT_EQ(Inspect("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1").properties.Format(), "damaged");
}

TEST(Ole, FindsMacrosWhereTheDirectoryIsCutOff) {
  for (const auto source : {kAutoSource, kPlainSource}) {
    CompoundWriter writer;
    writer.Add("WordDocument", Word());
    AddVbaProject(writer, "Macros/", source);
    const std::string bytes = writer.Write();
    const std::string expected = source == kAutoSource ? "macro,auto-macro" : "macro";
    const Properties found = Inspect(bytes.substr(0, bytes.size() - 700)).properties;
    EXPECT_TRUE(found.Format().starts_with(expected)) << found.Format();
  }
}

TEST(Ole, MayBeCutAnywhere) {
  CompoundWriter writer;
  writer.Add("Workbook", Sheets(Sheet(1) + AutoOpenName()) + std::string(5'000, 'x'));
  writer.Add("__properties_version1.0", "x");
  writer.Add("MBD00000001/\x01Ole10Native", std::string(300, '\x02'));
  AddVbaProject(writer, "Macros/", kAutoSource);
  ForEachPrefix(writer.Write(),
                [](const std::string& prefix) { EXPECT_TRUE(Inspect(prefix).properties.any()); });
}

TEST(Ole, EndsWhereChainsAreLoops) {
  CompoundWriter writer;
  writer.Add("Workbook", std::string(100'000, 'x'));
  std::string bytes = writer.Write();
  // The table is at the end: each sector leads to itself.
  const std::size_t table = bytes.size() - 1'024;
  for (std::size_t i = 0; i * 4 < 1'024; ++i) {
    const std::string self = Number(i, 4);
    bytes.replace(table + i * 4, 4, self);
  }
  EXPECT_EQ(Inspect(bytes).type, "xls");
}

TEST(Ovba, DecompressesCopies) {
  // Section 3.2.3: "#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa".
  const std::string container =
      "\x01\x2F\xB0\x00\x23\x61\x61\x61\x62\x63\x64\x65\x82\x66\x00\x70\x61\x67\x68\x69\x6A"
      "\x01\x38\x08\x61\x6B\x6C\x00\x30\x6D\x6E\x6F\x70\x06\x71\x02\x70\x04\x10\x72\x73\x74\x75"
      "\x76\x10\x77\x78\x79\x7A\x00\x3C"s;
  EXPECT_EQ(DecompressOvba(container, 1'000),
            "#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa");
}

TEST(Ovba, KnowsAutoMacrosAsWholeWords) {
  EXPECT_TRUE(HasAutoMacroName("Private Sub  DOCUMENT_Open()"));
  EXPECT_TRUE(HasAutoMacroName("Sub InkPicture1_Painted(x)"));
  EXPECT_FALSE(HasAutoMacroName("Sub MyAutoOpener()"));
  EXPECT_FALSE(HasAutoMacroName("Sub Reopen_Document_Opened()"));
}

}  // namespace
}  // namespace gatepost::attachments
