#include "milters/ratelimit/watch.h"

#include <algorithm>
#include <span>

#include "common/limits/recipient_hash.h"
#include "common/limits/watch_feedback.h"
#include "common/store/script.h"

namespace gatepost::ratelimit {
namespace {

constexpr std::size_t kIntegers = 20;
constexpr std::int64_t kMost = 1'000'000'000'000'000;

// FNV-1a, never 0. An account has few places, so 32 bits tell them apart.
std::int64_t Hash(const base::IpAddress& address) {
  std::uint32_t hash = 2'166'136'261U;
  for (const std::uint8_t byte : std::span(address.bytes(), address.bits() / 8)) {
    hash = (hash ^ byte) * 16'777'619U;
  }
  return std::max<std::int64_t>(1, hash);
}

Signals FromIntegers(const std::vector<std::int64_t>& integers) {
  auto next = integers.begin();
  Signals s;
  s.new_recipient = *next++ == 1;
  for (std::int64_t* const count :
       {&s.recipients, &s.new_recipients, &s.unknown_recipients, &s.addresses, &s.networks,
        &s.unfamiliar_networks, &s.countries, &s.unfamiliar_countries}) {
    *count = *next++;
  }
  s.usual_recipients = static_cast<double>(*next++) / 1'000;
  s.peak_recipients = static_cast<double>(*next++) / 1'000;
  for (std::int64_t* const count :
       {&s.active_hours, &s.remembered, &s.remembered_new, &s.timed_messages}) {
    *count = *next++;
  }
  s.share_at_this_time = static_cast<double>(*next++) / 1'000;
  s.bounces = *next++;
  s.complaints = *next++;
  s.day_recipients = *next++;
  s.peak_day_recipients = static_cast<double>(*next++) / 1'000;
  return s;
}

}  // namespace

Whereabouts Whereabouts::Of(const base::IpAddress& client, std::string_view country) {
  if (client.family() == base::IpAddress::Family::kNone || client.IsLoopback()) return {};
  Whereabouts where;
  where.network = Hash(client.Masked(client.is_v4() ? 24 : 64));
  // Devices change their address within an IPv6 network as they like.
  where.address = client.is_v4() ? Hash(client) : where.network;
  if (country.size() == 2) {
    where.country =
        static_cast<unsigned char>(country[0]) * 256 + static_cast<unsigned char>(country[1]);
  }
  return where;
}

WatchCall::WatchCall(std::string_view subject, std::vector<std::string> arguments)
    : keys_(limits::WatchKeys(subject)), arguments_(std::move(arguments)) {}

WatchCall WatchCall::AtRecipient(std::string_view subject, const Whereabouts& where,
                                 std::string_view recipient, bool refused) {
  return {subject,
          {"recipient", std::to_string(limits::RecipientHash(recipient)), refused ? "1" : "0",
           std::to_string(where.address), std::to_string(where.network),
           std::to_string(where.country)}};
}

WatchCall WatchCall::AtCommit(std::string_view subject, const Whereabouts& where,
                              const AcceptedMail& mail) {
  return {subject,
          {"commit", std::to_string(mail.recipients), std::to_string(mail.new_recipients),
           std::to_string(where.address), std::to_string(where.network),
           std::to_string(where.country), mail.usual ? "1" : "0"}};
}

WatchCall WatchCall::Feedback(std::string_view subject, std::int64_t bounces,
                              std::int64_t complaints) {
  return {subject, limits::FeedbackArguments(bounces, complaints)};
}

WatchCall WatchCall::Forgive(std::string_view subject) {
  return {subject, limits::ForgiveArguments()};
}

store::Store::ScriptCall WatchCall::script() const {
  return {store::scripts::kWatch, keys_, arguments_};
}

base::Result<Signals> ReadSignals(const base::Result<std::vector<std::int64_t>>& result) {
  if (!result) return tl::unexpected(result.error());
  const bool bounded =
      std::ranges::all_of(*result, [](std::int64_t value) { return value >= 0 && value <= kMost; });
  if (result->size() != kIntegers || !bounded) {
    return base::Fail(base::ErrorKind::kInvalid, "not what the store remembers of an account");
  }
  return FromIntegers(*result);
}

}  // namespace gatepost::ratelimit
