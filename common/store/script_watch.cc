// watch.lua for the store in memory: the same numbers from the same steps. What is remembered lies
// in the shard as the bytes of a struct, which nobody else reads.
#include <algorithm>
#include <array>
#include <bitset>
#include <cstring>
#include <optional>
#include <string>
#include <type_traits>

#include "common/store/memory_shard.h"
#include "common/store/script.h"
#include "common/store/script_integer.h"
#include "common/store/scripts_lua.h"  // made from *.lua by CMake

namespace gatepost::store {
namespace {

using base::ErrorKind;
using base::Fail;

constexpr std::size_t kBits = 512;
constexpr std::int64_t kMost = 1'000'000'000;
constexpr std::int64_t kMostSum = 400;
constexpr std::chrono::hours kLife{60 * 24};
constexpr std::int64_t kFamiliarMinutes = 1'440;
constexpr std::int64_t kHour = 3'600;
constexpr std::int64_t kDay = 86'400;

struct Now {
  std::int64_t second;
  std::int64_t minute() const { return second / 60; }
  std::int64_t hour() const { return second / kHour; }
  std::int64_t day() const { return second / kDay; }
};

// Of this hour (or day), and of the one before.
struct Count {
  std::int64_t now = 0;
  std::int64_t before = 0;

  void Add(std::int64_t by) { now = std::min(kMost, now + by); }
  void Shift(bool by_one) {
    before = by_one ? now : 0;
    now = 0;
  }
  // What counts of both at this time, in whole ones.
  std::int64_t Recent(std::int64_t span, std::int64_t at, const Now& time) const {
    const auto left = std::clamp<std::int64_t>(span - (time.second - at * span), 0, span);
    return (now + before * left / span + 500) / 1'000;
  }
};

struct Place {
  std::int64_t name = 0;
  std::int64_t known_since = 0;  // minute; 0: not yet
  std::int64_t seen = 0;         // minute
};

template <std::size_t kPlaces>
struct Places {
  std::array<Place, kPlaces> places{};
  std::size_t size = 0;

  Place& At(std::int64_t name) {
    for (std::size_t i = 0; i < size; ++i) {
      if (places[i].name == name) return places[i];
    }
    Place& place = size < kPlaces ? places[size++] : Oldest();
    place = {name, 0, 0};
    return place;
  }
  Place& Oldest() {
    return *std::ranges::min_element(places, [](const Place& a, const Place& b) {
      return std::pair(a.known_since != 0, a.seen) < std::pair(b.known_since != 0, b.seen);
    });
  }
  void Visit(std::int64_t name, bool accepted, const Now& now) {
    if (name == 0) return;
    Place& place = At(name);
    place.seen = now.minute();
    if (accepted && place.known_since == 0) place.known_since = now.minute();
  }
  void Forgive(const Now& now) {
    for (std::size_t i = 0; i < size; ++i) places[i].known_since = now.minute() - kFamiliarMinutes;
  }
  // How many were seen within an hour, and how many of them are not familiar.
  std::pair<std::int64_t, std::int64_t> Recent(const Now& now) const {
    std::pair<std::int64_t, std::int64_t> counts{0, 0};
    for (std::size_t i = 0; i < size; ++i) {
      if (now.minute() - places[i].seen >= 60) continue;
      ++counts.first;
      const std::int64_t since = places[i].known_since;
      if (since == 0 || now.minute() - since < kFamiliarMinutes) ++counts.second;
    }
    return counts;
  }
};

struct Memory {
  std::int64_t hour = 0;
  Count tried, fresh, refused;
  std::bitset<kBits> seen, seen_before;
  std::int64_t learned = 0;
  std::int64_t mean = 0, peak = 0, active = 0, sum = 0, sum_new = 0;
  std::int64_t day = 0;
  Count bounces, complaints, tried_day;
  std::int64_t learned_day = 0, peak_day = 0;
  std::array<std::uint8_t, 24> hours{};
  Places<8> addresses, networks;
  Places<4> countries;

