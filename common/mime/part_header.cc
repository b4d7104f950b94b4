#include "common/mime/part_header.h"

#include <algorithm>
#include <array>
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

class Reader {
 public:
  void Take(const mail::HeaderField& field);
  PartHeader Finish();

 private:
  void TakeValue(const StructuredValue& value, std::string_view name_parameter,
                 std::vector<std::string>& tokens);
  void TakeEncoding(const StructuredValue& value);

  PartHeader header_;
  std::vector<std::string> encodings_;  // as they are spelled
};

void Reader::Take(const mail::HeaderField& field) {
  Part& part = header_.part;
  const bool type = field.Is("Content-Type");
  const bool disposition = field.Is("Content-Disposition");
  if (!type && !disposition && !field.Is("Content-Transfer-Encoding")) return;
  const auto value = ParseStructuredValue(field.value);
  if (value.malformed || value.cut) part.oddities.Add(Oddity::kMalformedField);
  if (type) {
    TakeValue(value, "name", part.types);
    for (auto& boundary : RawReadings(value, "boundary")) {
      AddOnce(header_.boundaries, std::move(boundary));
    }
  } else if (disposition) {
    TakeValue(value, "filename", part.dispositions);
  } else {
    TakeEncoding(value);
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

void Reader::TakeEncoding(const StructuredValue& value) {
  Part& part = header_.part;
  const auto known =
      std::ranges::find(kEncodings, value.token, [](const auto& e) { return e.first; });
  if (known == kEncodings.end()) part.oddities.Add(Oddity::kUnknownEncoding);
  const auto encoding = known == kEncodings.end() ? TransferEncoding::kIdentity : known->second;
  if (!part.encodings.empty() && part.encodings.front() != encoding) {
    part.oddities.Add(Oddity::kDuplicateField);
  }
  if (std::ranges::find(part.encodings, encoding) == part.encodings.end()) {
    part.encodings.push_back(encoding);
  }
}

PartHeader Reader::Finish() {
  Part& part = header_.part;
  if (part.encodings.empty()) part.encodings.push_back(TransferEncoding::kIdentity);
  if (part.IsOfClass("multipart") && header_.boundaries.empty()) {
    part.oddities.Add(Oddity::kNoBoundary);
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
  const bool pair = text[end] == '\r' && end + 1 < text.size() && text[end + 1] == '\n';
  bare_cr = bare_cr || (text[end] == '\r' && !pair);
  text.remove_prefix(end + (pair ? 2 : 1));
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
    wanted = base::StartsWithIgnoreCase(line, "content-") && colon != std::string_view::npos;
    if (wanted) {
      fields.push_back({std::string(line.substr(0, colon)), std::string(line.substr(colon + 1))});
    }
    if (colon == std::string_view::npos && !line.empty()) oddities.Add(Oddity::kJunkInHeader);
  }
  if (bare_cr) oddities.Add(Oddity::kBareCr);
  return fields;
}

}  // namespace gatepost::mime
