// What a store in trouble does to mail: nothing is lost or held up, limits hold on each host, one
// line tells of each change, and all is as before when the store is back. Prints a row for each
// fault. GATEPOST_FAULT_MS makes faults longer than the moment that they last here.
#include <cstdlib>
#include <functional>
#include <iomanip>
#include <iostream>
#include <memory>
#include <optional>

#include "tests/milters/ratelimit/message_stream.h"
#include "tests/support/redis_cluster.h"
#include "tests/support/redis_failover.h"
#include "tests/support/redis_server.h"
#include "tests/support/slow_proxy.h"

namespace gatepost::ratelimit {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using support::MilterClient;
using support::Program;
using support::RedisServer;

constexpr int kLimit = 20;
constexpr int kUsedBefore = 10;
// A tenth of it is promised; a machine that does other things besides has the rest.
constexpr double kMostDelayMs = 300;

std::chrono::milliseconds FaultTime() {
  const char* const text = std::getenv("GATEPOST_FAULT_MS");
  return std::chrono::milliseconds(text ? std::atoi(text) : 400);
}

// A site's Redis, on the ways on which a program may reach it.
struct Site {
  std::unique_ptr<RedisServer> redis;
  std::unique_ptr<support::SlowProxy> proxy;
  std::unique_ptr<support::RedisFailover> failover;
  std::unique_ptr<support::RedisCluster> cluster;
  std::thread mover{};

  std::string url() const {
    if (cluster) return cluster->url();
    if (failover) return failover->url();
    return proxy ? proxy->url() : redis->url();
  }
};

Site OneServer() {
  Site site;
  site.redis = std::make_unique<RedisServer>(
      std::vector<std::string>{"--appendonly", "yes", "--appendfsync", "no"});
  return site;
}

Site BehindAProxy() {
  Site site = OneServer();
  site.proxy = std::make_unique<support::SlowProxy>(site.redis->socket());
  return site;
}

// It takes its time to load what it kept.
Site SlowLoader() {
  Site site;
  site.redis = std::make_unique<RedisServer>(
      std::vector<std::string>{"--enable-debug-command", "yes", "--key-load-delay", "300",
                               "--loading-process-events-interval-bytes", "1024"});
  site.redis->Command({"DEBUG", "POPULATE", "3000"});
  return site;
}

Site Group() {
  Site site;
  site.failover = std::make_unique<support::RedisFailover>();
  return site;
}

Site Cluster() {
  Site site;
  site.cluster = std::make_unique<support::RedisCluster>();
  return site;
}

// Slots of each node become the next one's; where there is time, all of them.
void Reshard(Site& site) {
  const unsigned slots = FaultTime() > 1s ? 16'384 / 3 : 100;
  site.mover = std::thread([cluster = site.cluster.get(), slots] {
    for (std::size_t node = 0; node < 3; ++node) {
      EXPECT_TRUE(cluster->Reshard(node, (node + 1) % 3, slots));
    }
  });
}

void KillAndLoad(Site& site) {
  site.redis->Command({"SAVE"});
  site.redis->Kill();
  site.redis->Start();
}

void AwaitLoaded(Site& site) {
  const auto deadline = steady_clock::now() + 20s;
  while (site.redis->Command({"PING"}) != "+PONG\r\n" && steady_clock::now() < deadline) {
    std::this_thread::sleep_for(10ms);
  }
}

void Nothing(Site&) {}

struct Fault {
  const char* name;
  Site (*make)();
  void (*strike)(Site&);
  void (*heal)(Site&);
  int changes = 1;  // that are told as away
};

const Fault kFaults[] = {
    {"Stopped", OneServer, [](Site& s) { s.redis->Stop(); }, [](Site& s) { s.redis->Start(); }},
    {"Killed", OneServer, [](Site& s) { s.redis->Kill(); }, [](Site& s) { s.redis->Start(); }},
    {"Frozen", OneServer, [](Site& s) { s.redis->Freeze(); }, [](Site& s) { s.redis->Thaw(); }},
    {"SlowByFiveSeconds", BehindAProxy, [](Site& s) { s.proxy->SetDelay(5s); },
     [](Site& s) { s.proxy->SetDelay(0s); }},
    {"ReadOnly", OneServer,
     [](Site& s) {
       s.redis->Command({"REPLICAOF", "127.0.0.1", "1"});
     },
     [](Site& s) {
       s.redis->Command({"REPLICAOF", "NO", "ONE"});
     }},
    {"Full", OneServer,
     [](Site& s) {
       s.redis->Command({"CONFIG", "SET", "maxmemory", "1"});
     },
     [](Site& s) {
       s.redis->Command({"CONFIG", "SET", "maxmemory", "0"});
     }},
    {"Loading", SlowLoader, KillAndLoad, AwaitLoaded, 2},
    {"ScriptsFlushed", OneServer,
     [](Site& s) {
       s.redis->Command({"SCRIPT", "FLUSH"});
     },
     Nothing, 0},
    {"FailedOver", Group,
     [](Site& s) {
       s.failover->AwaitReplication();  // what a dead primary takes along nobody can know
       s.failover->node(0).Kill();
     },
     Nothing},
    {"Resharded", Cluster, Reshard, [](Site& s) { s.mover.join(); }, 0},
};

class FaultsTest : public testing::TestWithParam<Fault> {
 protected:
  FaultsTest() : site_(GetParam().make()), hosts_(site_.url()) {
    const std::string table = hosts_.Write("limits.table", [] {
      std::string rows;
      for (int i = 0; i < 6; ++i) {
        rows += "user user" + std::to_string(i) + "@example.org daily 1000000\n";
      }
      return rows;
    }());
    const std::string options =
        "[limits]\nlimits = [\"" + std::to_string(kLimit) +
        " messages / day by user name=daily\", \"1000000 recipients / hour by user "
        "name=hourly\"]\ntable = \"" +
        table + "\"\n";
    one_ = hosts_.Start("one", options);
    two_ = hosts_.Start("two", options);
  }

