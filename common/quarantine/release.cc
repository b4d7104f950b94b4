#include "common/quarantine/release.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "common/base/constant_time.h"
#include "common/base/strings.h"
#include "common/journal/record_fields.h"
#include "common/privileged/client.h"
#include "common/quarantine/release_pass.h"
#include "common/quarantine/seal.h"
#include "common/store/keys.h"

namespace gatepost::quarantine {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;
using namespace std::chrono_literals;

// The program is called like this in records.
constexpr std::string_view kProgram = "gatepost";
// A message is listed a moment before Postfix has put it on hold.
constexpr auto kSurelyThere = 10min;
// As the journal keeps records.
constexpr auto kKeepRecords = 72h;
// For Postfix to accept the copies.
constexpr auto kAcceptTime = 5s;
constexpr std::size_t kSealBytes = 8;
constexpr std::uint64_t kMessageEntries = 64;
constexpr std::uint64_t kFeedEntries = 10'000;

bool IsGone(const base::Error& error) {
  return error.kind == ErrorKind::kInternal && error.message == privileged::kNoSuchMessage;
}

Result<void> Unnoted(const std::string& outcome, Result<void> noted) {
  if (noted) return noted;
  return Fail(noted.error().kind,
              "it was " + outcome + ", but this could not be noted: " + noted.error().message);
}

}  // namespace

base::Deadline Releases::Deadline() const { return std::chrono::steady_clock::now() + 5s; }

bool Releases::IsFresh(const HeldMessage& message, base::WallTime now) {
  return now - message.since < kSurelyThere;
}

// What others wrote at the same time stays.
Result<void> Releases::Write(HeldMessage& message, const HeldList::Edit& change) {
  change(message);  // it was done, whether or not it can be noted
  return site_.list.Update(message, change).map([&](HeldMessage&& written) {
    message = std::move(written);
  });
}

Result<void> Releases::Note(const HeldMessage& message, const std::string& outcome,
                            const std::string& evidence) {
  journal::DecisionRecord record;
  record.queue_id = message.queue_id;
  record.sasl_user = message.user;
  record.client = message.client;
  record.envelope_from = message.sender;
  record.verdict = outcome;
  record.rules = {{"quarantine", outcome, evidence}};
  const auto fields = journal::RecordFields(record, {kProgram, message.host}, site_.clock.Wall());
  using store::KeyMaker;
  return site_.store.shared().Append(
      {{KeyMaker::Records(message.host, message.queue_id), fields, kMessageEntries, kKeepRecords},
       {KeyMaker::RecordFeed(), fields, kFeedEntries}},
      Deadline());
}

// Who was the first to end it did so; that it is gone is what nobody knows better.
Result<void> Releases::End(HeldMessage& message, State state, const std::string& by) {
  const auto noted = Write(message, [&, now = site_.clock.Wall()](HeldMessage& one) {
    if (one.state == State::kReleased || one.state == State::kDeleted) return;
    one.state = state;
    one.ended_by = by;
    one.ended_at = now;
  });
  const std::string outcome(Name(state));
  const std::string evidence = (message.AllServed() ? "to each of its recipients by " : "by ") + by;
  return Unnoted(outcome, noted.and_then([&] { return Note(message, outcome, evidence); }));
}

// A message that is gone is marked so.
Result<void> Releases::AskFor(HeldMessage& message, const std::vector<std::string>& words) {
  auto done = site_.ask(words);
  if (done || !IsGone(done.error())) return done;
  const auto now = site_.clock.Wall();
  if (!IsFresh(message, now)) {
    static_cast<void>(Write(message, [&](HeldMessage& one) {
      if (one.state != State::kHeld) return;
      one.state = State::kGone;
      one.ended_at = now;
    }));
  }
  return Fail(ErrorKind::kNotFound, "it is not on hold: it left the queue by another way");
}

Result<bool> Releases::StillHeld(HeldMessage& message) {
  const auto held = AskFor(message, {"held", message.queue_id});
  if (held) return true;
  if (held.error().kind == ErrorKind::kNotFound) return false;
  return tl::unexpected(held.error());
}

// The whole list is part of it, so that nobody can be taken off later.
std::string Releases::SealOf(const HeldMessage& message, const HeldRecipient& recipient) const {
  const auto since =
      std::chrono::floor<std::chrono::milliseconds>(message.since.time_since_epoch());
  std::string all = std::to_string(message.more_recipients);
  for (const HeldRecipient& one : message.recipients) all += "\n" + one.address;
  const std::string seal =
      Seal(site_.secret, {"served", message.host, message.queue_id, std::to_string(since.count()),
                          all, recipient.address});
  return Hex(seal.substr(0, kSealBytes));
}

