#include "common/dns/ares_channel.h"

#include <ares.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace gatepost::dns {
namespace {

using base::ErrorKind;

constexpr int kEdnsBytes = 1232;  // fits an unfragmented packet on every path
constexpr int kReceiveBufferBytes = 1 << 20;
constexpr int kClassInternet = 1;
constexpr std::size_t kIdsDrawn = 256;
constexpr std::size_t kPlainBytes = 512;  // over UDP without EDNS
constexpr std::size_t kTruncatedByte = 2;
constexpr std::uint8_t kTruncatedBit = 0x02;
constexpr std::size_t kFlagsByte = 3;
constexpr std::uint8_t kAuthenticatedBit = 0x20;

base::Result<void> CheckAres(int status) {
  if (status == ARES_SUCCESS) return {};
  return base::Fail(ErrorKind::kUnavailable, std::string("c-ares: ") + ares_strerror(status));
}

base::Result<std::vector<ServerAddress>> ParseServers(const std::vector<std::string>& texts) {
  std::vector<ServerAddress> servers;
  for (const std::string& text : texts) {
    auto server = ServerAddress::Parse(text);
    if (!server) return tl::unexpected(server.error());
    servers.push_back(*server);
  }
  return servers;
}

ServerAddress FromNode(const ares_addr_port_node& node) {
  using Family = base::IpAddress::Family;
  ServerAddress server;
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(&node.addr);
  server.address =
      base::IpAddress::FromBytes(node.family == AF_INET6 ? Family::kV6 : Family::kV4, bytes);
  if (node.udp_port != 0) server.port = static_cast<std::uint16_t>(node.udp_port);
  return server;
}

// Those of resolv.conf, which c-ares reads when it starts.
base::Result<std::vector<ServerAddress>> SystemServers() {
  ares_channel channel = nullptr;
  if (auto started = CheckAres(ares_init(&channel)); !started) {
    return tl::unexpected(started.error());
  }
  ares_addr_port_node* nodes = nullptr;
  const auto listed = CheckAres(ares_get_servers_ports(channel, &nodes));
  std::vector<ServerAddress> servers;
  for (const auto* node = nodes; node != nullptr; node = node->next) {
    servers.push_back(FromNode(*node));
  }
  if (nodes != nullptr) ares_free_data(nodes);
  ares_destroy(channel);
  if (!listed) return tl::unexpected(listed.error());
  return servers;
}

// With n attempts at each of s servers, of which each round takes twice the time of the one before.
int FirstAttemptMs(const ResolverOptions& options, std::size_t servers) {
  const unsigned attempts = std::clamp(options.attempts, 1U, 8U);
  const auto parts = static_cast<std::int64_t>(servers * ((1U << attempts) - 1U));
  return static_cast<int>(std::max<std::int64_t>(1, options.timeout.count() / parts));
}

std::string Join(const std::vector<ServerAddress>& servers) {
  std::string csv;
  for (const ServerAddress& server : servers) csv += (csv.empty() ? "" : ",") + server.Format();
  return csv;
}

// c-ares reads a name with backslash escapes.
std::string Escaped(std::string_view name) {
  std::string escaped;
  for (const char c : name) {
    if (c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

AresChannel::Outcome OutcomeOf(int status) {
  switch (status) {
    case ARES_SUCCESS:
      return AresChannel::Outcome::kPacket;
    case ARES_ETIMEOUT:
      return AresChannel::Outcome::kTimeout;
    case ARES_ECANCELLED:
    case ARES_EDESTRUCTION:
      return AresChannel::Outcome::kCancelled;
    default:
      return AresChannel::Outcome::kFailed;
  }
}

// c-ares cuts larger packets at the one or the other size and does not tell which it goes by, so an
// answer of just that size is asked again, too.
bool IsCut(AresChannel::Packet packet) {
  return packet.size() == kPlainBytes || packet.size() == kEdnsBytes ||
         (packet.size() > kTruncatedByte && (packet[kTruncatedByte] & kTruncatedBit) != 0);
}

AresChannel::Packet Bytes(const unsigned char* packet, int size) {
  if (packet == nullptr || size <= 0) return {};
  return {packet, static_cast<std::size_t>(size)};
}

void OnUdpAnswer(void* asker, int status, int /*timeouts*/, unsigned char* packet, int size) {
  const AresChannel::Packet bytes = Bytes(packet, size);
  const bool cut = status == ARES_SUCCESS && IsCut(bytes);
  static_cast<AresChannel::Asker*>(asker)->OnOutcome(
      cut ? AresChannel::Outcome::kTruncated : OutcomeOf(status), bytes);
}

void OnTcpAnswer(void* asker, int status, int /*timeouts*/, unsigned char* packet, int size) {
  static_cast<AresChannel::Asker*>(asker)->OnOutcome(OutcomeOf(status), Bytes(packet, size));
}

}  // namespace

base::Result<std::unique_ptr<AresChannel>> AresChannel::Open(const ResolverOptions& options) {
  static const int kLibraryStatus = ares_library_init(ARES_LIB_INIT_ALL);
  if (auto ready = CheckAres(kLibraryStatus); !ready) return tl::unexpected(ready.error());
  auto servers = options.servers.empty() ? SystemServers() : ParseServers(options.servers);
  if (!servers) return tl::unexpected(servers.error());
  if (servers->empty()) return base::Fail(ErrorKind::kUnavailable, "no DNS server is known");
  std::unique_ptr<AresChannel> channel(new AresChannel);
  const auto started =
      channel->OpenDescriptors().and_then([&] { return channel->Start(options, *servers); });
  if (!started) return tl::unexpected(started.error());
  return channel;
}

base::Result<void> AresChannel::OpenDescriptors() {
  epoll_.Reset(epoll_create1(EPOLL_CLOEXEC));
  wake_.Reset(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = wake_.get();
  if (!epoll_ || !wake_ || epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) != 0) {
    return base::Fail(ErrorKind::kInternal, "the resolver cannot open its descriptors");
  }
  return {};
}

base::Result<void> AresChannel::Start(const ResolverOptions& options,
                                      const std::vector<ServerAddress>& servers) {
  local_ = std::all_of(servers.begin(), servers.end(),
                       [](const ServerAddress& server) { return server.address.IsLoopback(); });
  // Over TCP without ARES_FLAG_EDNS, which would only make c-ares cut a question without OPT
  // record.
  return StartOne(udp_, ARES_FLAG_EDNS | ARES_FLAG_IGNTC, options, servers).and_then([&] {
    return StartOne(tcp_, ARES_FLAG_USEVC, options, servers);
  });
}

base::Result<void> AresChannel::StartOne(ares_channeldata*& channel, int flags,
                                         const ResolverOptions& options,
                                         const std::vector<ServerAddress>& servers) {
  ares_options settings{};
  settings.flags = flags | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
  if (servers.size() == 1) settings.flags |= ARES_FLAG_NOCHECKRESP;
  settings.timeout = FirstAttemptMs(options, servers.size());
  settings.tries = static_cast<int>(std::clamp(options.attempts, 1U, 8U));
  settings.ednspsz = kEdnsBytes;
  settings.socket_receive_buffer_size = kReceiveBufferBytes;
  settings.sock_state_cb = &AresChannel::OnSocketState;
  settings.sock_state_cb_data = this;
  const int given = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ |
                    ARES_OPT_SOCK_RCVBUF | ARES_OPT_SOCK_STATE_CB | ARES_OPT_NOROTATE;
  if (auto ready = CheckAres(ares_init_options(&channel, &settings, given)); !ready) return ready;
  return CheckAres(ares_set_servers_ports_csv(channel, Join(servers).c_str()));
}

AresChannel::~AresChannel() {
  if (udp_ != nullptr) ares_destroy(udp_);
  if (tcp_ != nullptr) ares_destroy(tcp_);
}

void AresChannel::OnSocketState(void* channel, int fd, int readable, int writable) {
  static_cast<AresChannel*>(channel)->Watch(fd, readable != 0, writable != 0);
}

void AresChannel::Watch(int fd, bool readable, bool writable) {
  epoll_event event{};
  event.events = (readable ? EPOLLIN : 0U) | (writable ? EPOLLOUT : 0U);
  event.data.fd = fd;
  if (event.events == 0) {
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  } else if (epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) != 0) {
    epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
  }
}

std::uint16_t AresChannel::NextId() {
  if (ids_.empty()) {
    ids_.resize(kIdsDrawn);
    // 512 bytes may be cut short only by a signal, and all are blocked in the thread that calls.
    if (getrandom(ids_.data(), ids_.size() * sizeof ids_[0], 0) < 0) std::abort();
  }
  const std::uint16_t id = ids_.back();
  ids_.pop_back();
  return id;
}

void AresChannel::Send(const Question& question, Manner manner, Asker& asker) {
  unsigned char* query = nullptr;
  int size = 0;
  const int status = ares_create_query(Escaped(question.name()).c_str(), kClassInternet,
                                       static_cast<int>(question.type()), NextId(), 1, &query,
                                       &size, manner.edns ? kEdnsBytes : 0);
  if (status != ARES_SUCCESS) {
    asker.OnOutcome(status == ARES_ENOTFOUND ? Outcome::kOnion : Outcome::kFailed, {});
    return;
  }
  // RFC 6840 section 5.7: with AD set in the question we want to know, without the signatures.
  query[kFlagsByte] |= kAuthenticatedBit;
  ares_send(manner.tcp ? tcp_ : udp_, query, size, manner.tcp ? &OnTcpAnswer : &OnUdpAnswer,
            &asker);
  ares_free_string(query);
}

void AresChannel::Poll(std::chrono::milliseconds time) {
  std::array<epoll_event, 16> events{};
  const int ready = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                               static_cast<int>(time.count()));
  for (int i = 0; i < ready; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    Take(event.data.fd, event.events);
  }
  Handle(ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // time-outs
}

void AresChannel::Take(int fd, unsigned events) {
  if (fd == wake_.get()) {
    eventfd_t count = 0;
    eventfd_read(fd, &count);
    return;
  }
  const bool broken = (events & (EPOLLERR | EPOLLHUP)) != 0;
  Handle(broken || (events & EPOLLIN) != 0 ? fd : ARES_SOCKET_BAD,
         broken || (events & EPOLLOUT) != 0 ? fd : ARES_SOCKET_BAD);
}

// Each channel looks for the sockets among its own.
void AresChannel::Handle(int readable, int writable) {
  ares_process_fd(udp_, readable, writable);
  ares_process_fd(tcp_, readable, writable);
}

void AresChannel::Wake() { eventfd_write(wake_.get(), 1); }

void AresChannel::Cancel() {
  ares_cancel(udp_);
  ares_cancel(tcp_);
}

}  // namespace gatepost::dns
