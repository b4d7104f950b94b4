#include "common/limits/overrides.h"

#include <charconv>
#include <mutex>
#include <utility>

#include "common/accounts/account.h"
#include "common/base/strings.h"
#include "common/log/log.h"
#include "common/store/admin_state.h"
#include "common/store/keys.h"

namespace gatepost::limits {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;
using store::FieldMap;

constexpr std::size_t kMaxValueBytes = 1'024;
constexpr std::size_t kMaxByBytes = 128;
constexpr std::size_t kMaxWhyBytes = 512;

Result<Override> Invalid() { return Fail(ErrorKind::kInvalid, "not an override of a limit"); }

std::string Cleaned(std::string_view text, std::size_t most) {
  std::string cleaned(text.substr(0, most));
  for (char& c : cleaned) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  }
  return cleaned;
}

std::string SecondsOf(base::WallTime time) {
  return std::to_string(
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

std::optional<base::WallTime> ParseSeconds(std::string_view text) {
  constexpr std::int64_t kLatest = 9'000'000'000;  // fits the clock's nanoseconds
  std::int64_t seconds = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, seconds);
  if (error != std::errc() || rest != end || seconds < 0 || seconds > kLatest) return std::nullopt;
  return base::WallTime(std::chrono::seconds(seconds));
}

// Takes "key=value" and the blank after it off the front; nothing where another key stands there.
std::optional<std::string_view> Take(std::string_view key, std::string_view& rest) {
  if (!rest.starts_with(key)) return std::nullopt;
  const std::string_view word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(std::min(word.size() + 1, rest.size()));
  return word.substr(key.size());
}

std::string FieldOf(std::string_view scope, std::string_view limit) {
  return std::string(scope).append(" ").append(limit);
}

struct Field {
  std::string_view scope;
  std::string_view limit;
};

// A limit's name has no blank, so the last one parts the field.
std::optional<Field> ParseField(std::string_view text) {
  const std::size_t blank = text.rfind(' ');
  if (blank == text.npos) return std::nullopt;
  const Field field{text.substr(0, blank), text.substr(blank + 1)};
  if (field.limit != kAllLimits && !IsLimitName(field.limit)) return std::nullopt;
  return field;
}

// Fields hold names in one spelling; no option changes that again.
std::shared_ptr<const accounts::AccountNames> PlainNames() {
  config::AccountOptions options;
  options.recipient_delimiters.clear();
  return accounts::AccountNames::Load(options);
}

}  // namespace

std::string Override::Format() const {
  std::string text = FormatAmount(amount, Counted::kMessages);
  if (until) text += " until=" + SecondsOf(*until);
  text += " since=" + SecondsOf(since);
  text += " by=" + EscapeName(Cleaned(by, kMaxByBytes));
  text += " why=" + Cleaned(why, kMaxWhyBytes);
  return text;
}

Result<Override> Override::Parse(std::string_view text) {
  if (text.size() > kMaxValueBytes) return Invalid();
  const auto parts = base::SplitOnce(text, ' ');
  if (!parts) return Invalid();
  const auto amount = ParseAmount(parts->first, Counted::kMessages);
  if (!amount) return Invalid();
  Override value;
  value.amount = *amount;
  std::string_view rest = parts->second;
  if (const auto until = Take("until=", rest)) {
    value.until = ParseSeconds(*until);
    if (!value.until) return Invalid();
  }
  const auto since = Take("since=", rest);
  const auto since_time = since ? ParseSeconds(*since) : std::nullopt;
  const auto by = Take("by=", rest);
  if (!since_time || !by || !rest.starts_with("why=")) return Invalid();
  value.since = *since_time;
  value.by = UnescapeName(*by);
  value.why = rest.substr(4);
  return value;
}

class Overrides::Impl {
 public:
  Impl(store::Store& store, Options options)
      : names_(PlainNames()), state_(store, StateOptions(std::move(options))) {}

