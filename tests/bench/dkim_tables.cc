// What a large key table costs gatepost-dkim: the time until it serves and its memory, with 100 and
// with 100,000 domains configured, and with 1,000 keys in use.
//   dkim_tables PATH/gatepost-dkim
#include <sys/stat.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/milter_client.h"
#include "tests/support/program.h"
#include "tests/support/temp_folder.h"

namespace gatepost {
namespace {

constexpr int kKeysInUse = 1000;

void Check(bool good, const std::string& what) {
  if (good) return;
  std::fprintf(stderr, "dkim_tables: %s\n", what.c_str());
  std::exit(1);  // NOLINT(concurrency-mt-unsafe): one thread
}

std::string Domain(int i) { return "domain-" + std::to_string(i) + ".example.org"; }

long ResidentKilobytes(pid_t pid, const char* field) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  std::string word;
  long value = 0;
  while (status >> word) {
    if (word == field) status >> value;
  }
  return value;
}

class Site {
 public:
  explicit Site(int domains) {
    MakeKeys();
    std::ofstream table(Path("keys.table"));
    for (int i = 0; i < domains; ++i) {
      table << Domain(i) << " s2026 " << Path("key-" + std::to_string(i % kKeysInUse) + ".pem")
            << "\n";
    }
    std::ofstream(Path("gatepost.toml")) << "[identity]\nhostname = \"mail.example.org\"\n[log]\n"
                                            "target = \"stderr\"\nlevel = \"error\"\n";
    std::ofstream(Path("dkim.toml"))
        << "[server]\nsocket = \"unix:" << Path("socket") << "\"\n[sign]\nkey_table = \""
        << Path("keys.table") << "\"\n";
  }

  std::string Path(const std::string& name) const { return (folder_.path() / name).string(); }
  std::string Socket() const { return "unix:" + Path("socket"); }

 private:
  // The same key in a thousand files: each is read and kept by itself.
  void MakeKeys() {
    const auto made =
        support::RunToEnd({"/usr/bin/openssl", "genpkey", "-algorithm", "rsa", "-pkeyopt",
                           "rsa_keygen_bits:2048", "-out", Path("key-0.pem")},
                          Path("openssl.log"));
    Check(made && *made == 0, "openssl made no key");
    for (int i = 1; i < kKeysInUse; ++i) {
      std::filesystem::copy_file(Path("key-0.pem"), Path("key-" + std::to_string(i) + ".pem"));
    }
    for (int i = 0; i < kKeysInUse; ++i) {
      ::chmod(Path("key-" + std::to_string(i) + ".pem").c_str(), 0600);
    }
  }

  support::TempFolder folder_;
};

void UseKeys(const std::string& socket, int count) {
  auto client = support::MilterClient::Start(socket);
  Check(client.has_value(), "cannot connect");
  client->SetMacro("{auth_authen}", "alice");
  for (int i = 0; i < count; ++i) {
    const auto outcome = client->Send({}, {{{"From", " alice@" + Domain(i)}}, "Hello\r\n"});
    Check(outcome && outcome->edits.size() == 1, "a message was not signed");
  }
}

void Measure(const std::string& program, int domains) {
  const Site site(domains);
  const auto began = std::chrono::steady_clock::now();
  auto running = support::Program::Start(
      {program, "-c", site.Path("dkim.toml"), "--site", site.Path("gatepost.toml")},
      site.Path("log"));
  Check(running.has_value() && running->WaitForSocket(site.Socket()).has_value(), "did not start");
  const std::chrono::duration<double, std::milli> ready = std::chrono::steady_clock::now() - began;
  const long idle = ResidentKilobytes(running->pid(), "VmRSS:");
  UseKeys(site.Socket(), std::min(domains, kKeysInUse));
  std::printf(
      "%7d domains: ready after %.0f ms, %.1f MB; with %d keys in use %.1f MB, peak %.1f MB\n",
      domains, ready.count(), static_cast<double>(idle) / 1024, std::min(domains, kKeysInUse),
      static_cast<double>(ResidentKilobytes(running->pid(), "VmRSS:")) / 1024,
      static_cast<double>(ResidentKilobytes(running->pid(), "VmHWM:")) / 1024);
  Check(running->Stop().value_or(-1) == 0, "did not stop cleanly");
}

}  // namespace
}  // namespace gatepost

int main(int argc, char** argv) {
  gatepost::Check(argc == 2, "usage: dkim_tables PATH/gatepost-dkim");
  for (const int domains : {100, 100'000}) gatepost::Measure(argv[1], domains);
}
