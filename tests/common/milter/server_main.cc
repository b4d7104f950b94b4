// milter_test_server SOCKET [name=value...]: serves a RecordingService. Besides its options:
// mode=0600 group=NAME backlog=N max_frame=BYTES drain_ms=N.
#include <cstdlib>
#include <string>
#include <vector>

#include "common/log/log.h"
#include "common/milter/server.h"
#include "tests/common/milter/recording_service.h"

namespace {

gatepost::milter::ServerOptions ReadOptions(
    const std::string& socket, const gatepost::milter_test::RecordingService& service) {
  const auto number = [&](const char* name, long otherwise, int base) {
    const std::string text(service.Option(name));
    return text.empty() ? otherwise : std::strtol(text.c_str(), nullptr, base);
  };
  gatepost::milter::ServerOptions options;
  options.name = "milter_test_server";
  options.socket = socket;
  options.socket_mode = static_cast<unsigned>(number("mode", 0660, 8));
  options.socket_group = service.Option("group");
  options.backlog = static_cast<int>(number("backlog", 512, 10));
  options.max_frame_bytes = static_cast<std::size_t>(number("max_frame", 2 << 20, 10));
  options.drain_timeout = std::chrono::seconds(number("drain", 30, 10));
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  gatepost::milter::BlockSignals();
  gatepost::log::Open("milter_test_server", gatepost::log::Target::kStderr,
                      gatepost::log::Level::kInfo);
  if (argc < 2) return 64;
  gatepost::milter_test::RecordingService service(std::vector<std::string>(argv + 2, argv + argc));
  return gatepost::milter::Run(ReadOptions(argv[1], service), service);
}
