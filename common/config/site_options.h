// /etc/gatepost/gatepost.toml: what all programs of a site share. Read at start and reload by
// command_line.h; main hands each part to the layer that it is for.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "common/config/option_table.h"
#include "common/log/log.h"

namespace gatepost::config {

inline constexpr const char* kSiteFileName = "gatepost.toml";

struct IdentityOptions {
  std::string hostname;     // after FillIn never ""
  std::string authserv_id;  // after FillIn never ""; a token (RFC 8601 section 2.2)

  friend bool operator==(const IdentityOptions&, const IdentityOptions&) = default;
};

struct StoreOptions {
  std::string url = "memory:";  // in a form that ParseStoreUrl takes
  std::string username;
  std::string password_file;         // "": none
  std::string tls_ca_file;           // "": the system's
  std::string tls_certificate_file;  // "": none, as tls_key_file then is
  std::string tls_key_file;
  std::chrono::milliseconds deadline{40};
  std::string state_directory = "/var/lib/gatepost";

  friend bool operator==(const StoreOptions&, const StoreOptions&) = default;
};

struct DnsOptions {
  std::vector<std::string> servers;  // each in a form that ParseServerAddress takes
  std::chrono::milliseconds timeout{5000};
  std::int64_t attempts = 2;
  std::int64_t cache_entries = 100'000;
  std::int64_t max_outstanding = 4096;

  friend bool operator==(const DnsOptions&, const DnsOptions&) = default;
};

struct LogOptions {
  log::Target target = log::Target::kSyslog;
  log::Level level = log::Level::kInfo;

  friend bool operator==(const LogOptions&, const LogOptions&) = default;
};

// How a login becomes the account that limits count and suspensions name (accounts/account.h).
struct AccountOptions {
  std::string default_domain;              // of a login without one; "": it stays without
  std::string recipient_delimiters = "+";  // "bob+lists" is bob; "": none
  std::string aliases;                     // path of a table: login, owning account
  std::string domain_aliases;              // path of a table: domain, the one that it stands for
  std::string contacts;  // path of a table: account, its owner's address elsewhere
  std::string streams;   // path of a table (accounts/streams.h)

  friend bool operator==(const AccountOptions&, const AccountOptions&) = default;
};

// Mail that is held for what it holds, until somebody releases it.
struct QuarantineOptions {
  std::string secret_file;  // "": no codes, and no release to one of several recipients
  std::chrono::milliseconds code_life = std::chrono::hours(24 * 7);
  std::string privileged_socket = "/run/gatepost/privileged.sock";

  friend bool operator==(const QuarantineOptions&, const QuarantineOptions&) = default;
};

struct SiteOptions {
  IdentityOptions identity;
  StoreOptions store;
  DnsOptions dns;
  AccountOptions accounts;
  QuarantineOptions quarantine;
  LogOptions log;

  friend bool operator==(const SiteOptions&, const SiteOptions&) = default;
};

// `options` must outlive the table.
void Declare(OptionTable& table, SiteOptions& options);

// Puts this host's name where none is configured, and it where no authserv-id is. ConfigError when
// the host has no usable name.
void FillIn(SiteOptions& options);

}  // namespace gatepost::config
