// gatepost-privileged: wires options, socket and server together.
#include <sys/socket.h>
#include <sys/stat.h>

#include <memory>
#include <string>

#include "common/config/command_line.h"
#include "common/config/config_error.h"
#include "common/log/log.h"
#include "common/milter/server.h"
#include "common/milter/socket.h"
#include "common/site/run_program.h"
#include "tools/privileged/request_server.h"

namespace gatepost::privileged {
namespace {

constexpr const char* kProgram = "gatepost-privileged";
constexpr const char* kFile = "privileged.toml";

struct Settings {
  config::SiteOptions site;
  PrivilegedOptions options;
  config::OptionTable table{kProgram, kFile};

  Settings() { Declare(table, options); }
  ConfigurationPtr Load() const {
    return std::make_shared<const PrivilegedConfiguration>(
        PrivilegedConfiguration{options, AllowedPeers(options.users, options.groups)});
  }
};

ConfigurationPtr ReadAgain(const config::ConfigFiles& files) {
  Settings fresh;
  config::LoadFiles(files, fresh.table, fresh.site);
  return fresh.Load();
}

milter::ListeningSocket OpenSocket(const PrivilegedOptions& options) {
  milter::ServerOptions server;
  server.name = kProgram;
  server.socket = options.socket;
  server.socket_mode = static_cast<unsigned>(std::stoul(options.mode, nullptr, 8));
  server.socket_group = options.group;
  auto socket = milter::OpenListeningSocket(server);
  if (!socket) throw config::ConfigError(socket.error().message);
  int domain = 0;
  socklen_t length = sizeof domain;
  ::getsockopt(socket->fd.get(), SOL_SOCKET, SO_DOMAIN, &domain, &length);
  if (domain != AF_UNIX) throw config::ConfigError(socket->name + ": is no local socket");
  return *std::move(socket);
}

int Serve(const Settings& settings, const config::ConfigFiles& files) {
  ::umask(0077);
  const ConfigurationPtr configuration = settings.Load();
  const milter::ListeningSocket socket = OpenSocket(settings.options);
  const bool activated = settings.options.socket.starts_with("fd:");
  log::Info("listening").With("socket", socket.name);
  RequestServer server(configuration, [&] { return ReadAgain(files); });
  const auto served = server.Serve(
      socket.fd.get(), activated ? settings.options.idle_exit : std::chrono::milliseconds(0));
  milter::RemoveSocketFile(socket);
  if (served) return 0;
  log::Error("ended").With("reason", served.error().message);
  return 1;
}

int Main(int argc, char** argv) {
  milter::BlockSignals();
  Settings settings;
  return site::RunProgram(argc, argv,
                          {"Does the few things that need root for the other programs.",
                           settings.table, settings.site, [&] { settings.Load(); }},
                          [&](const config::ConfigFiles& files) { return Serve(settings, files); });
}

}  // namespace
}  // namespace gatepost::privileged

int main(int argc, char** argv) { return gatepost::privileged::Main(argc, argv); }
