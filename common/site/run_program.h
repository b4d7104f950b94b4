// What every program's main does around its work:
//
//   int Main(int argc, char** argv) {
//     milter::BlockSignals();
//     Settings settings;
//     return site::RunProgram(argc, argv,
//                             {"Signs and verifies mail with DKIM.", settings.table, settings.site,
//                              [&] { settings.Load(); }},
//                             [&](const config::ConfigFiles& files) {
//                               return Serve(settings, files);
//                             });
//   }
//
// Called once, before threads exist.
#pragma once

#include <functional>

#include "common/config/command_line.h"

namespace gatepost::site {

// Reads the command line and both files, opens the log under the program's name, and does the
// `work`. Returns the exit status: that of the command line where it asked for text alone or was
// wrong, that of `work`, or 78 where that throws config::ConfigError, which the log tells.
int RunProgram(int argc, char* const* argv, const config::Program& program,
               const std::function<int(const config::ConfigFiles&)>& work);

}  // namespace gatepost::site
