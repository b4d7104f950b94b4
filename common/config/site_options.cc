#include "common/config/site_options.h"

#include <unistd.h>

#include <array>
#include <optional>
#include <string_view>

#include "common/config/network_names.h"

namespace gatepost::config {
namespace {

using namespace std::chrono_literals;
using Wrong = std::optional<std::string>;

constexpr std::uint16_t kDnsPort = 53;

Wrong CheckHostName(std::string_view text) {
  if (text.empty() || IsHostName(text)) return std::nullopt;
  return "must be a host name of letters, digits, hyphens and dots";
}

Wrong CheckAuthservId(std::string_view text) {
  if (text.empty() || IsToken(text)) return std::nullopt;
  return "must be one token, such as a host name (RFC 8601 section 2.2)";
}

Wrong CheckStoreUrl(std::string_view text) {
  const auto url = ParseStoreUrl(text);
  return url ? std::nullopt : Wrong(url.error().message);
}

Wrong CheckDnsServer(std::string_view text) {
  const auto server = ParseServerAddress(text, kDnsPort);
  return server ? std::nullopt : Wrong(server.error().message);
}

void DeclareIdentity(OptionTable& table, IdentityOptions& options) {
  table.Section("identity", "Who this host is to the world.");
  table.Text("hostname", options.hostname,
             "This host's name in what the programs write. If empty, the name that the system has.",
             CheckHostName);
  table.Text("authserv_id", options.authserv_id,
             "The name under which Authentication-Results are written and trusted. All hosts of a "
             "site may share one. If empty, the hostname.",
             CheckAuthservId);
}

void DeclareStore(OptionTable& table, StoreOptions& options) {
  table.Section("store", "Where programs and hosts keep the state that they share.");
  table.Text(
      "url", options.url,
      "\"unix:/path\" or \"redis://host:port/database\" names a Redis server; "
      "\"redis+sentinel://host:port,host:port/name/database\" names sentinels to ask for the "
      "primary that they know by this name; \"redis+cluster://host:port,host:port\" names some "
      "nodes of a Redis Cluster; with \"rediss\" instead of \"redis\" all goes over TLS. "
      "\"memory:\" keeps the state in each program, where no other one sees it and a restart "
      "ends it.",
      CheckStoreUrl);
  table.Text(
      "username", options.username,
      "The name to log in with; if empty, Redis's default. This is all that it needs in "
      "Redis's access list: \"~gp:* +ping +select +role +get +mget +set +del +unlink "
      "+exists +pexpire +pttl +incrby +time +hset +hsetnx +hget +hgetall +hdel "
      "+hexists +hkeys +hlen +hincrby +sadd +sismember +scard +spop +xadd +xrevrange +rpush "
      "+ltrim +lrange +scan +eval +evalsha\", on a cluster \"+cluster|slots +asking\", too.");
  table.Path("password_file", options.password_file,
             "A file that holds the password in its first line. If empty, none is sent. Sentinels "
             "get the same name and password; those that want none do not mind.");
  table.Path("tls_ca_file", options.tls_ca_file,
             "The authorities that may vouch for a \"rediss\" server, in PEM. Its certificate must "
             "be for the host of the URL, or the address that the sentinels tell. If empty, those "
             "that the system trusts.");
  table.Path("tls_certificate_file", options.tls_certificate_file,
             "The certificate to show to a \"rediss\" server, with its chain, in PEM. If empty, "
             "none.");
  table.Path("tls_key_file", options.tls_key_file,
             "The certificate's private key, in PEM without a passphrase.");
  table.Duration("deadline", options.deadline, 1ms, 10s,
                 "How long a message may wait for the store, all its questions together. After "
                 "that it is judged with what this program knows by itself, so a store in trouble "
                 "delays no message by more than about this.");
  table.Path("state_directory", options.state_directory,
             "Where each program keeps its copy of the administrative state, so that a restart "
             "without Redis forgets no suspension.");
}

void DeclareDns(OptionTable& table, DnsOptions& options) {
  table.Section("dns", "How names are looked up.");
  table.TextList("servers", options.servers,
                 "The recursive servers to ask, each an address, \"address:port\" or "
                 "\"[v6-address]:port\". If empty, those of /etc/resolv.conf.",
                 CheckDnsServer);
  table.Duration("timeout", options.timeout, 100ms, 30s,
                 "How long one question may take, all attempts together.");
  table.Integer("attempts", options.attempts, 1, 10,
                "How often a question is sent before it is given up.");
  table.Integer("cache_entries", options.cache_entries, 0, 10'000'000,
                "How many answers are kept; those used longest ago leave first.");
  table.Integer("max_outstanding", options.max_outstanding, 1, 100'000,
                "How many questions may wait for an answer at once; one more is answered as a "
                "temporary error without being sent.");
}

void DeclareAccounts(OptionTable& table, AccountOptions& options) {
  table.Section("accounts", "How a login becomes the account that is counted and suspended.");
  table.Text("default_domain", options.default_domain,
             "The domain of logins that have none. If empty, they stay without.", CheckHostName);
  table.Text("recipient_delimiters", options.recipient_delimiters,
             "Characters that begin a tag: with \"+\", bob+lists@example.org is "
             "bob@example.org. If empty, there are no tags.");
  table.Path("aliases", options.aliases,
             "A table of other logins, one a line: the login and the account that owns it.");
  table.Path("domain_aliases", options.domain_aliases,
             "A table of other domains, one a line: the domain and the one that it stands for.");
  table.Path(
      "contacts", options.contacts,
      "A table of second addresses, one a line: the account and an address elsewhere that its "
      "owner reads and a thief of its password does not. What is told there is told in full.");
  table.Path("streams", options.streams,
             "A table that tells kinds of mail apart (transactional, bulk ...), each with limits, "
             "warm-up, reputation and DKIM key of its own. One rule a line, the first that matches "
             "wins: \"transactional user app@example.org\", \"bulk domain news.example.org\" (the "
             "envelope sender's or the account's), \"bulk header List-Id\" (the field is there), "
             "\"bulk header Precedence bulk\" (with this value).");
}

void DeclareQuarantine(OptionTable& table, QuarantineOptions& options) {
  table.Section("quarantine", "Mail that is held until somebody releases it.");
  table.Path(
      "secret_file", options.secret_file,
      "A file with a secret of at least 16 bytes in its first line, the same on all hosts, "
      "readable by root and the group of the programs alone. With it release codes and the "
      "copies of released mail are signed. If empty, there are no codes, and mail to several "
      "recipients is released to all of them only.");
  table.Duration("code_life", options.code_life, 1h, 24h * 60,
                 "How long a recipient's release code is valid, from when the message was held.");
  table.Path("privileged_socket", options.privileged_socket,
             "Where gatepost-privileged of this host listens: it releases and deletes.");
}

void DeclareLog(OptionTable& table, LogOptions& options) {
  table.Section("log", "What the programs write about their work.");
  table.Choice("target", options.target,
               {{"syslog", log::Target::kSyslog}, {"stderr", log::Target::kStderr}},
               "Syslog's mail facility, or standard error, which under systemd is the journal.");
  table.Choice("level", options.level,
               {{"debug", log::Level::kDebug},
                {"info", log::Level::kInfo},
                {"warning", log::Level::kWarning},
                {"error", log::Level::kError}},
               "The least important lines that are written; info has one line a message.");
}

std::string SystemHostName() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "";
  return name.data();
}

}  // namespace

void Declare(OptionTable& table, SiteOptions& options) {
  DeclareIdentity(table, options.identity);
  DeclareStore(table, options.store);
  DeclareDns(table, options.dns);
  DeclareAccounts(table, options.accounts);
  DeclareQuarantine(table, options.quarantine);
  DeclareLog(table, options.log);
}

void FillIn(SiteOptions& options) {
  IdentityOptions& identity = options.identity;
  if (identity.hostname.empty()) identity.hostname = SystemHostName();
  if (identity.authserv_id.empty()) identity.authserv_id = identity.hostname;
  if (!IsToken(identity.authserv_id)) {
    throw ConfigError("this host has no usable name; set \"hostname\" in [identity] of " +
                      std::string(kSiteFileName));
  }
}

}  // namespace gatepost::config
