#include "common/warmup/held_mail.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>

#include "common/accounts/streams.h"
#include "common/base/strings.h"
#include "common/store/keys.h"

namespace gatepost::warmup {
namespace {

constexpr std::size_t kMostProviders = 50;
constexpr std::size_t kMostBytes = 2'000;
constexpr std::int64_t kMostMs = 9'000'000'000'000;  // the clock's own end is in 2262

}  // namespace

std::string HeldMail::Format() const {
  std::string text = std::to_string(
      std::chrono::duration_cast<std::chrono::milliseconds>(since.time_since_epoch()).count());
  text += " " + source;
  for (const std::string& provider : providers) text += " " + provider;
  return text;
}

std::optional<HeldMail> HeldMail::Parse(std::string_view queue_id, std::string_view text) {
  // "!": the list's own mark.
  if (queue_id.starts_with('!') || text.size() > kMostBytes) return std::nullopt;
  const auto words = base::Split(text, ' ');
  if (words.size() < 3 || words.size() > 2 + kMostProviders) return std::nullopt;
  std::int64_t unix_ms = 0;
  const auto [end, error] =
      std::from_chars(words[0].data(), words[0].data() + words[0].size(), unix_ms);
  const bool whole = error == std::errc() && end == words[0].data() + words[0].size();
  if (!whole || unix_ms < 0 || unix_ms > kMostMs) return std::nullopt;
  if (!std::all_of(words.begin() + 1, words.end(), accounts::IsStreamName)) return std::nullopt;
  return HeldMail{std::string(queue_id),
                  base::WallTime(std::chrono::milliseconds(unix_ms)),
                  std::string(words[1]),
                  {words.begin() + 2, words.end()}};
}

store::Key HeldKey(std::string_view host) {
  return store::KeyMaker::Admin("warmup-held " + std::string(host));
}

}  // namespace gatepost::warmup
