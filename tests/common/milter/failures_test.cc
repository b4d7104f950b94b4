// Exceptions that leave a program's code: they cost one message a 451 and nothing else.
#include "tests/common/milter/server_process.h"

namespace gatepost::milter_test {
namespace {

using support::Message;
using ::testing::HasSubstr;
using Verdict = support::Reply::Verdict;

constexpr char kText[] = "451 4.3.0 Temporary failure, please try again later";

const Message& Sample() {
  static const Message message = Message::Parse("From: alice@example.test\n\nHello\n");
  return message;
}

void ExpectTemporaryFailure(support::MilterClient& client) {
  const auto outcome = client.Send({}, Sample());
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->reply.verdict, Verdict::kTempFail);
  EXPECT_EQ(outcome->reply.text, kText);
}

class ExceptionAt : public ::testing::TestWithParam<std::tuple<const char*, const char*>> {};

TEST_P(ExceptionAt, CostsTheMessageATemporaryFailure) {
  const auto [place, kind] = GetParam();
  const std::string option = (std::string(place) == "new" ? "" : "at.") + std::string(place);
  for (const std::string want : {"listen", "answer"}) {
    ServerProcess server({option + "=" + kind, "mail=" + want, "rcpt=" + want, "headers=" + want,
                          "eoh=" + want, "body=" + want});
    auto client = server.Client();
    ExpectTemporaryFailure(client);
    EXPECT_THAT(server.WaitFor("exception in a milter callback"), HasSubstr("event="));
    ExpectTemporaryFailure(client);  // the connection lives
    auto other = server.Client();    // and so does the process
    ExpectTemporaryFailure(other);
    server.Signal(SIGTERM);
    EXPECT_EQ(server.WaitForExit(), 0);
  }
}

INSTANTIATE_TEST_SUITE_P(EveryCallback, ExceptionAt,
                         ::testing::Combine(::testing::Values("new", "mail", "rcpt", "header",
                                                              "eoh", "body", "eom"),
                                            ::testing::Values("throw", "bad-alloc")),
                         [](const auto& test) {
                           const std::string kind = std::get<1>(test.param);
                           return std::string(std::get<0>(test.param)) +
                                  (kind == "throw" ? "Throw" : "BadAlloc");
                         });

TEST(Exceptions, OfAnyTypeAreCaught) {
  ServerProcess server({"at.eom=throw-int"});
  auto client = server.Client();
  ExpectTemporaryFailure(client);
}

TEST(Exceptions, DestroyTheHandlerAtOnce) {
  ServerProcess server({"at.rcpt=throw"});
  auto client = server.Client();
  ASSERT_TRUE(client.Mail("<a@example.test>"));
  ASSERT_TRUE(client.Recipient("<b@example.test>"));
  EXPECT_EQ(server.WaitFor("gone"), "gone");
  const auto outcome = client.EndOfMessage();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->reply.text, kText);
}

}  // namespace
}  // namespace gatepost::milter_test
