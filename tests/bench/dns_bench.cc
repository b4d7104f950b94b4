// dns_bench [SECONDS]: how many answers the resolver gives from its cache (1, 2 and 4 threads) and
// through a server of ours on loopback (1, 16 and 256 questions under way).
#include <atomic>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "common/dns/cares_resolver.h"
#include "tests/support/dns_server.h"

namespace {

using gatepost::dns::Query;
using gatepost::dns::RecordType;
using gatepost::dns::Resolver;
using gatepost::dns::Status;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kKnownNames = 1000;

void Require(const Query& query) {
  if (query.Wait(SteadyClock::now() + std::chrono::seconds(10))->status != Status::kOk) {
    std::fprintf(stderr, "a question failed\n");
    std::exit(1);
  }
}

std::vector<std::string> KnownNames() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kKnownNames; ++i) {
    names.push_back("selector" + std::to_string(i) + "._domainkey.example.test");
  }
  return names;
}

void MeasureHits(Resolver& resolver, unsigned threads, std::chrono::duration<double> time) {
  const std::vector<std::string> names = KnownNames();
  for (const std::string& name : names) Require(resolver.Ask(name, RecordType::kTxt));
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> hits{0};
  std::vector<std::thread> running;
  for (unsigned t = 0; t < threads; ++t) {
    running.emplace_back([&, t] {
      std::uint64_t mine = 0;
      for (std::size_t i = t * 7; !stop.load(std::memory_order_relaxed); ++i, ++mine) {
        Require(resolver.Ask(names[i % names.size()], RecordType::kTxt));
      }
      hits += mine;
    });
  }
  std::this_thread::sleep_for(time);
  stop = true;
  for (std::thread& thread : running) thread.join();
  const double rate = static_cast<double>(hits) / time.count();
  std::printf("cache hits, %u threads: %.0f/s, %.0f ns each\n", threads, rate,
              1e9 * threads / rate);
}

void MeasureMisses(Resolver& resolver, std::size_t under_way, std::chrono::duration<double> time) {
  static std::uint64_t number = 0;
  std::vector<Query> batch;
  const std::uint64_t first = number;
  const auto start = SteadyClock::now();
  while (SteadyClock::now() - start < time) {
    for (std::size_t i = 0; i < under_way; ++i) {
      batch.push_back(
          resolver.Ask("n" + std::to_string(++number) + ".example.test", RecordType::kTxt));
    }
    for (const Query& query : batch) Require(query);
    batch.clear();
  }
  const std::chrono::duration<double> took = SteadyClock::now() - start;
  std::printf("through the server, %zu under way: %.0f/s\n", under_way,
              static_cast<double>(number - first) / took.count());
}

}  // namespace

int main(int argc, char** argv) {
  const std::chrono::duration<double> time(argc > 1 ? std::stod(argv[1]) : 2.0);
  gatepost::test::DnsServer server("*.example.test TXT \"v=DKIM1; k=ed25519; p=MCowBQYDK2VwAyEA\"");
  gatepost::dns::ResolverOptions options;
  options.servers = {server.Address()};
  const auto resolver = gatepost::dns::CaresResolver::Create(options).value();
  for (const unsigned threads : {1U, 2U, 4U}) MeasureHits(*resolver, threads, time);
  for (const std::size_t under_way : {1U, 16U, 256U}) MeasureMisses(*resolver, under_way, time);
  return 0;
}
