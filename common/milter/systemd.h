// What the service manager is told (sd_notify(3)); nothing where no manager listens. Any thread.
#pragma once

#include <chrono>
#include <string_view>

namespace gatepost::milter {

void NotifyReady();
void NotifyReloading();
void NotifyStopping();
void NotifyStatus(std::string_view status);  // one line, for `systemctl status`
void NotifyAlive();

// WatchdogSec=, or zero where the manager does not ask for signs of life.
std::chrono::microseconds WatchdogInterval();

}  // namespace gatepost::milter
