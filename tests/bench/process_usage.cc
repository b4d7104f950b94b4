#include "tests/bench/process_usage.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>

namespace gatepost::bench {
namespace {

std::string ProcPath(pid_t pid, const std::string& name) {
  return "/proc/" + std::to_string(pid) + "/" + name;
}

// Fields 14 and 15 of stat; the name before them may hold anything, parentheses too.
double CpuMilliseconds(pid_t pid) {
  std::ifstream in(ProcPath(pid, "stat"));
  std::string text;
  std::getline(in, text);
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) * 1000.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

std::int64_t StatusField(const std::string& path, const std::string& name) {
  std::ifstream in(path);
  std::string line;
  while (std::getline(in, line)) {
    if (line.starts_with(name + ":")) return std::stoll(line.substr(name.size() + 1));
  }
  return 0;
}

void AddThreads(pid_t pid, ProcessUsage& usage) {
  std::error_code error;
  for (const auto& task : std::filesystem::directory_iterator(ProcPath(pid, "task"), error)) {
    ++usage.threads;
    usage.voluntary_switches +=
        StatusField((task.path() / "status").string(), "voluntary_ctxt_switches");
  }
}

}  // namespace

ProcessUsage ReadUsage(const std::vector<pid_t>& pids) {
  ProcessUsage usage;
  for (const pid_t pid : pids) {
    usage.cpu_ms += CpuMilliseconds(pid);
    usage.resident_kb += StatusField(ProcPath(pid, "status"), "VmRSS");
    usage.peak_resident_kb += StatusField(ProcPath(pid, "status"), "VmHWM");
    AddThreads(pid, usage);
  }
  return usage;
}

void ResetPeak(const std::vector<pid_t>& pids) {
  for (const pid_t pid : pids) std::ofstream(ProcPath(pid, "clear_refs")) << "5";
}

}  // namespace gatepost::bench