  void LearnHour();
  void LearnDay();
  void MoveOn(const Now& now);
  std::int64_t See(std::int64_t recipient);
  void LearnTime(const Now& now);
  void LearnRecipients(std::int64_t recipients, std::int64_t new_ones);
  void Forgive(const Now& now);
  std::pair<std::int64_t, std::int64_t> Times(const Now& now) const;
  std::vector<std::int64_t> Signals(std::int64_t is_new, const Now& now) const;
};
static_assert(std::is_trivially_copyable_v<Memory>);

void Memory::LearnHour() {
  if (learned == 0) return;
  const std::int64_t value = std::min(learned * 1'000, std::max<std::int64_t>(20'000, 2 * peak));
  active = std::min<std::int64_t>(active + 1, 1'000);
  const std::int64_t weight = std::min<std::int64_t>(active, 20);
  mean = (mean * (weight - 1) + value) / weight;
  peak = std::max(value, peak * 99 / 100);
  learned = 0;
}

void Memory::LearnDay() {
  if (learned_day == 0) return;
  const std::int64_t value =
      std::min(learned_day * 1'000, std::max<std::int64_t>(80'000, 2 * peak_day));
  peak_day = std::max(value, peak_day * 95 / 100);
  learned_day = 0;
}

void Memory::MoveOn(const Now& now) {
  if (const auto passed = now.hour() - hour; passed != 0 && passed != -1) {
    LearnHour();
    for (Count* const count : {&tried, &fresh, &refused}) count->Shift(passed == 1);
    seen_before = passed == 1 ? seen : std::bitset<kBits>();
    seen.reset();
    hour = now.hour();
  }
  if (const auto passed = now.day() - day; passed != 0 && passed != -1) {
    LearnDay();
    tried_day.Shift(passed == 1);
    bounces.Shift(passed == 1);
    complaints.Shift(passed == 1);
    day = now.day();
  }
}

std::int64_t Memory::See(std::int64_t recipient) {
  const std::size_t all = (seen | seen_before).count();
  if (all >= kBits) return 1'000;
  const std::size_t bit = static_cast<std::size_t>(recipient) % kBits;
  const bool there = seen[bit] || seen_before[bit];
  seen.set(bit);
  return there ? 0 : static_cast<std::int64_t>(1'000 * kBits / (kBits - all));
}

void Memory::LearnTime(const Now& now) {
  std::uint8_t& present = hours[static_cast<std::size_t>(now.hour() % 24)];
  if (present > 251) {
    for (std::uint8_t& value : hours) value = static_cast<std::uint8_t>(value / 2);
  }
  present = static_cast<std::uint8_t>(present + 4);
}

void Memory::LearnRecipients(std::int64_t recipients, std::int64_t new_ones) {
  if (recipients > 200) {
    new_ones = new_ones * 200 / recipients;
    recipients = 200;
  }
  sum += recipients;
  sum_new += std::min(new_ones, recipients);
  if (sum <= kMostSum) return;
  sum /= 2;
  sum_new /= 2;
}

void Memory::Forgive(const Now& now) {
  for (Count* const count : {&tried, &fresh, &refused, &tried_day, &bounces, &complaints})
    *count = {};
  seen.reset();
  seen_before.reset();
  networks.Forgive(now);
  countries.Forgive(now);
}

// Messages that are remembered by their hour, and how many of a thousand left at about this time.
std::pair<std::int64_t, std::int64_t> Memory::Times(const Now& now) const {
  std::int64_t total = 0, here = 0;
  for (const std::uint8_t value : hours) total += value;
  for (const int away : {0, 1, 23})
    here += hours[static_cast<std::size_t>((now.hour() + away) % 24)];
  return {total / 4, total > 0 ? here * 1'000 / total : 0};
}

std::vector<std::int64_t> Memory::Signals(std::int64_t is_new, const Now& now) const {
  const auto [network_count, new_networks] = networks.Recent(now);
  const auto [country_count, new_countries] = countries.Recent(now);
  const auto [messages, share] = Times(now);
  return {is_new,
          tried.Recent(kHour, hour, now),
          fresh.Recent(kHour, hour, now),
          refused.Recent(kHour, hour, now),
          addresses.Recent(now).first,
          network_count,
          new_networks,
          country_count,
          new_countries,
          mean,
          peak,
          active,
          sum,
          sum_new,
          messages,
          share,
          bounces.Recent(kDay, day, now),
          complaints.Recent(kDay, day, now),
          tried_day.Recent(kDay, day, now),
          peak_day};
}

Memory Recall(const std::string* text, const Now& now) {
  Memory memory;
  memory.hour = now.hour();
  memory.day = now.day();
  if (text && text->size() == sizeof memory) std::memcpy(&memory, text->data(), sizeof memory);
  return memory;
}

// All arguments after the first are numbers.
using Numbers = std::array<std::int64_t, 6>;

std::optional<Numbers> ReadNumbers(std::span<const std::string> arguments) {
  Numbers numbers{};
  if (arguments.empty() || arguments.size() > numbers.size() + 1) return std::nullopt;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const auto number = ToInteger(arguments[i]);
    if (!number || *number < 0) return std::nullopt;
    numbers[i - 1] = *number;
  }
  return numbers;
}

void VisitAll(Memory& memory, const Numbers& numbers, bool accepted, const Now& now) {
  memory.addresses.Visit(numbers[2], false, now);  // the latest ones: none is familiar
  memory.networks.Visit(numbers[3], accepted, now);
  memory.countries.Visit(numbers[4], accepted, now);
}

void AtRecipient(Memory& memory, const Numbers& numbers, bool is_new, const Now& now) {
  const std::int64_t weight = memory.See(numbers[0]);
  memory.tried.Add(weight);
  memory.tried_day.Add(weight);
  memory.fresh.Add(is_new ? weight : 0);
  memory.refused.Add(numbers[1] == 1 ? weight : 0);
  VisitAll(memory, numbers, false, now);
}

void AtCommit(Memory& memory, const Numbers& numbers, const Now& now) {
  const bool learn = numbers[5] == 1;
  VisitAll(memory, numbers, learn, now);
  if (!learn) return;
  const auto recipients = std::min(kMost, numbers[0]);
  memory.learned = std::min(kMost, memory.learned + recipients);
  memory.learned_day = std::min(kMost, memory.learned_day + recipients);
  memory.LearnRecipients(recipients, std::min(kMost, numbers[1]));
  memory.LearnTime(now);
}

void Feedback(Memory& memory, const Numbers& numbers) {
  memory.bounces.Add(std::min(kMost, numbers[0]) * 1'000);
  memory.complaints.Add(std::min(kMost, numbers[1]) * 1'000);
}

// Present and of the right type; what is in it says the other script.
base::Result<bool> IsKnown(MemoryShard& shard, const Key& known, const std::string& recipient) {
  const auto recipients = shard.FindFields(known);
  if (!recipients) return tl::unexpected(recipients.error());
  return *recipients && (*recipients)->contains(recipient);
}

ScriptResult Watch(MemoryShard& shard, std::span<const Key> keys,
                   std::span<const std::string> arguments) {
  const auto numbers = ReadNumbers(arguments);
  if (!numbers || keys.size() < 2) return Fail(ErrorKind::kInvalid, "not what happened");
  const Now now{shard.unix_seconds()};
  const auto present = shard.FindText(keys[0]);
  if (!present) return tl::unexpected(present.error());
  Memory memory = Recall(*present, now);
  memory.MoveOn(now);
  bool is_new = false;
  if (arguments[0] == "recipient") {
    const auto known = IsKnown(shard, keys[1], arguments[1]);
    if (!known) return tl::unexpected(known.error());
    is_new = !*known;
    AtRecipient(memory, *numbers, is_new, now);
  } else if (arguments[0] == "commit") {
    AtCommit(memory, *numbers, now);
  } else if (arguments[0] == "feedback") {
    Feedback(memory, *numbers);
  } else {
    memory.Forgive(now);
  }
  const std::string text(reinterpret_cast<const char*>(&memory), sizeof memory);
  const auto put = shard.PutText(keys[0], text, kLife);
  if (!put) return tl::unexpected(put.error());
  if (arguments[0] == "commit") return std::vector<std::int64_t>();  // nobody asks then
  return memory.Signals(is_new ? 1 : 0, now);
}

}  // namespace

const Script scripts::kWatch{lua::kWatch, lua::kWatchSha1, Watch};

}  // namespace gatepost::store
