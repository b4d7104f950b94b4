#include "common/submit/notice.h"

#include <chrono>

#include "common/base/base64.h"
#include "common/base/strings.h"

namespace gatepost::submit {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const base::WallTime kNow{1'700'000'000s};  // Tue, 14 Nov 2023 22:13:20 UTC

Notice Simple() {
  return {"Mail system", "postmaster@example.org", "eva@example.org", "Your mailbox",
          "It is full.\n"};
}

std::string Format(const Notice& notice) {
  return FormatNotice(notice, "1@mx.example.org", kNow).value();
}

std::string Body(const std::string& message) {
  return message.substr(message.find("\r\n\r\n") + 4);
}

TEST(Notice, IsAWholeMessage) {
  EXPECT_EQ(Format(Simple()),
            "From: Mail system\r\n"
            " <postmaster@example.org>\r\n"
            "To: eva@example.org\r\n"
            "Subject: Your mailbox\r\n"
            "Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"
            "Message-ID: <1@mx.example.org>\r\n"
            "Auto-Submitted: auto-generated\r\n"
            "MIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n"
            "Content-Transfer-Encoding: 7bit\r\n"
            "\r\n"
            "It is full.\r\n");
}

TEST(Notice, NoFieldCanMakeAHeader) {
  Notice notice = Simple();
  notice.from_name = "x\r\nBcc: all@example.org";
  notice.subject = "y\r\nBcc: all@example.org\n\n\nbody";
  const std::string message = Format(notice);
  EXPECT_EQ(message.find("\nBcc:"), std::string::npos);
  EXPECT_THAT(message, HasSubstr("Subject: y  Bcc: all@example.org   body\r\n"));
}

TEST(Notice, AddressesThatAreNotPlainAreRefused) {
  std::string too_long(255, 'x');
  too_long[100] = '@';
  std::vector<std::string> addresses{
      "",          "eva",      "@example.org",     "eva@",
      "eva@a@b",   "e@x\r\nY", "eva @example.org", "<eva@example.org>",
      "\"e\"@x.y", "a,b@x.y",  "jürgen@x\x7f.org", too_long};
  addresses.emplace_back("eva\0@example.org", 16);
  for (const std::string& address : addresses) {
    Notice notice = Simple();
    notice.to = address;
    EXPECT_FALSE(FormatNotice(notice, "1@mx", kNow)) << address;
    notice = Simple();
    notice.from = address;
    EXPECT_FALSE(FormatNotice(notice, "1@mx", kNow)) << address;
  }
}

// RFC 2047 section 2: at most 75 characters each, whole UTF-8 characters (section 5).
TEST(Notice, SubjectsBeyondAsciiBecomeEncodedWords) {
  Notice notice = Simple();
  for (int i = 0; i < 40; ++i) notice.subject += "ä€😀";
  const std::string message = Format(notice);
  const std::size_t start = message.find("Subject: ") + 9;
  std::string field = message.substr(start, message.find("\r\nDate:") - start);
  std::string decoded;
  for (std::string_view word : base::Split(field, '\n')) {
    word = base::Trim(word);
    ASSERT_LE(word.size(), 75U);
    ASSERT_TRUE(word.starts_with("=?utf-8?B?") && word.ends_with("?=")) << word;
    const auto part = base::DecodeBase64(word.substr(10, word.size() - 12)).value();
    EXPECT_NE(static_cast<unsigned char>(part[0]) & 0xc0, 0x80) << "a character was split";
    decoded += part;
  }
  EXPECT_EQ(decoded, notice.subject);
}

TEST(Notice, TextThatLooksEncodedIsEncoded) {
  Notice notice = Simple();
  notice.subject = "=?utf-8?B?AAAA?=";
  EXPECT_EQ(Format(notice).find("=?utf-8?B?AAAA?="), std::string::npos);
}

TEST(Notice, DisplayNamesAreQuotedWhereNeeded) {
  Notice notice = Simple();
  notice.from_name = "Mail \"system\", \\ example.org";
  EXPECT_THAT(Format(notice), HasSubstr("From: \"Mail \\\"system\\\", \\\\ example.org\"\r\n <"));
  notice.from_name = "Poststelle für alle";
  EXPECT_THAT(Format(notice), HasSubstr("From: =?utf-8?B?"));
  notice.from_name = "";
  EXPECT_THAT(Format(notice), HasSubstr("From: postmaster@example.org\r\n"));
}

TEST(Notice, BodiesThatDoNotFit7BitAreBase64) {
  std::vector<std::string> texts{"für\n", "a\rb\n", "a\rb\n"};
  texts[2][1] = '\0';
  texts.emplace_back(999, 'x');
  for (const std::string& text : texts) {
    Notice notice = Simple();
    notice.text = text;
    const std::string message = Format(notice);
    EXPECT_THAT(message, HasSubstr("Content-Transfer-Encoding: base64\r\n"));
    const auto decoded = base::DecodeBase64(Body(message)).value();
    EXPECT_EQ(decoded.substr(0, 3), text.substr(0, 3));
    for (const auto line : base::Split(Body(message), '\n')) EXPECT_LE(line.size(), 77U);
  }
}

TEST(Notice, LineEndsAreMadeCrlf) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""}, {"a", "a\r\n"}, {"a\n", "a\r\n"}, {"a\r\nb", "a\r\nb\r\n"}, {"\n\n", "\r\n\r\n"}};
  for (const auto& [text, want] : cases) {
    Notice notice = Simple();
    notice.text = text;
    EXPECT_EQ(Body(Format(notice)), want);
  }
}

TEST(Notice, ALineOf998BytesFits) {
  Notice notice = Simple();
  notice.text = std::string(1'998, 'x');
  notice.text.replace(998, 2, "\r\n");
  EXPECT_THAT(Format(notice), HasSubstr("7bit"));
}

TEST(Notice, OnlyAddressesBeyondAsciiNeedSmtpUtf8) {
  Notice notice = Simple();
  notice.subject = "für";
  notice.text = "für";
  EXPECT_FALSE(NeedsUtf8(notice));
  notice.to = "jürgen@example.org";
  EXPECT_TRUE(NeedsUtf8(notice));
}

}  // namespace
}  // namespace gatepost::submit
