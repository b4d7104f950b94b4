// What asks for more memory than the scanner has cannot be looked into, and is told so; which
// dictionaries it has room for follows from its option.
#include <gtest/gtest.h>
#include <zlib.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "milters/attachments/scanner/sanitized.h"
#include "tests/milters/attachments/archives/scan_samples.h"
#include "tests/milters/attachments/confined_scanner.h"

namespace gatepost::attachments {
namespace {

using samples::ConfinedScanner;
using samples::Le;
using samples::MadeBy;
using samples::MakeProgram;
using samples::MakeZip;
using samples::Scanned;

constexpr std::uint64_t kMiB = 1 << 20;

std::string Made(const std::string& command) {
  return MadeBy(command, {{"e.exe", MakeProgram()}}, "out");
}

std::string Checksum(std::string_view bytes) {
  const auto* const begin = reinterpret_cast<const Bytef*>(bytes.data());
  return Le(::crc32(0, begin, static_cast<uInt>(bytes.size())), 4);
}

// An archive with a plain list in which `what` is overwritten by `with` and whose checksums are
// right; "" where it cannot be made here.
std::string PatchedSevenZip(const std::string& command, std::string_view what,
                            std::string_view with) {
  constexpr std::size_t kStart = 32;
  std::string archive = Made(command);
  const std::size_t at = archive.rfind(what);
  if (archive.size() < kStart || at == archive.npos) return "";
  archive.replace(at + what.size(), with.size(), with);
  std::size_t list = kStart;
  for (int i = 7; i >= 0; --i) {
    list += static_cast<std::size_t>(static_cast<unsigned char>(archive[12 + i])) << (8 * i);
  }
  archive.replace(28, 4, Checksum(std::string_view(archive).substr(list)));
  return archive.replace(8, 4, Checksum(std::string_view(archive).substr(12, 20)));
}

struct Greedy {
  std::string what;
  std::string bytes;  // "": cannot be made here
};

// Each asks for 64 MB or more.
std::vector<Greedy> GreedyFiles() {
  using namespace std::string_literals;
  const std::string plain = " -mhc=off out.7z e.exe && mv out.7z out";
  // A block of PPMd that wants 256 MB.
  const std::string ppmd = "\xA5\xFF" + std::string(200, 'p');
  constexpr unsigned kNormal = 3;
  constexpr unsigned k64MB = kNormal << 7 | 9 << 10;
  constexpr unsigned k4GB = kNormal << 7 | 15 << 10;
  const std::string cpio =
      "07070100a905ca000081a40000000000000000000000016666666600000000000000000000000000000000000000"
      "00fe00000000000000TRAILER!!!";
  return {
      {"cpio, a name of 4 GB", cpio + std::string(4, '\0')},
      {"xz of 64 MB", Made("xz -9 -c e.exe > out")},
      {"xz of 768 MB", Made("xz --lzma2=dict=768MiB -c e.exe > out")},
      {"lzma of 256 MB", Made("xz --format=lzma --lzma1=dict=256MiB -c e.exe > out")},
      {"lzip of 512 MB", Made("lzip -s512MiB -c e.exe > out && printf '\\x1d' | "
                              "dd of=out bs=1 seek=5 conv=notrunc 2>&1")},
      {"zstd of 128 MB", Made("head -c 200000000 /dev/zero | zstd -q --long=27 -c > out")},
      {"7z, LZMA2 of 64 MB", PatchedSevenZip("7z a -m0=lzma2" + plain, "\x21\x21\x01", "\x1C")},
      {"7z, LZMA2 of 3 GB", PatchedSevenZip("7z a -m0=lzma2" + plain, "\x21\x21\x01", "\x26")},
      {"7z, LZMA of 1 GB",
       PatchedSevenZip("7z a -m0=lzma" + plain, "\x23\x03\x01\x01\x05\x5D"s, Le(1u << 30, 4))},
      {"7z, PPMd of 1 GB",
       PatchedSevenZip("7z a -m0=ppmd" + plain, "\x23\x03\x04\x01\x05\x06"s, Le(1u << 30, 4))},
      {"rar 4, PPMd of 256 MB", samples::MakeRar4({{"r.exe", ppmd, false, kNormal}})},
      {"rar 5 of 64 MB", samples::MakeRar5({{"r.exe", ppmd, false, k64MB}})},
      {"rar 5 of 4 GB", samples::MakeRar5({{"r.exe", ppmd, false, k4GB}})},
  };
}

TEST(ConfinedMemory, WhatAsksForMoreThanThereIsCannotBeLookedInto) {
  if (kSanitized) GTEST_SKIP() << "under sanitizers memory is not limited";
  ConfinedScanner scanner;
  for (const auto& [what, bytes] : GreedyFiles()) {
    if (bytes.empty()) continue;
    const Scanned alone = scanner.Ask(bytes, {});
    EXPECT_TRUE(alone.Has(Property::kUnreadable))
        << what << ": " << alone.result.properties.Format();
    const Scanned within = scanner.Ask(MakeZip({{.name = "within", .content = bytes}}), {});
    const Item* const member = within.Find("within");
    ASSERT_NE(member, nullptr) << what;
    EXPECT_TRUE(member->properties.Has(Property::kUnreadable))
        << what << ": " << member->properties.Format();
  }
  EXPECT_TRUE(scanner.Ask(MakeZip({{"e.exe", MakeProgram()}}), {}).Find("e.exe") != nullptr);
  EXPECT_EQ(scanner.counts().deaths, 0u);
}

struct Room {
  std::uint64_t memory;
  std::string level;  // of xz
  bool fits;
};

// As the manual page says: 8 MB less than the option.
TEST(ConfinedMemory, LargerDictionariesFitWhereTheOptionAllowsThem) {
  for (const Room& room : std::vector<Room>{{16 * kMiB, "-6", true},
                                            {16 * kMiB, "-7", false},
                                            {48 * kMiB, "-8", true},
                                            {48 * kMiB, "--lzma2=dict=48MiB", false},
                                            {48 * kMiB, "-9", false},
                                            {56 * kMiB, "--lzma2=dict=48MiB", true},
                                            {72 * kMiB, "-9", true},
                                            {200 * kMiB, "--lzma2=dict=192MiB", true}}) {
    const std::string xz = Made("tar -cf - e.exe | xz " + room.level + " -c > out");
    if (xz.empty()) GTEST_SKIP() << "no xz here";
    ConfinedScanner scanner(room.memory);
    const Scanned scanned = scanner.Ask(xz, {});
    EXPECT_EQ(scanned.Has(Property::kUnreadable), !room.fits) << room.memory << " " << room.level;
    EXPECT_EQ(scanned.Find("e.exe") != nullptr, room.fits) << room.memory << " " << room.level;
  }
}

}  // namespace
}  // namespace gatepost::attachments
