// gatepost-test-dns ZONEFILE [--port N] [--address A]: serves a zone (see dns_zone.h) on 127.0.0.1,
// or another address of 127.0.0.0/8, until it is told to stop by TERM or INT, or its parent ends.
// Prints its port; on USR1 how many questions there were so far ("questions 17"); on HUP it reads
// the zone again, counts from 0 and prints "again".
#include <signal.h>
#include <sys/prctl.h>

#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "tests/support/dns_server.h"

namespace {

struct Options {
  std::string file;
  std::uint16_t port = 0;
  std::string host = "127.0.0.1";
};

std::string ReadZone(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot read " + file);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

sigset_t Signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1, SIGHUP}) sigaddset(&signals, signal);
  return signals;
}

int Serve(const Options& options) {
  gatepost::test::DnsServer server(ReadZone(options.file), options.port, options.host);
  std::printf("%u\n", server.port());
  const sigset_t signals = Signals();
  std::size_t before = 0;
  int signal = SIGUSR1;
  for (;;) {
    std::fflush(stdout);
    sigwait(&signals, &signal);
    if (signal == SIGUSR1) {
      std::printf("questions %zu\n", server.Total() - before);
    } else if (signal == SIGHUP) {
      server.Replace(ReadZone(options.file));
      before = server.Total();
      std::printf("again\n");
    } else {
      return 0;
    }
  }
}

// Throws std::invalid_argument where the command line is wrong.
Options ParseOptions(int argc, char** argv) {
  if (argc < 2 || argc % 2 != 0) throw std::invalid_argument("a zone file, then options");
  Options options{argv[1]};
  for (int i = 2; i < argc; i += 2) {
    const std::string name = argv[i];
    if (name == "--port") {
      options.port = static_cast<std::uint16_t>(std::stoul(argv[i + 1]));
    } else if (name == "--address") {
      options.host = argv[i + 1];
    } else {
      throw std::invalid_argument("unknown option " + name);
    }
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const sigset_t signals = Signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before any thread is made
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  try {
    return Serve(ParseOptions(argc, argv));
  } catch (const std::exception& error) {
    std::fprintf(
        stderr,
        "gatepost-test-dns: %s\nusage: gatepost-test-dns ZONEFILE [--port N] [--address A]\n",
        error.what());
    return 1;
  }
}
