#include "common/warmup/source.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "common/accounts/streams.h"
#include "common/base/strings.h"

namespace gatepost::warmup {
namespace {

using base::ErrorKind;
using base::Fail;
using std::chrono::days;
using std::chrono::sys_days;

constexpr std::int64_t kMostMessages = 1'000'000'000;
// The slowest curve to the largest end takes 20,733.
constexpr std::int64_t kMostDays = 100'000;
// The clock's own time ends in 2262.
constexpr std::chrono::year kFirstYear{2000};
constexpr std::chrono::year kLastYear{2199};
constexpr const char* kForm =
    "a source is: source NAME address ADDRESS start YYYY-MM-DD curve FIRST xGROWTH END";

std::optional<std::int64_t> ParseCount(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || count < 1 || count > kMostMessages) return std::nullopt;
  return count;
}

std::optional<sys_days> ParseDay(std::string_view text) {
  const auto parts = base::Split(text, '-');
  if (text.size() != 10 || parts.size() != 3 || parts[0].size() != 4) return std::nullopt;
  const auto year = ParseCount(parts[0]);
  const auto month = ParseCount(parts[1]);
  const auto day = ParseCount(parts[2]);
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || date.year() < kFirstYear || date.year() > kLastYear) return std::nullopt;
  return sys_days(date);
}

std::string FormatDay(sys_days day) {
  const std::chrono::year_month_day date(day);
  std::array<char, 32> text{};
  const int size =
      std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return {text.data(), static_cast<std::size_t>(size)};
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

std::string FormatGrowth(std::int64_t thousandths) {
  std::string digits = std::to_string(1'000 + thousandths % 1'000).substr(1);
  while (digits.size() > 1 && digits.ends_with('0')) digits.pop_back();
  const std::string whole = "x" + std::to_string(thousandths / 1'000);
  return digits == "0" ? whole : whole + "." + digits;
}

// `day` from 0 on.
std::optional<std::int64_t> AllowanceOn(const Source& source, std::int64_t day) {
  const double grown = static_cast<double>(source.first) *
                       std::pow(static_cast<double>(source.growth_thousandths) / 1'000,
                                static_cast<double>(std::clamp<std::int64_t>(day, 0, kMostDays)));
  if (grown >= static_cast<double>(source.end)) return std::nullopt;
  // A hair more, so that 50 x 1.2 is 60.
  return static_cast<std::int64_t>(grown * (1 + 1e-12));
}

}  // namespace

base::Result<Source> Source::Parse(std::span<const std::string_view> fields) {
  if (fields.size() != 10 || fields[0] != "source" || fields[2] != "address" ||
      fields[4] != "start" || fields[6] != "curve") {
    return Fail(ErrorKind::kInvalid, kForm);
  }
  if (!accounts::IsStreamName(fields[1])) return Fail(ErrorKind::kInvalid, kNameForm);
  const auto address = base::IpAddress::Parse(fields[3]);
  if (!address) {
    return Fail(ErrorKind::kInvalid, "\"" + base::Printable(fields[3], 60) + "\" is no address");
  }
  const auto start = ParseDay(fields[5]);
  if (!start) return Fail(ErrorKind::kInvalid, "the start is a day: 2026-11-01");
  const auto first = ParseCount(fields[7]);
  const auto growth = ParseGrowth(fields[8]);
  const auto end = ParseCount(fields[9]);
  if (!first || !end || *end <= *first) {
    return Fail(ErrorKind::kInvalid, "the curve grows from FIRST to END messages a day");
  }
  if (!growth) return Fail(ErrorKind::kInvalid, "the growth is from x1.001 to x10 a day");
  return Source{std::string(fields[1]), *address, *start, *first, *growth, *end};
}

std::string Source::Format() const {
  return "source " + name + " address " + address.Format() + " start " + FormatDay(start) +
         " curve " + std::to_string(first) + " " + FormatGrowth(growth_thousandths) + " " +
         std::to_string(end);
}

std::int64_t Source::Day(base::WallTime now) const {
  return (std::chrono::floor<days>(now) - start).count() + 1;
}

std::optional<std::int64_t> Source::Allowance(base::WallTime now) const {
  return AllowanceOn(*this, Day(now) - 1);
}

std::int64_t Source::Days() const {
  std::int64_t over = kMostDays;  // it is over on this day
  std::int64_t runs = 0;          // and not yet on this one
  while (over - runs > 1) {
    const std::int64_t middle = runs + (over - runs) / 2;
    (AllowanceOn(*this, middle) ? runs : over) = middle;
  }
  return over;
}

std::optional<Source::Step> Source::NextStep(base::WallTime now) const {
  const auto today = Allowance(now);
  if (!today) return std::nullopt;
  std::int64_t day = std::max<std::int64_t>(Day(now), 1);  // counted from 0: tomorrow
  while (AllowanceOn(*this, day) == today) ++day;
  return Step{start + days(day), AllowanceOn(*this, day)};
}

}  // namespace gatepost::warmup
