// Round trips a second, their latency and this process's CPU time through the store on a private
// redis-server and on a cluster of three, and what recording in the journal costs its caller.
//   build/bench/bin/store_bench [seconds]
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <thread>
#include <vector>

#include "common/journal/store_journal.h"
#include "common/store/keys.h"
#include "common/store/memory_store.h"
#include "common/store/open.h"
#include "common/store/redis_store.h"
#include "tests/support/redis_cluster.h"
#include "tests/support/redis_server.h"

namespace {

using namespace gatepost;
using namespace std::chrono_literals;
using std::chrono::steady_clock;
using Nanoseconds = std::chrono::nanoseconds;

void Call(store::Store& store, const store::Key& key, std::vector<Nanoseconds>& latencies) {
  const auto start = steady_clock::now();
  if (!store.Increment(key, 1, 1min, start + 1s)) std::puts("a call failed");
  latencies.push_back(steady_clock::now() - start);
}

double CpuSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

struct Spent {
  double seconds;
  double cpu_seconds;
};

void Report(const char* name, std::size_t threads, std::vector<Nanoseconds> all, Spent spent) {
  std::ranges::sort(all);
  const auto at = [&](double part) {
    const auto index = static_cast<std::size_t>(part * static_cast<double>(all.size() - 1));
    return static_cast<double>(all[index].count()) / 1000.0;
  };
  const auto calls = static_cast<double>(all.size());
  std::printf("%-14s %3zu threads %9.0f/s  p50 %8.1f us  p99 %8.1f us  CPU %6.1f us\n", name,
              threads, calls / spent.seconds, at(0.5), at(0.99), spent.cpu_seconds * 1e6 / calls);
}

void Measure(const char* name, store::Store& store, std::size_t threads, double seconds) {
  std::vector<std::vector<Nanoseconds>> latencies(threads);
  std::atomic<bool> done = false;
  std::vector<std::thread> callers;
  const double cpu_before = CpuSeconds();
  for (std::size_t i = 0; i < threads; ++i) {
    callers.emplace_back([&, i] {
      const auto key = store::KeyMaker::Counter("bench", std::to_string(i), 1);
      while (!done) Call(store, key, latencies[i]);
    });
  }
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  done = true;
  for (auto& caller : callers) caller.join();
  std::vector<Nanoseconds> all;
  for (const auto& one : latencies) all.insert(all.end(), one.begin(), one.end());
  Report(name, threads, std::move(all), {seconds, CpuSeconds() - cpu_before});
}

void MeasureJournal(store::Store& store) {
  constexpr int kRecords = 5'000;
  journal::StoreJournal journal(store, {"bench", "mx"});
  journal::DecisionRecord record;
  record.queue_id = "4XYZ1234567";
  record.sasl_user = record.envelope_from = "somebody@example.org";
  record.rules = {{"sign", "signed", "d=example.org s=2024", false}};
  std::vector<journal::DecisionRecord> records(kRecords, record);
  const auto start = steady_clock::now();
  for (auto& one : records) journal.Record(std::move(one));
  const auto recorded = steady_clock::now();
  for (int i = 0; i < kRecords; ++i) journal.Count("messages_signed");
  const auto counted = steady_clock::now();
  journal.Flush();
  const auto flushed = steady_clock::now();
  const auto each = [](auto time) { return static_cast<double>(time.count()) / kRecords; };
  std::printf("journal: Record %.0f ns, Count %.0f ns, flushed at %.1f us a record\n",
              each(recorded - start), each(counted - recorded), each(flushed - counted) / 1000.0);
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 2;
  support::RedisServer server;
  store::StoreOptions options;
  options.url = server.url();
  const auto resilient = store::Open(options);
  store::MemoryStore memory(base::SystemClock::Instance());
  for (const std::size_t threads : {1, 16, 64}) Measure("redis", *resilient, threads, seconds);
  {
    support::RedisCluster servers;
    options.url = servers.url();
    const auto cluster = store::Open(options);
    for (const std::size_t threads : {1, 16, 64})
      Measure("cluster of 3", *cluster, threads, seconds);
  }
  for (const std::size_t threads : {1, 16, 64}) Measure("memory", memory, threads, 0.2);
  server.Kill();
  while (resilient->health() == store::Health::kUp) std::this_thread::yield();
  for (const std::size_t threads : {1, 64}) Measure("redis is away", *resilient, threads, 0.2);
  server.Start();
  while (resilient->health() != store::Health::kUp) std::this_thread::yield();
  MeasureJournal(*resilient);
  return 0;
}
