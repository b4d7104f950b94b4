#include "milters/ratelimit/warmup_table.h"

#include <algorithm>
#include <set>
#include <utility>

#include "common/accounts/streams.h"
#include "common/base/strings.h"
#include "common/mail/domain.h"

namespace gatepost::ratelimit {
namespace {

constexpr const char* kRouteForm =
    "a route is: route SOURCE stream|sender-domain|user NAME, or route SOURCE *";
constexpr const char* kProviderForm = "a provider is: provider NAME domain|mx NAME ...";

}  // namespace

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
  auto source = warmup::Source::Parse(fields);
  if (!source) return source.error().message;
  if (Find(source->name) != nullptr) return "there is a source of this name";
  sources_.push_back(*std::move(source));
  return std::nullopt;
}

WarmUpTable::Problem WarmUpTable::AddRoute(std::span<const std::string_view> fields,
                                           const accounts::AccountNames& names) {
  const bool all = fields.size() == 3 && fields[2] == "*";
  if (!all && fields.size() != 4) return kRouteForm;
  const warmup::Source* const source = Find(fields[1]);
  if (source == nullptr) return "no row above this one is a source of this name";
  Route route{static_cast<std::size_t>(source - sources_.data()), Kind::kAll, ""};
  if (all) {
    routes_.push_back(std::move(route));
    return std::nullopt;
  }
  if (fields[2] == "stream") {
    route.kind = Kind::kStream;
    route.what = fields[3];
    if (!accounts::IsStreamName(route.what)) return warmup::kNameForm;
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
  if (!accounts::IsStreamName(fields[1])) return warmup::kNameForm;
  if (fields[1] == warmup::kOtherProvider) return "\"other\" is whatever no row names";
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
  std::set<std::string> names{std::string(warmup::kOtherProvider)};
  for (const auto& [domain, provider] : by_domain_) names.insert(provider);
  for (const MxPattern& pattern : by_mx_) names.insert(pattern.provider);
  return {names.begin(), names.end()};
}

const warmup::Source* WarmUpTable::Find(std::string_view name) const {
  const auto found = std::ranges::find(sources_, name, &warmup::Source::name);
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

std::optional<const warmup::Source*> WarmUpTable::FindSource(const Mail& mail) const {
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
