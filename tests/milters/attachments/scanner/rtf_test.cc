// RTF as Word writes it, and as those write it who hide objects.
#include "milters/attachments/scanner/rtf.h"

#include "tests/milters/attachments/scanner/format_looks.h"

namespace gatepost::attachments {
namespace {

using namespace std::string_literals;

Look Inspect(const std::string& bytes) { return LookBy(InspectRtf, bytes); }

std::string Counted(const std::string& text) { return Number(text.size() + 1, 4) + text + '\0'; }
std::string Hex(const std::string& bytes, std::string_view between = "") {
  std::string hex;
  for (const char c : bytes) {
    constexpr std::string_view kDigits = "0123456789aBcDeF";
    hex += kDigits[static_cast<unsigned char>(c) >> 4];
    hex += between;
    hex += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return hex;
}

std::string Package() {
  const std::string body =
      "\x02\0a.txt\0C:\\a.exe\0\0\0\x03\0"s + Number(7, 4) + "C:\\a.b\0"s + Number(4, 4) + "MZxx";
  return Number(0x501, 4) + Number(2, 4) + Counted("Package") + Number(0, 4) + Number(0, 4) +
         Number(body.size(), 4) + body;
}
std::string Object(const std::string& content) {
  return Number(0x501, 4) + Number(2, 4) + Counted("Equation.3") + Number(0, 4) + Number(0, 4) +
         Number(content.size(), 4) + content;
}

struct Case {
  std::string_view what;
  std::string text;
  std::string_view properties;
  std::string_view names = "";
  std::string_view content = "";
};

const Case kCases[] = {
    {"a letter", "{\\rtf1\\ansi Dear Eva\\par}", ""},
    {"a package", "{\\rtf1{\\object\\objemb{\\*\\objdata " + Hex(Package()) + "}}}",
     "embedded-object", "a.txt,a.exe,a.b", "MZxx"},
    {"an object", "{\\rtf1{\\object{\\*\\objdata " + Hex(Object("\xD0\xCF")) + "}}}",
     "embedded-object", "", "\xD0\xCF"},
    {"an object with white space and groups between",
     "{\\rt{\\object\\objupdate{\\*\\objdata\n" +
         Hex(Object("\xD0\xCF"), "\r\n{\\*\\x 0bad}{\\y}\\z\t") + "}}}",
     "embedded-object", "", "\xD0\xCF"},
    {"an object in bytes",
     "{\\rtf1{\\object{\\*\\objdata\\bin" + std::to_string(Object("}{\\").size()) + " " +
         Object("}{\\") + "}}}",
     "embedded-object", "", "}{\\"},
    {"a template from the web", "{\\rtf1{\\*\\template https://x.example/a.dotm}}",
     "external-template"},
    {"a template in Unicode", "{\\rtf1{\\*\\template \\u104?\\u116?t\\'70://x.example/a.dotm}}",
     "external-template"},
    {"a template on the author's disk", "{\\rtf1{\\*\\template C:\\\\a\\\\Normal.dotm}}", ""},
    {"dynamic exchange", "{\\rtf1{\\field{\\*\\fldinst {\\b DDE}{\\i AUTO c:\\\\cmd}}}}",
     "dynamic-exchange"},
    {"a page's number", "{\\rtf1{\\field{\\*\\fldinst PAGE}{\\fldrslt 1}}}", ""},
};

TEST(Rtf, TellsWhatItHolds) {
  for (const Case& test : kCases) {
    const Look look = Inspect(test.text);
    EXPECT_EQ(look.properties.Format(), test.properties) << test.what;
    EXPECT_EQ(look.FileNames(), test.names) << test.what;
    for (const auto& [name, content] : look.files) EXPECT_EQ(content, test.content) << test.what;
  }
}

TEST(Rtf, HandsOnWhatIsCutOff) {
  const Look look = Inspect("{\\rtf1{\\object{\\*\\objdata " + Hex(Object("\xD0\xCF")));
  EXPECT_EQ(look.properties.Format(), "embedded-object,truncated");
  EXPECT_EQ(look.files.size(), 1u);
}

TEST(Rtf, FindsALinkToAnObjectElsewhere) {
  const std::string link = Number(0x501, 4) + Number(1, 4) + Counted("Word.Document.8") +
                           Counted("http://x.example/a.doc") + Number(0, 4) + Number(0, 4);
  EXPECT_TRUE(Inspect("{\\rtf1{\\object\\objautlink{\\*\\objdata " + Hex(link) + "}}}")
                  .properties.Has(Property::kExternalTemplate));
}

TEST(Rtf, MayBeCutAnywhere) {
  for (const Case& test : kCases) {
    ForEachPrefix(test.text, [](const std::string& prefix) { Inspect(prefix); });
  }
}

}  // namespace
}  // namespace gatepost::attachments
