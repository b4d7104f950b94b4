#include "common/auth/spf_libspf2.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/types.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>
#include <string>

extern "C" {
#include <spf2/spf.h>
}

namespace gatepost::auth {
namespace {

// 511 bytes of compiled record, and an ip6 takes 20 of them.
constexpr std::size_t kMostNetworks = 24;
constexpr char kTarget[] = "t.invalid";

struct ResponseFree {
  void operator()(SPF_response_t* response) const { SPF_response_free(response); }
};
struct RecordFree {
  void operator()(SPF_record_t* record) const { SPF_record_free(record); }
};
struct RrFree {
  void operator()(SPF_dns_rr_t* rr) const { SPF_dns_rr_free(rr); }
};
using Rr = std::unique_ptr<SPF_dns_rr_t, RrFree>;

// What the DNS hook answers from.
struct Table {
  const SpfFacts& facts;
  const base::IpAddress& client;
  bool any_address = false;  // prefix length 0
  Rr spare;                  // for the hook when memory is short: it may never return NULL
};

std::string HostName(std::size_t index, bool in_target) {
  return 'h' + std::to_string(index) + '.' + (in_target ? kTarget : "invalid");
}

// The host whose reference the library read back to us.
const SpfFacts::Host* FindHost(const SpfFacts& facts, std::string_view name) {
  std::size_t index = facts.hosts.size();
  std::from_chars(name.data() + 1, name.data() + name.size(), index);
  return name.starts_with('h') && index < facts.hosts.size() ? &facts.hosts[index] : nullptr;
}

SPF_dns_rr_data_t* Append(SPF_dns_rr_t& rr, std::size_t bytes) {
  if (SPF_dns_rr_buf_realloc(&rr, rr.num_rr, bytes) != SPF_E_SUCCESS) return nullptr;
  return rr.rr[rr.num_rr++];
}

bool AppendAddress(SPF_dns_rr_t& rr, const base::IpAddress& address) {
  SPF_dns_rr_data_t* const place = Append(rr, sizeof(SPF_dns_rr_data_t));
  if (place != nullptr) std::memcpy(place, address.bytes(), address.is_v4() ? 4 : 16);
  return place != nullptr;
}

bool AppendName(SPF_dns_rr_t& rr, const std::string& name) {
  SPF_dns_rr_data_t* const place = Append(rr, name.size() + 1);
  if (place != nullptr) std::memcpy(place, name.c_str(), name.size() + 1);
  return place != nullptr;
}

bool AppendHosts(SPF_dns_rr_t& rr, const SpfFacts& facts) {
  for (std::size_t i = 0; i < facts.hosts.size(); ++i) {
    if (!AppendName(rr, HostName(i, facts.hosts[i].in_target))) return false;
  }
  return true;
}

bool AppendAddresses(SPF_dns_rr_t& rr, const dns::Answer& answer, const Table& table) {
  for (const dns::Record& record : answer.records) {
    if (record.address.is_v4() != (rr.rr_type == ns_t_a)) continue;
    if (!AppendAddress(rr, table.any_address ? table.client : record.address)) return false;
  }
  return true;
}

// False when memory is short.
bool Fill(SPF_dns_rr_t& rr, std::string_view name, const Table& table) {
  if (rr.rr_type == ns_t_mx || rr.rr_type == ns_t_ptr) {
    if (!AppendHosts(rr, table.facts)) return false;
  } else if (rr.rr_type == ns_t_a || rr.rr_type == ns_t_aaaa) {
    const SpfFacts::Host* const host = FindHost(table.facts, name);
    const dns::AnswerPtr& answer = host != nullptr ? host->addresses : table.facts.addresses;
    if (answer && dns::IsTransient(answer->status)) rr.herrno = TRY_AGAIN;
    if (answer && !AppendAddresses(rr, *answer, table)) return false;
  }
  if (rr.num_rr > 0) rr.herrno = NETDB_SUCCESS;
  return true;
}

SPF_dns_rr_t* LookUp(SPF_dns_server_t* server, const char* name, ns_type type, int) noexcept {
  auto& table = *static_cast<Table*>(server->hook);
  Rr rr(SPF_dns_rr_new_init(server, name, type, 0, HOST_NOT_FOUND));
  try {
    if (rr && Fill(*rr, name, table)) return rr.release();
  } catch (...) {  // out of memory, and C stands between us and whoever could take it
  }
  return table.spare.release();
}

// Both cannot be reached from the records that we write; set, so that the library's own ways to
// fetch records and to compile explanations are shut for good.
SPF_errcode_t NoRecord(SPF_server_t*, SPF_request_t*, SPF_response_t*, SPF_record_t**) {
  return SPF_E_INTERNAL_ERROR;
}
SPF_errcode_t NoExplanation(SPF_server_t*, const char*, char**, size_t*) {
  return SPF_E_INTERNAL_ERROR;
}

SPF_dns_server_t MakeDns(Table& table) {
  SPF_dns_server_t dns{};
  dns.lookup = LookUp;
  dns.get_spf = NoRecord;
  dns.get_exp = NoExplanation;
  dns.name = "gatepost";
  dns.hook = &table;
  return dns;
}

// By hand, because SPF_server_new_dns asks for the host's name, and aborts when that is too long,
// and compiles an explanation.
SPF_server_t MakeServer(SPF_dns_server_t& dns, unsigned max_hosts, char* receiver) {
  SPF_server_t server{};
  server.resolver = &dns;
  server.rec_dom = receiver;
  server.max_dns_mech = 255;  // terms are counted in front
  server.max_dns_mx = static_cast<int>(max_hosts);
  server.max_dns_ptr = static_cast<int>(max_hosts);
  return server;
}

SPF_request_t MakeRequest(SPF_server_t& server, const base::IpAddress& client) {
  SPF_request_t request{};
  request.spf_server = &server;
  request.cur_dom = kTarget;
  request.client_ver = client.is_v4() ? AF_INET : AF_INET6;
  if (client.is_v4()) {
    std::memcpy(&request.ipv4, client.bytes(), 4);
  } else {
    std::memcpy(&request.ipv6, client.bytes(), 16);
  }
  return request;
}

SpfMatch Interpret(SPF_server_t& server, SPF_request_t& request, const std::string& text) {
  const std::unique_ptr<SPF_response_t, ResponseFree> response(SPF_response_new(&request));
  if (!response) return SpfMatch::kTempError;
  SPF_record_t* compiled = nullptr;
  const SPF_errcode_t error = SPF_record_compile(&server, response.get(), &compiled, text.c_str());
  const std::unique_ptr<SPF_record_t, RecordFree> record(compiled);
  if (error != SPF_E_SUCCESS || !record) return SpfMatch::kTempError;
  response->spf_record_exp = record.get();
  SPF_record_interpret(record.get(), &request, response.get(), 0);
  if (response->err == SPF_E_BIG_DNS) return SpfMatch::kTooManyHosts;
  if (response->result == SPF_RESULT_PASS) return SpfMatch::kYes;
  return response->result == SPF_RESULT_NEUTRAL ? SpfMatch::kNo : SpfMatch::kTempError;
}

SpfMatch Evaluate(const std::string& record, Table table, unsigned max_hosts) {
  SPF_dns_server_t dns = MakeDns(table);
  table.spare.reset(SPF_dns_rr_new_init(&dns, kTarget, ns_t_any, 0, TRY_AGAIN));
  if (!table.spare) return SpfMatch::kTempError;
  char receiver[] = "receiver";
  SPF_server_t server = MakeServer(dns, max_hosts, receiver);
  SPF_request_t request = MakeRequest(server, table.client);
  return Interpret(server, request, record);
}

unsigned PrefixFor(const SpfTerm& mechanism, const base::IpAddress& client) {
  return client.is_v4() ? mechanism.prefix4 : mechanism.prefix6;
}

std::string_view NameOf(SpfTermKind kind) {
  switch (kind) {
    case SpfTermKind::kA:
      return "a:";
    case SpfTermKind::kMx:
      return "mx:";
    case SpfTermKind::kPtr:
      return "ptr:";
    default:
      return "exists:";
  }
}

std::string Rewrite(const SpfTerm& mechanism, const base::IpAddress& client) {
  std::string text = "v=spf1 +";
  text += NameOf(mechanism.kind);
  text += kTarget;
  const unsigned prefix = PrefixFor(mechanism, client);
  const bool takes_prefix = mechanism.kind == SpfTermKind::kA || mechanism.kind == SpfTermKind::kMx;
  if (takes_prefix && prefix > 0 && prefix < client.bits()) {
    text += (client.is_v4() ? "/" : "//") + std::to_string(prefix);
  }
  return text;
}

bool IsOfFamily(const SpfTerm& mechanism, const base::IpAddress& client) {
  return mechanism.kind == (client.is_v4() ? SpfTermKind::kIp4 : SpfTermKind::kIp6);
}

std::string RewriteNetwork(const SpfTerm& mechanism, const base::IpAddress& client) {
  if (mechanism.kind == SpfTermKind::kAll) return " +all";
  const bool v4 = client.is_v4();
  const unsigned prefix = PrefixFor(mechanism, client);
  char address[INET6_ADDRSTRLEN] = "";
  inet_ntop(v4 ? AF_INET : AF_INET6, prefix == 0 ? client.bytes() : mechanism.network.data(),
            address, sizeof address);
  std::string text = v4 ? " +ip4:" : " +ip6:";
  text += address;
  if (prefix > 0) text += '/' + std::to_string(prefix);
  return text;
}

bool AnyMatches(std::span<const SpfTerm* const> run, const base::IpAddress& client) {
  static const SpfFacts kNone;
  std::string record = "v=spf1";
  for (const SpfTerm* const mechanism : run) record += RewriteNetwork(*mechanism, client);
  return Evaluate(record, {kNone, client, false, nullptr}, 1) == SpfMatch::kYes;
}

// The first of a run of which at least one matches.
const SpfTerm* FirstIn(std::span<const SpfTerm* const> run, const base::IpAddress& client) {
  while (run.size() > 1) {
    const auto left = run.first(run.size() / 2);
    run = AnyMatches(left, client) ? left : run.subspan(left.size());
  }
  return run.front();
}

}  // namespace

SpfMatch MatchWithLibspf2(const SpfTerm& mechanism, const base::IpAddress& client,
                          const SpfFacts& facts, unsigned max_hosts) {
  const bool any = PrefixFor(mechanism, client) == 0;
  return Evaluate(Rewrite(mechanism, client), {facts, client, any, nullptr}, max_hosts);
}

const SpfTerm* FirstMatchWithLibspf2(std::span<const SpfTerm> mechanisms,
                                     const base::IpAddress& client) {
  std::vector<const SpfTerm*> networks;
  const SpfTerm* all = nullptr;
  for (const SpfTerm& mechanism : mechanisms) {
    if (mechanism.kind == SpfTermKind::kAll) all = &mechanism;
    if (all != nullptr) break;
    if (IsOfFamily(mechanism, client)) networks.push_back(&mechanism);
  }
  std::span<const SpfTerm* const> left(networks);
  while (!left.empty()) {
    // Together first: most runs of networks do not match at all.
    const auto run = left.first(std::min(left.size(), kMostNetworks));
    if (AnyMatches(run, client)) return FirstIn(run, client);
    left = left.subspan(run.size());
  }
  return all != nullptr && AnyMatches({&all, 1}, client) ? all : nullptr;
}

}  // namespace gatepost::auth
