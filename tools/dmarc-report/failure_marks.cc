#include "tools/dmarc-report/failure_marks.h"

#include <charconv>
#include <iterator>
#include <limits>
#include <utility>

#include "common/store/keys.h"
#include "tools/dmarc-report/report_identity.h"

namespace gatepost::dmarc_report {
namespace {

using base::Result;

store::Key MarksKey() { return store::KeyMaker::Admin("dmarc-report-failures"); }

// 0, which is long over, for what IdOf did not write.
FailureMarks::Slot SlotOf(const std::string& id) {
  FailureMarks::Slot slot = 0;
  std::from_chars(id.data(), id.data() + id.size(), slot);
  return slot;
}

}  // namespace

std::string FailureMarks::IdOf(Slot slot, const report::FailureReport& report) {
  // No address holds a blank.
  return std::to_string(slot) + "-" + HexDigest(report.to + " " + report.message);
}

Result<void> FailureMarks::Load(base::Deadline deadline) {
  const auto fields = store_.GetFields(MarksKey(), deadline);
  if (!fields) return tl::unexpected(fields.error());
  marks_.clear();
  for (const auto& [id, text] : *fields) marks_[id] = DecodeMark(text).value_or(ReportMark());
  return {};
}

ReportMark FailureMarks::Get(const std::string& id) const {
  const auto found = marks_.find(id);
  return found == marks_.end() ? ReportMark() : found->second;
}

Result<void> FailureMarks::Write(const std::string& id, const ReportMark& mark,
                                 base::Deadline deadline) {
  marks_[id] = mark;
  return store_.SetField(MarksKey(), id, Encode(mark), deadline);
}

Result<void> FailureMarks::ForgetSlot(Slot slot, base::Deadline deadline) {
  return Erase(slot, slot + 1, deadline).map([](const auto&) {});
}

Result<std::vector<ReportMark>> FailureMarks::Prune(Slot oldest, base::Deadline deadline) {
  return Erase(std::numeric_limits<Slot>::min(), oldest, deadline);
}

// Of the slots from `first` on, before `end`. Those that are not finished.
Result<std::vector<ReportMark>> FailureMarks::Erase(Slot first, Slot end, base::Deadline deadline) {
  std::vector<ReportMark> unfinished;
  for (auto mark = marks_.begin(); mark != marks_.end();) {
    const auto next = std::next(mark);
    const Slot slot = SlotOf(mark->first);
    if (slot >= first && slot < end) {
      const auto erased = store_.EraseField(MarksKey(), mark->first, deadline);
      if (!erased) return tl::unexpected(erased.error());
      if (!mark->second.finished) unfinished.push_back(std::move(mark->second));
      marks_.erase(mark);
    }
    mark = next;
  }
  return unfinished;
}

}  // namespace gatepost::dmarc_report
