// Each way to hide "evil.exe" from one program while another shows it.
#include "common/mime/parameters.h"

namespace gatepost::mime {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;

struct Case {
  const char* what;
  std::string_view value;
};

const Case kEvil[] = {
    {"plain", "attachment; filename=evil.exe"},
    {"quoted", "attachment; filename=\"evil.exe\""},
    {"first of two", "attachment; filename=evil.exe; filename=good.txt"},
    {"second of two", "attachment; filename=good.txt; filename=evil.exe"},
    {"upper case", "attachment; FILENAME=\"evil.exe\""},
    {"blanks around", "attachment ;\r\n\tfilename = \"evil.exe\" "},
    {"without a semicolon's blank", "attachment;filename=evil.exe;x=y"},
    {"extended", "attachment; filename*=utf-8''evil.exe"},
    {"extended and percent", "attachment; filename*=utf-8'en'%65vil%2Eexe"},
    {"extended beside plain", "attachment; filename=good.txt; filename*=us-ascii''evil.exe"},
    {"plain beside extended", "attachment; filename*=us-ascii''good.txt; filename=evil.exe"},
    {"extended without quotes", "attachment; filename*=evil.exe"},
    {"without a word", "filename=evil.exe"},
    {"without a word, quoted", " filename = \"evil.exe\"; x=y"},
    {"without a semicolon", "attachment filename=\"evil.exe\""},
    {"without a semicolon, behind a comment", "attachment (a=b, c) filename=\"evil.exe\""},
    {"with a colon", "attachment; filename:\"evil.exe\""},
    {"two quoted", "attachment; filename=\"evil.\" \"exe\""},
    {"in EBCDIC", "attachment; filename*=ibm037''%85%a5%89%93%4b%85%a7%85"},
    {"of an unknown charset", "attachment; filename*=x-odd''evil.exe"},
    {"overlong UTF-8", "attachment; filename*=utf-8''evil%c0%aeexe"},
    {"overlong UTF-8, longer", "attachment; filename*=utf-8''evil%e0%80%aeexe"},
    {"an encoded word without its end", "attachment; filename=\"=?utf-8?B?ZXZpbC5leGU=\""},
    {"an encoded word in UTF-7", "attachment; filename=\"=?utf-7?Q?evil+AC4-exe?=\""},
    {"in pieces", "attachment; filename*0=ev; filename*1=il.exe"},
    {"in pieces, not in order", "attachment; filename*1=il.exe; filename*0=ev"},
    {"in pieces, by place", "attachment; filename*1=ev; filename*0=il.exe"},
    {"in pieces with a gap", "attachment; filename*0=evil.exe; filename*2=.txt"},
    {"in extended pieces",
     "attachment; filename*0*=utf-8''%65v; filename*1*=il%2e; filename*2=exe"},
    {"without a closing quote", "attachment; filename=\"evil.exe"},
    {"without one, with more behind", "attachment; filename=\"evil.exe; size=5"},
    {"with backslashes", "attachment; filename=\"ev\\il.e\\xe\""},
    {"encoded word", "attachment; filename=\"=?utf-8?B?ZXZpbC5leGU=?=\""},
    {"encoded word, unquoted", "attachment; filename==?utf-8?Q?evil=2Eexe?="},
    {"two encoded words", "attachment; filename=\"=?utf-8?Q?evil?= =?utf-8?Q?=2Eexe?=\""},
    {"percent signs", "attachment; filename=\"evil%2Eexe\""},
    {"text after the quotes", "attachment; filename=\"evil\".exe"},
    {"text after the quotes that is dropped", "attachment; filename=\"evil.exe\".txt"},
    {"a comment", "attachment; filename=evil(comment).exe"},
    {"a comment in the name", "attachment; (x=y) filename=evil.exe"},
    {"a blank that ends it", "attachment; filename=evil.exe .txt"},
    {"NUL", std::string_view("attachment; filename=\"evil.exe\0.txt\"", 37)},
    {"folded within quotes", "attachment; filename=\"evil.\r\n exe\""},
    {"quote that a backslash hides", "attachment; filename=\"evil.exe\\\"; x=\".txt\""},
    {"UTF-7", "attachment; filename*=utf-7''evil+AC4-exe"},
};

TEST(Parameters, ShowEveryNameThatAClientMayShow) {
  for (const auto& test : kEvil) {
    const auto names = Readings(ParseStructuredValue(test.value), "filename");
    if (std::string_view(test.what) == "folded within quotes") {
      EXPECT_THAT(names, Contains("evil. exe")) << test.what;
    } else {
      EXPECT_THAT(names, Contains("evil.exe")) << test.what;
    }
  }
}

TEST(Parameters, SpellTheTokenInOneWay) {
  for (const std::string_view value :
       {"text/html", " Text/HTML ;charset=x", "text / html", "text/html (comment; x=y)",
        "(a)text/html(b\\)c);name=x", "text/html;"}) {
    EXPECT_EQ(ParseStructuredValue(value).token, "text/html") << value;
  }
}

TEST(Parameters, TellWhatIsMalformed) {
  EXPECT_FALSE(ParseStructuredValue("a/b; c=d; e=\"f\" (comment); g=h").malformed);
  EXPECT_TRUE(ParseStructuredValue("a/b; c=\"d").malformed);
  EXPECT_TRUE(ParseStructuredValue("a/b; c=\"d\"e").malformed);
  EXPECT_TRUE(ParseStructuredValue("a/b; c").malformed);
}

TEST(Parameters, KeepBoundariesAsTheyStand) {
  const auto value = ParseStructuredValue("multipart/mixed; boundary=\"a%2Fb=?x?=\"; boundary=c d");
  EXPECT_THAT(RawReadings(value, "boundary"), ElementsAre("a%2Fb=?x?=", "c d", "c"));
}

TEST(Parameters, BeginBeforeTheFirstEqualsSign) {
  const auto value = ParseStructuredValue("text/plain charset=utf-8; name=a;b.txt");
  EXPECT_EQ(value.token, "text/plain");
  EXPECT_TRUE(value.malformed);
  EXPECT_THAT(Readings(value, "charset"), ElementsAre("utf-8"));
  EXPECT_THAT(Readings(value, "name"), ElementsAre("a", "a;b.txt"));
  EXPECT_EQ(ParseStructuredValue("text/plain (a=b)").token, "text/plain");
  EXPECT_FALSE(ParseStructuredValue("text/plain (a=b); c=d").malformed);
  EXPECT_EQ(ParseStructuredValue("=").token, "=");
}

TEST(Parameters, AreBounded) {
  std::string many = "attachment";
  for (int i = 0; i < 5'000; ++i) many += "; filename=" + std::to_string(i);
  const auto value = ParseStructuredValue(many);
  EXPECT_TRUE(value.cut);
  EXPECT_EQ(value.parameters.size(), kMostParameters);
  bool truncated = false;
  EXPECT_EQ(Readings(value, "filename", &truncated).size(), kMostNames);
  EXPECT_TRUE(truncated);
}

TEST(Parameters, OfHarmlessMailHaveOneReading) {
  EXPECT_THAT(
      Readings(ParseStructuredValue("attachment; filename=\"Q3 report.pdf\"; size=5"), "filename"),
      ElementsAre("Q3 report.pdf"));
  EXPECT_THAT(Readings(ParseStructuredValue("attachment"), "filename"), ElementsAre());
}

}  // namespace
}  // namespace gatepost::mime
