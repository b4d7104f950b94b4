// What limits cost: messages a second (one reservation and one commit, three subjects with two
// limits each) through the ledger and a private redis-server, and the CPU time on both sides.
//   build/bench/bin/ledger_bench [seconds]
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "common/limits/ledger.h"
#include "common/store/open.h"
#include "tests/support/redis_server.h"

namespace {

using namespace gatepost;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

std::vector<limits::SubjectCharges> ChargesOf(const std::string& user) {
  const std::vector<limits::Charge> charges{{"r1m", 60s, 1'000'000'000, 1, true, false},
                                            {"r1h", 1h, 1'000'000'000, 1, true, false}};
  return {{"user " + user + "@example.org", charges},
          {"client 192.0.2." + user, charges},
          {"user-domain " + user + ".example.org", charges}};
}

double OwnCpuSeconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double RedisCpuSeconds(const support::RedisServer& server) {
  const std::string reply = server.Command({"INFO", "cpu"});
  double sum = 0;
  for (const std::string name : {"used_cpu_sys:", "used_cpu_user:"}) {
    const auto at = reply.find("\n" + name);
    if (at != std::string::npos) sum += std::atof(reply.c_str() + at + 1 + name.size());
  }
  return sum;
}

void Send(limits::Ledger& ledger, const std::vector<limits::SubjectCharges>& charges,
          std::vector<double>& reserve_us) {
  auto message = ledger.Begin();
  const auto start = steady_clock::now();
  if (!message.Reserve(charges, {}, start + 1s).shared) std::puts("a call failed");
  reserve_us.push_back(
      std::chrono::duration<double, std::micro>(steady_clock::now() - start).count());
  message.Commit(-1, steady_clock::now() + 1s);
}

void Measure(const support::RedisServer& server, store::Store& store, std::size_t threads,
             double seconds) {
  limits::Ledger ledger(store, {});
  std::vector<std::vector<double>> times(threads);
  std::atomic<bool> done = false;
  const double own = OwnCpuSeconds(), redis = RedisCpuSeconds(server);
  std::vector<std::thread> senders;
  for (std::size_t i = 0; i < threads; ++i) {
    senders.emplace_back([&, i] {
      const auto charges = ChargesOf(std::to_string(i));
      while (!done) Send(ledger, charges, times[i]);
    });
  }
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  done = true;
  for (auto& sender : senders) sender.join();
  std::vector<double> all;
  for (const auto& one : times) all.insert(all.end(), one.begin(), one.end());
  std::ranges::sort(all);
  const auto count = static_cast<double>(all.size());
  const auto at = [&](double part) { return all[static_cast<std::size_t>(part * (count - 1))]; };
  std::printf(
      "%3zu threads %8.0f messages/s  reserve p50 %7.0f us  p99 %7.0f us  CPU of a message:"
      " here %5.1f us, Redis %5.1f us\n",
      threads, count / seconds, at(0.5), at(0.99), (OwnCpuSeconds() - own) / count * 1e6,
      (RedisCpuSeconds(server) - redis) / count * 1e6);
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 2;
  support::RedisServer server;
  store::StoreOptions options;
  options.url = server.url();
  const auto store = store::Open(options);
  for (const std::size_t threads : {1, 16, 64}) Measure(server, *store, threads, seconds);
  return 0;
}
