// What the walker tells of one message, kept. One thread at a time.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/mime/walker.h"

namespace gatepost::mime {

struct Told : PartSink {
  std::vector<std::string> parts;  // "1.2 application/pdf name"
  std::map<std::size_t, std::vector<std::string>> content;
  std::vector<Part> ended;
  std::vector<WalkLimit> limits;

  void OnPart(const Part& part) override {
    std::string line = part.path;
    for (const auto& type : part.types) line += " " + type;
    for (const auto& name : part.names) line += " " + name;
    parts.push_back(line);
    content[part.number].resize(part.encodings.size());
  }
  void OnContent(const Part& part, std::size_t encoding,
                 std::span<const std::byte> bytes) override {
    content.at(part.number)
        .at(encoding)
        .append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  void OnPartEnd(const Part& part) override { ended.push_back(part); }
  void OnWalkLimit(WalkLimit limit) override { limits.push_back(limit); }

  bool ShowsName(std::string_view name) const {
    return std::ranges::any_of(ended, [&](const Part& part) {
      return std::ranges::find(part.names, name) != part.names.end();
    });
  }
  bool ShowsContent(std::string_view start) const {
    for (const auto& [number, readings] : content) {
      for (const auto& text : readings) {
        if (text.starts_with(start)) return true;
      }
    }
    return false;
  }
  bool Has(Oddity oddity) const {
    return std::ranges::any_of(ended, [&](const Part& part) { return part.oddities.Has(oddity); });
  }
};

// A message with its header in front; lines end as they stand.
inline Told Walk(std::string_view message, std::size_t piece = 1'000'000, WalkLimits limits = {}) {
  Told told;
  Walker walker(told, limits);
  std::vector<mail::HeaderField> fields;
  while (!message.empty() && !message.starts_with("\n")) {
    auto end = message.find('\n');
    const auto line = message.substr(0, end);
    message.remove_prefix(end + 1);
    if (line[0] == ' ' || line[0] == '\t') {
      fields.back().value.append("\n").append(line);
    } else {
      const auto colon = line.find(':');
      fields.push_back({std::string(line.substr(0, colon)), std::string(line.substr(colon + 1))});
    }
  }
  if (!message.empty()) message.remove_prefix(1);
  walker.Begin(fields);
  for (; !message.empty(); message.remove_prefix(std::min(piece, message.size()))) {
    walker.Feed(std::as_bytes(std::span(message.substr(0, piece))));
  }
  walker.Finish();
  return told;
}

inline std::string WithCrLf(std::string_view text) {
  std::string lines;
  for (const char c : text) lines += c == '\n' ? std::string("\r\n") : std::string(1, c);
  return lines;
}

// The header ends with LF as the mail server shows it; the body as it was sent.
inline std::string BodyWithCrLf(const std::string& message) {
  const auto body = message.find("\n\n") + 2;
  return message.substr(0, body) + WithCrLf(message.substr(body));
}

}  // namespace gatepost::mime
