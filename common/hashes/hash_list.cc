#include "common/hashes/hash_list.h"

#include <charconv>
#include <optional>

#include "common/base/strings.h"
#include "common/log/log.h"
#include "common/store/admin_state.h"
#include "common/store/keys.h"

namespace gatepost::hashes {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;

constexpr std::size_t kMostValueBytes = 1'024;
constexpr std::size_t kMostByBytes = 128;
constexpr std::size_t kMostWhyBytes = 512;
constexpr std::int64_t kLatest = 9'000'000'000;  // Unix time that fits the clock's nanoseconds

std::string Cleaned(std::string_view text, std::size_t most) {
  std::string cleaned(text.substr(0, most));
  for (char& c : cleaned) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  }
  return cleaned;
}

std::optional<base::WallTime> ParseSeconds(std::string_view text) {
  std::int64_t seconds = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, seconds);
  if (error != std::errc() || rest != end || seconds < 0 || seconds > kLatest) return std::nullopt;
  return base::WallTime(std::chrono::seconds(seconds));
}

store::AdminState::Options StateOptions(HashList::Options options) {
  return {.key = store::KeyMaker::Admin("attachment-hashes"),
          .file = std::move(options.file),
          .refresh = options.refresh,
          .on_trouble = [](const std::string& what) {
            log::Warning("hash_list").With("reason", what);
          }};
}

}  // namespace

Result<std::string> ParseSha256(std::string_view text) {
  const std::string lower = base::ToLower(text);
  if (lower.size() == 64 && lower.find_first_not_of("0123456789abcdef") == lower.npos) return lower;
  return Fail(ErrorKind::kInvalid,
              "\"" + base::Printable(text, 80) + "\" is no SHA-256: 64 hexadecimal digits");
}

// "1700000000 root why it is there": the name has no blank.
std::string ListedHash::Format() const {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since.time_since_epoch());
  std::string name = Cleaned(by, kMostByBytes);
  for (char& c : name) {
    if (c == ' ') c = '_';
  }
  return std::to_string(seconds.count()) + " " + (name.empty() ? "-" : name) + " " +
         Cleaned(why, kMostWhyBytes);
}

Result<ListedHash> ListedHash::Parse(std::string_view text) {
  const auto first = base::SplitOnce(text, ' ');
  const auto second = first ? base::SplitOnce(first->second, ' ') : std::nullopt;
  const auto since = first ? ParseSeconds(first->first) : std::nullopt;
  if (text.size() <= kMostValueBytes && second && since) {
    ListedHash entry{*since, std::string(second->first), std::string(second->second)};
    if (entry.Format() == text) return entry;
  }
  return Fail(ErrorKind::kInvalid, "not an entry of the list of hashes");
}

class HashList::Impl {
 public:
  Impl(store::Store& store, Options options) : state(store, StateOptions(std::move(options))) {}

  store::AdminState state;
};

HashList::HashList(store::Store& store, Options options)
    : impl_(std::make_unique<Impl>(store, std::move(options))) {}
HashList::~HashList() = default;

bool HashList::Has(std::string_view sha256) const { return impl_->state.Find(sha256).has_value(); }

bool HashList::empty() const { return impl_->state.All()->empty(); }

std::vector<std::pair<std::string, ListedHash>> HashList::All() const {
  std::vector<std::pair<std::string, ListedHash>> all;
  for (const auto& [sha256, text] : *impl_->state.All()) {
    all.emplace_back(sha256, ListedHash::Parse(text).value_or(
                                 ListedHash{{}, "unknown", "the entry cannot be read"}));
  }
  return all;
}

Result<void> HashList::Add(const std::string& sha256, const ListedHash& entry) {
  const auto parsed = ParseSha256(sha256);
  if (!parsed) return tl::unexpected(parsed.error());
  return impl_->state.Set(*parsed, entry.Format());
}

Result<void> HashList::Remove(const std::string& sha256) { return impl_->state.Lift(sha256); }

Result<void> HashList::Refresh() { return impl_->state.Refresh(); }

}  // namespace gatepost::hashes
