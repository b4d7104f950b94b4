#include "tools/dmarc-report/refusals.h"

#include <charconv>
#include <utility>

#include "common/base/strings.h"
#include "common/store/keys.h"

namespace gatepost::dmarc_report {
namespace {

using base::Result;

constexpr std::chrono::hours kCountedOn{24 * 30};  // after the refusal's end

store::Key RefusalKey() { return store::KeyMaker::Admin("dmarc-report-refused"); }

std::int64_t ToUnix(base::WallTime time) { return std::chrono::system_clock::to_time_t(time); }

std::string Format(const Refusal& refusal) {
  return std::to_string(refusal.until) + " " + std::to_string(refusal.count);
}

bool ParseNumber(std::string_view text, std::int64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

// What cannot be read counts as over long ago, and is pruned.
Refusal Parse(std::string_view text) {
  Refusal refusal;
  const auto parts = base::SplitOnce(text, ' ');
  const bool good = parts && ParseNumber(parts->first, refusal.until) &&
                    ParseNumber(parts->second, refusal.count);
  return good ? refusal : Refusal{};
}

}  // namespace

Result<Refusals::ByAddress> Refusals::Read(base::Deadline deadline) {
  const auto fields = store_.GetFields(RefusalKey(), deadline);
  if (!fields) return tl::unexpected(fields.error());
  ByAddress refusals;
  for (const auto& [address, text] : *fields) refusals.emplace(address, Parse(text));
  return refusals;
}

Result<std::int64_t> Refusals::Add(const std::string& address, std::chrono::seconds time,
                                   base::WallTime now, base::Deadline deadline) {
  const auto refusals = Read(deadline);
  if (!refusals) return tl::unexpected(refusals.error());
  const std::string key = base::ToLower(address);
  const auto known = refusals->find(key);
  if (known == refusals->end() && refusals->size() >= kMaxAddresses) {
    return base::Fail(base::ErrorKind::kLimit, "too many addresses refuse reports");
  }
  const Refusal refusal{ToUnix(now + time),
                        (known == refusals->end() ? 0 : known->second.count) + 1};
  const auto written = store_.SetField(RefusalKey(), key, Format(refusal), deadline);
  if (!written) return tl::unexpected(written.error());
  return refusal.count;
}

Result<void> Refusals::Prune(const ByAddress& refusals, base::WallTime now,
                             base::Deadline deadline) {
  for (const auto& [address, refusal] : refusals) {
    if (refusal.until >= ToUnix(now - kCountedOn)) continue;
    if (const auto erased = store_.EraseField(RefusalKey(), address, deadline); !erased) {
      return erased;
    }
  }
  return {};
}

bool Refusals::IsRefused(const ByAddress& refusals, std::string_view address, base::WallTime now) {
  const auto found = refusals.find(base::ToLower(address));
  return found != refusals.end() && found->second.until > ToUnix(now);
}

}  // namespace gatepost::dmarc_report
