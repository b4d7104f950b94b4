#include "common/site/run_program.h"

#include "common/config/config_error.h"
#include "common/log/log.h"

namespace gatepost::site {

int RunProgram(int argc, char* const* argv, const config::Program& program,
               const std::function<int(const config::ConfigFiles&)>& work) {
  const config::Start start = config::ReadCommandLine(argc, argv, program);
  if (start.exit_status) return *start.exit_status;
  log::Open(program.table.program(), program.site.log.target, program.site.log.level);
  try {
    return work(start.files);
  } catch (const config::ConfigError& error) {
    log::Error("bad_configuration").With("reason", error.what());
    return config::kExitBadConfig;
  }
}

}  // namespace gatepost::site
