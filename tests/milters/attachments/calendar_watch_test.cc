// Calendars with files within them, and most others.
#include "milters/attachments/calendar_watch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <string>
#include <utility>

namespace gatepost::attachments {
namespace {

bool MayHoldFile(const std::string& text, std::size_t piece) {
  CalendarWatch watch;
  const auto bytes = std::as_bytes(std::span(text));
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    watch.Feed(bytes.subspan(at, std::min(piece, bytes.size() - at)));
  }
  return watch.may_hold_file();
}

TEST(CalendarWatch, TellsWhichMayHoldAFile) {
  const std::pair<std::string, bool> cases[] = {
      {"BEGIN:VCALENDAR\r\nSUMMARY:Base camp\r\nATTACH:https://a.example/b\r\n", false},
      {"ATTACH;VALUE=BINARY;ENCODING=BASE64:TVqQ\r\n", true},
      {"ATTACH;ENCODING=bbase64:TVqQ\r\n", true},
      {"ATTACH;VALUE=BINARY;ENCODING=Ba\r\n s\n\te64:TVqQ\r\n", true},
      {"SUMMARY:Ba\r\nse64\r\n", false},
      {"", false},
  };
  for (const auto& [text, may] : cases) {
    for (const std::size_t piece : {1U, 3U, 1'000U}) EXPECT_EQ(MayHoldFile(text, piece), may);
  }
}

}  // namespace
}  // namespace gatepost::attachments
