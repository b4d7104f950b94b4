// Documents as the scanner meets them: by what they turn out to be, and behind other bytes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/milters/attachments/archives/scan_samples.h"
#include "tests/support/compound_writer.h"

namespace gatepost::attachments {
namespace {

using samples::Named;
using samples::ScanBytes;
using samples::Scanned;

std::string MacroDocument() {
  test::CompoundWriter writer;
  writer.Add("WordDocument", std::string(500, '\0'));
  test::AddVbaProject(writer, "Macros/", "Attribute VB_Name = \"A\"\r\nSub AutoOpen()\r\n");
  return writer.Write();
}

TEST(DocumentScan, AnInstallerRunsWhateverItIsCalled) {
  test::CompoundWriter writer;
  writer.SetClass(std::string("\x84\x10\x0C\0\0\0\0\0\xC0\0\0\0\0\0\0\x46", 16));
  writer.Add("a", "x");
  const Scanned scanned = ScanBytes(writer.Write(), Named("papers.dat"));
  EXPECT_EQ(scanned.result.type.name, "msi");
  EXPECT_EQ(scanned.result.type.kind, Kind::kExecutable);
}

TEST(DocumentScan, FindsADocumentBehindOtherBytes) {
  const Scanned scanned = ScanBytes("\r\n" + MacroDocument(), Named("papers.doc"));
  EXPECT_TRUE(scanned.Has(Property::kAutoMacro));
  EXPECT_TRUE(scanned.Has(Property::kHiddenData));
}

TEST(DocumentScan, FindsAMessageBehindADocument) {
  const std::string page =
      "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\n"
      "Content-Type: application/octet-stream; name=c.exe\r\n\r\nMZ\x90\r\n--b--\r\n";
  const Scanned scanned = ScanBytes("%PDF-1.7\n%%EOF\n" + page, Named("papers.doc"));
  EXPECT_TRUE(scanned.Has(Property::kTypeMismatch));
  EXPECT_THAT(scanned.Paths(), testing::Contains(testing::HasSubstr("c.exe")));
}

TEST(DocumentScan, WatchesTextOfSpreadsheets) {
  EXPECT_TRUE(ScanBytes("=cmd|'/c rem'!A1\n", Named("a.csv")).Has(Property::kDynamicExchange));
  EXPECT_FALSE(ScanBytes("=cmd|'/c rem'!A1\n", Named("a.txt")).Has(Property::kDynamicExchange));
}

}  // namespace
}  // namespace gatepost::attachments
