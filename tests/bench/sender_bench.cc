// What it costs to remember senders and to collect report rows, in memory and on a private
// redis-server, and what a row takes there.
//   build/bench/bin/sender_bench
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "common/report/report_store.h"
#include "common/reputation/reputation.h"
#include "common/store/keys.h"
#include "common/store/memory_store.h"
#include "common/store/open.h"
#include "tests/support/redis_server.h"

namespace {

using namespace gatepost;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

template <class Work>
double MicrosecondsEach(int times, Work work) {
  const auto start = steady_clock::now();
  for (int i = 0; i < times; ++i) work(i);
  return std::chrono::duration<double, std::micro>(steady_clock::now() - start).count() / times;
}

std::string AddressText(int number) {
  return "10." + std::to_string(number / 65'536 % 256) + "." + std::to_string(number / 256 % 256) +
         "." + std::to_string(number % 256);
}

std::vector<reputation::Subject> SubjectsOf(int number) {
  const auto address = base::IpAddress::Parse(AddressText(number)).value();
  const auto domain = mail::Domain::Parse("d" + std::to_string(number) + ".example").value();
  return {reputation::Subject::Address(address), reputation::Subject::Network(address),
          reputation::Subject::Domain(domain)};
}

void MeasureReputation(const char* name, store::Store& store) {
  constexpr int kSenders = 5'000;
  store::BackgroundWriter writer(store);
  const auto& clock = base::SystemClock::Instance();
  reputation::Reputation reputation(store, writer, {}, clock);
  reputation::Reputation reader(store, writer, {}, clock);
  std::vector<std::vector<reputation::Subject>> senders;
  for (int i = 0; i < kSenders; ++i) senders.push_back(SubjectsOf(i));
  const auto sender = [&](int i) { return senders[static_cast<std::size_t>(i % kSenders)]; };
  const double tell = MicrosecondsEach(
      kSenders, [&](int i) { reputation.Tell(sender(i)[0], reputation::EventKind::kDelivered); });
  const auto start = steady_clock::now();
  reputation.Flush();
  writer.Flush();
  const double write =
      std::chrono::duration<double, std::micro>(steady_clock::now() - start).count() / kSenders;
  const auto look = [&](int i) { reader.Look(sender(i), steady_clock::now() + 1s); };
  const double first = MicrosecondsEach(kSenders, look);
  const double again = MicrosecondsEach(kSenders, look);
  std::printf("%-7s Tell %.2f us, written %.1f us; Look at 3 subjects %.1f us, cached %.2f us\n",
              name, tell, write, first, again);
}

report::AggregateRow Row(int number) {
  report::AggregateRow row;
  row.source_ip = AddressText(number);
  row.disposition = "none";
  row.header_from = row.envelope_from = "example.org";
  row.dkim = {{"example.org", "selector1", "pass", ""}};
  row.spf = {{"example.org", "mfrom", "pass"}};
  row.policy = {"example.org", "reject", "", "", "r", "r", "n", "0", "treewalk"};
  return row;
}

void MeasureReports(const char* name, store::Store& store) {
  constexpr int kRows = 20'000;
  report::ReportStore reports(store);
  const auto add = [&](int i) {
    if (!reports.Add(20'000, Row(i), {"dmarc@example.org"}, steady_clock::now() + 1s)) std::abort();
  };
  const double fresh = MicrosecondsEach(kRows, add);
  const double counted = MicrosecondsEach(kRows, add);
  std::size_t seen = 0;
  const double read = MicrosecondsEach(1, [&](int) {
    seen = reports.Rows(20'000, "example.org", steady_clock::now() + 10s).value().rows.size();
  });
  std::printf("%-7s Add %.1f us a new row, %.1f us a known one; %zu rows read in %.0f ms\n", name,
              fresh, counted, seen, read / 1'000);
}

void PrintMemory(const support::RedisServer& server) {
  const auto usage = [&](const store::Key& key) {
    const auto reply = server.Command({"MEMORY", "USAGE", key.text(), "SAMPLES", "0"});
    return reply.size() > 1 ? std::atol(reply.c_str() + 1) : 0;
  };
  const auto rows = store::KeyMaker::ReportRows("example.org", 20'000, 3);
  const auto count = std::atol(server.Command({"HLEN", rows.text()}).c_str() + 1);
  std::printf("a row of %zu bytes takes %ld bytes in Redis, a subject %ld\n",
              report::Encode(Row(1'000)).size(), count > 0 ? usage(rows) / count : 0,
              usage(store::KeyMaker::Reputation("ip 10.0.0.7")));
}

}  // namespace

int main() {
  support::RedisServer server;
  store::StoreOptions options;
  options.url = server.url();
  const auto redis = store::Open(options);
  store::MemoryStore memory(base::SystemClock::Instance());
  MeasureReputation("memory", memory);
  MeasureReputation("redis", *redis);
  MeasureReports("memory", memory);
  MeasureReports("redis", *redis);
  PrintMemory(server);
  return 0;
}
