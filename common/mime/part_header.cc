#include "common/mime/part_header.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "common/base/strings.h"
#include "common/mime/parameters.h"

namespace gatepost::mime {
namespace {

constexpr std::array<std::pair<std::string_view, TransferEncoding>, 12> kEncodings{{
    {"", TransferEncoding::kIdentity},
    {"7bit", TransferEncoding::kIdentity},
    {"8bit", TransferEncoding::kIdentity},
    {"binary", TransferEncoding::kIdentity},
    {"base64", TransferEncoding::kBase64},
    {"quoted-printable", TransferEncoding::kQuotedPrintable},
    {"x-uuencode", TransferEncoding::kUuencode},
    {"x-uue", TransferEncoding::kUuencode},
    {"uuencode", TransferEncoding::kUuencode},
    {"x-binary", TransferEncoding::kIdentity},
    {"7-bit", TransferEncoding::kIdentity},
    {"8-bit", TransferEncoding::kIdentity},
}};

// From all its fields together.
constexpr std::size_t kMostPartNames = 64;

void AddOnce(std::vector<std::string>& texts, std::string text) {
  if (!text.empty() && std::ranges::find(texts, text) == texts.end()) {
    texts.push_back(std::move(text));
  }
}

// Some programs leave NUL out, as if it were not there.
std::string WithoutNul(std::string_view text) {
  std::string without(text);
  std::erase(without, '\0');
  return without;
}

std::optional<TransferEncoding> FindEncoding(std::string_view name) {
  const auto known = std::ranges::find(kEncodings, name, [](const auto& e) { return e.first; });
  return known == kEncodings.end() ? std::nullopt : std::optional(known->second);
}

std::optional<TransferEncoding> FindEncodingWithin(std::string_view lower) {
  std::string letters;
  for (const char c : lower) {
    if (base::IsAsciiAlpha(c) || base::IsAsciiDigit(c)) letters += c;
  }
  if (letters.find("base64") != letters.npos) return TransferEncoding::kBase64;
  if (letters.find("quotedprintable") != letters.npos) return TransferEncoding::kQuotedPrintable;
  // Files in text tell themselves which of them they are.
  const bool in_text = letters.find("uue") != letters.npos || letters.find("yenc") != letters.npos;
  if (in_text) return TransferEncoding::kUuencode;
  return std::nullopt;
}

// A description as it stands; of an address what stands behind its last slash and before "?", of
// an identifier what is in its brackets.
std::string HintOf(const mail::HeaderField& field) {
  constexpr std::size_t kMostHint = 1'024;
  std::string_view value = base::Trim(std::string_view(field.value).substr(0, kMostHint));
  if (field.Is("Content-ID") && value.starts_with('<')) value.remove_prefix(1);
  if (field.Is("Content-ID") && value.ends_with('>')) value.remove_suffix(1);
  if (field.Is("Content-Location")) {
    value = value.substr(0, value.find_first_of("?#"));
    value = value.substr(value.find_last_of("/\\") + 1);
  }
  StructuredValue named;
  named.parameters.push_back({"name", -1, false, {std::string(value)}});
  auto readings = Readings(named, "name");
  return readings.empty() ? std::string() : std::move(readings.back());
}

class Reader {
 public:
  void Take(const mail::HeaderField& field);
  PartHeader Finish();

 private:
  void TakeValue(const StructuredValue& value, std::string_view name_parameter,
                 std::vector<std::string>& tokens);
  void TakeEncoding(const std::string& spelled, const StructuredValue& value);
  void AddEncoding(TransferEncoding encoding);

