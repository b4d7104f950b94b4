#include "tools/dmarc-report/sender_lease.h"

#include "common/store/keys.h"
#include "tools/dmarc-report/bounce.h"

namespace gatepost::dmarc_report {
namespace {

store::Key LeaseKey() { return store::KeyMaker::Lease("dmarc-report"); }

}  // namespace

base::Deadline StoreDeadline() { return std::chrono::steady_clock::now() + kStoreTime; }

SenderLease::SenderLease(store::Store& store, std::chrono::milliseconds time)
    : store_(store), owner_(MakeToken()), time_(time) {}

SenderLease::~SenderLease() {
  // It expires where this fails.
  static_cast<void>(store_.ReleaseLease(LeaseKey(), owner_, StoreDeadline()));
}

base::Result<bool> SenderLease::Hold() {
  return store_.AcquireLease(LeaseKey(), owner_, time_, StoreDeadline());
}

}  // namespace gatepost::dmarc_report
