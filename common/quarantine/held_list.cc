#include "common/quarantine/held_list.h"

#include <algorithm>
#include <utility>

#include "common/base/strings.h"
#include "common/store/admin_mark.h"
#include "common/store/keys.h"
#include "common/store/script_integer.h"

namespace gatepost::quarantine {
namespace {

using Age = HeldMessage::Age;

using Milliseconds = std::chrono::milliseconds;

// No queue id begins like this.
constexpr std::string_view kForgotten = "!forgotten";
// The clock's nanoseconds hold it.
constexpr std::int64_t kLatestMs = std::int64_t{1} << 42;
constexpr int kMostTries = 100;
constexpr auto kTidyEvery = std::chrono::hours(1);
// Many at once, so that a full list is not looked through for each message.
constexpr std::size_t kDropTogether = 100;

std::vector<HeldMessage> ParseAll(const std::string& host, const store::FieldMap& fields) {
  std::vector<HeldMessage> all;
  for (const auto& [queue_id, text] : fields) {
    if (auto message = HeldMessage::Parse(host, queue_id, text)) all.push_back(*std::move(message));
  }
  std::ranges::stable_sort(all, {}, &HeldMessage::since);
  return all;
}

std::string Format(const Forgotten& forgotten) {
  return std::to_string(forgotten.count) + " " +
         std::to_string(
             std::chrono::floor<Milliseconds>(forgotten.last.time_since_epoch()).count());
}

// Nothing forgotten for what Format does not write.
Forgotten ParseForgotten(const store::FieldMap& fields) {
  const auto field = fields.find(kForgotten);
  const auto words = field == fields.end() ? std::nullopt : base::SplitOnce(field->second, ' ');
  if (!words) return {};
  const auto count = store::ToInteger(words->first);
  const auto last = store::ToInteger(words->second);
  if (!count || !last || *count < 0 || *last < 0 || *last > kLatestMs) return {};
  return {static_cast<std::size_t>(*count), base::WallTime(Milliseconds(*last))};
}

bool IsOld(const Age& age, base::WallTime now) {
  if (age.state == State::kHeld) return now - age.since > HeldList::kKeepHeld;
  return now - age.ended_at > HeldList::kKeepEnded;
}

}  // namespace

store::Key HeldListKey(std::string_view host) {
  return store::KeyMaker::Admin("quarantine " + std::string(host));
}

base::Result<std::vector<HeldMessage>> ReadHeld(store::Store& store, const std::string& host,
                                                base::Deadline deadline) {
  return store.GetFields(HeldListKey(host), deadline).map([&](const store::FieldMap& fields) {
    return ParseAll(host, fields);
  });
}

base::Result<Forgotten> ReadForgotten(store::Store& store, const std::string& host,
                                      base::Deadline deadline) {
  return store.GetFields(HeldListKey(host), deadline).map(ParseForgotten);
}

HeldList::HeldList(store::Store& store, Options options, const base::Clock& clock)
    : host_(options.host),
      clock_(clock),
      on_trouble_(options.on_trouble),
      state_(store, {HeldListKey(options.host), std::move(options.file), options.refresh,
                     std::chrono::milliseconds(60'000), std::chrono::milliseconds(1'000),
                     std::move(options.on_trouble)}) {}

base::Result<void> HeldList::Put(const HeldMessage& message) {
  if (message.queue_id.empty()) return base::Fail(base::ErrorKind::kInvalid, "no queue id");
  Tidy();
  return state_.Set(message.queue_id, message.Format());
}

base::Result<HeldMessage> HeldList::Update(const HeldMessage& known, const Edit& change) {
  for (int tries = 0; tries < kMostTries; ++tries) {
    const auto text = state_.Find(known.queue_id);
    auto message = text ? HeldMessage::Parse(host_, known.queue_id, *text) : known;
    if (!message) return base::Fail(base::ErrorKind::kInvalid, "its entry cannot be read");
    change(*message);
    if (!text)
      return Put(*message).and_then([this] { return Refresh(); }).map([&] { return *message; });
    const auto done = state_.Exchange(known.queue_id, *text, message->Format());
    if (!done) return tl::unexpected(done.error());
    if (*done) return *message;
    if (const auto fresh = Refresh(); !fresh) return tl::unexpected(fresh.error());
  }
  return base::Fail(base::ErrorKind::kUnavailable, "others change it all the time");
}

base::Result<void> HeldList::Remove(const std::string& queue_id) { return state_.Lift(queue_id); }

std::optional<HeldMessage> HeldList::Find(std::string_view queue_id) const {
  const auto text = state_.Find(queue_id);
  return text ? HeldMessage::Parse(host_, queue_id, *text) : std::nullopt;
}

std::vector<HeldMessage> HeldList::All() const { return ParseAll(host_, *state_.All()); }

void HeldList::Tidy() {
  const std::lock_guard lock(tidy_mutex_);
  const base::WallTime now = clock_.Wall();
  if (now - tidied_ >= kTidyEvery || now < tidied_) {
    tidied_ = now;
    DropOld(now);
  }
  if (state_.All()->size() >= kMostEntries) DropOverflow(now);
}

// What cannot be read is of a later version, or damaged: it is left alone.
void HeldList::DropOld(base::WallTime now) {
  const auto all = state_.All();
  std::size_t forgotten = 0;
  for (const auto& [queue_id, text] : *all) {
    const auto age = HeldMessage::ParseAge(text);
    if (!age || !IsOld(*age, now)) continue;
    static_cast<void>(state_.Lift(queue_id));
    if (age->state == State::kHeld) ++forgotten;
  }
  const Forgotten before = ParseForgotten(*all);
  if (before.count > 0 && now - before.last > kKeepHeld) {
    static_cast<void>(state_.Lift(std::string(kForgotten)));
  }
  CountForgotten(forgotten, now);
}

void HeldList::DropOverflow(base::WallTime now) {
  const auto all = state_.All();
  std::vector<std::pair<std::pair<bool, base::WallTime>, std::string>> order;
  for (const auto& [queue_id, text] : *all) {
    const auto age = HeldMessage::ParseAge(text).value_or(Age{});
    if (queue_id.starts_with(store::AdminMark::kField)) continue;  // no message, but of the list
    order.push_back({{age.state == State::kHeld, age.since}, queue_id});
  }
  std::ranges::sort(order);
  order.resize(std::min(order.size(), kDropTogether));
  const auto forgotten =
      std::ranges::count_if(order, [](const auto& entry) { return entry.first.first; });
  for (const auto& [key, queue_id] : order) static_cast<void>(state_.Lift(queue_id));
  CountForgotten(static_cast<std::size_t>(forgotten), now);
}

void HeldList::CountForgotten(std::size_t count, base::WallTime now) {
  if (count == 0) return;
  const Forgotten before = ParseForgotten(*state_.All());
  static_cast<void>(state_.Set(std::string(kForgotten), Format({before.count + count, now})));
  if (!on_trouble_) return;
  on_trouble_("the list of held messages is too long or too old: the oldest " +
              std::to_string(count) + " are forgotten, and may still be on hold in the queue");
}

}  // namespace gatepost::quarantine
