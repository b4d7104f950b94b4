#include "milters/ratelimit/warmup_table.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <utility>

#include "common/accounts/streams.h"
#include "common/base/strings.h"
#include "common/mail/domain.h"

namespace gatepost::ratelimit {
namespace {

constexpr std::int64_t kMostMessages = 1'000'000'000;
constexpr const char* kSourceForm =
    "a source is: source NAME address ADDRESS start YYYY-MM-DD curve FIRST xGROWTH END";
constexpr const char* kRouteForm =
    "a route is: route SOURCE stream|sender-domain|user NAME, or route SOURCE *";
constexpr const char* kProviderForm = "a provider is: provider NAME domain|mx NAME ...";
constexpr const char* kNameForm =
    "a name has up to 32 letters in lower case, digits, \"-\", \"_\" and \".\"";

std::optional<std::int64_t> ParseCount(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || count < 1 || count > kMostMessages) return std::nullopt;
  return count;
}

std::optional<std::chrono::sys_days> ParseDay(std::string_view text) {
  const auto parts = base::Split(text, '-');
  if (text.size() != 10 || parts.size() != 3 || parts[0].size() != 4) return std::nullopt;
  const auto year = ParseCount(parts[0]);
  const auto month = ParseCount(parts[1]);
  const auto day = ParseCount(parts[2]);
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

// "x1.5" in thousandths, from x1.001 to x10.
std::optional<std::int64_t> ParseGrowth(std::string_view text) {
  if (!text.starts_with('x')) return std::nullopt;
  const auto number = text.substr(1);
  const std::string_view whole = number.substr(0, number.find('.'));
  std::string digits(whole.size() < number.size() ? number.substr(whole.size() + 1) : "0");
  if (digits.empty() || digits.size() > 3 || whole.size() > 2 || whole.empty()) return std::nullopt;
  digits.resize(3, '0');
  const auto thousandths = ParseCount(std::string(whole) + digits);
  if (!thousandths || *thousandths <= 1'000 || *thousandths > 10'000) return std::nullopt;
  return thousandths;
}

}  // namespace

std::optional<std::int64_t> WarmUpSource::Allowance(base::WallTime now) const {
  const auto days =
      std::max<std::int64_t>(0, (std::chrono::floor<std::chrono::days>(now) - start).count());
  const double grown = static_cast<double>(first) *
                       std::pow(static_cast<double>(growth_thousandths) / 1'000,
                                static_cast<double>(std::min<std::int64_t>(days, 100'000)));
  if (grown >= static_cast<double>(end)) return std::nullopt;
  // A hair more, so that 50 x 1.2 is 60.
  return static_cast<std::int64_t>(grown * (1 + 1e-12));
}

std::shared_ptr<const WarmUpTable> WarmUpTable::Load(const std::string& path,
                                                     const accounts::AccountNames& names) {
  if (path.empty()) return std::make_shared<const WarmUpTable>();
  return Load(config::TableFile::Load(path), names);
}

std::shared_ptr<const WarmUpTable> WarmUpTable::Load(const config::TableFile& file,
                                                     const accounts::AccountNames& names) {
  auto table = std::make_shared<WarmUpTable>();
  file.ForEachRow([&](const config::TableRow& row) { return table->AddRow(row, names); });
  return table;
}

WarmUpTable::Problem WarmUpTable::AddRow(const config::TableRow& row,
                                         const accounts::AccountNames& names) {
  if (++rows_ > kMostRows) return "there are more than 1000 rows";
  const auto& fields = row.fields;
  if (fields[0] == "source") return AddSource(fields);
  if (fields[0] == "route") return AddRoute(fields, names);
  if (fields[0] == "provider") return AddProvider(fields);
  return "a row begins with source, route or provider";
}

WarmUpTable::Problem WarmUpTable::AddSource(std::span<const std::string_view> fields) {
  if (fields.size() != 10 || fields[2] != "address" || fields[4] != "start" ||
      fields[6] != "curve") {
    return kSourceForm;
  }
  if (!accounts::IsStreamName(fields[1])) return kNameForm;
  if (Find(fields[1]) != nullptr) return "there is a source of this name";
  const auto address = base::IpAddress::Parse(fields[3]);
  if (!address) return "\"" + base::Printable(fields[3], 60) + "\" is no address";
  const auto start = ParseDay(fields[5]);
  if (!start) return "the start is a day: 2026-11-01";
  const auto first = ParseCount(fields[7]);
  const auto growth = ParseGrowth(fields[8]);
  const auto end = ParseCount(fields[9]);
  if (!first || !end || *end <= *first) return "the curve grows from FIRST to END messages a day";
  if (!growth) return "the growth is from x1.001 to x10 a day";
  sources_.push_back({std::string(fields[1]), *address, *start, *first, *growth, *end});
  return std::nullopt;
}

WarmUpTable::Problem WarmUpTable::AddRoute(std::span<const std::string_view> fields,
                                           const accounts::AccountNames& names) {
  const bool all = fields.size() == 3 && fields[2] == "*";
  if (!all && fields.size() != 4) return kRouteForm;
  const WarmUpSource* const source = Find(fields[1]);
  if (source == nullptr) return "no row above this one is a source of this name";
  Route route{static_cast<std::size_t>(source - sources_.data()), Kind::kAll, ""};
  if (all) {
    routes_.push_back(std::move(route));
    return std::nullopt;
  }
  if (fields[2] == "stream") {
    route.kind = Kind::kStream;
    route.what = fields[3];
    if (!accounts::IsStreamName(route.what)) return kNameForm;
  } else if (fields[2] == "user") {
    route.kind = Kind::kUser;
    route.what = names.Canonicalize(fields[3]).name;
  } else if (fields[2] == "sender-domain") {
    const auto domain = mail::Domain::Parse(fields[3]);
    if (!domain) return domain.error().message;
    route.kind = Kind::kSenderDomain;
    route.what = domain->ascii();
  } else {
    return kRouteForm;
  }
  routes_.push_back(std::move(route));
  return std::nullopt;
}

WarmUpTable::Problem WarmUpTable::AddProvider(std::span<const std::string_view> fields) {
  if (fields.size() < 4 || (fields[2] != "domain" && fields[2] != "mx")) return kProviderForm;
  if (!accounts::IsStreamName(fields[1])) return kNameForm;
  if (fields[1] == kOtherProvider) return "\"other\" is whatever no row names";
  for (const std::string_view written : fields.subspan(3)) {
    if (fields[2] == "mx") {
      if (auto problem = AddPattern(fields[1], written)) return problem;
      continue;
    }
    const auto domain = mail::Domain::Parse(written);
    if (!domain) return domain.error().message;
    if (!by_domain_.emplace(domain->ascii(), fields[1]).second) {
      return domain->ascii() + " has a provider already";
    }
  }
  return std::nullopt;
}

WarmUpTable::Problem WarmUpTable::AddPattern(std::string_view provider, std::string_view written) {
  const bool below = written.starts_with("*.");
  const auto host = mail::Domain::Parse(below ? written.substr(2) : written);
  if (!host) return host.error().message;
  by_mx_.push_back({std::string(provider), host->ascii(), below});
  return std::nullopt;
}

std::vector<std::string> WarmUpTable::providers() const {
  std::set<std::string> names{std::string(kOtherProvider)};
  for (const auto& [domain, provider] : by_domain_) names.insert(provider);
  for (const MxPattern& pattern : by_mx_) names.insert(pattern.provider);
  return {names.begin(), names.end()};
}

const WarmUpSource* WarmUpTable::Find(std::string_view name) const {
  const auto found = std::ranges::find(sources_, name, &WarmUpSource::name);
  return found == sources_.end() ? nullptr : &*found;
}

bool WarmUpTable::Matches(const Route& route, const Mail& mail) {
  switch (route.kind) {
    case Kind::kAll:
      return true;
    case Kind::kStream:
      return mail.stream == route.what;
    case Kind::kSenderDomain:
      return mail.sender_domain == route.what;
    case Kind::kUser:
      return mail.account == route.what;
  }
  return false;
}

std::optional<const WarmUpSource*> WarmUpTable::FindSource(const Mail& mail) const {
  for (const Route& route : routes_) {
    if (route.kind == Kind::kStream && !mail.stream) return std::nullopt;
    if (Matches(route, mail)) return &sources_[route.source];
  }
  return nullptr;
}

std::string_view WarmUpTable::ProviderOfDomain(std::string_view domain) const {
  const auto found = by_domain_.find(domain);
  return found == by_domain_.end() ? std::string_view() : found->second;
}

std::string_view WarmUpTable::ProviderOfMx(std::span<const std::string> hosts) const {
  for (const std::string& host : hosts) {
    for (const MxPattern& pattern : by_mx_) {
      const bool below =
          pattern.below && host.size() > pattern.host.size() && host.ends_with("." + pattern.host);
      if (below || (!pattern.below && host == pattern.host)) return pattern.provider;
    }
  }
  return {};
}

}  // namespace gatepost::ratelimit
