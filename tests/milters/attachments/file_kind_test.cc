// What a file is by its beginning, its names and its declared types together.
#include "milters/attachments/scanner/file_kind.h"

#include "milters/attachments/type_by_name.h"

namespace gatepost::attachments {
namespace {

using namespace std::string_literals;

struct Case {
  std::string head;
  std::string_view name;
  std::string_view declared;
  std::string_view want;
};

const Case kCases[] = {
    // pages
    {"Dear Eva <script>", "a.html", "", "html"},
    {"Dear Eva <script>", "A.HTM.", "", "html"},
    {"Dear Eva <script>", "a.dat", "text/html", "html"},
    {"<?xml version=\"1.0\"?><a>", "a.xhtml", "", "html"},
    {"<g onload=x>", "a.svg", "", "svg"},
    {"Dear Eva <script>", "a.txt", "text/plain", "text"},
    {"\x01\x02", "a.html", "", "unknown"},
    // programs of DOS
    {"\xB4\x4C\xCD\x21", "a.com", "", "com"},
    {"X5O!P%@AP[4" + std::string(50, 'x'), "a.com", "", "com"},
    {"X5O!P%@AP[4" + std::string(50, 'x'), "a.txt", "", "text"},
    {"Dear Eva, see www.example.com", "a.com", "", "text"},
    {"https://www.example.com/" + std::string(80, 'x'), "a.com", "", "text"},
    {"Gr\xFC\xDF"
     "e",
     "example.com", "text/plain", "text"},
};

TEST(FileKind, IsToldByNameAndTypeWhereContentLeavesItOpen) {
  for (const Case& test : kCases) {
    const auto type = KindOfFile(std::as_bytes(std::span(test.head)), {std::string(test.name)},
                                 {std::string(test.declared)});
    EXPECT_EQ(type.name, test.want) << test.name << ' ' << test.head;
  }
}

using Names = std::vector<std::string>;

TEST(TypeByName, IsThatOfTheFirstNameThatMakesItAScript) {
  const ContentType text{"text", Kind::kText};
  EXPECT_EQ(TypeByName(Names{"a.txt", "a.js", "a.url"}, text).name, "javascript");
  EXPECT_EQ(TypeByName(Names{"a.txt", "a.pdf"}, text).name, "text");
  EXPECT_EQ(TypeByName(Names{}, text).name, "text");
}

}  // namespace
}  // namespace gatepost::attachments
