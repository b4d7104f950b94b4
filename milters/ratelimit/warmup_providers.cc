#include "milters/ratelimit/warmup_providers.h"

#include <algorithm>
#include <chrono>

namespace gatepost::ratelimit {
namespace {

using namespace std::chrono_literals;

constexpr auto kLeastTime = std::chrono::seconds(5min);
constexpr auto kMostTime = std::chrono::seconds(24h);
constexpr auto kQueryTime = 30s;

std::vector<std::string> HostsOf(const dns::Answer& answer) {
  std::vector<dns::Record> records = answer.records;
  std::ranges::stable_sort(records, {}, &dns::Record::preference);
  std::vector<std::string> hosts;
  hosts.reserve(records.size());
  for (const dns::Record& record : records) hosts.push_back(record.text);
  return hosts;
}

}  // namespace

std::string WarmUpProviders::Find(const WarmUpTable& table, std::string_view domain) {
  if (const auto known = table.ProviderOfDomain(domain); !known.empty()) return std::string(known);
  std::string_view found;
  if (table.asks_mx() && resolver_ != nullptr) found = table.ProviderOfMx(MailServersOf(domain));
  return std::string(found.empty() ? warmup::kOtherProvider : found);
}

// What is out of date serves until DNS has answered.
std::vector<std::string> WarmUpProviders::MailServersOf(std::string_view domain) {
  const std::lock_guard lock(mutex_);
  const base::SteadyTime now = clock_.Steady();
  MailServers* servers = mail_servers_.Find(domain);
  if (servers == nullptr) servers = &mail_servers_.Put(std::string(domain), {});
  if (now >= servers->until) {
    servers->query = resolver_->Ask(domain, dns::RecordType::kMx);
    servers->until = now + kQueryTime;
  }
  if (servers->query && servers->query->Ready()) {
    const dns::AnswerPtr answer = servers->query->Peek();
    if (!dns::IsTransient(answer->status)) servers->hosts = HostsOf(*answer);
    servers->until = now + std::clamp(answer->ttl, kLeastTime, kMostTime);
    servers->query.reset();
  }
  return servers->hosts;
}

}  // namespace gatepost::ratelimit
