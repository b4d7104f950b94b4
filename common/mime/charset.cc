#include "common/mime/charset.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/strings.h"

namespace gatepost::mime {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kUnknown = "windows-1252";

// As IANA registers them, with the names that the C library takes. ISO-2022-CN and the like, which
// nobody's mail needs, are left out on purpose.
constexpr std::array<std::string_view, 46> kCharsets{
    "iso-8859-1",   "iso-8859-2",   "iso-8859-3",   "iso-8859-4",   "iso-8859-5",   "iso-8859-6",
    "iso-8859-7",   "iso-8859-8",   "iso-8859-9",   "iso-8859-10",  "iso-8859-13",  "iso-8859-14",
    "iso-8859-15",  "iso-8859-16",  "windows-1250", "windows-1251", "windows-1252", "windows-1253",
    "windows-1254", "windows-1255", "windows-1256", "windows-1257", "windows-1258", "windows-874",
    "koi8-r",       "koi8-u",       "tis-620",      "gb2312",       "gbk",          "gb18030",
    "big5",         "big5-hkscs",   "shift_jis",    "euc-jp",       "iso-2022-jp",  "euc-kr",
    "utf-16",       "utf-16le",     "utf-16be",     "utf-32",       "utf-7",        "ibm037",
    "ibm437",       "ibm850",       "ibm852",       "ibm866"};

// Names that programs write and know besides those.
constexpr std::array<std::pair<std::string_view, std::string_view>, 30> kAliases{{
    {"latin1", "iso-8859-1"},
    {"iso8859-1", "iso-8859-1"},
    {"iso_8859-1", "iso-8859-1"},
    {"latin2", "iso-8859-2"},
    {"cp1250", "windows-1250"},
    {"cp1251", "windows-1251"},
    {"cp1252", "windows-1252"},
    {"cp1253", "windows-1253"},
    {"cp1254", "windows-1254"},
    {"cp037", "ibm037"},
    {"cp437", "ibm437"},
    {"cp850", "ibm850"},
    {"cp866", "ibm866"},
    {"cp932", "shift_jis"},
    {"shift-jis", "shift_jis"},
    {"sjis", "shift_jis"},
    {"x-sjis", "shift_jis"},
    {"windows-31j", "shift_jis"},
    {"ms932", "shift_jis"},
    {"x-gbk", "gbk"},
    {"cp936", "gbk"},
    {"gb_2312-80", "gb2312"},
    {"ks_c_5601-1987", "euc-kr"},
    {"utf7", "utf-7"},
    {"unicode-1-1-utf-7", "utf-7"},
    {"unicode-2-0-utf-7", "utf-7"},
    {"x-unicode-2-0-utf-7", "utf-7"},
    {"utf16", "utf-16"},
    {"unicode", "utf-16"},
    {"utf32", "utf-32"},
}};

// In the spelling of the lists.
std::string_view KnownAs(std::string_view charset) {
  const auto alias = std::ranges::find_if(
      kAliases, [&](const auto& one) { return base::EqualsIgnoreCase(one.first, charset); });
  if (alias != kAliases.end()) return alias->second;
  const auto known = std::ranges::find_if(
      kCharsets, [&](std::string_view name) { return base::EqualsIgnoreCase(name, charset); });
  return known == kCharsets.end() ? std::string_view() : *known;
}

bool IsUtf8Name(std::string_view charset) {
  return base::EqualsIgnoreCase(charset, "utf-8") || base::EqualsIgnoreCase(charset, "utf8") ||
         base::EqualsIgnoreCase(charset, "us-ascii");
}

class Converter {
 public:
  explicit Converter(std::string_view charset)
      : iconv_(::iconv_open("UTF-8", std::string(charset).c_str())) {}
  ~Converter() {
    if (valid()) ::iconv_close(iconv_);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;

  bool valid() const { return iconv_ != reinterpret_cast<iconv_t>(-1); }
  std::string Convert(std::string_view bytes);

 private:
  iconv_t iconv_;
};

// What cannot be converted is skipped byte by byte, so it always ends.
std::string Converter::Convert(std::string_view bytes) {
  std::string text;
  std::array<char, 1024> buffer;
  char* in = const_cast<char*>(bytes.data());  // iconv does not write there
  std::size_t left = bytes.size();
  while (left > 0) {
    char* out = buffer.data();
    std::size_t room = buffer.size();
    const std::size_t done = ::iconv(iconv_, &in, &left, &out, &room);
    text.append(buffer.data(), buffer.size() - room);
    if (done != static_cast<std::size_t>(-1) || errno == E2BIG) continue;
    text += kReplacement;
    ++in;
    --left;
  }
  return text;
}

// The length of the character at the front; 0 where there is none.
std::size_t Utf8Length(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned lead = at(0);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  if (length == 0 || bytes.size() < length) return 0;
  std::uint32_t code = length == 1 ? lead : lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xC0U) != 0x80) return 0;
    code = code << 6 | (at(i) & 0x3FU);
  }
  constexpr std::array<std::uint32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code < 0xE000;
  return code < kLeast[length] || code > 0x10FFFF || surrogate ? 0 : length;
}

std::string Repaired(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    const std::size_t length = Utf8Length(bytes);
    text += length > 0 ? bytes.substr(0, length) : kReplacement;
    bytes.remove_prefix(std::max<std::size_t>(1, length));
  }
  return text;
}

}  // namespace

void LoadConverters() {
  // The C library unloads what nobody holds.
  static const auto& held = *new std::vector<std::unique_ptr<Converter>>([] {
    std::vector<std::unique_ptr<Converter>> all;
    for (const std::string_view charset : kCharsets) {
      all.push_back(std::make_unique<Converter>(charset));
    }
    return all;
  }());
  static_cast<void>(held);
}

bool IsUtf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t length = Utf8Length(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

std::string ToUtf8(std::string_view bytes, std::string_view charset) {
  charset = base::Trim(charset);
  while (charset.starts_with('"') || charset.starts_with('\'')) charset.remove_prefix(1);
  while (charset.ends_with('"') || charset.ends_with('\'')) charset.remove_suffix(1);
  const std::string_view known = KnownAs(charset);
  if (std::ranges::all_of(bytes, [](char c) { return c >= ' ' && c != '+' && c != '~'; }) &&
      !known.starts_with("utf-") && known != "ibm037") {
    return std::string(bytes);  // ASCII, which all of them but UTF-16, UTF-7 and EBCDIC hold
  }
  if (IsUtf8Name(charset) || (known.empty() && IsUtf8(bytes))) return Repaired(bytes);
  Converter converter(known.empty() ? kUnknown : known);
  return converter.valid() ? converter.Convert(bytes) : Repaired(bytes);
}

}  // namespace gatepost::mime
