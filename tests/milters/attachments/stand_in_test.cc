#include "milters/attachments/stand_in.h"

namespace gatepost::attachments {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

struct TextCase {
  std::string text;
  std::string encoding;
  std::string body;
};

TEST(EncodeText, LeavesPlainTextAloneAndQuotesTheRest) {
  const std::vector<TextCase> cases{
      {"Hello", "7bit", "Hello"},
      {"one\ntwo\r\nthree\rfour\n\n", "7bit", "one\r\ntwo\r\nthree\r\nfour"},
      {"", "7bit", ""},
      {"gr\xC3\xBC\xC3\x9F=", "quoted-printable", "gr=C3=BC=C3=9F=3D"},
      {"a \n\x01", "quoted-printable", "a=20\r\n=01"},
      {"--boundary\n--", "quoted-printable", "=2D-boundary\r\n=2D-"},
      {"\xC3\xBC" + std::string(69, 'x') + "----", "quoted-printable",
       "=C3=BC" + std::string(69, 'x') + "=\r\n=2D---"},
  };
  for (const auto& test : cases) {
    const auto encoded = EncodeText(test.text);
    EXPECT_EQ(encoded.encoding, test.encoding) << test.text;
    EXPECT_EQ(encoded.body, test.body) << test.text;
  }
  const auto encoded = EncodeText(std::string(5'000, '-'));
  EXPECT_THAT(encoded.body, Not(HasSubstr("\n--")));
}

TEST(PartWithText, KeepsWhatOthersReferToAndNothingThatIsReadInTwoWays) {
  const std::string part = PartWithText(
      "gone",
      "Content-Type: a/b\r\nContent-ID: <1@x>\r\nSubject: one\r\n two\r\njunk\r\n"
      "content-id: <2@x>\r\nX-Cr: a\rContent-Type: a/b\r\nX-Empty-Fold: a\r\n \r\n --b\r\n"
      "Content-Type : c/d\r\nCONTENT-DISPOSITION: attachment;\r\n\tfilename=x\r\n--b: c\r\n"
      "X-Last: z");
  EXPECT_THAT(part, testing::StartsWith("Content-Type: text/plain; charset=utf-8\r\n"
                                        "Content-Transfer-Encoding: 7bit\r\n"
                                        "Content-Disposition: inline\r\n"));
  EXPECT_THAT(part, testing::EndsWith("\r\nX-Last: z\r\n\r\ngone"));
  EXPECT_THAT(part, HasSubstr("\r\nContent-ID: <1@x>\r\nSubject: one\r\n two\r\nX-"));
  for (const char* const lost :
       {"junk", "<2@x>", "X-Cr", "Fold", "a/b", "c/d", "filename", "--b"}) {
    EXPECT_THAT(part, Not(HasSubstr(lost)));
  }
}

TEST(PartWithText, TakesAHeaderWithNulBytes) {
  using namespace std::string_literals;
  EXPECT_THAT(PartWithText("x", "A: b\r\nX-Nul: a\0b\r\nC: d\r\n\r\n"s),
              testing::EndsWith("inline\r\nA: b\r\nC: d\r\n\r\nx"));
}

TEST(ChangesForText, LeaveOneTypeAndOneEncoding) {
  using Kind = FieldChange::Kind;
  EXPECT_THAT(
      ChangesForText({{"Content-type", " a/b"},
                      {"MIME-Version", " 1.0"},
                      {"CONTENT-TYPE ", " c/d"},
                      {"Content-MD5", " x"},
                      {"Content-ID", " <a>"},
                      {"Content-Disposition", " attachment"},
                      {"Content-disposition", " attachment"},
                      {"Subject", " x"}},
                     "7bit"),
      ElementsAre(FieldChange{Kind::kDelete, "content-disposition", 2, ""},
                  FieldChange{Kind::kDelete, "content-disposition", 1, ""},
                  FieldChange{Kind::kDelete, "content-md5", 1, ""},
                  FieldChange{Kind::kDelete, "content-type", 2, ""},
                  FieldChange{Kind::kChange, "Content-Type", 1, " text/plain; charset=utf-8"},
                  FieldChange{Kind::kAdd, "Content-Transfer-Encoding", 0, " 7bit"}));
  EXPECT_THAT(ChangesForText({}, "quoted-printable"),
              testing::Contains(FieldChange{Kind::kAdd, "MIME-Version", 0, " 1.0"}));
}

}  // namespace
}  // namespace gatepost::attachments
