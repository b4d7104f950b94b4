#include "tests/support/scenario_world.h"

#include <sys/stat.h>

#include <fstream>

#include "common/base/base64.h"
#include "common/base/strings.h"
#include "tests/support/scenario.h"

namespace gatepost::support {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;

bool IsVariableChar(char c) { return (c >= 'A' && c <= 'Z') || c == '_'; }

// The length of the variable at the front of `text`, without its dollar: "FOLDER", "PUBLIC(x)".
std::size_t VariableLength(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && IsVariableChar(text[length])) ++length;
  if (text.substr(0, length) != "PUBLIC" || !text.substr(length).starts_with('(')) return length;
  const std::size_t close = text.find(')', length);
  return close == std::string_view::npos ? length : close + 1;
}

// What a DNS record publishes: the whole SubjectPublicKeyInfo for RSA (RFC 6376 section 3.6.1), the
// bare 32 bytes at its end for ed25519 (RFC 8463 section 4).
std::string PublishedKey(std::string der, bool ed25519) {
  constexpr std::size_t kEd25519Bytes = 32;
  if (ed25519 && der.size() > kEd25519Bytes) der.erase(0, der.size() - kEd25519Bytes);
  return base::EncodeBase64(std::as_bytes(std::span(der)));
}

Result<void> SetMode(const std::filesystem::path& path, unsigned mode) {
  if (::chmod(path.c_str(), mode) == 0) return {};
  return Fail(ErrorKind::kInternal, "cannot chmod " + path.string());
}

}  // namespace

ScenarioWorld::ScenarioWorld(std::filesystem::path programs)
    : programs_(std::move(programs)), socket_("unix:" + In("milter.sock").string()) {}

Result<std::string> ScenarioWorld::Value(std::string_view name) const {
  if (name == "FOLDER") return folder_.path().string();
  if (name == "SOCKET") return socket_;
  if (name == "SOURCE") return std::string(GATEPOST_SOURCE_DIR);
  if (name == "DNS" || name == "DNS_PORT") {
    if (dns_port_.empty()) return Fail(ErrorKind::kInvalid, "no zone was served above");
    return (name == "DNS" ? "127.0.0.1:" : "") + dns_port_;
  }
  if (name.starts_with("PUBLIC(")) {
    const auto found = public_keys_.find(name.substr(7, name.size() - 8));
    if (found != public_keys_.end()) return found->second;
    return Fail(ErrorKind::kInvalid, "no such key: $" + std::string(name));
  }
  return "$" + std::string(name);
}

Result<std::string> ScenarioWorld::Expand(std::string_view text) const {
  std::string out;
  while (!text.empty()) {
    const std::size_t dollar = std::min(text.find('$'), text.size());
    out.append(text.substr(0, dollar));
    text.remove_prefix(dollar);
    if (text.empty()) break;
    text.remove_prefix(1);
    const std::size_t length = VariableLength(text);
    auto value = Value(text.substr(0, length));
    if (!value) return value;
    out.append(*value);
    text.remove_prefix(length);
  }
  return out;
}

Result<void> ScenarioWorld::WriteFile(std::string_view name, const std::vector<std::string>& lines,
                                      unsigned mode) {
  std::string text;
  for (const std::string& line : lines) {
    const auto expanded = Expand(line);
    if (!expanded) return tl::unexpected(expanded.error());
    text.append(*expanded).append("\n");
  }
  return WriteBytes(name, text, mode);
}

Result<void> ScenarioWorld::WriteBytes(std::string_view name, std::string_view bytes,
                                       unsigned mode) {
  std::filesystem::create_directories(In(name).parent_path());
  std::ofstream out(In(name), std::ios::binary | std::ios::trunc);
  out << bytes;
  out.close();
  if (!out) return Fail(ErrorKind::kInternal, "cannot write " + std::string(name));
  return SetMode(In(name), mode);
}

Result<void> ScenarioWorld::OpenSsl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "/usr/bin/openssl");
  const auto status = RunToEnd(arguments, In("openssl.log"));
  if (!status) return tl::unexpected(status.error());
  if (*status == 0) return {};
  return Fail(ErrorKind::kInternal, "openssl: " + ReadWholeFile(In("openssl.log")));
}

