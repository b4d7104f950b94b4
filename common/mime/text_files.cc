#include "common/mime/text_files.h"

#include <algorithm>
#include <array>

#include "common/base/strings.h"

namespace gatepost::mime {
namespace {

constexpr std::string_view kBinHex = "(This file must be converted with BinHex";

constexpr std::size_t kMostModeDigits = 11;

bool IsOctal(char c) { return c >= '0' && c <= '7'; }

// The name in "begin 644 name", after the first word; nothing for what is prose.
std::optional<std::string_view> NameAfterMode(std::string_view rest) {
  const auto mode_end = std::ranges::find_if_not(rest, IsOctal);
  const auto digits = static_cast<std::size_t>(mode_end - rest.begin());
  if (digits < 3 || digits > kMostModeDigits || mode_end == rest.end() || *mode_end != ' ')
    return std::nullopt;
  const auto name = base::Trim(rest.substr(digits));
  return name.empty() ? std::nullopt : std::optional(name);
}

// What stands after "name=" to the line's end: names of yEnc may hold blanks.
std::string_view YencName(std::string_view line) {
  const auto at = line.find(" name=");
  return at == std::string_view::npos ? std::string_view() : base::Trim(line.substr(at + 6));
}

unsigned Sextet(char c) { return (static_cast<unsigned char>(c) - 32U) & 63U; }

// Of the byte order, before the first line.
std::string_view WithoutMark(std::string_view line) {
  for (const std::string_view mark : {"\xEF\xBB\xBF", "\xFF\xFE", "\xFE\xFF"}) {
    if (line.starts_with(mark)) return line.substr(mark.size());
  }
  return line;
}

// "end" has no length that fits.
bool IsUuencodeEnd(std::string_view line) { return base::Trim(line) == "end"; }

}  // namespace

void TextFiles::Feed(std::string_view text) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto piece = text.substr(0, end);
    const auto room = kMostLine - line_.size();
    if (piece.size() > room) too_long_ = true;
    if (end != std::string_view::npos && line_.empty() && !too_long_) {
      TakeLine(piece);
    } else {
      line_.append(piece.substr(0, room));
      if (end == std::string_view::npos) return;
      TakeLine(line_);
      line_.clear();
    }
    too_long_ = false;
    text.remove_prefix(end + 1);
  }
}

void TextFiles::TakeLine(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (!file_) return LookForBeginning(line);
  switch (*file_) {
    case TextEncoding::kUuencode:
      return TakeUuencode(line);
    case TextEncoding::kBase64:
      return TakeBase64(line);
    case TextEncoding::kYenc:
      return TakeYenc(line);
    case TextEncoding::kBinHex:
      return TakeBinHex(line);
  }
}

void TextFiles::LookForBeginning(std::string_view line) {
  line = WithoutMark(line);
  if (line.empty() || (line[0] != 'b' && line[0] != '=' && line[0] != '(')) return;
  if (line.starts_with("begin ")) {
    if (const auto name = NameAfterMode(line.substr(6))) Begin(TextEncoding::kUuencode, *name);
  } else if (line.starts_with("begin-base64 ")) {
    if (const auto name = NameAfterMode(line.substr(13))) Begin(TextEncoding::kBase64, *name);
  } else if (line.starts_with("=ybegin ")) {
    Begin(TextEncoding::kYenc, YencName(line));
  } else if (line.starts_with(kBinHex)) {
    file_ = TextEncoding::kBinHex;
    binhex_ = BinHexStream();
    told_ = false;
  }
}

void TextFiles::Begin(TextEncoding encoding, std::string_view name) {
  file_ = encoding;
  base64_ = Base64Stream();
  told_ = true;
  sink_.OnTextFile(encoding, name.substr(0, 1'000));
}

void TextFiles::End(bool whole) {
  if (!told_) sink_.OnTextFile(TextEncoding::kBinHex, {});
  if (file_ == TextEncoding::kBase64) {
    std::array<std::byte, Base64Stream::MostOut(0)> rest;
    sink_.OnTextFileContent(std::span(rest).first(base64_.Finish(rest.data())));
  }
  file_.reset();
  sink_.OnTextFileEnd(whole);
}

// The first character says how many bytes the line holds; blanks at its end may be gone. A line
// that cannot be one ends the file, and may begin another.
void TextFiles::TakeUuencode(std::string_view line) {
  if (IsUuencodeEnd(line)) return End(true);
  if (line.empty() || Sextet(line[0]) == 0) return;
  const std::size_t bytes = Sextet(line[0]);
  const bool foreign = std::ranges::any_of(line, [](char c) { return c < ' ' || c > '`'; });
  if (foreign || line.size() > 1 + (bytes + 2) / 3 * 4 + 2) {
    End(false);
    return LookForBeginning(line);
  }
  std::array<std::byte, 64> content;
  for (std::size_t out = 0, in = 1; out < bytes; in += 4) {
    std::uint32_t bits = 0;
    for (std::size_t i = in; i < in + 4; ++i)
      bits = bits << 6 | (i < line.size() ? Sextet(line[i]) : 0);
    for (unsigned shift = 16; out < bytes; shift -= 8) {
      content[out++] = static_cast<std::byte>(bits >> shift & 0xFF);
      if (shift == 0) break;
    }
  }
  sink_.OnTextFileContent(std::span(content).first(bytes));
}

void TextFiles::TakeBase64(std::string_view line) {
  if (base::Trim(line) == "====") return End(true);
  std::array<std::byte, Base64Stream::MostOut(kMostLine)> content;
  const auto bytes = base64_.Feed(line, content.data());
  sink_.OnTextFileContent(std::span(content).first(bytes));
}

void TextFiles::TakeYenc(std::string_view line) {
  if (line.starts_with("=yend")) return End(true);
  if (line.starts_with("=ypart")) return;
  std::array<std::byte, kMostLine> content;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    unsigned value = static_cast<unsigned char>(line[i]);
    if (line[i] == '=' && i + 1 < line.size()) value = static_cast<unsigned char>(line[++i]) - 64U;
    content[bytes++] = static_cast<std::byte>((value - 42U) & 0xFF);
  }
  sink_.OnTextFileContent(std::span(content).first(bytes));
}

// There may be an empty line before the first.
void TextFiles::TakeBinHex(std::string_view line) {
  std::string content;
  binhex_.Feed(line, content);
  if (binhex_.named() && !told_) Begin(TextEncoding::kBinHex, binhex_.name());
  if (!content.empty()) sink_.OnTextFileContent(std::as_bytes(std::span(content)));
  if (!binhex_.ended()) return;
  End(!binhex_.damaged());
  if (binhex_.damaged()) LookForBeginning(line);
}

void TextFiles::Finish() {
  if (!line_.empty()) TakeLine(line_);
  line_.clear();
  if (file_) End(false);
}

}  // namespace gatepost::mime
