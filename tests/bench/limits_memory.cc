// What subjects of limits take in Redis: fills a private redis-server through the scripts that
// count, as accounts that sent some mail within the last day.
//   build/bench/bin/limits_memory [subjects] [messages of each]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "common/limits/settlement.h"
#include "common/store/keys.h"
#include "common/store/limit_charges.h"
#include "common/store/open.h"
#include "common/store/script.h"
#include "milters/ratelimit/watch.h"
#include "tests/support/redis_server.h"

namespace {

using namespace gatepost;
using namespace std::chrono_literals;
using std::chrono::steady_clock;
using store::Store;

constexpr long kBatch = 256;

std::string Subject(long i) { return "user account" + std::to_string(i) + "@example.org"; }

// The limits as shipped: one of them counts in shadow mode.
store::LimitCharges Charges() {
  return {{{"r1h", 1h, 250, 1, true, false},
           {"r1d", 24h, 1000, 1, true, false},
           {"n1d!", 24h, 200, 1, false, true}}};
}

double UsedMemory(const support::RedisServer& server) {
  const std::string info = server.Command({"INFO", "memory"});
  constexpr std::string_view kName = "used_memory:";
  const auto at = info.find(kName);
  return at == std::string::npos ? 0 : std::atof(info.c_str() + at + kName.size());
}

// The calls of a batch, and what they refer to.
struct Batch {
  std::vector<std::vector<store::Key>> keys;
  std::vector<std::vector<std::string>> arguments;
  std::vector<limits::SettleCall> settles;
  std::vector<ratelimit::WatchCall> watches;
  std::vector<Store::ScriptCall> calls;
};

// Again while a busy machine makes Redis seem to be away.
bool Run(Store& store, const std::vector<Store::ScriptCall>& calls) {
  for (int tries = 0; tries < 100; ++tries) {
    const auto results = store.RunAll(calls, steady_clock::now() + 10s);
    if (std::ranges::all_of(results, [](const auto& result) { return result.has_value(); })) {
      return true;
    }
    std::this_thread::sleep_for(100ms);
  }
  return false;
}

bool Reserve(Store& store, long first, long end) {
  Batch batch;
  for (long i = first; i < end; ++i) {
    batch.keys.push_back({store::KeyMaker::Limits(Subject(i))});
    batch.arguments.push_back(
        {"reservation" + std::to_string(i), "900000", "", store::FormatToReserve(Charges())});
  }
  for (std::size_t n = 0; n < batch.keys.size(); ++n) {
    batch.calls.push_back({store::scripts::kLimitsReserve, batch.keys[n], batch.arguments[n]});
  }
  return Run(store, batch.calls);
}

// The message before last was sent three hours before it, and so on.
bool Commit(Store& store, long first, long end, long message) {
  Batch batch;
  const auto now = steady_clock::now();
  for (long i = first; i < end; ++i) {
    const limits::Settlement settlement{"reservation" + std::to_string(i),
                                        limits::SettleMode::kCommit,
                                        now - message * 3h,
                                        {store::KeyMaker::Limits(Subject(i))},
                                        Charges(),
                                        message == 0,
                                        {},
                                        {}};
    batch.settles.emplace_back(settlement, limits::KnownOptions{}, now);
  }
  for (const auto& settle : batch.settles) batch.calls.push_back(settle.call());
  return Run(store, batch.calls);
}

bool Watch(Store& store, long first, long end) {
  const auto client = base::IpAddress::Parse("192.0.2.7");
  const auto where = ratelimit::Whereabouts::Of(*client, "");
  Batch batch;
  for (long i = first; i < end; ++i) {
    batch.watches.push_back(
        ratelimit::WatchCall::AtRecipient(Subject(i), where, "bob@example.net", false));
    batch.watches.push_back(ratelimit::WatchCall::AtCommit(Subject(i), where, {1, 1, true}));
  }
  for (const auto& watch : batch.watches) batch.calls.push_back(watch.script());
  return Run(store, batch.calls);
}

template <class Fill>
bool Measure(support::RedisServer& server, const char* what, long subjects, Fill fill) {
  const double before = UsedMemory(server);
  const auto start = steady_clock::now();
  for (long first = 0; first < subjects; first += kBatch) {
    if (!fill(first, std::min(subjects, first + kBatch))) return false;
  }
  const double bytes = UsedMemory(server) - before;
  const std::chrono::duration<double> seconds = steady_clock::now() - start;
  std::printf("%-28s %8ld subjects %8.1f MB  %5.0f bytes each  %4.0f s\n", what, subjects,
              bytes / 1e6, bytes / static_cast<double>(subjects), seconds.count());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const long subjects = argc > 1 ? std::atol(argv[1]) : 1'000'000;
  const long messages = argc > 2 ? std::atol(argv[2]) : 5;
  support::RedisServer server;
  store::StoreOptions options;
  options.url = server.url();
  const auto opened = store::Open(options);
  Store* const store = &opened->shared();  // never memory in its place
  const auto limits = [&](long first, long end) {
    bool good = Reserve(*store, first, end);
    for (long message = 0; message < messages; ++message) {
      good = good && Commit(*store, first, end, message);
    }
    return good;
  };
  const auto watch = [&](long first, long end) { return Watch(*store, first, end); };
  const bool good = Measure(server, "limits, three windows", subjects, limits) &&
                    Measure(server, "what the detector remembers", subjects, watch);
  if (!good) std::puts("the store failed");
  return good ? 0 : 1;
}
