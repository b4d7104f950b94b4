// One message for each way to hide a file: wherever some mail client shows it, the walker tells of
// it. Each is given whole and cut at every place.
#include "common/mime/walker.h"

#include "common/mime/parameters.h"
#include "tests/common/mime/told.h"

namespace gatepost::mime {
namespace {

using testing::Contains;
using testing::HasSubstr;

const std::string kMixed = "Content-Type: multipart/mixed; boundary=b\n\n";
const std::string kText = "--b\nContent-Type: text/plain\n\nHello\n";
const std::string kFile =
    "Content-Type: application/octet-stream; name=evil.exe\nContent-Transfer-Encoding: base64\n\n"
    "TVqQAAMA\n";

struct Case {
  const char* what;
  std::string message;
  std::optional<Oddity> oddity{};
};

const std::vector<Case>& Cases() {
  static const std::vector<Case> cases{
      {"an attachment", kMixed + kText + "--b\n" + kFile + "--b--\n"},
      {"the message itself", kFile},
      {"the first part", kMixed + "--b\n" + kFile + "--b--\n"},
      {"a nested multipart", kMixed + kText +
                                 "--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n" + kFile +
                                 "--c--\n--b--\n"},
      {"an attached message",
       kMixed + "--b\nContent-Type: message/rfc822\n\nSubject: x\n" + kFile + "--b--\n"},
      {"a digest",
       "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n" + kFile + "--b--\n"},
      {"no final boundary", kMixed + kText + "--b\n" + kFile, Oddity::kNoFinalBoundary},
      {"behind the final boundary", kMixed + kText + "--b--\n\n--b\n" + kFile,
       Oddity::kPartAfterEnd},
      {"an outer boundary within",
       kMixed + "--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\n\n--b\n" + kFile +
           "--b--\n"},
      {"no boundary parameter", "Content-Type: multipart/mixed\n\n--b\n" + kFile + "--b--\n",
       Oddity::kNoBoundary},
      {"two boundaries, the first",
       "Content-Type: multipart/mixed; boundary=b; boundary=c\n\n--b\n" + kFile + "--b--\n"},
      {"two boundaries, the second",
       "Content-Type: multipart/mixed; boundary=c; boundary=b\n\n--b\n" + kFile + "--b--\n"},
      {"two types, the second",
       "Content-Type: text/plain\nContent-Type: multipart/mixed; boundary=b\n\n--b\n" + kFile +
           "--b--\n",
       Oddity::kDuplicateField},
      {"two types, the first",
       "Content-Type: multipart/mixed; boundary=b\nContent-Type: text/plain\n\n--b\n" + kFile +
           "--b--\n",
       Oddity::kDuplicateField},
      {"blanks behind the boundary", kMixed + "--b \t\n" + kFile + "--b--\n"},
      {"text behind the boundary", kMixed + "--bcd\n" + kFile + "--b--\n", Oddity::kLooseBoundary},
      {"two encodings, the first",
       kMixed + "--b\nContent-Transfer-Encoding: base64\nContent-Transfer-Encoding: "
                "7bit\nContent-Disposition: "
                "attachment; filename=evil.exe\n\nTVqQAAMA\n--b--\n",
       Oddity::kDuplicateField},
      {"two encodings, the second",
       kMixed + "--b\nContent-Transfer-Encoding: 8bit\nContent-Transfer-Encoding: "
                "base64\nContent-Disposition: "
                "attachment; filename=evil.exe\n\nTVqQAAMA\n--b--\n",
       Oddity::kDuplicateField},
      {"an unknown encoding",
       kMixed + "--b\nContent-Transfer-Encoding: base65\nContent-Disposition: attachment; "
                "filename=evil.exe\n\nMZ\x90\n--b--\n",
       Oddity::kUnknownEncoding},
      {"quoted-printable", kMixed +
                               "--b\nContent-Type: a/b; name=evil.exe\nContent-Transfer-Encoding: "
                               "Quoted-Printable\n\n=4D=5A=90\n--b--\n"},
      {"base64 with garbage",
       kMixed + "--b\nContent-Type: a/b; name=evil.exe\nContent-Transfer-Encoding: "
                "base64\n\n*T*V-qQ\n--b--\n",
       Oddity::kGarbageInBase64},
      {"a multipart in base64",
       "Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n"
       "LS1iCkNvbnRlbnQtVHlwZTogYS9iOyBuYW1lPWV2aWwuZXhlCgpNWpAKLS1iLS0K\n",
       Oddity::kEncodedComposite},
      {"a message in quoted-printable",
       kMixed + "--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: quoted-printable\n\n"
                "Content-Type: a/b; name=3D\"x\"; name=\n=3Devil.exe\n\nMZ=90\n--b--\n",
       Oddity::kEncodedComposite},
      {"uuencode in text",
       "Content-Type: text/plain\n\nHello\nbegin 644 evil.exe\n#35J0\n`\nend\n"},
      {"uuencode without MIME", "Subject: x\n\nbegin 644 evil.exe\n#35J0\n`\nend\n"},
      {"uuencode in the preamble",
       kMixed + "begin 644 evil.exe\n#35J0\n`\nend\n" + kText + "--b--\n"},
      {"uuencode in the epilogue", kMixed + kText + "--b--\nbegin 644 evil.exe\n#35J0\n`\nend\n"},
      {"a junk line in the header", kMixed + "--b\njunk\n" + kFile + "--b--\n",
       Oddity::kJunkInHeader},
      {"a header that ends the part", kMixed + "--b\nContent-Type: a/MZ; name=evil.exe\n--b--\n"},
      {"CR as the end of lines in a header",
       kMixed + "--b\nContent-Type: a/b;\r name=evil.exe\rX: y\n\nMZ\x90\n--b--\n",
       Oddity::kBareCr},
      {"CR in front of a boundary", kMixed + kText + "\r--b\n" + kFile + "--b--\n",
       Oddity::kBareCr},
      {"a boundary in quotes with blanks",
       "Content-Type: multipart/mixed; boundary=\"b c\"\n\n--b c\n" + kFile + "--b c--\n"},
      {"a boundary in pieces",
       "Content-Type: multipart/mixed; boundary*0=b; boundary*1=c\n\n--bc\n" + kFile + "--bc--\n"},
      {"a folded header",
       kMixed + "--b\nContent-Disposition: attachment;\n\tfilename=\n evil.exe\n\nMZ\x90\n--b--\n"},
      {"a field with a blank before the colon",
       kMixed + "--b\nContent-Disposition : attachment; filename=evil.exe\n\nMZ\x90\n--b--\n"},
  };
  return cases;
}

TEST(Walker, ShowsWhatIsHidden) {
  for (const auto& test : Cases()) {
    for (const auto& message : {test.message, BodyWithCrLf(test.message)}) {
      const Told told = Walk(message);
      EXPECT_TRUE(told.ShowsName("evil.exe")) << test.what << "\n" << message;
      const bool has_content = message.find("a/MZ") == message.npos;
      EXPECT_EQ(told.ShowsContent("MZ"), has_content) << test.what << "\n" << message;
      if (!test.oddity) continue;
      EXPECT_TRUE(told.Has(*test.oddity)) << test.what << " " << Name(*test.oddity);
    }
  }
}

TEST(Walker, SeesTheSameHoweverItIsCut) {
  for (const auto& test : Cases()) {
    const std::string message = BodyWithCrLf(test.message);
    const Told whole = Walk(message);
    for (std::size_t piece = 1; piece < 50; ++piece) {
      const Told cut = Walk(message, piece);
      EXPECT_EQ(cut.parts, whole.parts) << test.what << piece;
      EXPECT_EQ(cut.content, whole.content) << test.what << piece;
      ASSERT_EQ(cut.ended.size(), whole.ended.size());
      for (std::size_t i = 0; i < cut.ended.size(); ++i) {
        EXPECT_EQ(cut.ended[i].oddities, whole.ended[i].oddities) << test.what << piece;
        EXPECT_EQ(cut.ended[i].extent, whole.ended[i].extent) << test.what << piece;
      }
    }
  }
}

TEST(Walker, SaysNothingOddOfOrdinaryMail) {
  const Told told = Walk(
      "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"=_b\"\n\nThis is MIME.\r\n"
      "--=_b\r\nContent-Type: multipart/alternative; boundary=\"c\"\r\n\r\n--c\r\nContent-Type: "
      "text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nHello=20\r\n"
      "-- \r\nEva\r\n--c\r\nContent-Type: text/html\r\n\r\n<p>Hello\r\n--c--\r\n\r\n--=_b\r\n"
      "Content-Type: application/pdf; name=\"a b.pdf\"\r\nContent-Disposition: attachment; "
      "filename=\"a b.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n--=_b--\r\n");
  EXPECT_THAT(told.parts,
              testing::ElementsAre(" multipart/mixed", "1 multipart/alternative", "1.1 text/plain",
                                   "1.2 text/html", "2 application/pdf a b.pdf"));
  EXPECT_EQ(told.content.at(2).at(0), "Hello \r\n--\r\nEva");
  EXPECT_EQ(told.content.at(3).at(0), "<p>Hello");
  EXPECT_EQ(told.content.at(4).at(0), "%PDF-");
  for (const Part& part : told.ended) EXPECT_FALSE(part.oddities.any()) << part.path;
  EXPECT_TRUE(told.limits.empty());
}

// "path:header|content" of each part with a place in the body, line ends as "/".
std::vector<std::string> Places(std::string_view header, std::string_view body) {
  std::string lines = WithCrLf(body);
  std::vector<std::string> places;
  for (const Part& part : Walk(std::string(header) + "\n\n" + lines).ended) {
    std::string place = part.path + ":";
    if (part.extent) {
      const auto [from, content, end] = *part.extent;
      place += lines.substr(from, content - from) + "|" + lines.substr(content, end - content);
    } else {
      place += "nowhere";
    }
    for (std::size_t at = 0; (at = place.find("\r\n", at)) != place.npos;)
      place.replace(at, 2, "/");
    places.push_back(place);
  }
  return places;
}

TEST(Walker, TellsWhereEachPartStands) {
  using testing::ElementsAre;
  constexpr std::string_view kB = "Content-Type: multipart/mixed; boundary=b";
  EXPECT_THAT(Places("X: y", "Hello\n"), ElementsAre(":|Hello/"));
  EXPECT_THAT(Places("X: y", ""), ElementsAre(":|"));
  EXPECT_THAT(Places(kB, "pre\n--b\nA: b\n\none\n\n--b\n\ntwo\n--b--\n"),
              ElementsAre("1:A: b//|one/", "2:/|two", ":|pre/--b/A: b//one//--b//two/--b--/"));
  EXPECT_THAT(Places(kB, "--b\n\none"), ElementsAre("1:/|one", ":|--b//one"));
  // A delimiter where the header, the empty line or the delimiter before has just ended.
  EXPECT_THAT(Places(kB, "--b\n--b\nA: b\n--b\nA: c\n\n--b--"),
              ElementsAre("1:|", "2:A: b|", "3:A: c//|", ":|--b/--b/A: b/--b/A: c//--b--"));
  EXPECT_THAT(Places(kB, "--b\nContent-Type: multipart/x; boundary=c\n\n--c\n\nin\n--c--\n--b--\n"),
              testing::IsSupersetOf(
                  {"1.1:/|in", "1:Content-Type: multipart/x; boundary=c//|--c//in/--c--"}));
  EXPECT_THAT(Places(kB, "--b\nContent-Type: message/rfc822\n\nSubject: x\n\nin\n--b--\n"),
              testing::IsSupersetOf(
                  {"1.1:Subject: x//|in", "1:Content-Type: message/rfc822//|Subject: x//in"}));
  EXPECT_THAT(Places(kB, "--b\nContent-Type: message/rfc822\n\nSubject: x\n\n--b--"),
              testing::IsSupersetOf(
                  {"1.1:Subject: x//|", "1:Content-Type: message/rfc822//|Subject: x//"}));
  // What comes out of an encoding, or stands in text, has a place of another kind.
  EXPECT_THAT(Places(kB, "--b\n\nbegin 644 a\n#35J0\nend\n--b--"),
              testing::Contains("1!1:nowhere"));
  EXPECT_THAT(Places(kB,
                     "--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
                     "QTogYgoKTVqQ\n--b--"),
              testing::Contains("1~1:nowhere"));
}

// Each is read as it stands and decoded.
TEST(Walker, ReadsEncodingsWithinEachOtherInBoundedWork) {
  std::string nested =
      "Content-Type: message/rfc822\nContent-Transfer-Encoding: quoted-printable\n\n";
  for (int i = 0; i < 20; ++i) {
    nested += "Content-Type: message/rfc822\nContent-Transfer-Encoding: quoted-printable\n\n";
  }
  const Told told = Walk(nested);
  EXPECT_LT(told.parts.size(), 17 * 22);
  EXPECT_THAT(told.limits, Contains(WalkLimit::kDepth));
}

TEST(Walker, EndsAtItsLimits) {
  std::string deep, many = kMixed;
  for (int i = 0; i < 2'000; ++i) {
    deep += "Content-Type: multipart/mixed; boundary=b" + std::to_string(i) + "\n\n--b" +
            std::to_string(i) + "\n";
    many += "--b\n\nx\n";
  }
  EXPECT_THAT(Walk(deep).limits, testing::ElementsAre(WalkLimit::kDepth));
  EXPECT_TRUE(Walk(deep).Has(Oddity::kTooDeep));
  const Told told = Walk(many, 1'000, {.parts = 100});
  EXPECT_THAT(told.limits, testing::ElementsAre(WalkLimit::kParts));
  EXPECT_EQ(told.parts.size(), 100);
  EXPECT_TRUE(
      Walk(kMixed + "--b\nX: " + std::string(1'000'000, 'x') + "\n\n").Has(Oddity::kHeaderTooLong));
}

// Who reads further may find another boundary, or another name.
TEST(Walker, SaysWhereAHeaderHoldsMoreThanIsRead) {
  const auto boundaries = [](int count) {
    std::string fields;
    for (int i = 0; i < count; ++i) {
      fields += "Content-Type: multipart/mixed; boundary=b" + std::to_string(i) + "\n";
    }
    return Walk(fields + "\n--b0\n\nx\n--b0--\n");
  };
  const auto parameters = [](std::size_t count) {
    std::string field = "Content-Disposition: attachment";
    for (std::size_t i = 0; i < count; ++i) field += "; p" + std::to_string(i) + "=x";
    return Walk(field + "\n\nx\n");
  };
  EXPECT_FALSE(boundaries(8).Has(Oddity::kTooMuchHeader));
  EXPECT_TRUE(boundaries(9).Has(Oddity::kTooMuchHeader));
  EXPECT_FALSE(parameters(kMostParameters).Has(Oddity::kTooMuchHeader));
  EXPECT_TRUE(parameters(kMostParameters + 1).Has(Oddity::kTooMuchHeader));
  EXPECT_FALSE(parameters(kMostParameters + 1).Has(Oddity::kManyNames));
}

}  // namespace
}  // namespace gatepost::mime
