// Requests a second that gatepost-authpolicy answers on a private redis-server, and what each costs
// in processor time of the program and of Redis.
//   build/bench/bin/authpolicy_bench [seconds] [connections]
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/process_usage.h"
#include "tests/support/http_caller.h"
#include "tests/support/program.h"
#include "tests/support/redis_server.h"
#include "tests/support/temp_folder.h"

namespace {

using namespace gatepost;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

double RedisCpuSeconds(const support::RedisServer& redis) {
  const std::string text = redis.Command({"INFO", "cpu"});
  double sum = 0;
  for (const char* const name : {"used_cpu_sys:", "used_cpu_user:"}) {
    const std::size_t at = text.find(name);
    if (at != std::string::npos) sum += std::atof(text.c_str() + at + std::string(name).size());
  }
  return sum;
}

std::string Request(const char* command, int number, bool success) {
  const std::string body = R"({"device_id":"","login":"user)" + std::to_string(number % 5'000) +
                           R"(@example.org","protocol":"imap","pwhash":")" +
                           std::to_string(number % 4'096) + R"(","remote":"198.51.)" +
                           std::to_string(number % 100) + "." + std::to_string(number / 100 % 250) +
                           R"(","session_id":"x","success":)" + (success ? "true" : "false") + "}";
  return std::string("POST /?command=") + command +
         " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

using MakeRequest = std::function<std::string(int)>;

void Measure(const char* name, const MakeRequest& make, std::uint16_t port, pid_t pid,
             const support::RedisServer& redis, int seconds, int connections) {
  std::atomic<bool> done = false;
  std::atomic<int> answered = 0;
  std::vector<std::vector<double>> latencies(static_cast<std::size_t>(connections));
  const double cpu = bench::ReadUsage({pid}).cpu_ms;
  const double redis_cpu = RedisCpuSeconds(redis);
  std::vector<std::thread> callers;
  for (auto& mine : latencies) {
    callers.emplace_back([&] {
      support::HttpCaller caller(port);
      while (!done) {
        const auto began = steady_clock::now();
        if (caller.Ask(make(answered++)).find("\"status\"") == std::string::npos) {
          std::puts("no answer");
        }
        mine.push_back(
            std::chrono::duration<double, std::milli>(steady_clock::now() - began).count());
      }
    });
  }
  std::this_thread::sleep_for(std::chrono::seconds(seconds));
  done = true;
  for (auto& caller : callers) caller.join();
  std::vector<double> all;
  for (const auto& mine : latencies) all.insert(all.end(), mine.begin(), mine.end());
  std::ranges::sort(all);
  const auto count = static_cast<double>(all.size());
  std::printf("%-16s %7.0f/s  p50 %.2f ms  p99 %.2f ms  CPU each: program %.0f us, Redis %.0f us\n",
              name, count / seconds, all[all.size() / 2], all[all.size() * 99 / 100],
              (bench::ReadUsage({pid}).cpu_ms - cpu) * 1'000 / count,
              (RedisCpuSeconds(redis) - redis_cpu) * 1e6 / count);
}

}  // namespace

int main(int argc, char** argv) {
  const int seconds = argc > 1 ? std::atoi(argv[1]) : 3;
  const int connections = argc > 2 ? std::atoi(argv[2]) : 16;
  const support::TempFolder folder;
  const support::RedisServer redis;
  constexpr std::uint16_t kPort = 24'001;
  std::ofstream(folder.path() / "gatepost.toml")
      << "[store]\nurl = \"" << redis.url() << "\"\nstate_directory = \"" << folder.path().string()
      << "\"\n[log]\ntarget = \"stderr\"\nlevel = \"error\"\n";
  std::ofstream(folder.path() / "authpolicy.toml")
      << "[server]\naddress = \"127.0.0.1:" << kPort << "\"\n";
  auto program = support::Program::Start(
      {std::string(GATEPOST_BIN_DIR) + "/gatepost-authpolicy", "-c",
       folder.path() / "authpolicy.toml", "--site", folder.path() / "gatepost.toml"},
      folder.path() / "log");
  if (!program || !program->WaitForSocket("inet:" + std::to_string(kPort) + "@127.0.0.1")) {
    std::puts("gatepost-authpolicy does not start");
    return 1;
  }
  const auto measure = [&](const char* name, const MakeRequest& make) {
    Measure(name, make, kPort, program->pid(), redis, seconds, connections);
  };
  measure("allow", [](int i) { return Request("allow", i, false); });
  measure("report failure", [](int i) { return Request("report", i, false); });
  measure("allow, counted", [](int i) { return Request("allow", i, false); });
  measure("report success", [](int i) { return Request("report", i, true); });
}
