#include "milters/ratelimit/sent_mail.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "common/base/ip_address.h"

namespace gatepost::ratelimit {
namespace {

constexpr unsigned kV4Bits = 24;
constexpr unsigned kV6Bits = 48;  // what a customer gets of his provider, or more
constexpr std::int64_t kMostRecipients = 1'000'000;

std::string_view Value(const store::Fields& fields, std::string_view name) {
  const auto found = std::ranges::find(fields, name, &store::Fields::value_type::first);
  return found == fields.end() ? std::string_view() : found->second;
}

std::optional<std::int64_t> Number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string NetworkOf(std::string_view client) {
  const auto address = base::IpAddress::Parse(client);
  if (!address) return "";
  if (address->IsLoopback()) return "localhost";
  const unsigned bits = address->is_v4() ? kV4Bits : kV6Bits;
  return address->Masked(bits).Format() + "/" + std::to_string(bits);
}

std::string List(const std::map<std::string, std::int64_t>& counts) {
  std::vector<std::pair<std::string, std::int64_t>> networks(counts.begin(), counts.end());
  std::ranges::stable_sort(networks, std::greater<>(),
                           &std::pair<std::string, std::int64_t>::second);
  std::string text;
  for (std::size_t i = 0; i < std::min(networks.size(), SentMail::kMostNetworks); ++i) {
    if (i > 0) text += ", ";
    text += networks[i].first + " (" + std::to_string(networks[i].second) + ")";
  }
  if (networks.size() > SentMail::kMostNetworks) text += ", ...";
  return text;
}

}  // namespace

SentMail Summarize(const std::vector<store::Fields>& messages, base::WallTime begin) {
  const auto first =
      std::chrono::duration_cast<std::chrono::milliseconds>(begin.time_since_epoch()).count();
  SentMail sent;
  std::map<std::string, std::int64_t> networks;
  for (const store::Fields& message : messages) {
    if (Number(Value(message, "time")).value_or(0) < first) continue;
    ++sent.messages;
    // Earlier versions did not write it.
    const std::int64_t recipients = Number(Value(message, "recipients")).value_or(1);
    sent.recipients += std::clamp<std::int64_t>(recipients, 1, kMostRecipients);
    if (std::string network = NetworkOf(Value(message, "client")); !network.empty()) {
      ++networks[std::move(network)];
    }
  }
  sent.networks = List(networks);
  return sent;
}

}  // namespace gatepost::ratelimit
