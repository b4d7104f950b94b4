#include "tools/dmarc-report/report_file.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "tools/dmarc-report/gzip.h"

namespace gatepost::dmarc_report {
namespace {

using report::CountedRow;

std::uint64_t CountMessages(std::span<const CountedRow> rows) {
  return std::accumulate(rows.begin(), rows.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const CountedRow& row) { return sum + row.count; });
}

std::string DescribeLeftOut(std::uint64_t messages) {
  if (messages == 0) return "";
  return "This report would be too large: " + std::to_string(messages) +
         " messages are left out, those of the rows with the lowest counts.";
}

struct Rows {
  std::span<const CountedRow> kept;
  std::uint64_t left_out = 0;
};

base::Result<ReportFile> Make(ReportHead& head, const report::PolicyPublished& policy,
                              const Rows& rows) {
  head.error = DescribeLeftOut(rows.left_out);
  ReportFile file;
  file.xml = FormatXml(head, policy, rows.kept);
  auto gzip = Gzip(file.xml);
  if (!gzip) return tl::unexpected(gzip.error());
  file.gzip = *std::move(gzip);
  file.rows = rows.kept.size();
  file.messages = CountMessages(rows.kept);
  file.left_out = rows.left_out;
  return file;
}

// Fewer rows than `count`, in proportion to how far the size is off.
std::size_t Fewer(std::size_t count, std::size_t size, std::size_t max_bytes) {
  const double share = 0.9 * static_cast<double>(max_bytes) / static_cast<double>(size);
  return static_cast<std::size_t>(static_cast<double>(count) * std::min(share, 0.9));
}

}  // namespace

base::Result<ReportFile> MakeReportFile(ReportHead head, report::DomainRows rows,
                                        std::size_t max_bytes) {
  const auto policy = MostSeenPolicy(rows.rows);
  const std::vector<CountedRow> grouped = Group(std::move(rows.rows));
  const std::uint64_t all = CountMessages(grouped) + rows.left_out;
  std::size_t count = grouped.size();
  while (count > 0) {
    const auto kept = std::span(grouped).first(count);
    auto file = Make(head, policy, {kept, all - CountMessages(kept)});
    if (!file || file->gzip.size() <= max_bytes) return file;
    count = Fewer(count, file->gzip.size(), max_bytes);
  }
  return base::Fail(base::ErrorKind::kLimit, "no row of the report fits");
}

}  // namespace gatepost::dmarc_report
