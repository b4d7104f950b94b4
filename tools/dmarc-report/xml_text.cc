#include "tools/dmarc-report/xml_text.h"

#include "common/mail/character_class.h"

namespace gatepost::dmarc_report {
namespace {

void AppendAscii(char c, std::string& out) {
  switch (c) {
    case '&':
      out += "&amp;";
      return;
    case '<':
      out += "&lt;";
      return;
    case '>':
      out += "&gt;";
      return;
    default:
      out += c >= 0x20 && c < 0x7f ? c : '?';
  }
}

// U+0080 to U+009F are controls, U+FFFE and U+FFFF no characters.
bool IsUnfit(std::string_view sequence) {
  return (sequence[0] == '\xc2' && static_cast<unsigned char>(sequence[1]) < 0xa0) ||
         sequence == "\xef\xbf\xbe" || sequence == "\xef\xbf\xbf";
}

}  // namespace

std::string EscapeXml(std::string_view text, std::size_t max_bytes) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = mail::Utf8Length(text, at);
    if (at + (length == 0 ? 1 : length) > max_bytes) break;
    const std::string_view sequence = text.substr(at, length == 0 ? 1 : length);
    if (length == 1) {
      AppendAscii(text[at], out);
    } else if (length == 0 || IsUnfit(sequence)) {
      out += '?';
    } else {
      out += sequence;
    }
    at += length == 0 ? 1 : length;
  }
  return out;
}

std::string XmlElement(int level, std::string_view name, std::string_view text) {
  std::string line(static_cast<std::size_t>(level) * 2, ' ');
  line.append("<").append(name).append(">").append(EscapeXml(text));
  return line.append("</").append(name).append(">\n");
}

}  // namespace gatepost::dmarc_report
