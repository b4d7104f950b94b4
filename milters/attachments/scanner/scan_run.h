// One scan: what all that look into containers share. Made by scan.cc. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "milters/attachments/scanner/content.h"
#include "milters/attachments/scanner/scan.h"
#include "milters/attachments/scanner/scan_meter.h"

namespace gatepost::attachments {

// A file that is looked into.
struct Subject {
  std::string path;  // below the file that is scanned; "" for that itself
  std::vector<std::string> names;
  std::vector<std::string> declared_types;
  std::size_t depth = 0;  // containers around it
};

class ScanRun {
 public:
  // All that is referred to outlives it.
  ScanRun(const ScanRequest& request, std::uint64_t file_bytes, Scratch& scratch, ScanSink& sink)
      : request_(request), meter_(request.budget, file_bytes), scratch_(scratch), sink_(sink) {}
  ScanRun(const ScanRun&) = delete;
  ScanRun& operator=(const ScanRun&) = delete;

  // What the file is and does; tells all that lies within it. Goes no deeper than the budget says.
  ScanResult Inspect(const Content& content, const Subject& subject);

  ScanMeter& meter() { return meter_; }
  const ScanBudget& budget() const { return request_.budget; }
  bool sha256() const { return request_.sha256; }
  void Tell(const Item& item) { sink_.OnMember(item); }
  void BeforeRisk() { sink_.BeforeRisk(); }

  // An empty scratch file that nobody has; nullptr where there is none.
  ScratchFile* TakeScratch();
  void GiveBack(const ScratchFile* file);

 private:
  const ScanRequest& request_;
  ScanMeter meter_;
  Scratch& scratch_;
  ScanSink& sink_;
  std::vector<ScratchFile*> taken_;  // by number; nullptr: free
};

}  // namespace gatepost::attachments