  // How many of so many messages pass.
  int Passed(const std::string& host, const std::string& user, int messages) {
    MilterClient client = hosts_.Client(host);
    client.SetMacro("{auth_authen}", user + "@example.org");
    int passed = 0;
    for (int i = 0; i < messages; ++i) {
      const auto outcome = client.Send({}, {{{"From", " alice@example.org"}}, "Hello\r\n"});
      passed += outcome && outcome->reply.GoesOn() ? 1 : 0;
    }
    return passed;
  }

  static int Aways(const Program& host) {
    return RatelimitHosts::Count(host.Log(), " store_away ");
  }
  static int Ups(const Program& host) {
    return RatelimitHosts::Count(host.Log() + " ", " store_up");
  }

  // Until the host knows that the store is away; and that it is back. Sentinels that cannot agree
  // at once take a while to try again.
  void AwaitAway() {
    EXPECT_TRUE(one_->WaitForLog([&](const std::string&) { return Aways(*one_) >= 1; }, 20s));
  }
  void AwaitUp() {
    EXPECT_TRUE(one_->WaitForLog([&](const std::string&) { return Ups(*one_) >= 2; }, 60s));
  }
  void AwaitHandover() {
    EXPECT_TRUE(one_->WaitForLog(
        [](const std::string& log) { return log.find("limits_handed_over") != log.npos; }, 20s))
        << one_->Log();
    const auto is_up = [](const std::string& log) {
      const auto up = log.rfind(" store_up"), away = log.rfind(" store_away");
      return away == log.npos || up > away;
    };
    EXPECT_TRUE(two_->WaitForLog(is_up, 20s)) << two_->Log();
  }

  Site site_;
  RatelimitHosts hosts_;
  std::optional<Program> one_;
  std::optional<Program> two_;
};

TEST_P(FaultsTest, HoldsUpNoMailAndLosesNoCount) {
  const Fault& fault = GetParam();
  MessageStream stream(hosts_, "one", {});
  stream.AwaitMessages(10);  // the first ones load scripts
  stream.Take();
  EXPECT_EQ(Passed("one", "before", kUsedBefore), kUsedBefore);
  stream.AwaitMessages(40);
  const auto normal = stream.Take();

  const auto struck = steady_clock::now();
  fault.strike(site_);
  EXPECT_EQ(Passed("one", "before", 15), kLimit - kUsedBefore);
  EXPECT_EQ(Passed("one", "during", 25), kLimit);
  if (fault.changes > 0) AwaitAway();
  while (steady_clock::now() < struck + FaultTime()) std::this_thread::sleep_for(5ms);
  fault.heal(site_);
  const auto healed = steady_clock::now();
  if (fault.changes > 0) AwaitUp();
  const std::chrono::duration<double> recovery = steady_clock::now() - healed;

  int passed_after = Passed("one", "before", 5) + Passed("one", "during", 5);
  if (fault.changes > 0) AwaitHandover();
  passed_after += Passed("one", "before", 5) + Passed("one", "during", 5);
  const int passed_elsewhere = Passed("two", "before", 5) + Passed("two", "during", 5);
  stream.AwaitMessages(60);
  stream.End();
  const auto seen = stream.Take();

  EXPECT_EQ(normal.lost + seen.lost, 0);
  EXPECT_LE(seen.slowest_ms, normal.slowest_ms + kMostDelayMs);
  EXPECT_EQ(passed_after, 0);
  EXPECT_EQ(passed_elsewhere, 0);
  EXPECT_EQ(Aways(*one_), fault.changes) << one_->Log();
  EXPECT_EQ(Ups(*one_), fault.changes > 0 ? 2 : 1);
  std::cout << std::fixed << std::setprecision(1) << fault.name << " | " << seen.messages << " | "
            << seen.lost << " | " << normal.median_ms << " / " << normal.slowest_ms << " | "
            << seen.median_ms << " / " << seen.slowest_ms << " | "
            << passed_after + passed_elsewhere << " | " << Aways(*one_) << " | " << recovery.count()
            << "\n";
}

INSTANTIATE_TEST_SUITE_P(All, FaultsTest, testing::ValuesIn(kFaults),
                         [](const auto& fault) { return fault.param.name; });

}  // namespace
}  // namespace gatepost::ratelimit
