#include "milters/attachments/scanner/ovba.h"

#include <algorithm>
#include <array>
#include <bit>

#include "common/base/strings.h"
#include "milters/attachments/scanner/byte_order.h"

namespace gatepost::attachments {
namespace {

constexpr std::size_t kChunkBytes = 4'096;
constexpr std::size_t kMostModules = 2'000;

// In lower case; whole words.
constexpr std::array<std::string_view, 34> kAutoNames{"autoopen",
                                                      "auto_open",
                                                      "autoclose",
                                                      "auto_close",
                                                      "autoexec",
                                                      "autoexit",
                                                      "autonew",
                                                      "auto_exec",
                                                      "auto_exit",
                                                      "auto_activate",
                                                      "auto_deactivate",
                                                      "document_open",
                                                      "documentopen",
                                                      "document_close",
                                                      "documentclose",
                                                      "document_new",
                                                      "documentnew",
                                                      "newdocument",
                                                      "document_beforeclose",
                                                      "documentbeforeclose",
                                                      "document_change",
                                                      "documentchange",
                                                      "document_activate",
                                                      "workbook_open",
                                                      "workbook_activate",
                                                      "workbook_beforeclose",
                                                      "workbook_close",
                                                      "workbook_deactivate",
                                                      "workbook_windowactivate",
                                                      "worksheet_activate",
                                                      "worksheet_calculate",
                                                      "onslideshowpagechange",
                                                      "slideshow_begin",
                                                      "presentation_open"};
// Events of controls that come without a click.
constexpr std::array<std::string_view, 9> kAutoEndings{
    "_painted",    "_painting", "_layout",           "_gotfocus",       "_mousemove",
    "_mousehover", "_resize",   "_documentcomplete", "_beforenavigate2"};

bool IsWordCharacter(char c) { return base::IsAsciiAlpha(c) || base::IsAsciiDigit(c) || c == '_'; }

bool IsAutoName(std::string_view word) {
  return std::ranges::find(kAutoNames, word) != kAutoNames.end() ||
         std::ranges::any_of(kAutoEndings,
                             [word](std::string_view ending) { return word.ends_with(ending); });
}

// How many bits of a copy token are its length depends on how much of the chunk is out.
unsigned OffsetBits(std::size_t out) {
  return std::max(4u, static_cast<unsigned>(std::bit_width(out - 1)));
}

bool Copy(std::uint16_t token, std::size_t chunk_start, std::string& out) {
  const std::size_t done = out.size() - chunk_start;
  if (done == 0) return false;
  const unsigned length_bits = 16 - OffsetBits(done);
  const std::size_t length = (token & ((1u << length_bits) - 1)) + 3;
  const std::size_t offset = (token >> length_bits) + 1u;
  if (offset > done || done + length > kChunkBytes) return false;
  for (std::size_t i = 0; i < length; ++i) out += out[out.size() - offset];
  return true;
}

// One flag byte and the eight tokens that it tells of; false where they are unsound.
bool DecompressTokens(std::string_view chunk, std::size_t& at, std::size_t chunk_start,
                      std::string& out) {
  const unsigned flags = Byte(chunk, at++);
  for (unsigned bit = 0; bit < 8 && at < chunk.size(); ++bit) {
    if ((flags >> bit & 1) == 0) {
      if (out.size() - chunk_start >= kChunkBytes) return false;
      out += chunk[at++];
      continue;
    }
    if (at + 2 > chunk.size() || !Copy(Little16(chunk, at), chunk_start, out)) return false;
    at += 2;
  }
  return true;
}

bool DecompressChunk(std::string_view chunk, bool compressed, std::string& out) {
  if (!compressed) {
    out += chunk;
    return true;
  }
  const std::size_t chunk_start = out.size();
  for (std::size_t at = 0; at < chunk.size();) {
    if (!DecompressTokens(chunk, at, chunk_start, out)) return false;
  }
  return true;
}

}  // namespace

std::string DecompressOvba(std::string_view container, std::size_t most) {
  std::string out;
  if (container.empty() || container[0] != 1) return out;
  for (std::size_t at = 1; at + 2 < container.size() && out.size() < most;) {
    const unsigned header = Little16(container, at);
    if ((header >> 12 & 7) != 3) break;
    const std::size_t size = (header & 0xFFF) + 1;
    if (!DecompressChunk(Slice(container, at + 2, size), (header & 0x8000) != 0, out)) break;
    at += 2 + size;
  }
  if (out.size() > most) out.resize(most);
  return out;
}

std::vector<VbaModule> ParseVbaDir(std::string_view dir) {
  constexpr unsigned kVersion = 0x09, kStreamName = 0x1A, kUnicodeName = 0x32, kOffset = 0x31;
  std::vector<VbaModule> modules;
  std::string stream;
  for (std::size_t at = 0; at + 6 <= dir.size() && modules.size() < kMostModules;) {
    const unsigned id = Little16(dir, at);
    const std::uint32_t size = Little32(dir, at + 2);
    const std::string_view value = Slice(dir, at + 6, size);
    if (id == kStreamName) stream = value;
    if (id == kUnicodeName) stream = FromUtf16(value);
    if (id == kOffset) modules.push_back({stream, Little32(value, 0)});
    // This one is two bytes longer than it says.
    at += 6 + static_cast<std::size_t>(size) + (id == kVersion ? 2 : 0);
  }
  return modules;
}

bool HasAutoMacroName(std::string_view code) {
  constexpr std::size_t kLongest = 80;
  for (std::size_t at = 0; at < code.size();) {
    if (!IsWordCharacter(code[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < code.size() && IsWordCharacter(code[end])) ++end;
    if (end - at <= kLongest && IsAutoName(base::ToLower(code.substr(at, end - at)))) return true;
    at = end;
  }
  return false;
}

}  // namespace gatepost::attachments
