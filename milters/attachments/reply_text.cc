#include "milters/attachments/reply_text.h"

#include "common/base/strings.h"

namespace gatepost::attachments {
namespace {

constexpr std::size_t kMostNameBytes = 120;

// A long path is told by its end, which is the file itself.
std::string ShortPath(std::string_view path) {
  if (path.size() > kMostNameBytes) path.remove_prefix(path.size() - kMostNameBytes);
  return base::Printable(path, kMostNameBytes);
}

std::string WithContact(std::string sentence, std::string_view contact) {
  if (contact.empty()) return sentence;
  return sentence.append("; questions: ").append(contact);
}

}  // namespace

milter::Reply RefusalReply(const RuleHit& hit, std::string_view contact) {
  std::string sentence = hit.text;
  if (sentence.empty()) {
    sentence = hit.path.empty() ? "This message is not accepted, because of how it is made up"
                                : "The attachment \"" + ShortPath(hit.path) +
                                      "\" is of a kind that is not accepted here";
  }
  return {550, "5.7.1", {WithContact(std::move(sentence), contact)}};
}

milter::Reply TroubleReply() {
  return {451, "4.7.1", {"The attachments cannot be checked now; please try again later"}};
}

std::string ReplacementText(const RuleHit& hit, std::string_view contact) {
  std::string text = "The attachment \"" + hit.path +
                     "\" was removed from this message by the recipient's mail server,\n"
                     "because it is of a kind that is not accepted there. Everything else is "
                     "unchanged;\na signature of the sender may no longer be valid.\n";
  if (!hit.text.empty()) text += "\n" + hit.text + "\n";
  if (!contact.empty()) text += "\nQuestions: " + std::string(contact) + "\n";
  return text;
}

}  // namespace gatepost::attachments
