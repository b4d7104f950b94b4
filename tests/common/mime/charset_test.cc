#include "common/mime/charset.h"

namespace gatepost::mime {
namespace {

struct Case {
  std::string_view bytes;
  std::string_view charset;
  std::string_view text;
};

const Case kCases[] = {
    {"evil.exe", "", "evil.exe"},
    {"evil.exe", "x-unknown", "evil.exe"},
    {"r\xE9sum\xE9", "iso-8859-1", "r\xC3\xA9sum\xC3\xA9"},
    {"r\xE9sum\xE9", "ISO-8859-15", "r\xC3\xA9sum\xC3\xA9"},
    {"r\xC3\xA9sum\xC3\xA9", "UTF-8", "r\xC3\xA9sum\xC3\xA9"},
    {"r\xC3\xA9sum\xC3\xA9", "", "r\xC3\xA9sum\xC3\xA9"},
    {"r\xE9sum\xE9", "", "r\xC3\xA9sum\xC3\xA9"},
    {"r\xE9sum\xE9", "../../lib/evil", "r\xC3\xA9sum\xC3\xA9"},
    {"a\xFF\xFE", "utf-8", "a\xEF\xBF\xBD\xEF\xBF\xBD"},
    {"\xC0\xAE", "utf-8", "\xEF\xBF\xBD\xEF\xBF\xBD"},
    {"evil+AC4-exe", "utf-7", "evil.exe"},
    {std::string_view("e\0v\0", 4), "utf-16le", "ev"},
    {"\x1B$B%(%S%k\x1B(B.exe", "iso-2022-jp", "\xE3\x82\xA8\xE3\x83\x93\xE3\x83\xAB.exe"},
    {"\x83\x47\x83\x72.exe", "shift_jis", "\xE3\x82\xA8\xE3\x83\x93.exe"},
};

TEST(Charset, BecomesUtf8) {
  for (const auto& test : kCases)
    EXPECT_EQ(ToUtf8(test.bytes, test.charset), test.text) << test.charset;
}

TEST(Charset, KnowsUtf8) {
  for (const std::string_view good : {"", "abc", "\xC3\xA9", "\xF0\x9F\x98\x80"}) {
    EXPECT_TRUE(IsUtf8(good)) << good;
  }
  for (const std::string_view bad :
       {"\xC3", "\xE9t\xE9", "\xC0\xAF", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xE0\x80\x80"}) {
    EXPECT_FALSE(IsUtf8(bad)) << bad;
  }
}

}  // namespace
}  // namespace gatepost::mime
