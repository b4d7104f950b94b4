// The tags of an XML text one after another, for texts of foreign programs: no check of its form,
// no entities but characters, no memory beyond one tag. One thread at a time.
#pragma once

#include <string>
#include <string_view>

namespace gatepost::attachments {

// UTF-16 with a byte order mark as one byte a character ('?' for what has no such byte); anything
// else as it is.
std::string OneByteText(std::string_view text);

// "&#68;" and "&amp;" as the characters that they stand for, one byte each.
std::string DecodeEntities(std::string_view text);

class XmlTags {
 public:
  // `xml` must outlive it.
  explicit XmlTags(std::string_view xml) : rest_(xml) {}
  // Goes on to the next tag; false at the end.
  bool Next();
  // Without its prefix: "w:instrText" is "instrText". "" where nothing is found.
  std::string_view name() const { return name_; }
  bool is_end() const { return is_end_; }
  // The characters between the tag before and this one, not decoded.
  std::string_view text_before() const { return text_before_; }
  // Decoded; without regard to its prefix. "" where there is none.
  std::string Attribute(std::string_view name) const;

 private:
  std::string_view rest_;
  std::string_view text_before_;
  std::string_view name_;
  std::string_view attributes_;
  bool is_end_ = false;
};

}  // namespace gatepost::attachments
