#include "common/submit/smtp_reply.h"

namespace gatepost::submit {
namespace {

TEST(SmtpReply, ReadsRepliesHoweverTheyAreCut) {
  const std::string bytes = "250-mx\r\n250-PIPELINING\r\n250 SMTPUTF8\r\n354\r\n421 bye\n";
  for (std::size_t cut = 1; cut <= bytes.size(); ++cut) {
    SmtpReplyReader reader;
    std::vector<SmtpReply> replies;
    for (std::size_t at = 0; at < bytes.size(); at += cut) {
      reader.Feed(std::string_view(bytes).substr(at, cut));
      for (auto next = reader.Next(); next.value(); next = reader.Next()) {
        replies.push_back(std::move(**next));
      }
    }
    ASSERT_EQ(replies.size(), 3U);
    EXPECT_EQ(replies[0].code, 250);
    EXPECT_EQ(replies[0].lines, (std::vector<std::string>{"mx", "PIPELINING", "SMTPUTF8"}));
    EXPECT_EQ(replies[1].code, 354);
    EXPECT_EQ(replies[2].lines, (std::vector<std::string>{"bye"}));
  }
}

TEST(SmtpReply, RefusesWhatIsNoReply) {
  std::string too_long(3'000, 'x');
  too_long.replace(0, 4, "250 ");
  const std::vector<std::string> cases{"\r\n",
                                       "25\r\n",
                                       "2500 x\r\n",
                                       "abc hello\r\n",
                                       "250-a\r\n251 b\r\n",
                                       "199 x\r\n",
                                       "600 x\r\n",
                                       "HTTP/1.1 200 OK\r\n",
                                       std::string(3'000, '2'),
                                       too_long};
  for (const std::string& bytes : cases) {
    SmtpReplyReader reader;
    reader.Feed(bytes);
    EXPECT_FALSE(reader.Next()) << bytes;
  }
}

TEST(SmtpReply, AReplyOfTooManyLinesIsRefused) {
  SmtpReplyReader reader;
  for (int i = 0; i < 200; ++i) reader.Feed("250-x\r\n");
  EXPECT_FALSE(reader.Next());
}

TEST(SmtpReply, KeywordsAreFoundInAnyCaseAfterTheFirstLine) {
  const SmtpReply ehlo{250, {"SIZE", "smtputf8", "AUTH PLAIN", "8BITMIMEX"}};
  EXPECT_TRUE(ehlo.Offers("SMTPUTF8"));
  EXPECT_TRUE(ehlo.Offers("auth"));
  EXPECT_FALSE(ehlo.Offers("SIZE"));
  EXPECT_FALSE(ehlo.Offers("8BITMIME"));
}

}  // namespace
}  // namespace gatepost::submit
