// A MIME entity (RFC 2045, RFC 2046) with LF or CRLF line ends, taken apart for parsers of reports
// and notifications that are small and in memory. Not for mail in transit, which is streamed. Views
// point into the text that was given. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatepost::mail {

struct Entity {
  std::string_view header;  // the lines before the first empty one, each with its end
  std::string_view body;    // "" where there is no empty line
};
Entity SplitEntity(std::string_view text);

// One line of `text` without its end, taken off its front.
std::string_view TakeLine(std::string_view& text);
// One header field, name and value unfolded and trimmed, taken off the front of `header`; a line
// that is no field has an empty name.
struct EntityField {
  std::string_view name;
  std::string value;
};
EntityField TakeField(std::string_view& header);
// The value of the first field of that name; "" where there is none.
std::string FindField(std::string_view header, std::string_view name);

// A Content-Type value: lower-case type and the parameters, names in lower case. One that breaks
// the grammar ends where it does; a parameter in extended form (RFC 2231) is left out.
struct ContentType {
  std::string type;
  std::vector<std::pair<std::string, std::string>> parameters;

  // "" where there is no such parameter.
  std::string_view Parameter(std::string_view name) const;
};
ContentType ParseContentType(std::string_view value);

// The parts between the boundary's lines, at most `most`; the last may lack its end.
std::vector<std::string_view> SplitParts(std::string_view body, std::string_view boundary,
                                         std::size_t most);

}  // namespace gatepost::mail