  PartHeader header_;
  bool empty_boundary_ = false;
};

void Reader::Take(const mail::HeaderField& field) {
  Part& part = header_.part;
  const bool type = field.Is("Content-Type");
  const bool disposition = field.Is("Content-Disposition");
  if (field.Is("Content-Description") || field.Is("Content-Location") || field.Is("Content-ID")) {
    return AddOnce(part.hints, HintOf(field));
  }
  if (!type && !disposition && !field.Is("Content-Transfer-Encoding")) return;
  const std::string clean = WithoutNul(field.value);
  const bool has_nul = clean.size() != field.value.size();
  const auto value = ParseStructuredValue(field.value);
  if (has_nul) part.oddities.Add(Oddity::kMalformedField);
  if (value.malformed) part.oddities.Add(Oddity::kMalformedField);
  if (value.cut) part.oddities.Add(Oddity::kTooMuchHeader);
  if (type) {
    TakeValue(value, "name", part.types);
    if (has_nul) TakeValue(ParseStructuredValue(clean), "name", part.types);
    for (auto& boundary : RawReadings(value, "boundary")) {
      // No boundary ends with a blank; who wrote one may not have meant it.
      std::string trimmed(base::Trim(boundary));
      empty_boundary_ = empty_boundary_ || trimmed.empty();
      AddOnce(header_.boundaries, std::move(boundary));
      AddOnce(header_.boundaries, std::move(trimmed));
    }
  } else if (disposition) {
    TakeValue(value, "filename", part.dispositions);
    if (has_nul) TakeValue(ParseStructuredValue(clean), "filename", part.dispositions);
  } else {
    const auto before = part.encodings;
    TakeEncoding(base::ToLower(base::Trim(field.value)), value);
    if (!before.empty() && before != part.encodings) part.oddities.Add(Oddity::kDuplicateField);
  }
}

// Some clients look for either parameter in either field.
void Reader::TakeValue(const StructuredValue& value, std::string_view name_parameter,
                       std::vector<std::string>& tokens) {
  Part& part = header_.part;
  if (!tokens.empty() && tokens.front() != value.token) part.oddities.Add(Oddity::kDuplicateField);
  AddOnce(tokens, value.token);
  const std::string_view other = name_parameter == "name" ? "filename" : "name";
  for (const std::string_view name : {name_parameter, other}) {
    bool truncated = false;
    for (auto& reading : Readings(value, name, &truncated)) {
      if (part.names.size() < kMostPartNames) AddOnce(part.names, std::move(reading));
    }
    if (truncated || part.names.size() >= kMostPartNames) part.oddities.Add(Oddity::kManyNames);
  }
}

// Clients look for the word alone, leave comments out, or find it anywhere in the value.
void Reader::TakeEncoding(const std::string& spelled, const StructuredValue& value) {
  const auto exact = FindEncoding(spelled);
  if (exact) return AddEncoding(*exact);
  // "name=value" has no word.
  const auto without_comments =
      value.token.empty() && !value.parameters.empty() ? std::nullopt : FindEncoding(value.token);
  if (without_comments) AddEncoding(*without_comments);
  const auto contained = FindEncodingWithin(spelled);
  if (contained) AddEncoding(*contained);
  AddEncoding(TransferEncoding::kIdentity);
  const bool known = without_comments || contained;
  header_.part.oddities.Add(known ? Oddity::kMalformedField : Oddity::kUnknownEncoding);
}

void Reader::AddEncoding(TransferEncoding encoding) {
  Part& part = header_.part;
  if (std::ranges::find(part.encodings, encoding) != part.encodings.end()) return;
  part.encodings.push_back(encoding);
}

PartHeader Reader::Finish() {
  Part& part = header_.part;
  if (part.encodings.empty()) part.encodings.push_back(TransferEncoding::kIdentity);
  if (part.IsOfClass("multipart") && header_.boundaries.empty()) {
    part.oddities.Add(Oddity::kNoBoundary);
    // Taken at its word: each line that begins with dashes divides.
    if (empty_boundary_) header_.boundaries.emplace_back();
  }
  return std::move(header_);
}

// Up to and with its end; CR alone ends a line, too.
std::string_view TakeLine(std::string_view& text, bool& bare_cr) {
  const auto end = text.find_first_of("\r\n");
  const auto line = text.substr(0, end);
  if (end == std::string_view::npos) {
    text = {};
    return line;
  }
  text.remove_prefix(end);
  const bool single = text.starts_with("\r\n") || text.starts_with('\n');
  bare_cr = bare_cr || !single;
  text.remove_prefix(text.starts_with("\r\r\n") ? 3 : text.starts_with("\r\n") ? 2 : 1);
  return line;
}

}  // namespace

PartHeader ReadPartHeader(const std::vector<mail::HeaderField>& fields) {
  Reader reader;
  for (const auto& field : fields) reader.Take(field);
  return reader.Finish();
}

std::vector<mail::HeaderField> SplitHeader(std::string_view text, Oddities& oddities) {
  std::vector<mail::HeaderField> fields;
  bool wanted = false, bare_cr = false;
  while (!text.empty()) {
    const auto line = TakeLine(text, bare_cr);
    if (!line.empty() && (line[0] == ' ' || line[0] == '\t')) {
      if (wanted) fields.back().value.append("\r\n").append(line);
      continue;
    }
    const auto colon = line.find(':');
    const std::string name = WithoutNul(line.substr(0, colon));
    wanted = base::StartsWithIgnoreCase(name, "content-") && colon != std::string_view::npos;
    if (wanted) fields.push_back({name, std::string(line.substr(colon + 1))});
    if (colon == std::string_view::npos && !line.empty()) oddities.Add(Oddity::kJunkInHeader);
    if (name.size() != std::min(colon, line.size())) oddities.Add(Oddity::kMalformedField);
  }
  if (bare_cr) oddities.Add(Oddity::kBareCr);
  return fields;
}

}  // namespace gatepost::mime
