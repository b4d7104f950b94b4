// Messages that programs are known to read in different ways: what any of them shows is told. Each
// is read whole and in pieces.
#include "common/mime/walker.h"
#include "tests/common/mime/told.h"

namespace gatepost::mime {
namespace {

using namespace std::string_literals;

struct Case {
  const char* what;
  std::string message;              // shows the name evil.exe and content that begins with MZ
  std::optional<Oddity> oddity{};   // that is told
  std::string_view content = "MZ";  // what some reading begins with; "": there is none
};

const std::string kMixed = "Content-Type: multipart/mixed; boundary=b\n\n";
const std::string kNamed = "Content-Disposition: attachment; filename=evil.exe\n";

// A part with this Content-Transfer-Encoding.
std::string Encoded(const std::string& encoding, const std::string& content) {
  return kMixed + "--b\n" + kNamed + "Content-Transfer-Encoding:" + encoding + "\n\n" + content +
         "\n--b--\n";
}

const std::vector<Case>& Encodings() {
  static const std::vector<Case> cases{
      {"a comment behind", Encoded(" base64 (comment)", "TVqQ"), Oddity::kMalformedField},
      {"a comment in front", Encoded(" (comment) base64", "TVqQ"), Oddity::kMalformedField},
      {"a comment, by who does not know such", Encoded(" base64 (x)", "MZ\x90"),
       Oddity::kMalformedField},
      {"in quotes", Encoded(" \"base64\"", "TVqQ"), Oddity::kMalformedField},
      {"with a parameter", Encoded(" base64; charset=utf-8", "TVqQ"), Oddity::kMalformedField},
      {"with a semicolon", Encoded(" base64;", "TVqQ"), Oddity::kMalformedField},
      {"with a comma", Encoded(" base64, 8bit", "TVqQ"), Oddity::kMalformedField},
      {"with junk behind", Encoded(" base64 foo", "TVqQ"), Oddity::kMalformedField},
      {"with a hyphen", Encoded(" base-64", "TVqQ"), Oddity::kMalformedField},
      {"experimental", Encoded(" x-base64", "TVqQ"), Oddity::kMalformedField},
      {"a NUL within", Encoded(" bas\0e64"s, "TVqQ"), Oddity::kMalformedField},
      {"upper case", Encoded(" BASE64", "TVqQ")},
      {"folded", Encoded("\n base64", "TVqQ")},
      {"blanks around", Encoded("  base64\t ", "TVqQ")},
      {"8bit with junk behind", Encoded(" 8bit foo", "MZ\x90"), Oddity::kUnknownEncoding},
      {"8bit with base64 in a comment", Encoded(" 8bit (base64)", "TVqQ"), Oddity::kMalformedField},
      {"quoted-printable with a comment", Encoded(" quoted-printable (x)", "=4D=5A"),
       Oddity::kMalformedField},
      {"uuencode as an encoding", Encoded(" x-uuencode", "begin 644 x\n#35J0\n`\nend")},
      {"uuencode by another name", Encoded(" uue", "begin 644 x\n#35J0\n`\nend"),
       Oddity::kMalformedField},
      {"yEnc as an encoding", Encoded(" x-yencode", "=ybegin line=128 size=2 name=x\nw\x84\n=yend"),
       Oddity::kMalformedField},
      {"nothing in it", Encoded("", "MZ\x90")},
      {"two, the second one in force", Encoded(" 7bit\nContent-Transfer-Encoding: base64", "TVqQ"),
       Oddity::kDuplicateField},
      {"two, the first one in force",
       Encoded(" quoted-printable\nContent-Transfer-Encoding: base64", "=4D=5A"),
       Oddity::kDuplicateField},
  };
  return cases;
}

std::string Base64(const std::string& content) { return Encoded(" base64", content); }

const std::vector<Case>& Base64Cases() {
  static const std::vector<Case> cases{
      {"padding within a quantum that is passed over", Base64("T=VqQ"), Oddity::kDataAfterPadding},
      {"padding that ends a quantum", Base64("TVo=kAAM"), Oddity::kDataAfterPadding},
      {"padding in front", Base64("====TVqQ"), Oddity::kDataAfterPadding},
      {"concatenated", Base64("TVo=\nkAAD"), Oddity::kDataAfterPadding},
      {"garbage between the lines", Base64("T*V\n!q\n\x80Q"), Oddity::kGarbageInBase64},
      {"blanks between", Base64("T V\t q\n\n\nQ")},
      {"one character a line", Base64("T\nV\nq\nQ")},
      {"one line without an end", Base64("TVqQ" + std::string(100'000, 'A'))},
      {"cut off within a quantum", Base64("TVqQTVq")},
      {"text behind its end", Base64("TVo=\n\n-- \nBest regards"), Oddity::kGarbageInBase64},
      {"a line of dashes within", Base64("TVqQ\n--\n-----\nAAAA"), Oddity::kGarbageInBase64},
  };
  return cases;
}

const std::vector<Case>& Structures() {
  static const std::vector<Case> cases{
      {"a part in the preamble of an inner multipart",
       kMixed + "--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n" + kNamed +
           "\nMZ\n--c--\n--b--\n"},
      {"an outer part in the preamble of the inner",
       kMixed + "--b\nContent-Type: multipart/mixed; boundary=c\n\n--b\n" + kNamed +
           "\nMZ\n--b--\n"},
      {"the same boundary within itself",
       kMixed + "--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n" + kNamed +
           "\nMZ\n--b--\n--b--\n"},
      {"the same boundary within itself, behind its end",
       kMixed + "--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n--b--\n--b\n" + kNamed +
           "\nMZ\n--b--\n"},
      {"a boundary that begins another",
       kMixed + "--b\nContent-Type: multipart/mixed; boundary=bb\n\n--bb\n" + kNamed +
           "\nMZ\n--bb--\n--b--\n"},
      {"a part in the epilogue", kMixed + "--b\n\n--b--\n\n--b\n" + kNamed + "\nMZ\n",
       Oddity::kPartAfterEnd},
      {"no empty line before a multipart's first part",
       kMixed + "--b\nContent-Type: multipart/mixed; boundary=c\n--c\n" + kNamed +
           "\nMZ\n--c--\n--b--\n"},
      {"junk and no empty line before it",
       kMixed + "--b\nContent-Type: multipart/mixed; boundary=c\nThis is MIME\n--c\n" + kNamed +
           "\nMZ\n--c--\n--b--\n",
       Oddity::kJunkInHeader},
      {"junk in the middle of a header",
       kMixed + "--b\nX: y\njunk without a colon\n" + kNamed + "\nMZ\n--b--\n",
       Oddity::kJunkInHeader},
      {"blanks behind the boundary parameter",
       "Content-Type: multipart/mixed; boundary=\"b \"\n\n--b\n" + kNamed + "\nMZ\n--b--\n"},
      {"blanks in front of the boundary parameter",
       "Content-Type: multipart/mixed; boundary= b\n\n--b\n" + kNamed + "\nMZ\n--b--\n"},
      {"a comment behind the boundary parameter",
       "Content-Type: multipart/mixed; boundary=b (x)\n\n--b\n" + kNamed + "\nMZ\n--b--\n"},
      {"a boundary in extended form",
       "Content-Type: multipart/mixed; boundary*=us-ascii''b\n\n--b\n" + kNamed + "\nMZ\n--b--\n"},
      {"a boundary with percent signs",
       "Content-Type: multipart/mixed; boundary*0*=''%62; boundary*1=c\n\n--bc\n" + kNamed +
           "\nMZ\n--bc--\n"},
      {"a boundary named twice, in two fields",
       "Content-Type: multipart/mixed; boundary=a\nContent-Type: multipart/mixed; boundary=b\n\n"
       "--b\n" +
           kNamed + "\nMZ\n--b--\n"},
      {"dashes at a boundary's end",
       "Content-Type: multipart/mixed; boundary=b--\n\n--b--\n" + kNamed + "\nMZ\n--b----\n"},
      {"an empty boundary",
       "Content-Type: multipart/mixed; boundary=\"\"\n\n--\n" + kNamed + "\nMZ\n----\n",
       Oddity::kNoBoundary},
      {"an empty boundary, and something that looks like another",
       "Content-Type: multipart/mixed; boundary=\n\n--b\n\nx\n--\n" + kNamed + "\nMZ\n----\n",
       Oddity::kNoBoundary},
      {"a boundary in quotes that are none",
       "Content-Type: multipart/mixed; boundary='b'\n\n--b\n" + kNamed + "\nMZ\n--b--\n"},
      {"a boundary whose apostrophes are meant",
       "Content-Type: multipart/mixed; boundary='b'\n\n--'b'\n" + kNamed + "\nMZ\n--'b'--\n"},
      {"text behind the final boundary in its line",
       kMixed + "--b\n\nx\n--b--x\n" + kNamed + "\nMZ\n--b--\n", Oddity::kLooseBoundary},
      {"a message in quoted-printable",
       kMixed + "--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: quoted-printable\n\n"
                "Content-Type: multipart/mixed; boundary=3D\"in\"\n\n--in\n"
                "Content-Disposition: attachment; filename=3Devil.exe\n"
                "Content-Transfer-Encoding: base64\n\nTV=\nqQ\n--in--\n--b--\n",
       Oddity::kEncodedComposite},
      {"a type with blanks in it",
       "Content-Type: multipart / mixed; boundary=b\n\n--b\n" + kNamed + "\nMZ\n--b--\n"},
      {"a multipart of no known kind",
       "Content-Type: multipart/foo; boundary=b\n\n--b\n" + kNamed + "\nMZ\n--b--\n"},
      {"a message in base64",
       kMixed + "--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
                "Q29udGVudC1UeXBlOiBhL2I7IG5hbWU9ZXZpbC5leGUKCk1akAo=\n--b--\n",
       Oddity::kEncodedComposite},
      {"CR alone in front of a boundary", kMixed + "\r--b\n" + kNamed + "\nMZ\n--b--\n",
       Oddity::kBareCr},
      {"CR LF, of which a mail server makes CR CR LF",
       kMixed + "\r\n--b\r\nX: y\r\n" + kNamed + "\nMZ\n--b--\n"},
      {"NUL in the name of a field",
       kMixed + "--b\nCon\0tent-Disposition: attachment; filename=evil.exe\n\nMZ\n--b--\n"s,
       Oddity::kMalformedField},
      {"NUL in a parameter's name",
       kMixed + "--b\nContent-Disposition: attachment; file\0name=evil.exe\n\nMZ\n--b--\n"s,
       Oddity::kMalformedField},
      {"NUL in a file's name",
       kMixed + "--b\nContent-Disposition: attachment; filename=evil.ex\0e\n\nMZ\n--b--\n"s,
       Oddity::kMalformedField},
  };
  return cases;
}

const std::vector<Case>& Names() {
  const auto named = [](const std::string& parameter) {
    return kMixed + "--b\nContent-Disposition: attachment; " + parameter + "\n\nMZ\n--b--\n";
  };
  static const std::vector<Case> cases{
      {"UTF-7 by an old name", named("filename*=unicode-1-1-utf-7''evil+AC4-exe")},
      {"UTF-7 without a hyphen", named("filename*=UTF7''evil+AC4-exe")},
      {"UTF-7 in an encoded word", named("filename=\"=?utf-7?Q?evil+AC4-exe?=\"")},
      {"UTF-16 in mixed case", named("filename*=Utf-16BE''%00e%00v%00i%00l%00%2E%00e%00x%00e")},
      {"a charset in quotes", named("filename*=\"utf-7\"''evil+AC4-exe")},
      {"a charset that nobody knows", named("filename*=foo''evil%2Eexe")},
      {"no charset", named("filename*=''evil%2Eexe")},
      {"a charset's name alone", named("filename*=utf-8'evil.exe")},
      {"quotes around the extended form", named("filename*=\"utf-8''evil%2Eexe\"")},
      {"numbers with zeros", named("filename*00=evil; filename*01=.exe")},
      {"numbers from one on", named("filename*1=evil; filename*2=.exe")},
      {"percent signs that are none", named("filename*=utf-8''evil%2eexe%")},
  };
  return cases;
}

const std::vector<Case>& FilesInText() {
  static const std::string kUuencoded = "begin 0100755 evil.exe\n#35J0\n`\nend\n";
  const auto file = [](const std::string& fields, const std::string& content) {
    return kMixed + "--b\nContent-Type: " + fields + "\n\n" + content + "\n--b--\n";
  };
  static const std::vector<Case> cases{
      {"uuencode with a long mode", file("text/plain", "Hello\n" + kUuencoded)},
      {"uuencode behind a byte order mark", file("text/plain", "\xEF\xBB\xBF" + kUuencoded)},
      {"uuencode as a file of its own",
       file("application/octet-stream; name=papers.uue", kUuencoded)},
      {"uuencode in UTF-16",
       file("text/plain; charset=utf-16le\nContent-Transfer-Encoding: base64",
            "//5iAGUAZwBpAG4AIAA2ADQANAAgAGUAdgBpAGwALgBlAHgAZQAKACMAMwA1AEoAMAAKAGAACgBlAG4AZAAK"
            "AA==")},
      {"BinHex", file("text/plain",
                      "Hello\n(This file must be converted with BinHex 4.0)\n\n"
                      ":#'9fD@`ZCAKP!%&38%a84908!!!!!!!,!!!!!(K469U3!%&\"38&\"38&\"jIi!!!!\n!:\n")},
      {"BinHex as a file of its own",
       file("application/mac-binhex40",
            "(This file must be converted with BinHex 4.0)\n"
            ":#'9fD@`ZCAKP!%&38%a84908!!!!!!!,!!!!!(K469U3!%&\"38&\"38&\"jIi!!!!\n!:\n")},
  };
  return cases;
}

void Check(const std::vector<Case>& cases) {
  for (const Case& test : cases) {
    for (const auto& message : {test.message, BodyWithCrLf(test.message)}) {
      const Told told = Walk(message);
      EXPECT_TRUE(told.ShowsName("evil.exe") || told.ShowsName("evil.exe%"))
          << test.what << "\n"
          << message.substr(0, 500);
      EXPECT_TRUE(told.ShowsContent(test.content)) << test.what << "\n" << message.substr(0, 500);
      EXPECT_TRUE(!test.oddity || told.Has(*test.oddity)) << test.what;
      if (message.size() > 2'000) continue;
      for (std::size_t piece = 1; piece < 30; ++piece) {
        const Told cut = Walk(message, piece);
        EXPECT_EQ(cut.parts, told.parts) << test.what << piece;
        EXPECT_EQ(cut.content, told.content) << test.what << piece;
      }
    }
  }
}

TEST(Evasions, ByTheEncodingAreSeen) { Check(Encodings()); }
TEST(Evasions, ByBase64AreSeen) { Check(Base64Cases()); }
TEST(Evasions, ByTheStructureAreSeen) { Check(Structures()); }
TEST(Evasions, ByTheNameAreSeen) { Check(Names()); }
TEST(Evasions, InTextAreSeen) { Check(FilesInText()); }

TEST(Evasions, OfPaddingHaveASecondReadingFromItsBeginning) {
  const Told told = Walk(Base64("TVqQAAMA\nT=VqQAAMA\n"));
  EXPECT_THAT(told.parts, testing::Contains(testing::StartsWith("1~=")));
  EXPECT_EQ(told.content.at(2).at(0), "MZ\x90\0\x03\0MZ\x90\0\x03\0"s);
  // Where both are the same there is one.
  for (const char* const alike : {"TVo=", "TVqQ====TVqQ", "TVo=\r\n\r\n", "=TVqQ"}) {
    EXPECT_EQ(Walk(Base64(alike)).parts.size(), 2) << alike;
  }
  // Too far behind to keep what came before.
  const Told late = Walk(Base64(std::string(400'000, 'A') + "T=VqQ"));
  EXPECT_EQ(late.parts.size(), 2);
  EXPECT_TRUE(late.Has(Oddity::kDataAfterPadding));
  EXPECT_TRUE(late.Has(Oddity::kUnreadBase64));
  EXPECT_FALSE(told.Has(Oddity::kUnreadBase64));
}

}  // namespace
}  // namespace gatepost::mime
