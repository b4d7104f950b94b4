#include "milters/attachments/clamd_reply.h"

#include "common/base/strings.h"

namespace gatepost::attachments {
namespace {

using Outcome = ClamdVerdict::Outcome;

constexpr std::size_t kMostNameBytes = 128;
constexpr std::string_view kStream = "stream: ";
constexpr std::string_view kFound = " FOUND";
constexpr std::string_view kError = " ERROR";

std::string Shown(std::string_view text) {
  return base::Printable(text.substr(0, kMostNameBytes), kMostNameBytes);
}

ClamdVerdict Unchecked(std::string_view reply) {
  return {Outcome::kUnchecked, "clamd says: " + Shown(reply), reply.ends_with(kError)};
}

}  // namespace

ClamdVerdict ParseClamdReply(std::string_view reply) {
  if (reply.size() > kMostClamdReplyBytes) return {Outcome::kUnchecked, "too long an answer"};
  if (reply == "stream: OK") return {Outcome::kClean, ""};
  if (reply.starts_with("INSTREAM size limit exceeded")) return {Outcome::kTooLarge, ""};
  // The blank before the name may be the one before FOUND.
  const bool found = reply.starts_with(kStream) && reply.ends_with(kFound) &&
                     reply.size() > kStream.size() + kFound.size();
  if (!found) return Unchecked(reply);
  reply.remove_prefix(kStream.size());
  reply.remove_suffix(kFound.size());
  return {Outcome::kFound, Shown(reply)};
}

}  // namespace gatepost::attachments
