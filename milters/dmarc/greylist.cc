#include "milters/dmarc/greylist.h"

#include <algorithm>
#include <utility>

#include "common/base/strings.h"
#include "common/store/keys.h"
#include "common/store/script.h"

namespace gatepost::dmarc {
namespace {

using base::IpAddress;
using store::GreylistEnd;
using store::Key;
using store::KeyMaker;

std::vector<std::string> Arguments(const GreylistOptions& options) {
  return {std::to_string(options.min_delay.count()), std::to_string(options.retry_window.count()),
          std::to_string(options.proof_life.count()), std::to_string(options.proofs_needed)};
}

std::string NetworkOf(const IpAddress& client) {
  return client.Masked(client.is_v4() ? 24 : 64).Format();
}

// One spelling for all: whether a server writes capitals is no difference that is worth a delay.
std::string Folded(std::string_view path) {
  if (path.starts_with('<') && path.ends_with('>')) path = path.substr(1, path.size() - 2);
  return base::ToLower(path);
}

// Sorted, each once; those over the bound in one.
std::vector<std::string> FoldedRecipients(std::span<const std::string> recipients) {
  std::vector<std::string> folded;
  for (const std::string& recipient : recipients) folded.push_back(Folded(recipient));
  std::ranges::sort(folded);
  folded.erase(std::unique(folded.begin(), folded.end()), folded.end());
  if (folded.size() <= Greylist::kMostKeys) return folded;
  std::string& rest = folded[Greylist::kMostKeys - 1];
  for (std::size_t i = Greylist::kMostKeys; i < folded.size(); ++i) rest += "," + folded[i];
  folded.resize(Greylist::kMostKeys);
  return folded;
}

std::vector<Key> Keys(const GreylistQuestion& question) {
  const std::string network = NetworkOf(question.client);
  const std::string sender = Folded(question.reverse_path);
  std::vector<Key> keys{KeyMaker::GreylistProofs(network)};
  for (const std::string& recipient : FoldedRecipients(question.recipients)) {
    keys.push_back(KeyMaker::GreylistWait(network, sender, recipient));
  }
  return keys;
}

GreylistAnswer Unavailable(std::string reason) {
  return {GreylistOutcome::kUnavailable, {}, std::move(reason)};
}

GreylistAnswer FromScript(const std::vector<std::int64_t>& numbers) {
  if (numbers.size() != 2) return Unavailable("the store gave an unexpected answer");
  switch (static_cast<GreylistEnd>(numbers[0])) {
    case GreylistEnd::kComeBack:
      return {GreylistOutcome::kComeBack,
              std::chrono::ceil<std::chrono::seconds>(std::chrono::milliseconds(numbers[1])),
              {}};
    case GreylistEnd::kWaited:
      return {GreylistOutcome::kWaited, {}, {}};
    case GreylistEnd::kKnown:
      return {GreylistOutcome::kKnown, {}, {}};
    case GreylistEnd::kProven:
      return {GreylistOutcome::kProven, {}, {}};
  }
  return Unavailable("the store gave an unexpected answer");
}

}  // namespace

std::string_view Name(GreylistOutcome outcome) {
  switch (outcome) {
    case GreylistOutcome::kComeBack:
      return "come_back";
    case GreylistOutcome::kWaited:
      return "waited";
    case GreylistOutcome::kKnown:
      return "known";
    case GreylistOutcome::kProven:
      return "proven";
    case GreylistOutcome::kUnavailable:
      return "unavailable";
  }
  return "unavailable";
}

Greylist::Greylist(store::Store& store, GreylistOptions options)
    : store_(store.shared()), arguments_(Arguments(options)) {}

GreylistAnswer Greylist::Ask(const GreylistQuestion& question, base::Deadline deadline) const {
  if (question.client.bits() == 0) return Unavailable("the client has no address");
  if (question.recipients.empty()) return Unavailable("the message has no recipient");
  if (store_.health() != store::Health::kUp) return Unavailable("the store is away");
  const auto numbers = store_.Run(store::scripts::kGreylist, Keys(question), arguments_, deadline);
  return numbers ? FromScript(*numbers) : Unavailable(numbers.error().message);
}

}  // namespace gatepost::dmarc
