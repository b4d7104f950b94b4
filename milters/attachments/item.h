// One thing that rules judge: an attachment, what lies within one, or the message as a whole.
// Values; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/mime/part.h"
#include "milters/attachments/content_type.h"
#include "milters/attachments/property.h"

namespace gatepost::attachments {

struct Item {
  // Where: the MIME part that it is or lies in ("1.2", "" for the message), and for people, what
  // leads to it by names: "a.zip/b.eml/c.exe".
  std::string part;
  std::string path;
  bool whole = false;   // the message, header and all
  bool member = false;  // within an archive, a document or a message that is attached

  std::vector<std::string> names;  // each that a client may show, UTF-8, no "/" but of archives
  std::vector<std::string> declared_types;  // "application/pdf"
  ContentType type;                         // what it is
  std::uint64_t bytes =
      0;  // decoded, unpacked, as far as it was looked at; of the message, as it came
  Properties properties;
  std::string sha256;   // lower case hex; "" where nobody asks
  std::string malware;  // what it is called, with kMalware
};

// The longest path that is told; what is longer loses its middle.
inline constexpr std::size_t kMostPathBytes = 512;
// Of the names that a part may have, the one that most people see: that of an encoded word is what
// it says. "" where there is none.
std::string_view NameToShow(const std::vector<std::string>& names);
// `name` within `outer`, both made printable: "a.zip" and "b.exe" are "a.zip/b.exe".
std::string PathWithin(std::string_view outer, std::string_view name);

// What a MIME part says of itself: names, types, and what its oddities mean. Path and type are left
// to who sees its content.
Item ToItem(const mime::Part& part);

}  // namespace gatepost::attachments
