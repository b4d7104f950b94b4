// What a scenario runs in: a folder of its own with files and keys, a DNS server with the
// scenario's zone, and the program under test. One thread at a time.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "tests/support/program.h"
#include "tests/support/temp_folder.h"

namespace gatepost::support {

class ScenarioWorld {
 public:
  // `programs` is where the project's executables lie.
  explicit ScenarioWorld(std::filesystem::path programs);

  // Replaces $FOLDER, $SOCKET, $SOURCE, $DNS (address:port), $DNS_PORT and $PUBLIC(key file); other
  // dollars stay. kInvalid for a key or a server that is not there.
  base::Result<std::string> Expand(std::string_view text) const;

  // Writes the lines, expanded, to a file in the folder.
  base::Result<void> WriteFile(std::string_view name, const std::vector<std::string>& lines,
                               unsigned mode);

  base::Result<void> WriteBytes(std::string_view name, std::string_view bytes, unsigned mode);

  // Makes a key with the openssl command: "rsa2048" (any size) or "ed25519", as PKCS#8, or, for
  // RSA, in the older form PKCS#1. $PUBLIC(name) becomes what DNS publishes as p=.
  base::Result<void> MakeKey(std::string_view name, std::string_view algorithm, bool pkcs1,
                             unsigned mode);

  // Starts gatepost-test-dns with these zone lines.
  base::Result<void> ServeZone(const std::vector<std::string>& lines);

  void UseSocket(std::string socket) { socket_ = std::move(socket); }
  const std::string& socket() const { return socket_; }

  // Starts the program under test and waits for its socket.
  base::Result<void> StartProgram(std::string_view command);
  // Runs a program to its end; its output and status are kept.
  base::Result<void> RunProgram(std::string_view command);
  base::Result<void> StopProgram();

  Program* program() { return program_ ? &*program_ : nullptr; }
  std::optional<int> exit_status() const { return exit_status_; }
  std::string Output() const;  // of the last RunProgram
  std::string Log() const;     // of the program under test

 private:
  base::Result<std::vector<std::string>> Words(std::string_view command) const;
  base::Result<std::string> Value(std::string_view name) const;
  base::Result<void> OpenSsl(std::vector<std::string> arguments);
  std::filesystem::path In(std::string_view name) const { return folder_.path() / name; }

  std::filesystem::path programs_;
  TempFolder folder_;
  std::string socket_;
  std::map<std::string, std::string, std::less<>> public_keys_;
  std::string dns_port_;
  std::optional<Program> dns_;
  std::optional<Program> program_;
  std::optional<int> exit_status_;
};

}  // namespace gatepost::support
