// The tag=value lists of DKIM-Signature, DKIM keys, ARC fields and DMARC records (RFC 6376 section
// 3.2, with the UTF-8 of RFC 8616). Used by common/auth. Value type; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace gatepost::mail {

class TagList {
 public:
  struct Limits {
    std::size_t max_bytes = 0;
    std::size_t max_tags = 0;
  };

  // A half-open range of offsets in the text that was parsed.
  struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;

    std::size_t size() const { return end - begin; }
    friend bool operator==(const Span&, const Span&) = default;
  };

  // Points into the list: use it while the list lives and does not move.
  struct Tag {
    std::string_view name;
    std::string_view value;
    friend bool operator==(const Tag&, const Tag&) = default;
  };

  // Over a limit is kLimit. kInvalid: no tag at all, a name that is not ALPHA *(ALPHA / DIGIT /
  // "_"), no "=", an empty element between semicolons, the same name twice (names differ by case),
  // and all that IsCleanText refuses. White space after the last semicolon is let through.
  // Time: n log n in the tags, linear in the bytes.
  static base::Result<TagList> Parse(std::string_view text, Limits limits);

  // The value with inner white space and folds, without those round it; empty where the tag is
  // there without a value (a revoked key's "p="), nothing where there is no such tag.
  std::optional<std::string_view> Find(std::string_view name) const;

  // All that stands between a tag's "=" and the next ";" or the end, white space included: what a
  // signature's hash leaves out of "b=" (RFC 6376 sections 3.5 and 3.7).
  std::optional<Span> ValueSpan(std::string_view name) const;

  // In the order of the text.
  std::size_t size() const { return entries_.size(); }
  Tag at(std::size_t index) const;

 private:
  struct Entry {
    Span name;
    Span value;  // trimmed
    Span whole_value;
  };

  explicit TagList(std::string_view text) : text_(text) {}
  bool AddTag(Span spec);
  bool HasDuplicate() const;
  std::string_view View(Span span) const {
    return std::string_view(text_).substr(span.begin, span.size());
  }
  Span Trimmed(Span span) const;
  const Entry* FindEntry(std::string_view name) const;

  std::string text_;
  std::vector<Entry> entries_;
};

// `value` without any white space: for base64 and lists that a signer folded.
std::string RemoveWhiteSpace(std::string_view value);

}  // namespace gatepost::mail
