#include "milters/attachments/stand_in.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "common/base/strings.h"

namespace gatepost::attachments {
namespace {

constexpr std::string_view kType = "text/plain; charset=utf-8";
constexpr std::size_t kMostPlainLine = 900;  // RFC 5322 section 2.1.1 allows 998
constexpr std::size_t kMostQuotedLine = 75;  // and "=" for a soft break

bool IsPlain(char c) { return (c >= ' ' && c <= '~') || c == '\t'; }

// Up to its end, which goes, too.
std::string_view TakeLine(std::string_view& text) {
  const auto end = text.find_first_of("\r\n");
  const auto line = text.substr(0, end);
  const bool pair = end != text.npos && text.substr(end, 2) == "\r\n";
  text.remove_prefix(std::min(text.size(), line.size() + (pair ? 2 : 1)));
  return line;
}

// A line with "--" in front might be meant as a delimiter by the one who chose the boundary.
bool GoesPlain(std::string_view line) {
  return line.size() <= kMostPlainLine && !line.starts_with("--") &&
         std::ranges::all_of(line, IsPlain);
}

std::string Quoted(std::string_view line) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string quoted;
  std::size_t column = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const bool last = i + 1 == line.size();
    const bool plain = IsPlain(c) && c != '=' && !(last && (c == ' ' || c == '\t'));
    if (column + (plain ? 1 : 3) > kMostQuotedLine) {
      quoted += "=\r\n";
      column = 0;
    }
    if (plain && !(column == 0 && c == '-')) {
      quoted += c;
      column += 1;
    } else {
      const auto value = static_cast<unsigned char>(c);
      quoted.append({'=', kHex[value >> 4], kHex[value & 15]});
      column += 3;
    }
  }
  return quoted;
}

// -- what stays of a header -----------------------------------------------------------------------

bool IsNameCharacter(char c) { return c > ' ' && c <= '~'; }

bool MayStay(std::string_view line) {
  const auto name = line.substr(0, line.find(':'));
  if (name.size() == line.size() || name.empty() || name.starts_with("--")) return false;
  if (!std::ranges::all_of(name, IsNameCharacter)) return false;
  return !base::StartsWithIgnoreCase(name, "content-") ||
         base::EqualsIgnoreCase(name, "content-id");
}

bool IsContentId(std::string_view line) { return base::StartsWithIgnoreCase(line, "content-id:"); }

// With its folds, each line with its end; `header` keeps what follows.
std::string_view TakeField(std::string_view& header) {
  std::size_t end = 0;
  do {
    end = header.find('\n', end);
    end = end == header.npos ? header.size() : end + 1;
  } while (end < header.size() && (header[end] == ' ' || header[end] == '\t'));
  const auto field = header.substr(0, end);
  header.remove_prefix(end);
  return field;
}

// Only what every client reads alike: no CR without LF, no NUL, no fold that looks empty.
bool IsUnambiguous(std::string_view field) {
  if (field.find('\0') != field.npos) return false;
  while (!field.empty()) {
    const auto end = field.find('\n');
    auto line = field.substr(0, end);
    field.remove_prefix(end == field.npos ? field.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find('\r') != line.npos || base::Trim(line).empty()) return false;
  }
  return true;
}

std::string FieldsThatStay(std::string_view header) {
  std::string kept;
  bool has_id = false;
  while (!header.empty()) {
    const auto field = TakeField(header);
    if (!MayStay(field) || !IsUnambiguous(field)) continue;
    if (IsContentId(field) && std::exchange(has_id, true)) continue;
    kept += field;
    if (!kept.ends_with('\n')) kept += "\r\n";
  }
  return kept;
}

}  // namespace

EncodedText EncodeText(std::string_view text) {
  while (!text.empty() && base::IsMailSpace(text.back())) text.remove_suffix(1);
  std::string plain, quoted;
  bool is_plain = true;
  while (!text.empty()) {
    const auto line = TakeLine(text);
    is_plain = is_plain && GoesPlain(line);
    plain.append(line).append(text.empty() ? "" : "\r\n");
    quoted.append(Quoted(line)).append(text.empty() ? "" : "\r\n");
  }
  if (is_plain) return {"7bit", std::move(plain)};
  return {"quoted-printable", std::move(quoted)};
}

std::string PartWithText(std::string_view text, std::string_view old_header) {
  const auto encoded = EncodeText(text);
  std::string part = "Content-Type: ";
  part.append(kType).append("\r\nContent-Transfer-Encoding: ").append(encoded.encoding);
  part += "\r\nContent-Disposition: inline\r\n";
  return part + FieldsThatStay(old_header) + "\r\n" + encoded.body;
}

std::vector<FieldChange> ChangesForText(const std::vector<mail::HeaderField>& fields,
                                        const std::string& encoding) {
  using Kind = FieldChange::Kind;
  std::map<std::string, int> counts;  // of each name
  for (const auto& field : fields) ++counts[base::ToLower(base::Trim(field.name))];
  const std::array<std::pair<std::string, std::string>, 2> wanted{
      {{"Content-Type", std::string(kType)}, {"Content-Transfer-Encoding", encoding}}};
  std::vector<FieldChange> changes;
  for (const auto& [name, count] : counts) {
    if (!name.starts_with("content-") || name == "content-id") continue;
    const bool stays = name == "content-type" || name == "content-transfer-encoding";
    for (int i = count; i > (stays ? 1 : 0); --i) changes.push_back({Kind::kDelete, name, i, ""});
  }
  for (const auto& [name, value] : wanted) {
    const bool there = counts.contains(base::ToLower(name));
    changes.push_back({there ? Kind::kChange : Kind::kAdd, name, there ? 1 : 0, " " + value});
  }
  if (!counts.contains("mime-version")) changes.push_back({Kind::kAdd, "MIME-Version", 0, " 1.0"});
  return changes;
}

}  // namespace gatepost::attachments
