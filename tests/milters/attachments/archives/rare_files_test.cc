// Files within what is no common archive: text, appointments, files of a Macintosh; and what
// unpackers find behind the end or beside it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "milters/attachments/scanner/link_target.h"
#include "tests/milters/attachments/archives/scan_samples.h"

namespace gatepost::attachments {
namespace {

using namespace std::string_literals;
using samples::MadeBy;
using samples::MakeProgram;
using samples::MakeZip;
using samples::Named;
using samples::Noise;
using samples::ScanBytes;
using samples::Scanned;
using samples::ZipEntry;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kUuencoded =
    "Dear Eva,\r\n\r\nbegin 644 e.exe\r\n$35J0  \r\n`\r\nend\r\nGreetings\r\n";  // "MZ\x90\0"

std::string Skipped(std::size_t size) {
  return "\x5A\x2A\x4D\x18"s + samples::Le(size, 4) + std::string(size, 's');
}

TEST(RareFiles, TapeArchivesBehindTheFirstAreRead) {
  const std::string tars = MadeBy("tar -cf a t.txt; tar -cf b e.exe; cat a b > out",
                                  {{"t.txt", "Dear Eva"}, {"e.exe", MakeProgram()}}, "out");
  EXPECT_THAT(ScanBytes(tars).Paths(), ElementsAre("t.txt", "e.exe"));
  const std::string packed = MadeBy("gzip -c a > out", {{"a", tars}}, "out");
  EXPECT_THAT(ScanBytes(packed).Paths(), ElementsAre("t.txt", "e.exe"));
}

TEST(RareFiles, FramesThatUnpackersSkipAreSkipped) {
  for (const std::string command : {"zstd -q -c e.exe > out", "lz4 -q -c e.exe > out"}) {
    const std::string packed = MadeBy(command, {{"e.exe", MakeProgram()}}, "out");
    for (const std::string& front : {Skipped(0), Skipped(9), Skipped(7) + Skipped(50'000)}) {
      const Scanned scanned = ScanBytes(front + packed, Named("a.zst"));
      ASSERT_EQ(scanned.items.size(), 1u) << command;
      EXPECT_EQ(scanned.items[0].type.name, "pe") << command;
    }
  }
  EXPECT_TRUE(ScanBytes(Skipped(9) + "junk").result.properties.any());
}

TEST(RareFiles, TextWithAFileIsOpened) {
  const std::string program = MakeProgram();
  const std::string base64 =
      "begin-base64 644 b.exe\n" + MadeBy("base64 e > out", {{"e", program}}, "out") + "====\n";
  EXPECT_THAT(ScanBytes(kUuencoded).Lines(), ElementsAre("e.exe mz 4"));
  EXPECT_THAT(ScanBytes(base64).Lines(), ElementsAre("b.exe pe 1132"));
  EXPECT_THAT(ScanBytes(MakeZip({{"a.uue", kUuencoded}})).Paths(),
              ElementsAre("a.uue/e.exe", "a.uue"));
  EXPECT_THAT(ScanBytes("We begin 644 times.\nbegin with this\nbegin 64 a\n").Paths(), IsEmpty());
}

TEST(RareFiles, WhatIsAttachedWithinAnAppointmentIsOpened) {
  const std::string base64 = MadeBy("base64 -w0 e > out", {{"e", MakeProgram()}}, "out");
  const auto calendar = [](const std::string& attached) {
    return "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Lunch\r\n" + attached +
           "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
  };
  const std::string head = "ATTACH;VALUE=BINARY;ENCODING=BASE64;X-FILENAME=\"e: 1.exe\":";
  EXPECT_THAT(ScanBytes(calendar(head + base64)).Lines(), ElementsAre("e: 1.exe pe 1132"));
  std::string folded = head.substr(0, 20) + "\r\n " + head.substr(20);
  for (std::size_t at = 0; at < base64.size(); at += 74) {
    folded += "\r\n " + base64.substr(at, 74);
  }
  EXPECT_THAT(ScanBytes(calendar(folded)).Lines(), ElementsAre("e: 1.exe pe 1132"));
  EXPECT_THAT(ScanBytes(calendar("ATTACH:https://example.org/a.exe")).Paths(), IsEmpty());
  const std::string whole = calendar(folded);
  for (std::size_t size = 0; size < whole.size(); size += 13) ScanBytes(whole.substr(0, size));
}

std::string AppleSingle(const std::string& content) {
  const auto entry = [](int id, int offset, std::size_t size) {
    return "\0\0\0"s + static_cast<char>(id) + "\0\0\0"s + static_cast<char>(offset) + "\0\0"s +
           static_cast<char>(size >> 8) + static_cast<char>(size & 255);
  };
  return "\0\x05\x16\0\0\x02\0\0"s + std::string(16, '\0') + "\0\x02"s + entry(3, 50, 5) +
         entry(1, 55, content.size()) + "e.exe" + content;
}

std::string MacBinary(const std::string& content, std::size_t told) {
  std::string head = "\0\x05"s + "e.exe" + std::string(121, '\0');
  head[85] = static_cast<char>(told >> 8);
  head[86] = static_cast<char>(told & 255);
  return head + content;
}

TEST(RareFiles, FilesOfAMacintoshAreOpened) {
  const std::string program = MakeProgram();
  EXPECT_THAT(ScanBytes(AppleSingle(program)).Lines(), ElementsAre("e.exe pe 1132"));
  EXPECT_THAT(ScanBytes(MacBinary(program, program.size())).Lines(), ElementsAre("e.exe pe 1132"));
  ScanRequest declared;
  declared.declared_types = {"application/x-macbinary"};
  EXPECT_THAT(ScanBytes(MacBinary(program, 0), declared).Lines(), ElementsAre("e.exe pe 1132"));
  const Scanned lied = ScanBytes(MacBinary(program, 9'999), declared);
  EXPECT_THAT(lied.Lines(), ElementsAre("e.exe pe 1132"));
  const std::string whole = AppleSingle(program);
  for (std::size_t size = 0; size < 200; ++size) ScanBytes(whole.substr(0, size));
}

TEST(RareFiles, ArchivesThatNobodyReadsAreToldByTheirSignatures) {
  const std::string zoo = "ZOO 2.10 Archive.\x1A\0\0\xDC\xA7\xC4\xFD"s + Noise(60);
  for (const std::string& archive :
       {zoo, "UHA\x06"s + Noise(60), "zPQ\x01"s + Noise(60), "ALZ\x01\x0A\0\0\0"s + Noise(60)}) {
    const Scanned scanned = ScanBytes(archive);
    EXPECT_EQ(scanned.result.type.kind, Kind::kArchive) << archive.substr(0, 3);
    EXPECT_TRUE(scanned.Has(Property::kUnreadable)) << archive.substr(0, 3);
  }
}

TEST(RareFiles, LinksThatLeadOutOfTheArchiveAreTold) {
  const auto linked = [](const std::string& target) {
    ZipEntry entry{"a/l", target};
    entry.mode = 0120777;
    return ScanBytes(MakeZip({entry})).items.at(0).properties.Format();
  };
  EXPECT_EQ(linked("/etc/passwd"), "path-in-name,link-member");
  EXPECT_EQ(linked("../../b"), "path-in-name,link-member");
  EXPECT_EQ(linked("../b"), "link-member");
  const std::string tar = MadeBy(
      "mkdir a; ln -s /etc/passwd a/o; ln -s b/../../../c a/u; ln -s ../t a/i; "
      "tar -cf out a/o a/u a/i",
      {}, "out");
  const Scanned scanned = ScanBytes(tar);
  ASSERT_EQ(scanned.items.size(), 3u);
  EXPECT_EQ(scanned.items[0].properties.Format(), "path-in-name,link-member");
  EXPECT_EQ(scanned.items[1].properties.Format(), "path-in-name,link-member");
  EXPECT_EQ(scanned.items[2].properties.Format(), "link-member");
}

TEST(RareFiles, TargetsAreFollowedFromTheFolderOfTheLink) {
  EXPECT_FALSE(LinkLeadsOut("a/b/l", "../../c"));
  EXPECT_TRUE(LinkLeadsOut("a/b/l", "../../../c"));
  EXPECT_TRUE(LinkLeadsOut("l", "C:\\Windows"));
  EXPECT_TRUE(LinkLeadsOut("l", "..\\c"));
  EXPECT_FALSE(LinkLeadsOut("l", ""));
  EXPECT_FALSE(LinkLeadsOut("l", "a/../b"));
  EXPECT_TRUE(LinkLeadsOut("../l", "a"));
}

}  // namespace
}  // namespace gatepost::attachments
