// Where a request ends, and what is refused before anybody parses it.
#include "common/http/request_extent.h"

#include <optional>

namespace gatepost::http {
namespace {

using base::ErrorKind;

struct Case {
  const char* name;
  std::string input;
  std::optional<RequestExtent> want;  // nothing: more bytes are needed
  std::optional<ErrorKind> error = std::nullopt;
};

RequestLimits SmallLimits() { return {40, 200, 4, 10}; }

TEST(RequestExtentTest, TellsWhereARequestEndsOrWhatIsWrong) {
  const std::string post = "POST / HTTP/1.1\r\n";
  const Case cases[] = {
      {"nothing yet", "", std::nullopt},
      {"half a line", "POST / HT", std::nullopt},
      {"half a head", post + "Host: x\r\n", std::nullopt},
      {"no body", "GET / HTTP/1.0\r\n\r\n", RequestExtent{18, 0}},
      {"a body", post + "Content-Length: 3\r\n\r\nabc", RequestExtent{38, 3}},
      {"any case", post + "content-LENGTH:3\r\n\r\n", RequestExtent{37, 3}},
      {"two lengths",
       post + "Content-Length: 3\r\nContent-Length: 3\r\n\r\n",
       {},
       ErrorKind::kInvalid},
      {"no number", post + "Content-Length: 3x\r\n\r\n", {}, ErrorKind::kInvalid},
      {"negative", post + "Content-Length: -3\r\n\r\n", {}, ErrorKind::kInvalid},
      {"huge number", post + "Content-Length: 99999999999999999999\r\n\r\n", {}, ErrorKind::kLimit},
      {"huge body", post + "Content-Length: 11\r\n\r\n", {}, ErrorKind::kLimit},
      {"chunks", post + "Transfer-Encoding: chunked\r\n\r\n", {}, ErrorKind::kInvalid},
      {"bare line feed", "POST / HTTP/1.1\nHost: x\r\n\r\n", {}, ErrorKind::kInvalid},
      {"NUL", post + std::string("A: \0\r\n\r\n", 8), {}, ErrorKind::kInvalid},
      {"space before the colon", post + "A : b\r\n\r\n", {}, ErrorKind::kInvalid},
      {"folded", post + "A: b\r\n c\r\n\r\n", {}, ErrorKind::kInvalid},
      {"another protocol", "EHLO example.org x\r\n\r\n", {}, ErrorKind::kInvalid},
      {"two words", "GET /\r\n\r\n", {}, ErrorKind::kInvalid},
      {"proxy form", "GET http://x/ HTTP/1.1\r\n\r\n", {}, ErrorKind::kInvalid},
      {"long line", "GET /" + std::string(60, 'a'), {}, ErrorKind::kLimit},
      {"many fields", post + "A: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\n\r\n", {}, ErrorKind::kLimit},
      {"long head", post + "A: " + std::string(300, 'a'), {}, ErrorKind::kLimit},
  };
  for (const Case& each : cases) {
    const auto got = FindExtent(each.input, SmallLimits());
    if (each.error) {
      ASSERT_FALSE(got) << each.name;
      EXPECT_EQ(got.error().kind, *each.error) << each.name;
    } else {
      ASSERT_TRUE(got) << each.name << ": " << got.error().message;
      EXPECT_EQ(*got, each.want) << each.name;
    }
  }
}

}  // namespace
}  // namespace gatepost::http
