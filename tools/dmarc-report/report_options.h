// Every option of gatepost-dmarc-report, with its default. Declare() turns them into
// dmarc-report.toml, its errors and its documentation. Filled at start by one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/option_table.h"

namespace gatepost::dmarc_report {

struct ReporterOptions {
  std::string organization;
  std::string contact;  // a mail address
  std::string extra_contact;
  std::string domain;  // after Complete never "": that of `from` where it is not configured
};

struct MailOptions {
  std::string from;
  std::string bounce_address;  // "": the null sender
  std::string server = "127.0.0.1:25";
  bool allow_remote = false;
  std::chrono::milliseconds timeout = std::chrono::seconds(30);
  std::int64_t max_report_bytes = 5 * 1024 * 1024;
  std::int64_t max_addresses = 4;
};

struct ScheduleOptions {
  std::chrono::milliseconds delay = std::chrono::hours(1);
  std::chrono::milliseconds spread = std::chrono::hours(6);
  std::chrono::milliseconds give_up = std::chrono::hours(72);
  std::chrono::milliseconds lease = std::chrono::minutes(5);
  std::int64_t max_per_run = 500;
};

struct ExcludeOptions {
  std::vector<std::string> domains;
  std::vector<std::string> addresses;  // whole ones, or "@domain"
};

struct ReportOptions {
  bool enabled = false;
  bool failures = true;
  ReporterOptions reporter;
  MailOptions mail;
  ScheduleOptions schedule;
  ExcludeOptions exclude;
  std::chrono::milliseconds refusal_time = std::chrono::hours(24 * 90);
  std::chrono::milliseconds dns_timeout = std::chrono::seconds(20);
};

void Declare(config::OptionTable& table, ReportOptions& options);

// Fills in what follows from other options. ConfigError for options that do not fit together, when
// the program is enabled.
void Complete(ReportOptions& options);

}  // namespace gatepost::dmarc_report