bool Releases::HasHadIt(const HeldMessage& message, const HeldRecipient& recipient) const {
  return !site_.secret.empty() && !recipient.served_by.empty() &&
         base::EqualInConstantTime(SealOf(message, recipient), recipient.seal);
}

bool Releases::AllServed(const HeldMessage& message) const {
  return message.AllServed() &&
         std::ranges::all_of(message.recipients, [&](const HeldRecipient& recipient) {
           return HasHadIt(message, recipient);
         });
}

void Releases::Mark(HeldMessage& message, const std::string& recipient, base::WallTime now) const {
  for (HeldRecipient& one : message.recipients) {
    if (!base::EqualsIgnoreCase(one.address, recipient) || HasHadIt(message, one)) continue;
    one.served_by = site_.by;
    one.served_at = now;
    one.seal = SealOf(message, one);
  }
}

Result<void> Releases::ToAll(HeldMessage& message) {
  const bool none = std::ranges::none_of(
      message.recipients, [&](const HeldRecipient& one) { return HasHadIt(message, one); });
  if (none) {
    auto done = AskFor(message, {"release", message.queue_id});
    return done ? End(message, State::kReleased, site_.by) : done;
  }
  if (message.more_recipients > 0) {
    return Fail(ErrorKind::kInvalid,
                "some recipients have had it, and not all are listed: release it to each of them");
  }
  bool sent = false;  // with the last one it is finished
  for (std::size_t i = 0; i < message.recipients.size(); ++i) {
    if (HasHadIt(message, message.recipients[i])) continue;
    const std::string recipient = message.recipients[i].address;
    if (auto done = ToOne(message, recipient); !done) return done;
    sent = true;
  }
  return sent ? Result<void>() : Finish(message);
}

Result<void> Releases::SendCopy(HeldMessage& message, const std::string& recipient) {
  if (site_.secret.empty()) {
    return Fail(ErrorKind::kInvalid,
                "quarantine.secret_file in gatepost.toml is needed to release it to one recipient");
  }
  const ReleasePass pass{message.host, message.queue_id, recipient, site_.clock.Wall() + kPassLife};
  return AskFor(message, {"release-to", message.queue_id, recipient, MakePass(site_.secret, pass)});
}

Result<void> Releases::ToOne(HeldMessage& message, const std::string& recipient) {
  HeldRecipient* const known = message.Find(recipient);
  if (known == nullptr && message.more_recipients == 0) {
    return Fail(ErrorKind::kNotFound, "the message is not for this recipient");
  }
  if (known != nullptr && HasHadIt(message, *known)) {
    return Fail(ErrorKind::kInvalid, "this recipient has had it already");
  }
  // As it is: signatures stay valid, and no milter sees it again.
  if (message.recipients.size() == 1 && message.more_recipients == 0) return ToAll(message);
  if (auto sent = SendCopy(message, recipient); !sent) return sent;
  const std::string evidence = "to " + recipient + " by " + site_.by;
  const auto noted = Write(
      message, [&, now = site_.clock.Wall()](HeldMessage& one) { Mark(one, recipient, now); });
  auto told =
      Unnoted("released", noted.and_then([&] { return Note(message, "released", evidence); }));
  return told && AllServed(message) ? Finish(message) : told;
}

// The queue's own copy is the last that nobody can lose.
Result<void> Releases::Finish(HeldMessage& message) {
  if (!AllServed(message)) {
    return Fail(ErrorKind::kInvalid, "not each of its recipients has had it");
  }
  auto done = AreAccepted(message);
  if (!done && done.error().message == privileged::kCopyWaits) return {};
  if (done) done = site_.ask({"delete", message.queue_id});
  if (done || IsGone(done.error())) {
    const auto last = std::ranges::max_element(message.recipients, {}, &HeldRecipient::served_at);
    const std::string by = last->served_by;
    return End(message, State::kReleased, by);
  }
  return Fail(done.error().kind,
              "it was released to all, but could not be deleted: " + done.error().message);
}

// Postfix takes a moment.
Result<void> Releases::AreAccepted(const HeldMessage& message) {
  const auto end = site_.clock.Steady() + kAcceptTime;
  for (;;) {
    auto accepted = site_.ask({"accepted", message.queue_id});
    const bool waits = !accepted && accepted.error().message == privileged::kCopyWaits;
    if (!waits || !site_.pause || site_.clock.Steady() >= end) return accepted;
    site_.pause();
  }
}

Result<void> Releases::Delete(HeldMessage& message) {
  auto done = AskFor(message, {"delete", message.queue_id});
  return done ? End(message, State::kDeleted, site_.by) : done;
}

}  // namespace gatepost::quarantine
