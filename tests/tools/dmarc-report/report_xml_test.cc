// The XML that is written is valid by RFC 9990's schema, whatever the rows hold. xmllint and
// Python's parser judge it.
#include "tools/dmarc-report/report_xml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "tests/support/program.h"
#include "tests/support/temp_folder.h"
#include "tests/tools/dmarc-report/rows.h"
#include "tools/dmarc-report/xml_text.h"

namespace gatepost::dmarc_report {
namespace {

using report::CountedRow;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

// RFC 9990's schema is not part of the sources: GATEPOST_DMARC_SCHEMA names it, or it lies in a
// folder of shared files beside them. "" where there is none.
std::string SchemaPath() {
  // Nobody changes the environment meanwhile.
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  if (const char* const path = ::getenv("GATEPOST_DMARC_SCHEMA")) return path;
  for (const char* up : {"/../", "/../../"}) {
    const std::string path =
        std::string(GATEPOST_SOURCE_DIR) + up + "shared/data/dmarc/dmarc-xml-0.2.xsd";
    if (std::filesystem::exists(path)) return path;
  }
  return "";
}

int RunOn(const std::string& xml, std::vector<std::string> command) {
  const support::TempFolder folder;
  const auto file = folder.path() / "report.xml";
  std::ofstream(file, std::ios::binary) << xml;
  command.push_back(file);
  const auto status = support::RunToEnd(command, folder.path() / "log");
  if (status && *status != 0) ADD_FAILURE() << support::ReadWholeFile(folder.path() / "log");
  return status.value_or(-1);
}

void ExpectParses(const std::string& xml) {
  EXPECT_EQ(RunOn(xml, {"/usr/bin/python3", "-c",
                        "import sys, xml.etree.ElementTree as e\n"
                        "root = e.parse(sys.argv[1]).getroot()\n"
                        "assert root.tag == '{urn:ietf:params:xml:ns:dmarc-2.0}feedback'\n"
                        "assert len(root.findall('{*}record')) >= 1"}),
            0);
}

void ExpectValid(const std::string& xml) {
  ExpectParses(xml);
  if (SchemaPath().empty()) return;  // TheSchemaIsThere tells
  EXPECT_EQ(RunOn(xml, {"/usr/bin/xmllint", "--noout", "--schema", SchemaPath()}), 0);
}

std::string Format(std::vector<CountedRow> rows) {
  const auto policy = MostSeenPolicy(rows);
  return FormatXml(SomeHead(), policy, Group(std::move(rows)));
}

TEST(ReportXml, TheSchemaIsThere) {
  if (SchemaPath().empty()) GTEST_SKIP() << "GATEPOST_DMARC_SCHEMA names no schema";
}

TEST(ReportXml, AnOrdinaryReportIsValid) {
  const std::string xml = Format(SomeRows(20).rows);
  ExpectValid(xml);
  EXPECT_THAT(xml, HasSubstr("<p>reject</p>\n    <sp>quarantine</sp>\n    <np>none</np>"));
  EXPECT_THAT(xml, HasSubstr("<org_name>Example &lt;Org&gt; &amp; \"Sons\"</org_name>"));
  EXPECT_THAT(xml, HasSubstr("<begin>1728000000</begin>\n      <end>1728086399</end>"));
}

TEST(ReportXml, WhateverARowHoldsTheReportIsValid) {
  std::string all_bytes;
  for (int c = 0; c < 256; ++c) all_bytes += static_cast<char>(c);
  for (const std::string& text :
       {std::string(), all_bytes, std::string("]]><x/>"),
        std::string("\xef\xbf\xbe\xc2\x80\xed\xa0\x80"), std::string(5000, '&'),
        std::string("b\xc3\xbc\xf0\x9f\x98\x80")}) {
    report::AggregateRow row{text,
                             text,
                             false,
                             false,
                             {{text, text}},
                             text,
                             text,
                             text,
                             {{text, text, text, text}},
                             {{text, "mfrom", text}},
                             {text, text, text, text, text, text, text, text, text}};
    ExpectValid(Format({{row, 1}}));
  }
}

TEST(ReportXml, OnlyTheMailFromResultOfSpfStandsInIt) {  // "Contents of the spf element"
  const std::string xml = Format(SomeRows(1).rows);
  EXPECT_THAT(xml, HasSubstr("<domain>bounces.example.com</domain>\n        <scope>mfrom</scope>"));
  EXPECT_THAT(xml, Not(HasSubstr("helo")));
  auto rows = SomeRows(1).rows;
  rows[0].row.spf.resize(1);
  EXPECT_THAT(Format(rows), Not(HasSubstr("<spf>\n")));
}

TEST(ReportXml, TheNullReversePathIsAnEmptyElementAndNoRecipientDomainNone) {
  auto rows = SomeRows(1).rows;
  rows[0].row.envelope_from = rows[0].row.envelope_to = "";
  const std::string xml = Format(rows);
  EXPECT_THAT(xml, HasSubstr("<envelope_from></envelope_from>"));
  EXPECT_THAT(xml, Not(HasSubstr("envelope_to")));
  ExpectValid(xml);
}

TEST(ReportXml, AtMostAHundredSignaturesStandInARow) {  // "DKIM Signatures in Aggregate Reports"
  auto rows = SomeRows(1).rows;
  rows[0].row.dkim.assign(150, {"d.example", "s", "pass", ""});
  const std::string xml = Format(rows);
  std::size_t count = 0;
  for (std::size_t at = 0; (at = xml.find("<selector>", at)) != std::string::npos; ++at) ++count;
  EXPECT_EQ(count, 100U);
}

TEST(ReportXml, TheOrderOfTheRowsDoesNotMatter) {
  auto rows = SomeRows(50).rows;
  const std::string xml = Format(rows);
  std::ranges::reverse(rows);
  EXPECT_EQ(Format(rows), xml);
}

TEST(ReportXml, RowsThatDifferInTheirPolicyAloneBecomeOne) {
  auto rows = SomeRows(1).rows;
  rows.push_back(rows[0]);
  rows[0].row.policy.policy = "none";
  rows[1].count = 7;
  const auto grouped = Group(rows);
  ASSERT_THAT(grouped, SizeIs(1));
  EXPECT_EQ(grouped[0].count, 8U);
  EXPECT_EQ(MostSeenPolicy(rows).policy, "reject");
}

TEST(ReportXml, WhatWasSeenMostComesFirst) {
  const auto grouped = Group(SomeRows(3).rows);
  EXPECT_THAT(std::vector({grouped[0].count, grouped[1].count, grouped[2].count}),
              ElementsAre(3, 2, 1));
}

TEST(XmlText, LongTextIsCutAtAWholeCharacter) {
  EXPECT_EQ(EscapeXml("a\xc3\xbc"
                      "b",
                      2),
            "a");
  EXPECT_EQ(EscapeXml("a\xc3\xbc"
                      "b",
                      3),
            "a\xc3\xbc");
  EXPECT_EQ(EscapeXml("\xff\xff\xff", 2), "??");
}

}  // namespace
}  // namespace gatepost::dmarc_report
