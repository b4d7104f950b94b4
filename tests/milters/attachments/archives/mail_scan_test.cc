// Messages that lie in files: each part is told like a member.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/base/base64.h"
#include "tests/milters/attachments/archives/scan_samples.h"

namespace gatepost::attachments {
namespace {

using samples::MakeProgram;
using samples::MakeZip;
using samples::Named;
using samples::Noise;
using samples::ScanBytes;
using samples::Scanned;
using ::testing::Contains;
using ::testing::ElementsAre;

std::string Attached(const std::string& name, const std::string& content) {
  std::string encoded = base::EncodeBase64(std::as_bytes(std::span(content)));
  for (std::size_t at = 76; at < encoded.size(); at += 78) encoded.insert(at, "\r\n");
  return "--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; "
         "filename=" +
         name + "\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encoded + "\r\n";
}

std::string Message(const std::string& parts) {
  return "From: eva@example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; "
         "boundary=b\r\n"
         "\r\n--b\r\n\r\nDear Eva\r\n" +
         parts + "--b--\r\n";
}

TEST(MailScan, TellsPartsOfAMessageInAFile) {
  const std::string mail =
      Message(Attached("c.exe", MakeProgram()) +
              Attached("d.zip", MakeZip({{"e.exe", MakeProgram()}, {"n", Noise(90'000)}})));
  const Scanned scanned = ScanBytes(mail, Named("b.eml"));
  EXPECT_EQ(scanned.result.type.name, "message");
  EXPECT_FALSE(scanned.result.properties.any()) << scanned.result.properties.Format();
  EXPECT_THAT(scanned.Paths(), ElementsAre("1.1", "c.exe", "d.zip/e.exe", "d.zip/n", "d.zip"));
  EXPECT_EQ(scanned.Find("c.exe")->type.name, "pe");
  EXPECT_THAT(scanned.Find("d.zip")->declared_types, ElementsAre("application/octet-stream"));
}

TEST(MailScan, TellsThemWithinArchivesByTheWholePath) {
  const std::string mail = Message(Attached("c.exe", MakeProgram()));
  EXPECT_THAT(ScanBytes(MakeZip({{"b.eml", mail}})).Paths(), Contains("b.eml/c.exe"));
  EXPECT_THAT(ScanBytes(MakeZip({{"b.doc", mail}})).Paths(), Contains("b.doc/c.exe"));
}

TEST(MailScan, LeavesTextThatIsNoMessageAlone) {
  const Scanned scanned = ScanBytes("Note: this is text\r\n\r\nbegin 644 x\r\n", Named("a.txt"));
  EXPECT_EQ(scanned.result.type.name, "text");
  EXPECT_TRUE(scanned.items.empty());
}

TEST(MailScan, EndsWhereverTheMessageIsCut) {
  const std::string mail = Message(Attached("d.zip", MakeZip({{"e.exe", MakeProgram()}})));
  for (std::size_t size = 0; size < mail.size(); size += 5) {
    ScanBytes(mail.substr(0, size), Named("b.eml"));
  }
}

}  // namespace
}  // namespace gatepost::attachments
