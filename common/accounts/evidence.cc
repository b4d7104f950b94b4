#include "common/accounts/evidence.h"

#include <cstdint>
#include <vector>

#include "common/store/keys.h"

namespace gatepost::accounts {
namespace {

using std::chrono::milliseconds;
using store::KeyMaker;
using StreamEntry = store::Store::StreamEntry;

// The rest of kMostEvidence is for events: messages must not push them out.
constexpr std::size_t kMostMessages = kMostEvidence - 100;
constexpr std::size_t kMaxTextBytes = 1'000;
constexpr std::size_t kMaxWordBytes = 320;

}  // namespace

std::string_view EventKind(Suspension::Level level) {
  return level == Suspension::Level::kSuspend ? "account_suspended" : "account_throttled";
}

base::Result<void> KeepEvent(store::Store& store, const std::string& account,
                             const Suspension& suspension, base::Deadline deadline) {
  if (suspension.reference.empty()) return {};
  const auto since = std::chrono::duration_cast<milliseconds>(suspension.since.time_since_epoch());
  store::Fields fields{{"time", std::to_string(since.count())},
                       {"kind", std::string(EventKind(suspension.level))},
                       {"account", account.substr(0, kMaxWordBytes)},
                       {"by", suspension.by.substr(0, kMaxWordBytes)},
                       {"text", suspension.reason.substr(0, kMaxTextBytes)}};
  return store.Append(
      {{KeyMaker::Evidence(suspension.reference), std::move(fields), kMostEvidence, kKeepEvidence}},
      deadline);
}

base::Result<void> KeepMessages(store::Store& store, const std::string& account,
                                const std::string& reference, base::Deadline deadline) {
  if (reference.empty()) return {};
  const auto messages = store.Newest(KeyMaker::AccountMessages(account), kMostMessages, deadline);
  if (!messages) return tl::unexpected(messages.error());
  if (messages->empty()) return {};
  const store::Key key = KeyMaker::Evidence(reference);
  std::vector<StreamEntry> entries;
  entries.reserve(messages->size());
  for (auto message = messages->rbegin(); message != messages->rend(); ++message) {
    entries.push_back({key, *message, kMostEvidence, kKeepEvidence});
  }
  return store.Append(entries, deadline);
}

}  // namespace gatepost::accounts
