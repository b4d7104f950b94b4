#include "tools/cli/subject_words.h"

#include <vector>

namespace gatepost::cli {
namespace {

using Words = std::vector<std::string>;

// The subject and, after "|", what is left; or the problem.
std::string TakeFrom(const Words& words) {
  try {
    Arguments arguments(words, {});
    std::string taken = TakeSubjectWords(arguments) + "|";
    while (!arguments.AtEnd()) taken += arguments.Take("a word") + "|";
    return taken;
  } catch (const UsageError& error) {
    return error.what();
  }
}

TEST(TakeSubjectWords, TakesAsManyWordsAsTheSubjectHas) {
  struct Case {
    const char* name;
    Words input;
    const char* want;
  };
  const std::vector<Case> cases{
      {"a mailbox is a user", {"a@x", "daily", "5"}, "user a@x|daily|5|"},
      {"a kind and a name", {"pool", "example.org", "daily"}, "pool example.org|daily|"},
      {"a pair",
       {"user", "a@x", "+", "recipient", "b@y", "daily"},
       "user a@x + recipient b@y|daily|"},
      {"a pair with a mailbox alone", {"a@x", "+", "client", "::1"}, "user a@x + client ::1|"},
      {"a sender by a user",
       {"sender", "b@y", "by", "user", "a@x", "daily"},
       "sender b@y by user a@x|daily|"},
      {"a sender from a network in a pair",
       {"sender-domain", "y", "from", "network", "192.0.2.0/24", "+", "recipient", "c@z"},
       "sender-domain y from network 192.0.2.0/24 + recipient c@z|"},
      {"all in quotes", {"user a@x + recipient b@y", "daily"}, "user a@x + recipient b@y|daily|"},
      {"\"by\" may be a limit's name", {"a@x", "by", "5"}, "user a@x|by|5|"},
      {"nothing", {}, "needs whom it is about, such as: user alice@example.org"},
      {"no name", {"pool"}, "needs the name of the pool"},
      {"half a pair", {"a@x", "+"}, "needs whom else it is about, after \"+\""},
  };
  for (const Case& c : cases) EXPECT_EQ(TakeFrom(c.input), c.want) << c.name;
}

}  // namespace
}  // namespace gatepost::cli
