// Zips as programs write them, and as somebody writes them who wants two readers to see two things.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/milters/attachments/archives/scan_samples.h"

namespace gatepost::attachments {
namespace {

using namespace std::string_literals;
using samples::MakeProgram;
using samples::MakeZip;
using samples::Noise;
using samples::ScanBytes;
using samples::Scanned;
using samples::ZipEntry;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

TEST(ZipScan, TellsMembersByNameTypeAndSize) {
  const Scanned scanned = ScanBytes(MakeZip({{"a.txt", "Dear Eva"},
                                             {"b/", ""},
                                             {"b/c.exe", MakeProgram(), {}, true},
                                             {"d.bin", "\x01\x02\x03"}}));
  EXPECT_EQ(scanned.result.type.name, "zip");
  EXPECT_FALSE(scanned.result.properties.any()) << scanned.result.properties.Format();
  EXPECT_THAT(scanned.Lines(), ElementsAre("a.txt text 8", "b/c.exe pe 1132", "d.bin unknown 3"));
  EXPECT_THAT(scanned.items[1].names, ElementsAre("b/c.exe"));
  EXPECT_TRUE(scanned.items[1].member);
}

// A reader that dies of one member takes nothing along that others are refused for.
TEST(ZipScan, WarnsBeforeItOpensAMemberOrUnpacksALargeOne) {
  const Scanned zip =
      ScanBytes(MakeZip({{"a.txt", "a"},
                         {"z.zip", MakeZip({{"b.txt", "b"}})},
                         {"c.txt", "c"},
                         {"large.html", "<html>" + std::string(200'000, 'l'), {}, true}}));
  ASSERT_THAT(zip.Paths(), ElementsAre("a.txt", "z.zip/b.txt", "z.zip", "c.txt", "large.html"));
  EXPECT_THAT(zip.risks, ElementsAre(1u, 4u));
  const std::string part = "<?xml version=\"1.0\"?><p>some text</p>";
  const Scanned document = ScanBytes(MakeZip({{"[Content_Types].xml", part, {}, true},
                                              {"_rels/.rels", part, {}, true},
                                              {"word/document.xml", part, {}, true},
                                              {"word/media/image1.png", "\x89PNG\r\n\x1A\n"}}));
  EXPECT_EQ(document.items.size(), 4u);
  EXPECT_THAT(document.risks, ElementsAre());
}

TEST(ZipScan, LooksIntoZipsWithinZips) {
  std::string zip = MakeZip({{"evil.exe", MakeProgram()}});
  for (const bool deflate : {true, false, true}) {
    zip =
        MakeZip({{"inner.zip", zip, {}, deflate}, {"large.zip", MakeZip({{"n", Noise(200'000)}})}});
  }
  const Scanned scanned = ScanBytes(zip);
  EXPECT_FALSE(scanned.result.properties.any());
  EXPECT_THAT(scanned.Paths(), Contains("inner.zip/inner.zip/inner.zip/evil.exe"));
  EXPECT_THAT(scanned.Paths(), Contains("inner.zip/inner.zip/large.zip/n"));
}

struct Case {
  std::string what;
  std::string zip;
  Properties properties;
  std::vector<std::string> paths;
};

std::vector<Case> Cases() {
  const std::string evil = MakeZip({{"evil.exe", MakeProgram()}});
  const std::string good = MakeZip({{"good.txt", "good"}});
  ZipEntry renamed{"evil.exe", MakeProgram()};
  renamed.local_name = "good.txt";
  ZipEntry unlisted{"evil.exe", MakeProgram()};
  unlisted.listed = false;
  ZipEntry streamed{"a.txt", std::string(500, 'a'), {}, true};
  streamed.sizes_follow = true;
  ZipEntry secret{"a.txt", "secret"};
  secret.encrypted = true;
  ZipEntry foreign{"a.txt", "foreign"};
  foreign.method = 97;
  ZipEntry link{"a", "/etc/passwd"};
  link.mode = 0120777;
  const Properties none;
  using P = Property;
  return {
      {"empty", MakeZip({}), none, {}},
      {"sizes behind content", MakeZip({streamed, {"b", "b"}}), none, {"a.txt", "b"}},
      {"other name before the member",
       MakeZip({renamed}),
       {P::kDirectoryMismatch},
       {"evil.exe", "good.txt"}},
      {"a member that is not listed",
       MakeZip({{"a", "a"}, unlisted, {"b", "b"}}),
       {P::kDirectoryMismatch, P::kHiddenData},
       {"a", "b", "evil.exe"}},
      {"one that is listed twice", MakeZip({{"a", "a"}, {"a", "b"}}), none, {"a", "a"}},
      {"encrypted", MakeZip({secret}), {P::kEncryptedMember}, {"a.txt"}},
      {"a foreign method", MakeZip({foreign}), none, {"a.txt"}},
      {"a link", MakeZip({link}), none, {"a"}},
      {"a comment", MakeZip({{"a", "a"}}, {.comment = "made by hand"}), none, {"a"}},
      {"junk behind", MakeZip({{"a", "a"}}, {.behind = "junk"}), {P::kHiddenData}, {"a"}},
      {"so much junk behind that most readers do not find it",
       MakeZip({{"a", "a"}, {"b", "b"}}, {.behind = Noise(400'000)}),
       {P::kHiddenData},
       {"a", "b"}},
      {"one that is cut, with a whole zip within",
       MakeZip({{"a.zip", good}, {"b", Noise(400'000)}}).substr(0, 300'000),
       {P::kTruncated},
       {"a.zip/good.txt", "a.zip", "b"}},
      {"line ends behind", MakeZip({{"a", "a"}}, {.behind = "\r\n"}), none, {"a"}},
      {"a zip in the comment",
       MakeZip({{"a", "a"}}, {.comment = evil}),
       {P::kDirectoryMismatch, P::kHiddenData},
       {"evil.exe", "a"}},
      {"a zip behind",
       good + evil,
       {P::kDirectoryMismatch, P::kHiddenData},
       {"evil.exe", "good.txt"}},
      {"no end",
       MakeZip({{"a", "a"}, {"b", "b"}}, {.with_end = false}),
       {P::kTruncated},
       {"a", "b"}},
      {"another volume", MakeZip({{"a", "a"}}, {.disk = 1}), {P::kMultiVolume}, {"a"}},
      {"another count", MakeZip({{"a", "a"}}, {.told_members = 3}), {P::kDirectoryMismatch}, {"a"}},
      {"junk before", "\x01\x02junk" + evil, {P::kHiddenData}, {"evil.exe"}},
      {"junk before, counted",
       MakeZip({{"a", "a"}}, {.before = "\x01\x02junk"}),
       {P::kHiddenData},
       {"a"}},
      {"noise before and no end",
       Noise(5'000) + MakeZip({{"a", "a"}}, {.with_end = false}),
       {P::kHiddenData, P::kTruncated},
       {"a"}},
      {"a program before", MakeProgram() + evil, {P::kSelfExtracting}, {"evil.exe"}},
      {"a picture before", "\x89PNG\r\n\x1A\n\0\0"s + evil, {P::kHiddenData}, {"evil.exe"}},
      {"text before", std::string(6'000, 't') + evil, {P::kHiddenData}, {"evil.exe"}},
  };
}

TEST(ZipScan, TellsAllThatAnyReaderSees) {
  for (const Case& test : Cases()) {
    const Scanned scanned = ScanBytes(test.zip);
    EXPECT_EQ(scanned.result.properties.Format(), test.properties.Format()) << test.what;
    EXPECT_EQ(scanned.Paths(), test.paths) << test.what;
  }
}

TEST(ZipScan, TellsOfMembersWhatHoldsForThem) {
  ZipEntry foreign{"a.txt", "foreign"};
  foreign.method = 97;
  EXPECT_THAT(ScanBytes(MakeZip({foreign})).Lines(), ElementsAre("a.txt unknown 7 unreadable"));
  ZipEntry link{"a", "b/passwd"};
  link.mode = 0120777;
  EXPECT_THAT(ScanBytes(MakeZip({link})).Lines(), ElementsAre("a text 8 link-member"));
}

TEST(ZipScan, HashesMembersWhereAsked) {
  ScanRequest request;
  request.sha256 = true;
  const Scanned scanned = ScanBytes(MakeZip({{"a", "abc"}}), request);
  ASSERT_EQ(scanned.items.size(), 1u);
  EXPECT_EQ(scanned.items[0].sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

// Cut at every place of what is short, at many of what is long.
TEST(ZipScan, EndsWhereverTheFileIsCut) {
  for (const Case& test : Cases()) {
    const std::size_t step = std::max<std::size_t>(1, test.zip.size() / 300);
    for (std::size_t size = 0; size < test.zip.size(); size += step) {
      ScanBytes(test.zip.substr(0, size));
    }
  }
}

struct Signed {
  std::string what;
  std::string block;  // between the last member and the directory
  std::string want;   // of the archive
};

// Lengths as told, which count all but the first one.
std::string Signatures(const std::string& content, int more = 0) {
  const std::string mark = "APK Sig Block 42";
  const std::uint64_t length = content.size() + 8 + mark.size();
  return samples::Le(length, 8) + content +
         samples::Le(length + static_cast<std::uint64_t>(more), 8) + mark;
}

std::string WithBlock(std::string zip, const std::string& block) {
  const std::size_t directory = zip.find("PK\x01\x02");
  zip.insert(directory, block);
  const std::size_t end = zip.rfind("PK\x05\x06");
  return zip.replace(end + 16, 4, samples::Le(directory + block.size(), 4));
}

TEST(ZipScan, TheSignaturesOfAndroidsPackagesHideNothing) {
  const std::string zip = MakeZip({{.name = "classes.dex", .content = "dex"}});
  const std::string member =
      MakeZip({{.name = "hidden.exe", .content = MakeProgram()}}, {.with_end = false});
  const std::string junk(100, 'j');
  for (const Signed& one : std::vector<Signed>{
           {"as they are", Signatures(junk), ""},
           {"behind zeros, for whole pages", std::string(1'000, '\0') + Signatures(junk), ""},
           {"the mark alone", junk + "APK Sig Block 42", "hidden-data"},
           {"two lengths", Signatures(junk, 1), "hidden-data"},
           {"a length beyond the file", Signatures(junk, 1'000'000), "hidden-data"},
           {"no length at all", Signatures("", -24), "hidden-data"},
           {"something before them", junk + Signatures(junk), "hidden-data"},
           {"a member within them", Signatures(member), "directory-mismatch,hidden-data"},
           {"a member before them", member + Signatures(junk), "directory-mismatch,hidden-data"}}) {
    const Scanned scanned = ScanBytes(WithBlock(zip, one.block));
    EXPECT_EQ(scanned.result.properties.Format(), one.want) << one.what;
    EXPECT_EQ(scanned.Find("hidden.exe") != nullptr, one.want.starts_with("directory")) << one.what;
  }
}

}  // namespace
}  // namespace gatepost::attachments
