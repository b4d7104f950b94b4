#include "common/submit/letter.h"

namespace gatepost::submit {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr base::WallTime kNow{std::chrono::seconds(1'700'000'000)};

Letter Simple() {
  return {"Mail system",  "from@example.org", "to@example.com",
          {"One", "Two"}, "Hello\n",          {{"text/csv", "a.csv", "x,y\n"}}};
}

std::string Format(const Letter& letter) {
  return FormatLetter(letter, "id@example.org", kNow).value_or("");
}

TEST(Letter, IsAMultipartMessageMarkedAsAutomatic) {
  EXPECT_EQ(Format(Simple()),
            "From: Mail system\r\n <from@example.org>\r\nTo: to@example.com\r\n"
            "Subject: One\r\n Two\r\nDate: Tue, 14 Nov 2023 22:13:20 +0000\r\n"
            "Message-ID: <id@example.org>\r\nAuto-Submitted: auto-generated\r\n"
            "MIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n boundary=\"=_id\"\r\n\r\n"
            "--=_id\r\nContent-Type: text/plain; charset=utf-8\r\n"
            "Content-Transfer-Encoding: 7bit\r\n\r\nHello\r\n\r\n"
            "--=_id\r\nContent-Type: text/csv;\r\n name=\"a.csv\"\r\n"
            "Content-Disposition: attachment;\r\n filename=\"a.csv\"\r\n"
            "Content-Transfer-Encoding: base64\r\n\r\neCx5Cg==\r\n\r\n--=_id--\r\n");
}

TEST(Letter, TextThatHoldsTheBoundaryIsEncoded) {
  Letter letter = Simple();
  letter.text = "--=_id--\n";
  EXPECT_THAT(Format(letter), Not(HasSubstr("\r\n\r\n--=_id--\r\n\r\n--=_id")));
  EXPECT_THAT(Format(letter), HasSubstr("base64\r\n\r\nLS09X2lkLS0NCg=="));
}

TEST(Letter, NoHeaderFieldComesFromItsParts) {
  const std::string evil = "x\r\nBcc: all@example.org";
  const auto with = [&](auto change) {
    Letter letter = Simple();
    change(letter);
    return Format(letter);
  };
  EXPECT_EQ(with([&](Letter& l) { l.subject = {evil}; }), "");
  EXPECT_EQ(with([&](Letter& l) { l.subject = {"gr\xc3\xbc\xc3\x9f"}; }), "");
  EXPECT_EQ(with([&](Letter& l) { l.subject = {}; }), "");
  EXPECT_EQ(with([&](Letter& l) { l.subject = {"a", ""}; }), "");
  EXPECT_EQ(with([&](Letter& l) { l.to = evil; }), "");
  EXPECT_EQ(with([&](Letter& l) { l.from = evil; }), "");
  EXPECT_EQ(with([&](Letter& l) { l.attachments[0].file_name = "a\"; b=\""; }), "");
  EXPECT_EQ(with([&](Letter& l) { l.attachments[0].media_type = evil; }), "");
  EXPECT_EQ(with([&](Letter& l) { l.subject = {std::string(1000, 'x')}; }), "");
  EXPECT_THAT(with([&](Letter& l) { l.from_name = evil; }),
              StartsWith("From: \"x  Bcc: all@example.org\"\r\n <"));
  EXPECT_FALSE(FormatLetter(Simple(), "a b@c", kNow));
}

TEST(Letter, WithoutAttachmentsItIsStillWhole) {
  Letter letter = Simple();
  letter.attachments.clear();
  EXPECT_THAT(Format(letter), EndsWith("Hello\r\n\r\n--=_id--\r\n"));
}

}  // namespace
}  // namespace gatepost::submit
