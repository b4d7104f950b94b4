// gatepost-test-dns ZONEFILE [--port N]: serves a zone (see dns_zone.h) on 127.0.0.1 until it is
// told to stop by TERM or INT, or its parent ends. Prints its port.
#include <signal.h>
#include <sys/prctl.h>

#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/support/dns_server.h"

namespace {

int Serve(const std::string& file, std::uint16_t port) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot read " + file);
  const std::string zone((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  gatepost::test::DnsServer server(zone, port);
  std::printf("%u\n", server.port());
  std::fflush(stdout);
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  int signal = 0;
  sigwait(&stop, &signal);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);  // before any thread is made
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  const std::string option = argc == 4 ? argv[2] : "";
  if (argc != 2 && option != "--port") {
    std::fprintf(stderr, "usage: gatepost-test-dns ZONEFILE [--port N]\n");
    return 64;
  }
  try {
    return Serve(argv[1], argc == 4 ? static_cast<std::uint16_t>(std::stoul(argv[3])) : 0);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "gatepost-test-dns: %s\n", error.what());
    return 1;
  }
}
