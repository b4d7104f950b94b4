#include "milters/attachments/scanner/rare_kinds.h"

#include <algorithm>
#include <array>

#include "milters/attachments/scanner/byte_order.h"

namespace gatepost::attachments {
namespace {

using namespace std::string_view_literals;

// Their first letters are no signature by themselves: what stands further on is asked for, too.
struct RareArchive {
  std::string_view name;
  std::string_view begin;
  std::size_t offset;
  std::string_view further;
};
constexpr std::array kRare{
    RareArchive{"zoo", "ZOO ", 20, "\xDC\xA7\xC4\xFD"sv},
    RareArchive{"uha", "UHA", 0, "UHA\x06"sv},
    RareArchive{"uha", "UHA", 0, "UHA\x05"sv},
    RareArchive{"alz", "ALZ\x01", 0, "ALZ\x01"sv},
    RareArchive{"egg", "EGGA", 4, "\0\x01"sv},
    RareArchive{"stuffit", "SIT!", 10, "rLau"sv},
    RareArchive{"stuffit", "StuffIt (c)", 0, "StuffIt (c)1997-"sv},
    RareArchive{"zpaq", "7kSt\xA0\x31\x83\xD3", 0, "7kSt"sv},
    RareArchive{"zpaq", "zPQ\x01", 0, "zPQ\x01"sv},
    RareArchive{"zpaq", "zPQ\x02", 0, "zPQ\x02"sv},
    RareArchive{"lrzip", "LRZI", 4, "\0"sv},
    RareArchive{"freearc", "ArC\x01", 0, "ArC\x01"sv},
    RareArchive{"blackhole", "BH\x05\x07", 0, "BH\x05\x07"sv},
    RareArchive{"amiga-lzx", "LZX\0", 0, "LZX\0"sv},
};

std::string_view TextOf(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

unsigned At(std::string_view head, std::size_t at) { return static_cast<unsigned char>(head[at]); }

std::uint64_t Big32(std::string_view head, std::size_t at) {
  return std::uint64_t{At(head, at)} << 24 | At(head, at + 1) << 16 | At(head, at + 2) << 8 |
         At(head, at + 3);
}

bool StartsLine(std::string_view text, std::size_t at) { return at == 0 || text[at - 1] == '\n'; }

// "begin 644 name": a mode of three digits at least.
bool BeginsFile(std::string_view line) {
  if (line.starts_with("=ybegin ")) return line.find(" size=") != line.npos;
  std::string_view rest = line.substr(std::min(line.find(' '), line.size()));
  constexpr std::string_view kOctal = "01234567";
  if (rest.size() < 6 || (!line.starts_with("begin ") && !line.starts_with("begin-base64 "))) {
    return false;
  }
  return rest.substr(1, 3).find_first_not_of(kOctal) == rest.npos;
}

}  // namespace

std::size_t SkippableFrame(std::string_view head) {
  constexpr std::size_t kHead = 8;
  if (head.size() < kHead || head.substr(1, 3) != "\x2A\x4D\x18"sv || At(head, 0) >> 4 != 5) {
    return 0;
  }
  return kHead + Little32(head, 4);
}

bool IsMacBinary(std::string_view head, bool told) {
  constexpr std::size_t kHead = 128;
  constexpr unsigned kMostName = 63;
  if (head.size() < kHead || At(head, 0) != 0 || At(head, 74) != 0 || At(head, 82) != 0) {
    return false;
  }
  const unsigned size = At(head, 1);
  if (size == 0 || size > kMostName) return false;
  const auto name = head.substr(2, size);
  if (std::ranges::any_of(name, [](char c) { return c >= 0 && c < ' '; })) return false;
  const auto behind = head.substr(2 + size, kMostName - size);
  if (behind.find_first_not_of('\0') != behind.npos) return told;
  const bool forks = Big32(head, 83) > 0 || Big32(head, 87) > 0;
  return told || (forks && Big32(head, 83) < 0x8000'0000 && Big32(head, 87) < 0x100'0000);
}

bool HoldsTextFile(std::string_view head) {
  for (const std::string_view mark : {"begin "sv, "begin-base64 "sv, "=ybegin "sv}) {
    for (std::size_t at = head.find(mark); at != head.npos; at = head.find(mark, at + 1)) {
      const std::size_t end = std::min(head.find('\n', at), head.size());
      const bool goes_on = end + 1 < head.size();
      if (goes_on && StartsLine(head, at) && BeginsFile(head.substr(at, end - at))) return true;
    }
  }
  return false;
}

ContentType RareKind(std::span<const std::byte> bytes) {
  constexpr std::string_view kAppleSingle{"\0\x05\x16\0", 4};
  const std::string_view head = TextOf(bytes);
  if (SkippableFrame(head) > 0) return {"zstd", Kind::kArchive};
  if (head.starts_with(kAppleSingle)) return {"applesingle", Kind::kArchive};
  for (const RareArchive& rare : kRare) {
    if (head.starts_with(rare.begin) && head.size() > rare.offset &&
        head.substr(rare.offset).starts_with(rare.further)) {
      return {rare.name, Kind::kArchive};
    }
  }
  if (IsMacBinary(head, false)) return {"macbinary", Kind::kArchive};
  return {};
}

}  // namespace gatepost::attachments
