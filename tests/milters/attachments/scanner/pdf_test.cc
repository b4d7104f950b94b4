// PDFs in a few objects: what they do, however it is written, and which ask for a password.
#include "milters/attachments/scanner/pdf.h"

#include <zlib.h>

#include "tests/milters/attachments/scanner/format_looks.h"
#include "tests/support/pdf_writer.h"

namespace gatepost::attachments {
namespace {

using namespace std::string_literals;

Look Inspect(const std::string& bytes) { return LookBy(InspectPdf, bytes); }

std::string Deflate(const std::string& text) {
  uLongf size = compressBound(text.size());
  std::string packed(size, '\0');
  compress(reinterpret_cast<Bytef*>(packed.data()), &size,
           reinterpret_cast<const Bytef*>(text.data()), text.size());
  packed.resize(size);
  return packed;
}

std::string Stream(const std::string& dictionary, const std::string& content, bool length = true) {
  return "9 0 obj\n<< " + dictionary +
         (length ? " /Length " + std::to_string(content.size()) : " /Length 8 0 R"s) +
         " >>\nstream\r\n" + content + "\nendstream\nendobj\n";
}

std::string Pdf(const std::string& objects) {
  return "%PDF-1.7\n%\xE2\xE3\xCF\xD3\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n" +
         objects + "trailer << /Root 1 0 R /Size 9 >>\n%%EOF\n";
}

struct Case {
  std::string_view what;
  std::string objects;
  std::string_view properties;
};

const Case kCases[] = {
    {"a letter", Stream("", "BT (Hello /JS /Launch) Tj ET"), ""},
    {"words in a text", "3 0 obj (see /JavaScript and \\( /JS) endobj", ""},
    {"words in a comment", "% /JavaScript\n", ""},
    {"a script", "3 0 obj << /S /JavaScript /JS (app.alert(1)) >> endobj", "pdf-javascript"},
    {"a script in other letters", "3 0 obj << /S /J#61vaScr#69pt >> endobj", "pdf-javascript"},
    {"a launch", "3 0 obj<</S/Launch/F(cmd.exe)>>endobj", "pdf-launch"},
    {"a script in an object stream",
     Stream("/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode",
            Deflate("3 0 << /S /JavaScript /JS (x) >>")),
     "pdf-javascript"},
    {"a script in an object stream without a length",
     Stream(
         "/Type /ObjStm /Filter [/AHx /Fl]",
         [] {
           std::string hex;
           for (const char c : Deflate("3 0 << /S /Launch >>")) {
             constexpr std::string_view kDigits = "0123456789abcdef";
             hex += kDigits[static_cast<unsigned char>(c) >> 4];
             hex += kDigits[static_cast<unsigned char>(c) & 15];
           }
           return hex + ">";
         }(),
         false),
     "pdf-launch"},
    {"a script in a form",
     "3 0 obj << /XFA 9 0 R >> endobj\n" +
         Stream("/Filter /FlateDecode",
                Deflate("<template><script contentType='application/x-javascript'>")),
     "pdf-javascript"},
    {"a form", "3 0 obj << /XFA 9 0 R >> endobj\n" + Stream("", "<template><field>"), ""},
    {"names that are no filters, as they stand elsewhere",
     Stream("/Type /ObjStm /X /FlateDecode /YDecode 1 /Z [<</Filter /LZWDecode>>] "
            "/Filter /FlateDecode",
            Deflate("3 0 << /S /Launch >>")),
     "pdf-launch"},
    {"an object stream without its type",
     Stream("/N 1 /First 4 /Filter [/FlateDecode] /DecodeParms [<</Predictor 1>>]",
            Deflate("3 0 << /S /Launch >>")),
     "pdf-launch"},
    {"runs",
     Stream("/Type /ObjStm /Filter /RunLengthDecode",
            "\x07"
            "3 0 <</S\xFF/\x05Launch\x80"),
     "pdf-launch"},
    {"an unknown filter", Stream("/Type /ObjStm /Filter [/FlateDecode /LZWDecode]", "a"),
     "unreadable"},
    {"a filter that is named elsewhere", Stream("/Type /ObjStm /Filter 7 0 R", "a"), "unreadable"},
    {"a filter that is named elsewhere, in a list", Stream("/Type /ObjStm /Filter [7 0 R]", "a"),
     "unreadable"},
    {"two filters of which one holds",
     Stream("/Type /ObjStm /Filter /FlateDecode /Filter /AHx", Deflate("3 0 <<>>")), "unreadable"},
    {"a predictor", Stream("/Type /ObjStm /DecodeParms <</Columns 9 /Predictor 12>>", "a"),
     "unreadable"},
    {"a predictor that is named elsewhere", Stream("/Type /ObjStm /DecodeParms 7 0 R", "a"),
     "unreadable"},
    {"too many filters",
     Stream("/Type /ObjStm /Filter [/AHx/AHx/AHx/AHx/AHx/AHx/AHx/AHx/AHx]", "41"), "unreadable"},
    {"objects that do not come out",
     Stream("/Type /ObjStm /Filter /FlateDecode", std::string(100, 'x')), "unreadable"},
    {"no objects", Stream("/Type /ObjStm /Filter /FlateDecode", Deflate("")), ""},
    {"a picture that is packed in a way of its own",
     Stream("/Subtype /Image /Filter [/LZWDecode /DCTDecode]", std::string(100, 'x')), ""},
    {"a file that is packed in a way of its own",
     "3 0 obj << /EF << /F 9 0 R >> >> endobj\n" + Stream("/Filter /LZWDecode", "a"),
     "pdf-embedded-file,unreadable"},
    {"a film", "3 0 obj << /Subtype /RichMedia >> endobj", "pdf-embedded-file"},
};

TEST(Pdf, TellsWhatItDoes) {
  for (const Case& test : kCases) {
    EXPECT_EQ(Inspect(Pdf(test.objects)).properties.Format(), test.properties) << test.what;
  }
}

TEST(Pdf, HandsOnAPageBehindIt) {
  const std::string page = "MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<p>\r\n";
  const Look look = Inspect(Pdf("") + page);
  EXPECT_EQ(look.properties.Format(), "type-mismatch,hidden-data");
  ASSERT_EQ(look.files.size(), 1u);
  EXPECT_EQ(look.files[0].second, page);
  // An attached message is no such thing.
  EXPECT_EQ(Inspect(Pdf(Stream("", page))).properties.Format(), "");
}

TEST(Pdf, LooksBehindAWindowFullOfPictures) {
  const std::string pictures =
      Stream("/Subtype /Image /Filter /DCTDecode", std::string(3 << 20, '\xFF'), false) +
      std::string(2 << 20, '\n');
  const Look look = Inspect(Pdf(pictures + "3 0 obj << /S /JavaScript >> endobj"));
  EXPECT_TRUE(look.properties.Has(Property::kPdfJavaScript));
}

TEST(Pdf, HandsOnEmbeddedFilesByTheirNames) {
  const Look look =
      Inspect(Pdf("3 0 obj << /Type /Filespec /F (C:/in/a.txt) /UF <FEFF0062002E006500780065> "
                  "/EF << /F 9 0 R >> >> endobj\n" +
                  Stream("/Filter /FlateDecode", Deflate("MZ a program"))));
  EXPECT_EQ(look.properties.Format(), "pdf-embedded-file");
  EXPECT_EQ(look.FileNames(), "a.txt,b.exe");
  for (const auto& [name, content] : look.files) EXPECT_EQ(content, "MZ a program");
}

TEST(Pdf, HandsOnAnEmbeddedFileWithoutAName) {
  const Look look = Inspect(Pdf(Stream("/Type /EmbeddedFile", "MZ a program")));
  ASSERT_EQ(look.files.size(), 1u);
  EXPECT_EQ(look.files[0].second.substr(0, 12), "MZ a program");
}

struct Locked {
  std::string_view what;
  std::string dictionary;
  std::string id;
  bool locked;
};

// Made with qpdf: with an owner's password, and with and without a user's ("secret").
const Locked kLocked[] = {
    {"revision 2",
     "<< /Filter /Standard /Length 40 /O <c92422687facee686e373f10b5c7d04738053152f7"
     "e2ee30e11c69ec442576ab> /P -8 /R 2 /U <0ca7b03f57cff8116a18bf42641be0aa08f727f"
     "c131bf2b1d1e383bda640156c> /V 1 >>",
     "<6d416a28737edb7a14cf5016aa8402b7>", false},
    {"revision 2, with a password",
     "<< /Filter /Standard /Length 40 /O <92fe0f4454ad4c9644693f33c07cb54f587dce1e26"
     "82fe9ecea6107a1ef630dd> /P -8 /R 2 /U <5a71e27e2134883b1b2a4366c6535734d57a87d"
     "85754f797020c12de79287a1d> /V 1 >>",
     "<df4754359dcfa8a81acc4ba2a3114cc7>", true},
    {"revision 3",
     "<< /Filter /Standard /Length 128 /O <566fa873ee33c797cd3b904fdadf814afa34df9a3"
     "8f6ed41b984e2c6da2aa6f5> /P -2056 /R 3 /U <b9e558a8f535c33b14405b918eed06a2012"
     "2456a91bae5134273a6db134c87c4> /V 2 >>",
     "<d38345d102cae355a6e40b2a7c1e9c13>", false},
    {"revision 3, with a password",
     "<< /Filter /Standard /Length 128 /O <0db5855fc5326569e765906caf64e4429a4c20d6e"
     "996fdef963e9b5080f9e083> /P -2056 /R 3 /U <3e2a898278d93a67d34c3193c3b6185e012"
     "2456a91bae5134273a6db134c87c4> /V 2 >>",
     "<6bdba941436ded19330c4c6e7c648c52>", true},
    {"revision 4",
     "<< /Filter /Standard /CF << /StdCF << /AuthEvent /DocOpen /CFM /AESV2 /Length "
     "16 >> >> /EncryptMetadata false /O <566fa873ee33c797cd3b904fdadf814afa34df9a38"
     "f6ed41b984e2c6da2aa6f5> /P -4 /R 4 /U <4555cda2a8557539d4497b6cbfd4964c0122456"
     "a91bae5134273a6db134c87c4> /V 4 >>",
     "<bdd66e745bd1b71f37ead50bb785e95b>", false},
    {"revision 4, with a password",
     "<< /Filter /Standard /CF << /StdCF << /AuthEvent /DocOpen /CFM /AESV2 /Length "
     "16 >> >> /EncryptMetadata false /O <0db5855fc5326569e765906caf64e4429a4c20d6e9"
     "96fdef963e9b5080f9e083> /P -4 /R 4 /U <554ed0d5b586864a6d240ba06a9f24a90122456"
     "a91bae5134273a6db134c87c4> /V 4 >>",
     "<a88a9971a732e870ff898e7bfe81e002>", true},
    {"revision 5",
     "<< /Filter /Standard /CF << /StdCF << /CFM /AESV3 /Length 32 >> >> /O <0cffdf3"
     "57e8bdf9d0d234d136a448baf5a90684e837eef2f9380826c24ca9c700d6115afa22153deb242b"
     "00415e0c906> /P -4 /R 5 /UE "
     "<0000000000000000000000000000000000000000000000000000000000000000> /U "
     "<118e0db046b38b36b20be29fee5c41773b76caf0a69eac5e35"
     "eba5a4dbb227bc2f728c924e4b7105b71d8c2bd862064c> /V 5 >>",
     "<fb39366caa679f72bf44a8fc32b98988>", false},
    {"revision 5, with a password",
     "<< /Filter /Standard /CF << /StdCF << /CFM /AESV3 /Length 32 >> >> /O <aaee5ab"
     "5493c08e41bc9b722c4cbdd5d1c2769f2f95c563986a57ee0d50d14aa91a35ced8803e03e90509"
     "1ea5d6e87b8> /P -4 /R 5 /U <2cb2c0674c8b6cfe353410024884e5bd5c3dc4753f4da8acf5"
     "93376a2df79489a8f74621408ca85662e6291e06e1c68d> /V 5 >>",
     "<e551645fd16f45c1a49f761f6a68130e>", true},
    {"revision 6",
     "<< /Filter /Standard /CF << /StdCF << /CFM /AESV3 /Length 32 >> >> /O <aeac2b4"
     "544a957fc9421a45368162f603343cb80dd62a5cf524d914de3f545f67cba43c4ae18ad9004a93"
     "95a443a2577> /P -2056 /R 6 /UE "
     "<0000000000000000000000000000000000000000000000000000000000000000> /U "
     "<f81d6feaae2f15555507510a7e2fed4ed242d053fefc7f6"
     "1aaebdc49e76f765294f26452efb94222765785b874381cbc> /V 5 >>",
     "<3b9cac5c48ab8ec7c47adcc17c0b2831>", false},
    {"revision 6, with a password",
     "<< /Filter /Standard /CF << /StdCF << /CFM /AESV3 /Length 32 >> >> /O <78a60cd"
     "786d76198c67ec2fa9e5fd4d8268dae282313f8d9fe032a60393a4ea97349ca15fad1bdbd3c4db"
     "668068f5260> /P -2056 /R 6 /U <9aea92eb0416b989fd3e6936906282ce9c87a580ff1147f"
     "7509897fdf4d063b82e83f598b0dbe6ffa5047216cddc7b3d> /V 5 >>",
     "<811607eb8b30c6dc861ea7fa3f3df786>", true},
    {"a handler of somebody's", "<< /Filter /Acme /V 4 >>", "<00>", true},
    {"nothing that could be asked", "<< /Filter /Standard /R 6 /V 5 /U (x) >>", "<00>", true},
};

TEST(Pdf, AsksForAPasswordOnlyWhereTheEmptyOneDoesNotOpenIt) {
  for (const Locked& test : kLocked) {
    const std::string pdf = "%PDF-1.7\n4 0 obj\n" + test.dictionary +
                            "\nendobj\ntrailer << /Root 1 0 R /ID [" + test.id + test.id +
                            "] /Encrypt 4 0 R >>\n";
    EXPECT_EQ(Inspect(pdf).properties.Has(Property::kEncryptedDocument), test.locked) << test.what;
  }
}

using support::PdfLock;
using support::PdfWriter;

constexpr PdfLock kLocks[] = {PdfLock::kRc4Short, PdfLock::kRc4,         PdfLock::kRc4Filter,
                              PdfLock::kAes128,   PdfLock::kAes256Early, PdfLock::kAes256};

std::string LockedScript(const PdfWriter& writer) {
  return writer.Stream(6, "/Type/ObjStm/N 1/First 4/Filter/FlateDecode",
                       Deflate("7 0 <</S/JavaScript/JS(app.alert\\(1\\))>>"));
}

TEST(Pdf, SeesThroughAnEncryptionThatAsksForNoPassword) {
  for (const PdfLock lock : kLocks) {
    const PdfWriter writer(lock);
    const std::string script = writer.Whole(LockedScript(writer), "/OpenAction 7 0 R");
    EXPECT_EQ(Inspect(script).properties.Format(), "pdf-javascript");
    const std::string form = writer.Whole(
        writer.Stream(6, "/Filter/FlateDecode", Deflate("<template><script>x</script>")),
        "/AcroForm<</XFA 6 0 R>>");
    EXPECT_EQ(Inspect(form).properties.Format(), "pdf-javascript");
    EXPECT_EQ(Inspect(writer.Whole("")).properties.Format(), "");
  }
}

TEST(Pdf, HandsOnFilesThatAreEncryptedWithoutAPasswordByTheirNames) {
  for (const PdfLock lock : kLocks) {
    const PdfWriter writer(lock);
    const Look look = Inspect(writer.Whole(
        "5 0 obj\n<</Type/Filespec/F" + writer.Text(5, "a.exe") + "/EF<</F 6 0 R>>>>\nendobj\n" +
        writer.Stream(6, "/Type/EmbeddedFile/Filter/FlateDecode", Deflate("MZ a program")) +
        writer.Stream(7, "/Type/EmbeddedFile", "MZ a program without a name")));
    EXPECT_EQ(look.properties.Format(), "pdf-embedded-file");
    EXPECT_TRUE(std::ranges::find(look.files, std::pair("a.exe"s, "MZ a program"s)) !=
                look.files.end());
    // What is not packed comes to something by each way.
    EXPECT_TRUE(std::ranges::any_of(look.files, [](const auto& file) {
      return file.first.empty() && file.second.starts_with("MZ a program without a name");
    }));
  }
}

TEST(Pdf, HidesNothingBehindDecoysOfAnEncryption) {
  const PdfWriter writer(PdfLock::kRc4);
  const std::string decoy = "8 0 obj\n" + kLocked[3].dictionary + "\nendobj\n";
  const std::string identity = "8 0 obj\n<</ID[<00><00>]>>\nendobj\n";
  for (const std::string& before : {decoy, identity}) {
    for (const std::string& objects :
         {before + LockedScript(writer), LockedScript(writer) + before}) {
      EXPECT_TRUE(Inspect(writer.Whole(objects)).properties.Has(Property::kPdfJavaScript));
    }
  }
  // Too many to try each: nobody knows which holds.
  std::string many;
  for (unsigned i = 0; i < 9; ++i) {
    many += decoy;
    many.insert(many.rfind("/P -") + 4, std::to_string(i + 1));
  }
  const Properties odd = Inspect(writer.Whole(many)).properties;
  EXPECT_TRUE(!odd.Has(Property::kEncryptedDocument) && odd.Has(Property::kUnreadable));
}

TEST(Pdf, LooksAtWhatIsNotEncryptedForAllThatIsSaidOfIt) {
  const std::string file = "3 0 obj<</F(a.exe)/EF<</F 9 0 R>>>>endobj\n" +
                           Stream("/Filter/FlateDecode", Deflate("MZ a program"));
  const std::string said = "7 0 obj<</Foo/Encrypt>>endobj\n";
  for (const std::string& handler : {""s, kLocked[2].dictionary, kLocked[3].dictionary}) {
    const Look look = Inspect(Pdf(file + said + "4 0 obj\n" + handler + "\nendobj\n"));
    ASSERT_FALSE(look.files.empty()) << handler;
    EXPECT_EQ(look.files[0], std::pair("a.exe"s, "MZ a program"s)) << handler;
  }
}

TEST(Pdf, TellsNoNamesOfWhatIsLocked) {
  const std::string file = "3 0 obj<</F<01020304>/EF<</F 9 0 R>>>>endobj\n" +
                           Stream("/Filter/FlateDecode", std::string(100, 'x'));
  const Look look = Inspect(
      Pdf(file + "4 0 obj\n" + kLocked[3].dictionary + "\nendobj\ntrailer<</Encrypt 4 0 R>>\n"));
  EXPECT_EQ(look.properties.Format(), "encrypted-document,pdf-embedded-file");
  for (const auto& [name, content] : look.files) EXPECT_EQ(name, "");
}

TEST(Pdf, IsUnreadableWhereWhatLocksItIsSaidElsewhere) {
  const std::string pdf =
      "%PDF-1.7\n4 0 obj\n<</Filter/Standard/V 2/R 3/P -4/O 5 0 R/U 6 0 R>>\nendobj\n"
      "trailer << /Root 1 0 R /Encrypt 4 0 R >>\n";
  EXPECT_TRUE(Inspect(pdf).properties.Has(Property::kUnreadable));
}

TEST(Pdf, ReadsStreamsThatAreExceptedFromAnEncryption) {
  const PdfWriter writer(PdfLock::kAes128);
  const Look look = Inspect(writer.Whole(
      Stream("/Type/EmbeddedFile/Filter[/Crypt]/DecodeParms<</Name/Identity>>", "MZ a program")));
  ASSERT_FALSE(look.files.empty());
  EXPECT_EQ(look.files[0].second.substr(0, 12), "MZ a program");
}

TEST(Pdf, MayBeCutAnywhere) {
  for (const PdfLock lock : kLocks) {
    const PdfWriter writer(lock);
    ForEachPrefix(writer.Whole(LockedScript(writer)),
                  [](const std::string& prefix) { Inspect(prefix); });
  }

  std::string all;
  for (const Case& test : kCases) all += test.objects;
  for (const Locked& test : kLocked) all += "4 0 obj " + test.dictionary + " endobj\n";
  ForEachPrefix(Pdf(all), [](const std::string& prefix) { Inspect(prefix); });
}

TEST(Pdf, IsReadInTimeWhereStringsNeverEnd) {
  EXPECT_FALSE(Inspect(std::string(4 << 20, '(')).properties.any());
  EXPECT_FALSE(Inspect(std::string(4 << 20, '<')).properties.any());
}

}  // namespace
}  // namespace gatepost::attachments
