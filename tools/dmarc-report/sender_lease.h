// The right to send, held by one process among all hosts that share a store. One thread.
#pragma once

#include <chrono>
#include <string>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/store/store.h"

namespace gatepost::dmarc_report {

// How long one call to the store may take: this program has time, a large report many rows.
inline constexpr std::chrono::seconds kStoreTime{10};
base::Deadline StoreDeadline();

class SenderLease {
 public:
  SenderLease(store::Store& store, std::chrono::milliseconds time);
  SenderLease(const SenderLease&) = delete;
  SenderLease& operator=(const SenderLease&) = delete;
  ~SenderLease();  // gives it back

  // Takes it, or makes it last anew. False where another process holds it.
  base::Result<bool> Hold();

 private:
  store::Store& store_;
  const std::string owner_;
  const std::chrono::milliseconds time_;
};

}  // namespace gatepost::dmarc_report
