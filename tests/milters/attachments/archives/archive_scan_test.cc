// Archives of all other formats, made by their own programs where these are installed, RAR by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <clocale>
#include <string>
#include <utility>

#include "tests/milters/attachments/archives/scan_samples.h"

namespace gatepost::attachments {
namespace {

using namespace std::string_literals;
using samples::MadeBy;
using samples::MakeProgram;
using samples::MakeRar4;
using samples::MakeRar5;
using samples::MakeZip;
using samples::Named;
using samples::Noise;
using samples::RarEntry;
using samples::ScanBytes;
using samples::Scanned;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

struct Case {
  std::string what;
  std::string command;  // makes "out" of e.exe and t.txt
  std::string type;
  std::vector<std::string> names{"e.exe", "t.txt"};
};

const Case kCases[] = {
    {"7z", "7z a out.7z e.exe t.txt && mv out.7z out", "7z"},
    {"7z not solid", "7z a -ms=off -m0=bzip2 out.7z e.exe t.txt && mv out.7z out", "7z"},
    {"ustar", "tar --format=ustar -cf out e.exe t.txt", "tar"},
    {"pax", "tar --format=pax -cf out e.exe t.txt", "tar"},
    {"old tar", "tar --format=v7 -cf out e.exe t.txt", "tar"},
    {"tar.gz", "tar -czf out e.exe t.txt", "gzip"},
    {"tar.bz2", "tar -cjf out e.exe t.txt", "bzip2"},
    {"tar.xz", "tar -cJf out e.exe t.txt", "xz"},
    {"tar.zst", "tar -c e.exe t.txt | zstd > out", "zstd"},
    {"tar.lz4", "tar -c e.exe t.txt | lz4 > out", "lz4"},
    {"tar.lzma", "tar -c e.exe t.txt | xz --format=lzma > out", "lzma"},
    {"tar.lz", "tar -c e.exe t.txt | lzip > out", "lzip"},
    {"tar.Z", "bsdtar -cZf out e.exe t.txt", "compress"},
    {"cab", "gcab -c -z out e.exe t.txt", "cab"},
    {"iso", "xorriso -outdev out -map e.exe /e.exe -map t.txt /t.txt", "iso"},
    {"iso of old", "genisoimage -J -o out e.exe t.txt", "iso"},
    {"ar", "ar rc out e.exe t.txt", "ar"},
    {"cpio", "printf 'e.exe\\nt.txt\\n' | bsdtar --format=newc -cf out e.exe t.txt", "cpio"},
    {"xar", "bsdtar --format=xar -cf out e.exe t.txt", "xar"},
    {"zip of 7z, LZMA", "7z a -tzip -mm=LZMA out.zip e.exe t.txt && mv out.zip out", "zip"},
    {"zip of 7z, BZip2", "7z a -tzip -mm=BZip2 out.zip e.exe t.txt && mv out.zip out", "zip"},
    {"zip of 7z, PPMd", "7z a -tzip -mm=PPMd out.zip e.exe t.txt && mv out.zip out", "zip"},
    {"zip", "zip out.zip e.exe t.txt && mv out.zip out", "zip"},
    {"zip of a stream", "cat e.exe | zip out.zip - t.txt && mv out.zip out", "zip", {"-", "t.txt"}},
    {"gz", "gzip -c e.exe > out", "gzip", {"e.exe"}},
};

std::map<std::string, std::string> Files() {
  return {{"e.exe", MakeProgram()}, {"t.txt", "Dear Eva, " + std::string(3'000, 'x')}};
}

class ArchiveScan : public ::testing::Test {
 protected:
  ArchiveScan() { std::setlocale(LC_CTYPE, "C.UTF-8"); }
};

TEST_F(ArchiveScan, TellsMembersOfEachFormat) {
  for (const Case& test : kCases) {
    const std::string archive = MadeBy(test.command, Files(), "out");
    EXPECT_FALSE(archive.empty()) << test.what;
    const Scanned scanned = ScanBytes(archive, Named("e.exe.gz"));
    EXPECT_EQ(scanned.result.type.name, test.type) << test.what;
    EXPECT_FALSE(scanned.result.properties.any())
        << test.what << scanned.result.properties.Format();
    EXPECT_THAT(scanned.Paths(), ::testing::UnorderedElementsAreArray(test.names)) << test.what;
    const Item* const program = scanned.Find(test.names.front());
    ASSERT_TRUE(program != nullptr) << test.what;
    EXPECT_EQ(program->type.name, "pe") << test.what;
    EXPECT_EQ(program->bytes, MakeProgram().size()) << test.what;
    EXPECT_FALSE(program->properties.any()) << test.what;
  }
}

TEST_F(ArchiveScan, EndsWhereverAnArchiveIsCut) {
  for (const Case& test : kCases) {
    const std::string archive = MadeBy(test.command, Files(), "out");
    const std::size_t step = std::max<std::size_t>(1, archive.size() / 60);
    for (std::size_t size = 0; size < archive.size(); size += step) {
      ScanBytes(archive.substr(0, size), Named("e.exe.gz"));
    }
  }
}

TEST_F(ArchiveScan, LooksIntoContainersInEachFormat) {
  const std::map<std::string, std::string> files{{"z.zip", MakeZip({{"e.exe", MakeProgram()}})},
                                                 {"y.zip", MakeZip({{"n", Noise(100'000)}})}};
  for (const std::string command :
       {"7z a out.7z z.zip y.zip && mv out.7z out", "tar -czf out y.zip z.zip",
        "tar -cf out y.zip z.zip", "gcab -c out z.zip y.zip",
        "xorriso -outdev out -map z.zip /z.zip -map y.zip /y.zip"}) {
    const Scanned scanned = ScanBytes(MadeBy(command, files, "out"));
    EXPECT_THAT(scanned.Paths(), UnorderedElementsAre("z.zip", "z.zip/e.exe", "y.zip", "y.zip/n"))
        << command;
  }
}

TEST_F(ArchiveScan, TellsMembersOfRar) {
  const std::vector<RarEntry> entries{{"e.exe", MakeProgram()}, {"t.txt", "Dear Eva"}};
  for (const std::string& rar : {MakeRar4(entries), MakeRar5(entries)}) {
    const Scanned scanned = ScanBytes(rar);
    EXPECT_FALSE(scanned.result.properties.any()) << scanned.result.properties.Format();
    EXPECT_THAT(scanned.Lines(), ElementsAre("e.exe pe 1132", "t.txt text 8"));
    const Scanned in_program = ScanBytes(MakeProgram() + rar);
    EXPECT_EQ(in_program.result.type.name, "pe");
    EXPECT_EQ(in_program.result.properties.Format(), "self-extracting");
    EXPECT_THAT(in_program.Paths(), ElementsAre("e.exe", "t.txt"));
    for (std::size_t size = 0; size < rar.size(); size += 7) ScanBytes(rar.substr(0, size));
  }
}

TEST_F(ArchiveScan, TellsWhatOfRarCannotBeRead) {
  const std::vector<RarEntry> entries{{"e.exe", "1234567890123456"}};
  const std::vector<RarEntry> secret{{"e.exe", "1234567890123456", true}};
  EXPECT_TRUE(ScanBytes(MakeRar4(entries, 0x01)).Has(Property::kMultiVolume));
  EXPECT_TRUE(ScanBytes(MakeRar5(entries, 0x01)).Has(Property::kMultiVolume));
  EXPECT_TRUE(ScanBytes(MakeRar4(entries, 0x80)).Has(Property::kEncryptedNames));
  for (const std::string& rar : {MakeRar4(secret), MakeRar5(secret)}) {
    const Scanned scanned = ScanBytes(rar);
    EXPECT_TRUE(scanned.Has(Property::kEncryptedMember)) << scanned.result.properties.Format();
    EXPECT_THAT(scanned.Paths(), ElementsAre("e.exe"));
  }
}

// The one with a password says nothing of the other one.
TEST_F(ArchiveScan, TellsMembersOfRarApartThatHaveOneName) {
  const RarEntry secret{"a.txt", "1234567890123456", true};
  const RarEntry open{"a.txt", MakeProgram()};
  for (const auto make : {MakeRar4, MakeRar5}) {
    for (const auto& [first, second] : {std::pair(secret, open), std::pair(open, secret)}) {
      const Scanned scanned = ScanBytes(make({first, second}, 0));
      EXPECT_EQ(scanned.result.properties.Format(), "encrypted-member");
      ASSERT_THAT(scanned.Paths(), ElementsAre("a.txt", "a.txt"));
      EXPECT_EQ(scanned.items[first.encrypted ? 1 : 0].type.name, "pe");
      EXPECT_FALSE(scanned.items[first.encrypted ? 1 : 0].properties.any());
      EXPECT_EQ(scanned.items[first.encrypted ? 0 : 1].properties.Format(), "encrypted-member");
    }
  }
}

struct SealedCase {
  std::string what;
  std::string command;
  Properties properties;
  std::vector<std::string> paths;
};

TEST_F(ArchiveScan, TellsWhatCannotBeLookedInto) {
  using P = Property;
  const SealedCase cases[] = {
      {"7z with a password",
       "7z a -psecret out.7z e.exe && mv out.7z out",
       {P::kEncryptedMember},
       {"e.exe"}},
      {"7z with its list",
       "7z a -psecret -mhe=on out.7z e.exe && mv out.7z out",
       {P::kEncryptedNames},
       {}},
      {"zip with a password",
       "zip -P secret out.zip e.exe && mv out.zip out",
       {P::kEncryptedMember},
       {"e.exe"}},
      {"zip with AES",
       "7z a -tzip -psecret -mem=AES256 out.zip e.exe && mv out.zip out",
       {P::kEncryptedMember},
       {"e.exe"}},
      {"arj",
       "arj a -e out.arj e.exe t.txt && mv out.arj out",
       {P::kUnreadable},
       {"e.exe", "t.txt"}},
      {"arj, stored", "arj a -e -m0 out.arj e.exe t.txt && mv out.arj out", {}, {"e.exe", "t.txt"}},
      {"arj with a password",
       "arj a -e -gsecret out.arj e.exe && mv out.arj out",
       {P::kEncryptedMember},
       {"e.exe"}},
      {"cut 7z", "7z a out.7z e.exe t.txt && head -c 100 out.7z > out", {P::kTruncated}, {}},
      {"a volume of 7z",
       "head -c 100000 noise > u; 7z a -v50k out.7z u && mv out.7z.001 out",
       {P::kTruncated},
       {}},
      {"cut gz", "cat noise > u; gzip u; head -c 200000 u.gz > out", {P::kTruncated}, {"u"}},
      {"damaged bz2",
       "head -c 100000 noise > u; bzip2 u; (head -c 5000 u.bz2; echo damage; "
       "tail -c +5008 u.bz2) > out",
       {P::kDamaged},
       {"a"}},
      {"xz with a large dictionary", "xz --lzma2=dict=256MiB -c e.exe > out", {P::kUnreadable}, {}},
  };
  auto files = Files();
  files["noise"] = Noise(300'000);
  for (const SealedCase& test : cases) {
    const std::string archive = MadeBy(test.command, files, "out");
    EXPECT_FALSE(archive.empty()) << test.what;
    const Scanned scanned = ScanBytes(archive, Named("a.gz"));
    EXPECT_EQ(scanned.result.properties.Format(), test.properties.Format()) << test.what;
    EXPECT_EQ(scanned.Paths(), test.paths) << test.what;
  }
}

TEST_F(ArchiveScan, TellsPiecesOfAnArchiveByTheirNames) {
  EXPECT_TRUE(ScanBytes(MakeZip({{"a", "a"}}), Named("a.zip.001")).Has(Property::kMultiVolume));
  EXPECT_TRUE(ScanBytes(Noise(1'000), Named("a.7z.002")).Has(Property::kMultiVolume));
  EXPECT_FALSE(ScanBytes(Noise(1'000), Named("a.7z.doc")).Has(Property::kMultiVolume));
}

TEST_F(ArchiveScan, TellsPackedFilesByTheirNames) {
  const std::string packed = MadeBy("gzip -c e.exe > out", Files(), "out");
  const Scanned scanned = ScanBytes(packed, Named("holiday.jpg.gz"));
  ASSERT_EQ(scanned.items.size(), 1u);
  EXPECT_THAT(scanned.items[0].names, UnorderedElementsAre("e.exe", "holiday.jpg"));
}

TEST_F(ArchiveScan, KeepsNamesOfAllLanguages) {
  const std::map<std::string, std::string> files{
      {"Gr\xC3\xBC\xC3\x9F"
       "e.txt",
       "x"}};
  for (const std::string command :
       {"7z a out.7z *.txt && mv out.7z out", "tar -cf out *.txt",
        "zip out.zip *.txt && mv out.zip out", "bsdtar --format=xar -cf out *.txt"}) {
    EXPECT_THAT(
        ScanBytes(MadeBy("export LC_ALL=C.UTF-8; " + command, files, "out")).items.at(0).names,
        ElementsAre("Gr\xC3\xBC\xC3\x9F"
                    "e.txt"))
        << command;
  }
}

TEST_F(ArchiveScan, TellsLinksInTapeArchives) {
  const std::string tar =
      MadeBy("ln -s /etc/passwd l; ln t.txt h; mkfifo f; tar -cf out t.txt l h f", Files(), "out");
  const Scanned scanned = ScanBytes(tar);
  ASSERT_EQ(scanned.items.size(), 4u);
  EXPECT_FALSE(scanned.items[0].properties.any());
  for (std::size_t i = 1; i < 4; ++i) {
    EXPECT_TRUE(scanned.items[i].properties.Has(Property::kLinkMember)) << scanned.items[i].path;
  }
}

TEST_F(ArchiveScan, DoesNotTakeASignatureForAnArchive) {
  const std::string program = MakeProgram() + "7z\xBC\xAF\x27\x1C" + std::string(100, 'x') +
                              "Rar!\x1A\x07\x01"s + std::string(100, '\0') + "MSCF\0\0\0\0"s;
  const Scanned scanned = ScanBytes(program + std::string(100, '\0'));
  EXPECT_FALSE(scanned.result.properties.any()) << scanned.result.properties.Format();
  EXPECT_THAT(scanned.Paths(), IsEmpty());
}

}  // namespace
}  // namespace gatepost::attachments