Result<void> ScenarioWorld::MakeKey(std::string_view name, std::string_view algorithm, bool pkcs1,
                                    unsigned mode) {
  const std::string path = In(name).string();
  const bool ed25519 = algorithm == "ed25519";
  if (!ed25519 && !algorithm.starts_with("rsa")) {
    return Fail(ErrorKind::kInvalid, "keys are rsa<bits> or ed25519");
  }
  const std::string bits = ed25519 ? "" : std::string(algorithm.substr(3));
  std::vector<std::string> make = {"genpkey", "-algorithm", ed25519 ? "ed25519" : "RSA"};
  if (!ed25519) make.insert(make.end(), {"-pkeyopt", "rsa_keygen_bits:" + bits});
  make.insert(make.end(), {"-out", path});
  auto done = OpenSsl(make);
  if (done)
    done = OpenSsl({"pkey", "-in", path, "-pubout", "-outform", "DER", "-out", path + ".p"});
  if (done && pkcs1) done = OpenSsl({"rsa", "-in", path, "-traditional", "-out", path});
  if (!done) return done;
  public_keys_.emplace(name, PublishedKey(ReadWholeFile(path + ".p"), ed25519));
  return SetMode(path, mode);
}

Result<void> ScenarioWorld::ServeZone(const std::vector<std::string>& lines) {
  auto written = WriteFile("zone", lines, 0644);
  if (!written) return written;
  auto dns = Program::Start({(programs_ / "gatepost-test-dns").string(), In("zone").string()},
                            In("dns.log"));
  if (!dns) return tl::unexpected(dns.error());
  dns_ = *std::move(dns);
  const bool ready =
      dns_->WaitForLog([](const std::string& log) { return log.find('\n') != std::string::npos; },
                       std::chrono::seconds(20));
  const std::string log = dns_->Log();
  const std::string_view first(log.data(), std::min(log.find('\n'), log.size()));
  const std::size_t before_port = first.find_last_not_of("0123456789");
  dns_port_ = before_port == std::string_view::npos ? first : first.substr(before_port + 1);
  if (ready && !dns_port_.empty()) return {};
  return Fail(ErrorKind::kUnavailable, "the DNS server told no port: " + log);
}

Result<std::vector<std::string>> ScenarioWorld::Words(std::string_view command) const {
  const auto expanded = Expand(command);
  if (!expanded) return tl::unexpected(expanded.error());
  std::vector<std::string> words;
  for (const std::string_view word : base::Split(*expanded, ' ')) {
    if (!word.empty()) words.emplace_back(word);
  }
  if (words.empty()) return Fail(ErrorKind::kInvalid, "which program?");
  if (!words[0].starts_with('/')) words[0] = (programs_ / words[0]).string();
  return words;
}

Result<void> ScenarioWorld::StartProgram(std::string_view command) {
  const auto words = Words(command);
  if (!words) return tl::unexpected(words.error());
  auto program = Program::Start(*words, In("program.log"));
  if (!program) return tl::unexpected(program.error());
  program_ = *std::move(program);
  exit_status_.reset();
  return program_->WaitForSocket(socket_);
}

Result<void> ScenarioWorld::RunProgram(std::string_view command) {
  const auto words = Words(command);
  if (!words) return tl::unexpected(words.error());
  std::filesystem::remove(In("output.log"));
  const auto status = RunToEnd(*words, In("output.log"));
  if (!status) return tl::unexpected(status.error());
  exit_status_ = *status;
  return {};
}

Result<void> ScenarioWorld::StopProgram() {
  if (!program_) return Fail(ErrorKind::kInvalid, "no program was started");
  const auto status = program_->Stop();
  if (!status) return tl::unexpected(status.error());
  exit_status_ = *status;
  return {};
}

std::string ScenarioWorld::Output() const { return ReadWholeFile(In("output.log")); }

std::string ScenarioWorld::Log() const { return ReadWholeFile(In("program.log")); }

}  // namespace gatepost::support
