#include "tools/dmarc-report/report_mail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/program.h"
#include "tests/support/temp_folder.h"
#include "tests/tools/dmarc-report/rows.h"

namespace gatepost::dmarc_report {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

const ReportIdentity kIdentity{"mx.example.org", "example.com", 20'000};
constexpr base::WallTime kNow{std::chrono::seconds(1'728'100'000)};

std::string SomeMail(const std::string& to = "reports@example.com") {
  const auto file = MakeReportFile(SomeHead(), SomeRows(3), 1'000'000);
  const auto mail =
      FormatReportMail({"Example, Org", "dmarc@example.org"}, to, kIdentity, *file, kNow);
  return mail.value_or("");
}

TEST(ReportIdentity, NamesFollowTheGrammar) {  // RFC 9990, "Email"
  EXPECT_THAT(kIdentity.FileName(),
              MatchesRegex("mx\\.example\\.org!example\\.com!1728000000!1728086399!"
                           "[0-9a-f]+\\.xml"));
  EXPECT_THAT(kIdentity.FileName(), HasSubstr("!" + kIdentity.Id() + ".xml"));
  EXPECT_EQ(kIdentity.MessageId(), kIdentity.Id() + "@mx.example.org");
  EXPECT_EQ(kIdentity.Id().size(), 32U);
}

TEST(ReportIdentity, DiffersWithSubmitterDomainAndDayAlone) {
  const std::string id = kIdentity.Id();
  EXPECT_EQ((ReportIdentity{"mx.example.org", "example.com", 20'000}.Id()), id);
  EXPECT_NE((ReportIdentity{"mx.example.net", "example.com", 20'000}.Id()), id);
  EXPECT_NE((ReportIdentity{"mx.example.org", "example.net", 20'000}.Id()), id);
  EXPECT_NE((ReportIdentity{"mx.example.org", "example.com", 20'001}.Id()), id);
}

TEST(ReportMail, HasTheSubjectThatReadersLookFor) {
  EXPECT_THAT(SomeMail(), HasSubstr("\r\nSubject: Report Domain: example.com\r\n"
                                    " Submitter: mx.example.org\r\n Report-ID: <" +
                                    kIdentity.Id() + ">\r\n"));
}

TEST(ReportMail, SaysThatAProgramSentIt) {
  EXPECT_THAT(SomeMail(), HasSubstr("\r\nAuto-Submitted: auto-generated\r\n"));
  EXPECT_THAT(SomeMail(), HasSubstr("From: \"Example, Org\"\r\n <dmarc@example.org>\r\n"));
}

TEST(ReportMail, IsReadByPythonsParserWithTheFileWhole) {
  const support::TempFolder folder;
  std::ofstream(folder.path() / "mail", std::ios::binary) << SomeMail();
  const auto status =
      support::RunToEnd({"/usr/bin/python3", "-c",
                         "import sys, email, email.policy, gzip\n"
                         "mail = email.message_from_binary_file(open(sys.argv[1], 'rb'),\n"
                         "                                      policy=email.policy.default)\n"
                         "assert not mail.defects, mail.defects\n"
                         "text, report = mail.iter_parts()\n"
                         "assert report.get_content_type() == 'application/gzip'\n"
                         "assert report.get_filename() == sys.argv[2], report.get_filename()\n"
                         "assert b'</feedback>' in gzip.decompress(report.get_content())\n"
                         "assert 'RFC 9990' in text.get_content()\n",
                         folder.path() / "mail", kIdentity.FileName() + ".gz"},
                        folder.path() / "log");
  EXPECT_EQ(status.value_or(-1), 0) << support::ReadWholeFile(folder.path() / "log");
}

TEST(ReportMail, TheLongestDomainsStayBelowTheLimitOfALine) {
  std::string domain;
  while (domain.size() < 240) domain += "abcdefghi.";
  domain += "example";
  const ReportIdentity identity{domain.substr(50), domain, 20'000};
  const auto file = MakeReportFile(SomeHead(), SomeRows(1), 1'000'000);
  const auto mail = FormatReportMail({"Org", "a@b.example"}, "c@d.example", identity, *file, kNow);
  ASSERT_TRUE(mail) << mail.error().message;
  for (std::size_t at = 0, end = 0; (end = mail->find("\r\n", at)) != std::string::npos;
       at = end + 2) {
    EXPECT_LE(end - at, 998U);
  }
}

TEST(ReportMail, AnAddressThatIsNotPlainIsRefused) {
  EXPECT_EQ(SomeMail("a@b.example>\r\nBcc: <x@y.example"), "");
}

}  // namespace
}  // namespace gatepost::dmarc_report
