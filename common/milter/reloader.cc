#include "common/milter/reloader.h"

#include <exception>
#include <string>

#include "common/log/log.h"
#include "common/milter/systemd.h"

namespace gatepost::milter {
namespace {

// A configuration error arrives as an exception.
base::Result<void> TryReload(Service& service) {
  try {
    return service.Reload();
  } catch (const std::exception& error) {
    return base::Fail(base::ErrorKind::kInternal, error.what());
  } catch (...) {
    return base::Fail(base::ErrorKind::kInternal, "not a std::exception");
  }
}

}  // namespace

Reloader::Reloader(Service& service) : service_(service), thread_([this] { Loop(); }) {}

Reloader::~Reloader() {
  Stop({});
  thread_.join();
}

void Reloader::Request() {
  const std::lock_guard lock(mutex_);
  requested_ = true;
  changed_.notify_all();
}

bool Reloader::Stop(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
  return changed_.wait_for(lock, patience, [this] { return !running_; });
}

void Reloader::Loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return requested_ || stopped_; });
    if (stopped_) return;
    requested_ = false;
    running_ = true;
    lock.unlock();
    Reload();
    lock.lock();
    running_ = false;
    changed_.notify_all();
  }
}

void Reloader::Reload() {
  NotifyReloading();
  const auto result = TryReload(service_);
  if (result) {
    log::Info("configuration reloaded");
  } else {
    log::Error("reload failed, the old configuration stays").With("reason", result.error().message);
  }
  NotifyReady();
}

}  // namespace gatepost::milter
