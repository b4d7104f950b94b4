// The shipped scanner in a confined process of its own, asked about bytes. One thread at a time.
#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "common/base/unique_fd.h"
#include "milters/attachments/scanner_pool.h"
#include "tests/milters/attachments/archives/scan_samples.h"
#include "tests/support/temp_folder.h"

namespace gatepost::attachments::samples {

class ConfinedScanner {
 public:
  explicit ConfinedScanner(std::uint64_t memory_bytes = ScannerOptions().memory_bytes)
      : pool_(Options(folder_.path(), memory_bytes)) {}

  Scanned Ask(const std::string& bytes, const ScanRequest& request) {
    const base::UniqueFd fd(::memfd_create("part", MFD_CLOEXEC));
    EXPECT_EQ(::write(fd.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    Scanned scanned;
    const auto result = pool_.Scan(
        request, {bytes.size(), {}, fd.get()},
        [&](Item&& item) { scanned.items.push_back(std::move(item)); },
        std::chrono::steady_clock::now() + std::chrono::seconds(60));
    EXPECT_TRUE(result) << result.error().message;
    if (result) scanned.result = *result;
    return scanned;
  }
  ScannerPool::Counts counts() const { return pool_.counts(); }

 private:
  static ScannerOptions Options(const std::string& folder, std::uint64_t memory_bytes) {
    ScannerOptions options;
    options.program = GATEPOST_BIN_DIR "/gatepost-attachment-scanner";
    options.processes = 1;
    options.scratch_folder = folder;
    options.memory_bytes = memory_bytes;
    return options;
  }
  support::TempFolder folder_;
  ScannerPool pool_;
};

}  // namespace gatepost::attachments::samples
