#include "tests/support/dns_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace gatepost::test {
namespace {

constexpr std::size_t kLongestLog = 10'000;
constexpr int kSocketBufferBytes = 8 << 20;

sockaddr_in Endpoint(const std::string& host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  inet_pton(AF_INET, host.c_str(), &address.sin_addr);
  return address;
}

// A bound socket, or none. The number of the port is put into `port`.
base::UniqueFd BindTo(const std::string& host, int type, std::uint16_t& port) {
  base::UniqueFd fd(socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (type == SOCK_STREAM) setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const auto buffer = type == SOCK_DGRAM ? kSocketBufferBytes : 0;
  if (buffer > 0) setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  if (buffer > 0) setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
  sockaddr_in address = Endpoint(host, port);
  socklen_t size = sizeof address;
  if (bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) != 0) return {};
  getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
  port = ntohs(address.sin_port);
  return fd;
}

}  // namespace

DnsServer::DnsServer(std::string_view zone, std::uint16_t port, std::string host)
    : host_(std::move(host)),
      port_(port),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      zone_(zone) {
  Start();
}

DnsServer::~DnsServer() { Stop(); }

void DnsServer::Bind() {
  for (int attempt = 0; attempt < 20; ++attempt) {
    std::uint16_t port = port_;
    udp_ = BindTo(host_, SOCK_DGRAM, port);
    listener_ = BindTo(host_, SOCK_STREAM, port);  // may be somebody else's: then another one
    if (udp_ && listener_ && listen(listener_.get(), 128) == 0) {
      port_ = port;
      return;
    }
  }
  throw std::runtime_error("no port for the DNS server");
}

void DnsServer::Start() {
  Bind();
  thread_ = std::thread([this] { Run(); });
}

void DnsServer::Stop() {
  if (!thread_.joinable()) return;
  eventfd_write(wake_.get(), 1);
  thread_.join();
  udp_.Reset();
  listener_.Reset();
  connections_.clear();
  delayed_.clear();
}

void DnsServer::Add(std::string_view zone) {
  const std::lock_guard lock(mutex_);
  zone_.Add(zone);
}

void DnsServer::Replace(std::string_view zone) {
  const std::lock_guard lock(mutex_);
  zone_ = DnsZone(zone);
}

std::size_t DnsServer::Count(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(name);
  return found == counts_.end() ? 0 : found->second;
}

std::size_t DnsServer::Total() const {
  const std::lock_guard lock(mutex_);
  return total_;
}

std::vector<std::string> DnsServer::Log() const {
  const std::lock_guard lock(mutex_);
  return log_;
}

void DnsServer::Run() {
  for (;;) {
    std::vector<pollfd> polled = {
        {wake_.get(), POLLIN, 0}, {udp_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
    for (const Connection& connection : connections_) {
      polled.push_back({connection.fd.get(), POLLIN, 0});
    }
    poll(polled.data(), polled.size(), PollTime());
    if (polled[0].revents != 0) break;
    if (polled[1].revents != 0) ReadUdp();
    std::size_t i = 3;
    for (Connection& connection : connections_) {
      if (polled[i++].revents != 0) Serve(connection);
    }
    if (polled[2].revents != 0) Accept();
    SendDue();
    connections_.remove_if([](const Connection& connection) { return connection.closing; });
  }
  eventfd_t count = 0;
  eventfd_read(wake_.get(), &count);
}

int DnsServer::PollTime() const {
  if (delayed_.empty()) return -1;
  const auto left = delayed_.begin()->first - std::chrono::steady_clock::now();
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  return ms < 0 ? 0 : static_cast<int>(ms);
}

void DnsServer::ReadUdp() {
  std::array<char, 4096> bytes{};
  for (int i = 0; i < 256; ++i) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    const ssize_t count = recvfrom(udp_.get(), bytes.data(), bytes.size(), 0,
                                   reinterpret_cast<sockaddr*>(&peer), &size);
    if (count < 0) return;
    Reply reply;
    reply.peer.assign(reinterpret_cast<const char*>(&peer), sizeof peer);
    Answer({bytes.data(), static_cast<std::size_t>(count)}, std::move(reply));
  }
}

void DnsServer::Accept() {
  base::UniqueFd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!fd) return;
  connections_.emplace_back();
  connections_.back().fd = std::move(fd);
  connections_.back().number = ++connections_made_;
}

void DnsServer::Serve(Connection& connection) {
  std::array<char, 4096> bytes{};
  const ssize_t count = recv(connection.fd.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (count <= 0) {
    connection.closing = count == 0 || errno != EAGAIN;
    return;
  }
  connection.input.append(bytes.data(), static_cast<std::size_t>(count));
  while (connection.input.size() >= 2) {
    const auto high = static_cast<unsigned char>(connection.input[0]);
    const auto low = static_cast<unsigned char>(connection.input[1]);
    const std::size_t size = std::size_t{high} << 8U | low;
    if (connection.input.size() < 2 + size) return;
    const std::string packet = connection.input.substr(2, size);
    connection.input.erase(0, 2 + size);
    Reply reply;
    reply.connection = connection.number;
    Answer(packet, std::move(reply));
  }
}

void DnsServer::Note(const DnsQuestion& question, bool tcp) {
  ++counts_[question.name];
  ++total_;
  if (log_.size() < kLongestLog) {
    log_.push_back(question.name + " " + std::to_string(question.type) + (tcp ? " tcp" : " udp"));
  }
}

void DnsServer::Answer(std::string_view packet, Reply reply) {
  const auto question = ReadDnsQuestion(packet);
  if (!question) return;
  const bool tcp = reply.connection != 0;
  const std::lock_guard lock(mutex_);
  Note(*question, tcp);
  const Behaviours behaviours = zone_.FindBehaviours(question->name, question->type);
  if (behaviours.Has("timeout") || (tcp && behaviours.Has("tcp-hang"))) return;
  const bool forge = behaviours.Has("forge");
  for (const bool wrong_id : {true, false}) {
    if (!forge && !behaviours.Has(wrong_id ? "wrong-id" : "wrong-question")) continue;
    reply.packet = MakeForgedAnswer(*question, wrong_id);
    Send(reply);
    if (!forge) return;
  }
  reply.packet = tcp && behaviours.Has("tcp-close") ? "" : MakeDnsAnswer(*question, zone_, tcp);
  const auto delay = std::chrono::milliseconds(behaviours.Value("delay"));
  if (delay.count() == 0) return Send(std::move(reply));
  delayed_.emplace(std::chrono::steady_clock::now() + delay, std::move(reply));
}

void DnsServer::Send(Reply reply) {
  if (reply.connection == 0) {
    sendto(udp_.get(), reply.packet.data(), reply.packet.size(), MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(reply.peer.data()), sizeof(sockaddr_in));
    return;
  }
  for (Connection& connection : connections_) {
    if (connection.number != reply.connection) continue;
    connection.closing = reply.packet.empty();
    const std::string framed = Number16(static_cast<unsigned>(reply.packet.size())) + reply.packet;
    // The socket blocks: the clients of tests read what they asked for.
    if (!connection.closing) send(connection.fd.get(), framed.data(), framed.size(), MSG_NOSIGNAL);
  }
}

void DnsServer::SendDue() {
  while (!delayed_.empty() && delayed_.begin()->first <= std::chrono::steady_clock::now()) {
    Reply reply = std::move(delayed_.begin()->second);
    delayed_.erase(delayed_.begin());
    Send(std::move(reply));
  }
}

}  // namespace gatepost::test
