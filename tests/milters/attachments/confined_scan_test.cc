// The shipped scanner in its confined process sees what the same code sees without confinement: no
// library misses a call that it may not make.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/milters/attachments/archives/scan_samples.h"
#include "tests/milters/attachments/confined_scanner.h"
#include "tests/support/pdf_writer.h"

namespace gatepost::attachments {
namespace {

using samples::MadeBy;
using samples::MakeZip;
using samples::ScanBytes;
using samples::Scanned;
using testing::Contains;

class ConfinedScan : public testing::Test {
 protected:
  void ExpectTheSame(const std::string& what, const std::string& bytes) {
    ScanRequest request;
    request.names = {"file.bin"};
    request.sha256 = true;
    request.budget.time = std::chrono::minutes(1);
    const Scanned here = ScanBytes(bytes, request);
    const Scanned there = scanner_.Ask(bytes, request);
    EXPECT_EQ(there.Lines(), here.Lines()) << what;
    EXPECT_EQ(there.result.type.name, here.result.type.name) << what;
    EXPECT_EQ(there.result.properties.Format(), here.result.properties.Format()) << what;
    EXPECT_EQ(there.result.unpacked, here.result.unpacked) << what;
  }

  samples::ConfinedScanner scanner_;
};

const std::map<std::string, std::string>& Files() {
  static const auto& files = *new std::map<std::string, std::string>{
      {"e.exe", samples::MakeProgram()},
      {"Gr\xC3\xBC\xC3\x9F"
       "e.txt",
       "some text\n"},
      {"z.zip", MakeZip({{.name = "within.exe", .content = samples::MakeProgram()}})},
      {"m.eml",
       "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\n"
       "Content-Disposition: attachment; filename*=iso-2022-jp''%1B%24B%21%25%1B%28Ba.exe\r\n\r\n"
       "MZ"}};
  return files;
}

TEST_F(ConfinedScan, SeesInArchivesOfAllKindsWhatIsSeenWithout) {
  for (const std::string command :
       {"zip -q -r out.zip . && mv out.zip out", "tar -cf out --exclude=out .",
        "tar -czf out e.exe", "tar -cJf out z.zip", "tar -cjf out m.eml", "gzip -c z.zip > out",
        "xz -9 -c e.exe > out", "zstd -q -c e.exe > out", "lz4 -q -c e.exe > out",
        "7z a out.7z e.exe z.zip && mv out.7z out",
        "7z a -psecret -mhe=on out.7z e.exe && mv out.7z out",
        "7z a -psecret out.zip e.exe && mv out.zip out",
        "bsdtar -cf out --format iso9660 e.exe z.zip", "bsdtar -cf out --format cpio e.exe",
        "bsdtar -cf out --format xar e.exe", "bsdtar -cf out --format ar e.exe",
        "gcab -c out e.exe", "arj a out.arj e.exe && mv out.arj out", "lzip -c e.exe > out"}) {
    const std::string archive = MadeBy("export LC_ALL=C.UTF-8; " + command, Files(), "out");
    // What cannot be made here is tried where its program is installed.
    if (!archive.empty()) ExpectTheSame(command, archive);
  }
  EXPECT_EQ(scanner_.counts().deaths, 0u);
}

TEST_F(ConfinedScan, SeesInArchivesMadeByHandAndPiecesOfThemWhatIsSeenWithout) {
  const std::string exe = samples::MakeProgram();
  const std::string zip = MakeZip({{.name = "a/b.exe", .content = exe, .deflate = true},
                                   {.name = "c.eml", .content = Files().at("m.eml")}});
  const std::string nest =
      MakeZip({{.name = "1.zip", .content = MakeZip({{.name = "2.zip", .content = zip}})}});
  for (const std::string& whole : {zip, nest, samples::MakeRar4({{"r.exe", exe}}),
                                   samples::MakeRar5({{"r.exe", exe}}), Files().at("m.eml")}) {
    for (std::size_t size = whole.size(); size > 0; size = size * 2 / 3) {
      ExpectTheSame("a piece of " + std::to_string(size), whole.substr(0, size));
    }
  }
  EXPECT_EQ(scanner_.counts().deaths, 0u);
}

TEST_F(ConfinedScan, DecryptsWhatOpensWithoutAPassword) {
  using enum support::PdfLock;
  for (const auto lock : {kRc4Short, kRc4, kRc4Filter, kAes128, kAes256Early, kAes256}) {
    const support::PdfWriter writer(lock);
    const std::string pdf =
        writer.Whole("5 0 obj\n<</F" + writer.Text(5, "e.exe") + "/EF<</F 6 0 R>>>>\nendobj\n" +
                     writer.Stream(6, "/Type/EmbeddedFile", samples::MakeProgram()));
    ExpectTheSame("a lock", pdf);
    const Scanned there = scanner_.Ask(pdf, {});
    std::vector<std::string> types;  // in each way in which it can be decrypted
    for (const Item& item : there.items) types.emplace_back(item.type.name);
    EXPECT_THAT(types, Contains("pe"));
    EXPECT_EQ(there.result.properties.Format(), "pdf-embedded-file");
  }
  EXPECT_EQ(scanner_.counts().deaths, 0u);
}

TEST_F(ConfinedScan, LargeContainersWithinContainersGoThroughScratchFiles) {
  const std::string inner = MakeZip({{.name = "big.bin", .content = samples::Noise(3'000'000)},
                                     {.name = "e.exe", .content = samples::MakeProgram()}});
  ExpectTheSame("large", MakeZip({{.name = "inner.zip", .content = inner, .deflate = true}}));
  EXPECT_EQ(scanner_.counts().deaths, 0u);
}

}  // namespace
}  // namespace gatepost::attachments
