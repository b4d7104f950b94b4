// How far each queued failure report got, in the store, until its slot is forgotten: a slot that
// waits for one address repeats nothing to the others. Only the holder of the sender's lease
// writes; one thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/report/failure_queue.h"
#include "common/store/store.h"
#include "tools/dmarc-report/report_marks.h"

namespace gatepost::dmarc_report {

class FailureMarks {
 public:
  using Slot = report::FailureQueue::Slot;

  explicit FailureMarks(store::Store& store) : store_(store) {}

  // The same in every run; two entries that are alike share one.
  static std::string IdOf(Slot slot, const report::FailureReport& report);

  // Before all others. A mark that cannot be read is left out: its report goes again.
  base::Result<void> Load(base::Deadline deadline);
  // An empty mark where there is none.
  ReportMark Get(const std::string& id) const;
  base::Result<void> Write(const std::string& id, const ReportMark& mark, base::Deadline deadline);
  base::Result<void> ForgetSlot(Slot slot, base::Deadline deadline);
  // Forgets all slots before `oldest`. Those marks of them that are not finished.
  base::Result<std::vector<ReportMark>> Prune(Slot oldest, base::Deadline deadline);

 private:
  base::Result<std::vector<ReportMark>> Erase(Slot first, Slot end, base::Deadline deadline);

  store::Store& store_;
  std::map<std::string, ReportMark> marks_;
};

}  // namespace gatepost::dmarc_report
