#include "common/report/report_collector.h"

#include <string_view>

namespace gatepost::report {
namespace {

using base::Deadline;
using base::Result;

std::string OnDay(Day day, std::string_view name) {
  return std::to_string(day) + " " + std::string(name);
}

// The last two labels; the whole where there are no more.
std::string_view ParentOf(std::string_view domain) {
  const auto last = domain.rfind('.');
  if (last == domain.npos || last == 0) return domain;
  const auto dot = domain.rfind('.', last - 1);
  return dot == domain.npos ? domain : domain.substr(dot + 1);
}

std::size_t MostBelow(std::string_view parent) {
  const bool country = parent.size() - (parent.rfind('.') + 1) == 2;
  return country ? ReportCollector::kMaxBelowCountry : ReportCollector::kMaxBelowOneParent;
}

}  // namespace

Result<void> ReportCollector::Add(Day day, const AggregateRow& row,
                                  const std::vector<std::string>& addresses, Deadline deadline) {
  const auto domain = mail::Domain::Parse(row.policy.domain);
  if (!domain) return tl::unexpected(domain.error());
  const bool known = IsListed(OnDay(day, domain->ascii()));
  if (!known) {
    if (const auto listed = List(day, *domain, deadline); !listed) return listed;
  }
  const auto begins = reports_.Count(day, *domain, row, addresses, deadline);
  if (!begins) return tl::unexpected(begins.error());
  if (!known || !*begins) return {};
  // The server lost what it had, or the report was sent already: it is to be listed once more.
  return reports_.List(day, *domain, deadline).map([](bool) {});
}

Result<void> ReportCollector::List(Day day, const mail::Domain& domain, Deadline deadline) {
  const std::string_view parent = ParentOf(domain.ascii());
  const std::string parent_entry = OnDay(day, parent);
  if (!HasRoom(parent_entry, MostBelow(parent))) {
    return base::Fail(base::ErrorKind::kLimit,
                      "too many domains of one zone to report to on one day");
  }
  const auto is_new = reports_.List(day, domain, deadline);
  if (!is_new) return tl::unexpected(is_new.error());
  Remember(OnDay(day, domain.ascii()), parent_entry, *is_new);
  return {};
}

bool ReportCollector::IsListed(const std::string& entry) {
  const std::lock_guard lock(mutex_);
  return listed_.Find(entry) != nullptr;
}

bool ReportCollector::HasRoom(const std::string& parent, std::size_t most) {
  const std::lock_guard lock(mutex_);
  const std::size_t* const below = below_.Find(parent);
  return !below || *below < most;
}

void ReportCollector::Remember(const std::string& entry, const std::string& parent, bool is_new) {
  const std::lock_guard lock(mutex_);
  listed_.Put(entry, true);
  if (!is_new) return;
  if (std::size_t* const below = below_.Find(parent)) {
    ++*below;
  } else {
    below_.Put(parent, 1);
  }
}

}  // namespace gatepost::report
