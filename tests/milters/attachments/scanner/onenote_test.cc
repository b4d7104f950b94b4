// OneNote sections with files within them.
#include "milters/attachments/scanner/onenote.h"

#include "tests/milters/attachments/scanner/format_looks.h"

namespace gatepost::attachments {
namespace {

using namespace std::string_literals;

Look Inspect(const std::string& bytes) { return LookBy(InspectOneNote, bytes); }

std::string File(const std::string& content) {
  return "\xE7\x16\xE3\xBD\x65\x26\x11\x45\xA4\xC4\x8D\x4D\x0B\x7A\x9E\xAC"s +
         Number(content.size(), 8) + std::string(12, '\0') + content + "\x22\xA7\xFB\x71";
}
std::string Named(std::string_view name) {
  std::string wide;
  for (const char c : name) wide += {c, '\0'};
  wide += "\0\0"s;
  return "\x02\0\x9C\x1D\0\x1C\x9D\x1D\0\x1C"s + Number(wide.size(), 4) + wide;
}
std::string Section(const std::string& rest) {
  return "\xE4\x52\x5C\x7B\x8C\xD8\xA7\x4D\xAE\xB1\x53\x78\xD0\x29\x96\xD3"s +
         std::string(1'000, '\0') + rest;
}

TEST(OneNote, HandsOnItsFilesByTheirNames) {
  const Look look = Inspect(Section(Named("C:\\in\\open.hta") + Named("b.pdf") +
                                    File("\x89PNG picture") + File("<hta>") + File("%PDF")));
  EXPECT_EQ(look.properties.Format(), "embedded-object");
  EXPECT_EQ(look.FileNames(), ",open.hta,b.pdf");
  EXPECT_EQ(look.files[1].second, "<hta>");
  EXPECT_EQ(look.files[2].second, "%PDF");
}

TEST(OneNote, GivesEachNameWhereItIsNotKnownWhose) {
  const Look look = Inspect(Section(Named("a.pdf") + Named("b.vbs") + File("x")));
  EXPECT_EQ(look.FileNames(), "a.pdf,b.vbs");
}

TEST(OneNote, TakesNoNamesFromItsText) {
  std::string wide;
  for (const char c : "see example.com"s) wide += {c, '\0'};
  const Look look = Inspect(Section(Number(wide.size(), 4) + wide + File("%PDF")));
  EXPECT_EQ(look.FileNames(), "");
  EXPECT_EQ(look.files.size(), 1u);
}

TEST(OneNote, IsHarmlessWithPicturesAlone) {
  EXPECT_FALSE(Inspect(Section(File("\x89PNG picture"))).properties.any());
}

TEST(OneNote, FindsFilesFarInside) {
  const Look look = Inspect(
      Section(std::string(700'000, 'x') + File(std::string(300'000, 'y')) + File("second")));
  EXPECT_EQ(look.files.size(), 2u);
}

TEST(OneNote, MayBeCutAnywhere) {
  ForEachPrefix(Section(Named("a.hta") + File("one") + File("two")),
                [](const std::string& prefix) { Inspect(prefix); });
}

}  // namespace
}  // namespace gatepost::attachments
