// Scripts in HTML and SVG, and files that they hide: watched as the text streams by, with a few
// hundred bytes of memory. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "milters/attachments/property.h"
#include "milters/attachments/scanner/escape_stream.h"
#include "milters/attachments/scanner/hidden_payload.h"
#include "milters/attachments/scanner/script_marks.h"

namespace gatepost::attachments {

// kForm: a form element.
// kScript: a script element that is code (JSON is none), an event handler, a javascript: link; a
// page that sends the reader to another.
// kHtmlSmuggling: a link to a data: URI with a file's type; or a script beside a long encoded run
// (base64, hexadecimal, numbers, escapes) that can offer a download or replace the page by it; or
// one that makes a file of many short pieces.
// Pictures and fonts in data: URIs are no such run, nor is what is next to nothing of a large page,
// unless it looks like packed bytes or is long for a palette or a table.
class HtmlWatch {
 public:
  void Feed(std::span<const std::byte> piece);
  // Of all that was fed.
  Properties Finish();

 private:
  enum class Place { kText, kTag, kScript };

  void FeedText(std::string_view text);
  void Put(char c);
  void InTag(char c);
  void TagCharacter(char c);
  void TagEnds();
  void InScript(char c);
  void AttributeBegins(char c);
  void LooksLikeRefresh(char c);
  bool InCode() const { return place_ == Place::kScript || handler_; }
  bool HidesFile() const;

  Place place_ = Place::kText;
  HiddenPayload payload_;
  ScriptMarks marks_;
  EscapeStream escapes_;
  std::string name_;       // of the tag, its beginning
  std::string tag_;        // its text, the last bytes of it
  std::string tag_start_;  // and the first, of a script's
  char quote_ = 0;
  bool naming_ = false;
  bool script_tag_ = false;
  bool handler_ = false;  // what follows in the tag is code
  bool has_script_ = false;
  bool has_form_ = false;
  bool refresh_ = false;  // of a meta element: it goes on to another page
  bool refresh_to_ = false;
  std::uint64_t bytes_ = 0;
};

}  // namespace gatepost::attachments
