#include "tools/cli/subject_words.h"

#include "common/base/strings.h"

namespace gatepost::cli {
namespace {

// A mailbox alone is a user.
std::string TakeOne(Arguments& arguments, std::string_view what) {
  std::string kind = arguments.Take(what);
  if (kind.find(' ') != std::string::npos) return kind;
  if (kind.find('@') != std::string::npos) return "user " + kind;
  return kind + " " + arguments.Take("the name of the " + base::Printable(kind, 40));
}

// "by" and "from" follow senders alone; elsewhere they may be a limit's name.
bool GoesOn(std::string_view last, std::string_view next) {
  return next == "+" || (last.starts_with("sender") && (next == "by" || next == "from"));
}

}  // namespace

std::string TakeSubjectWords(Arguments& arguments) {
  std::string last = TakeOne(arguments, "whom it is about, such as: user alice@example.org");
  std::string words = last;
  while (GoesOn(last, arguments.Peek())) {
    const std::string join = arguments.Take("a word");
    last = TakeOne(arguments, "whom else it is about, after \"" + join + "\"");
    words.append(" ").append(join).append(" ").append(last);
  }
  return words;
}

}  // namespace gatepost::cli
