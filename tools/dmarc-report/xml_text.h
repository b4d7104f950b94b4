// Text inside XML elements. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gatepost::dmarc_report {

// `text` as the content of an element: markup escaped, and what XML 1.0 (section 2.2) has no place
// for, broken UTF-8 included, as "?". Cut at a whole character after `max_bytes` of input.
std::string EscapeXml(std::string_view text, std::size_t max_bytes = 1'000);

// "<name>escaped text</name>\n" after two blanks for each level.
std::string XmlElement(int level, std::string_view name, std::string_view text);

}  // namespace gatepost::dmarc_report
