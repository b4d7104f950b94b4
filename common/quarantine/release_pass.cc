#include "common/quarantine/release_pass.h"

#include <charconv>
#include <optional>
#include <utility>

#include "common/base/constant_time.h"
#include "common/base/strings.h"
#include "common/quarantine/seal.h"
#include "common/store/keys.h"

namespace gatepost::quarantine {
namespace {

using std::chrono::seconds;

constexpr std::string_view kVersion = "v1";
constexpr std::size_t kMostBytes = 400;
constexpr std::size_t kSealBytes = 20;
// A clock that was wrong makes no pass for years.
constexpr auto kLongest = std::chrono::hours(24);

std::string Expiry(const ReleasePass& pass) {
  return std::to_string(std::chrono::floor<seconds>(pass.expires.time_since_epoch()).count());
}

std::string SealOf(std::string_view secret, const ReleasePass& pass) {
  const std::string seal = Seal(secret, {"release-pass", pass.host, pass.queue_id,
                                         base::ToLower(pass.recipient), Expiry(pass)});
  return Hex(seal.substr(0, kSealBytes));
}

tl::unexpected<PassError> Fail(PassFault fault, std::string message) {
  return tl::unexpected<PassError>(PassError{fault, std::move(message)});
}

// Nothing for what is no pass of ours for this recipient.
std::optional<ReleasePass> Read(std::string_view secret, std::string_view value,
                                std::string_view recipient) {
  if (secret.empty() || value.size() > kMostBytes) return std::nullopt;
  const auto fields = base::Split(value, ':');
  if (fields.size() != 5 || fields[0] != kVersion) return std::nullopt;
  std::int64_t expires = 0;
  const char* const end = fields[1].data() + fields[1].size();
  const auto [stopped, error] = std::from_chars(fields[1].data(), end, expires);
  if (error != std::errc() || stopped != end || expires < 0 || expires > 0xffff'ffff) {
    return std::nullopt;
  }
  ReleasePass pass{std::string(fields[3]), std::string(fields[2]), std::string(recipient),
                   base::WallTime(seconds(expires))};
  if (!base::EqualInConstantTime(SealOf(secret, pass), fields[4])) return std::nullopt;
  return pass;
}

}  // namespace

std::string MakePass(std::string_view secret, const ReleasePass& pass) {
  return std::string(kVersion) + ":" + Expiry(pass) + ":" + pass.queue_id + ":" + pass.host + ":" +
         SealOf(secret, pass);
}

tl::expected<ReleasePass, PassError> UsePass(std::string_view secret, const PassedCopy& copy,
                                             base::WallTime now, store::Store& store,
                                             base::Deadline deadline) {
  auto pass = Read(secret, base::Trim(copy.pass), copy.recipient);
  if (!pass) return Fail(PassFault::kForeign, "it is no pass of ours for this recipient");
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(pass->expires - now);
  if (left <= left.zero() || left > kLongest) return Fail(PassFault::kSpent, "it has expired");
  const auto key = store::KeyMaker::Used("release-pass " + SealOf(secret, *pass));
  // A clock that is behind ours must not find it unused.
  const auto ours = store.shared().AcquireLease(key, Hex(copy.digest), left + kLongest, deadline);
  if (!ours) return Fail(PassFault::kUnknown, ours.error().message);
  if (!*ours) return Fail(PassFault::kSpent, "another message used it already");
  return *std::move(pass);
}

}  // namespace gatepost::quarantine
