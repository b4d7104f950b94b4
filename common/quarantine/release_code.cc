#include "common/quarantine/release_code.h"

#include <optional>
#include <utility>

#include "common/base/constant_time.h"
#include "common/base/strings.h"
#include "common/quarantine/seal.h"
#include "common/store/keys.h"

namespace gatepost::quarantine {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;

// Crockford's: without I, L, O and U.
constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kCharacters = 20;
constexpr std::size_t kGroup = 4;
constexpr std::size_t kMostTyped = 60;

// Five bits a character.
std::string Base32(std::string_view bytes) {
  std::string text;
  unsigned bits = 0;
  unsigned held = 0;
  for (const char c : bytes) {
    bits = (bits << 8 | static_cast<unsigned char>(c)) & 0xffff;
    for (held += 8; held >= 5 && text.size() < kCharacters; held -= 5) {
      text += kDigits[bits >> (held - 5) & 31];
    }
  }
  return text;
}

// As Base32 writes it; what cannot be a code gives "".
std::string AsWritten(std::string_view typed) {
  std::string code;
  if (typed.size() > kMostTyped) return code;
  for (char c : typed) {
    if (c == '-' || base::IsMailSpace(c)) continue;
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c == 'O') c = '0';
    if (c == 'I' || c == 'L') c = '1';
    code += c;
  }
  return code.size() == kCharacters ? code : "";
}

std::string Bare(std::string_view secret, const HeldMessage& message, std::string_view recipient) {
  const auto since =
      std::chrono::floor<std::chrono::milliseconds>(message.since.time_since_epoch()).count();
  return Base32(Seal(secret, {"release-code", message.host, message.queue_id,
                              base::ToLower(recipient), std::to_string(since)}));
}

// The code itself stands nowhere.
std::string MarkOf(std::string_view secret, std::string_view code) {
  return Base32(Seal(secret, {"used-code", code}));
}

store::Key MarkKey(std::string_view mark) {
  return store::KeyMaker::Used("release-code " + std::string(mark));
}

}  // namespace

ReleaseCodes::ReleaseCodes(store::Store& store, Options options)
    : store_(store.shared()), options_(std::move(options)) {}

std::string ReleaseCodes::Make(const HeldMessage& message, std::string_view recipient) const {
  std::string code = Bare(options_.secret, message, recipient);
  for (std::size_t at = kCharacters - kGroup; at > 0; at -= kGroup) code.insert(at, "-");
  return code;
}

bool ReleaseCodes::IsOpen(const HeldMessage& message, base::WallTime now) const {
  return message.state == State::kHeld && message.hold_class == HoldClass::kPolicy &&
         now - message.since < options_.life;
}

Result<ReleaseCodes::Match> ReleaseCodes::Use(std::string_view code, std::string_view who,
                                              std::span<const HeldMessage> held, base::WallTime now,
                                              base::Deadline deadline) const {
  const auto tries = store_.Increment(store::KeyMaker::ReleaseTries(who), 1, kTriesTime, deadline);
  if (!tries) return tl::unexpected(tries.error());
  if (*tries > kMostTries) return Fail(ErrorKind::kLimit, "too many tries; come back in an hour");
  const auto wrong = Fail(ErrorKind::kNotFound, "this code is wrong, was used, or has expired");
  const std::string typed = AsWritten(code);
  std::optional<Match> match;
  for (const HeldMessage& message : held) {
    if (!IsOpen(message, now)) continue;
    for (const HeldRecipient& recipient : message.recipients) {
      const std::string good = Bare(options_.secret, message, recipient.address);
      if (!base::EqualInConstantTime(good, typed) || !recipient.served_by.empty()) continue;
      match = Match{message, recipient.address, MarkOf(options_.secret, typed)};
    }
  }
  if (!match) return wrong;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(options_.life - (now - match->message.since));
  const auto first = store_.Increment(MarkKey(match->mark), 1, left, deadline);
  if (!first) return tl::unexpected(first.error());
  if (*first != 1) return wrong;
  return *std::move(match);
}

Result<void> ReleaseCodes::GiveBack(const Match& match, base::Deadline deadline) const {
  return store_.Erase(MarkKey(match.mark), deadline);
}

}  // namespace gatepost::quarantine