  std::shared_ptr<const Exceptions> Current() const {
    const auto fields = state_.All();
    std::shared_ptr<const FieldMap> before;
    {
      const std::lock_guard lock(view_mutex_);
      if (fields == fields_) return exceptions_;
      before = fields_;
    }
    const std::unique_lock reading(reading_mutex_, std::try_to_lock);
    // A new map may say the same as the one before.
    auto fresh = reading && (before == nullptr || *before != *fields) ? Read(*fields) : nullptr;
    const std::lock_guard lock(view_mutex_);
    if (reading) fields_ = fields;
    if (fresh) exceptions_ = std::move(fresh);
    return exceptions_;
  }

  std::vector<Named> All() const {
    std::vector<Named> all;
    for (const auto& [name, text] : *state_.All()) {
      const auto field = ParseField(name);
      auto value = Override::Parse(text);
      if (!field || !value) continue;
      all.push_back({std::string(field->scope), std::string(field->limit), *std::move(value)});
    }
    return all;
  }

  store::AdminState& state() { return state_; }

 private:
  static store::AdminState::Options StateOptions(Options options) {
    return {.key = store::KeyMaker::Admin("limits"),
            .file = std::move(options.file),
            .refresh = options.refresh,
            .on_trouble = [](const std::string& what) {
              log::Warning("limit_overrides").With("reason", what);
            }};
  }

  std::shared_ptr<const Exceptions> Read(const FieldMap& fields) const {
    auto exceptions = std::make_shared<Exceptions>();
    for (const auto& [name, text] : fields) {
      const auto field = ParseField(name);
      const auto value = Override::Parse(text);
      if (!field || !value || !AddTo(*exceptions, *field, *value)) {
        log::Warning("limit_override_unreadable").With("name", base::Printable(name));
      }
    }
    return exceptions;
  }

  bool AddTo(Exceptions& exceptions, const Field& field, const Override& value) const {
    const auto scope = Scope::Parse(field.scope, *names_);
    if (scope) exceptions.Add(*scope, field.limit, value.amount, value.until);
    return scope.has_value();
  }

  std::shared_ptr<const accounts::AccountNames> names_;
  store::AdminState state_;
  mutable std::mutex reading_mutex_;
  mutable std::mutex view_mutex_;
  mutable std::shared_ptr<const FieldMap> fields_;  // those that exceptions_ was read from
  mutable std::shared_ptr<const Exceptions> exceptions_ = std::make_shared<Exceptions>();
};

Overrides::Overrides(store::Store& store, Options options)
    : impl_(std::make_unique<Impl>(store, std::move(options))) {}
Overrides::~Overrides() = default;

std::shared_ptr<const Exceptions> Overrides::Current() const { return impl_->Current(); }
std::vector<Overrides::Named> Overrides::All() const { return impl_->All(); }

std::optional<Override> Overrides::Find(const Scope& scope, std::string_view limit) const {
  const auto text = impl_->state().Find(FieldOf(scope.text, limit));
  auto value = text ? Override::Parse(*text) : Invalid();
  return value ? std::optional(*std::move(value)) : std::nullopt;
}

Result<void> Overrides::Set(const Scope& scope, std::string_view limit, const Override& value) {
  if (limit != kAllLimits && !IsLimitName(limit)) {
    return Fail(ErrorKind::kInvalid, "\"" + base::Printable(limit, 60) + "\" is no limit's name");
  }
  return impl_->state().Set(FieldOf(scope.text, limit), value.Format());
}

Result<void> Overrides::Reset(const Scope& scope, std::string_view limit) {
  return impl_->state().Lift(FieldOf(scope.text, limit));
}

std::size_t Overrides::ResetEnded(base::WallTime now) {
  std::size_t ended = 0;
  for (const Named& named : All()) {
    if (!named.value.until || *named.value.until > now) continue;
    if (impl_->state().Lift(FieldOf(named.scope, named.limit))) ++ended;
  }
  return ended;
}

Result<void> Overrides::Refresh() { return impl_->state().Refresh(); }

}  // namespace gatepost::limits
