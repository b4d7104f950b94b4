// A DNS server on loopback for tests: UDP and TCP on one port, in a thread of its own, with a zone
// written as text (see dns_zone.h) and all kinds of bad behaviour. It answers like a recursor that
// knows everything. Any thread may call any function, but Stop and Start come from one.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "common/base/unique_fd.h"
#include "tests/support/dns_packet.h"
#include "tests/support/dns_zone.h"

namespace gatepost::test {

class DnsServer {
 public:
  // Port 0: a free one. Throws std::runtime_error where none can be bound, std::invalid_argument
  // for a bad zone. `host`: an address of 127.0.0.0/8, for clients that know port 53 alone.
  explicit DnsServer(std::string_view zone = "", std::uint16_t port = 0,
                     std::string host = "127.0.0.1");
  ~DnsServer();
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::string Address() const { return host_ + ":" + std::to_string(port_); }

  void Add(std::string_view zone);
  void Replace(std::string_view zone);

  // As if the server crashed, and came back on the same port.
  void Stop();
  void Start();

  // How often `name` (lower case) was asked, over UDP and TCP, since the server was made.
  std::size_t Count(const std::string& name) const;
  std::size_t Total() const;
  // "name TYPE-NUMBER udp" or "... tcp", the oldest first; the first 10,000.
  std::vector<std::string> Log() const;

 private:
  using Time = std::chrono::steady_clock::time_point;

  struct Connection {
    base::UniqueFd fd;
    std::uint64_t number = 0;
    std::string input;
    bool closing = false;
  };
  struct Reply {
    std::string packet;
    std::uint64_t connection = 0;  // 0: UDP, to the peer
    std::string peer;              // a sockaddr_in
  };

  void Bind();
  void Run();
  int PollTime() const;
  void ReadUdp();
  void Accept();
  void Serve(Connection& connection);
  void Answer(std::string_view packet, Reply reply);
  void Note(const DnsQuestion& question, bool tcp);
  void Send(Reply reply);
  void SendDue();

  const std::string host_;
  std::uint16_t port_;
  base::UniqueFd udp_;
  base::UniqueFd listener_;
  base::UniqueFd wake_;
  std::list<Connection> connections_;
  std::uint64_t connections_made_ = 0;
  std::multimap<Time, Reply> delayed_;

  mutable std::mutex mutex_;  // guards what follows
  DnsZone zone_;
  std::map<std::string, std::size_t> counts_;
  std::size_t total_ = 0;
  std::vector<std::string> log_;

  std::thread thread_;
};

}  // namespace gatepost::test
