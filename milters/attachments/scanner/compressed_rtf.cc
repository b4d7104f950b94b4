#include "milters/attachments/scanner/compressed_rtf.h"

#include <algorithm>

#include "milters/attachments/scanner/byte_order.h"

namespace gatepost::attachments {
namespace {

constexpr std::size_t kWindow = 4'096;
constexpr std::size_t kHeaderBytes = 16;

// What the window holds at first (section 2.1.3.1.3).
constexpr std::string_view kFirst =
    "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
    "\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0"
    "\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

static_assert(kFirst.size() == 207);

class Window {
 public:
  Window() : bytes_(kFirst), at_(kFirst.size()) { bytes_.resize(kWindow, ' '); }
  void Put(char c, std::string& out) {
    bytes_[at_] = c;
    at_ = (at_ + 1) % kWindow;
    out += c;
  }
  // False at the end, which a reference to the present place marks.
  bool Copy(unsigned reference, std::string& out) {
    const std::size_t from = reference >> 4;
    if (from == at_) return false;
    const std::size_t length = (reference & 0xF) + 2;
    for (std::size_t i = 0; i < length; ++i) Put(bytes_[(from + i) % kWindow], out);
    return true;
  }

 private:
  std::string bytes_;
  std::size_t at_;
};

}  // namespace

std::string DecompressRtf(std::string_view packed, std::size_t most) {
  constexpr std::uint32_t kPlain = 0x414C454D;
  if (packed.size() < kHeaderBytes) return {};
  const bool plain = Little32(packed, 8) == kPlain;
  packed.remove_prefix(kHeaderBytes);
  if (plain) return std::string(packed.substr(0, most));
  std::string out;
  Window window;
  for (std::size_t at = 0; at < packed.size() && out.size() < most;) {
    const unsigned flags = Byte(packed, at++);
    for (unsigned bit = 0; bit < 8 && at < packed.size(); ++bit) {
      if ((flags >> bit & 1) == 0) {
        window.Put(packed[at++], out);
        continue;
      }
      const unsigned reference = Byte(packed, at) * 256u + Byte(packed, at + 1);
      at += 2;
      if (!window.Copy(reference, out)) return out;
    }
  }
  return out;
}

}  // namespace gatepost::attachments
