// What this program's command line has beside that of all programs (common/config/command_line.h).
// Pure; called once by main.
#pragma once

#include <string>
#include <vector>

namespace gatepost::dmarc_report {

struct RunMode {
  enum class Kind { kSend, kDryRun, kBounce };
  Kind kind = Kind::kSend;
  std::string directory;  // of kDryRun
  std::string recipient;  // of kBounce: the envelope's; "" where it is not named
};

inline constexpr const char* kModeHelp =
    "Sends the DMARC reports that are due.\n"
    "\n"
    "      --dry-run DIRECTORY   write the files of all collected reports, send nothing\n"
    "      --bounce              read a bounce from standard input and learn from it\n"
    "      --recipient ADDRESS   with --bounce: the address that the bounce was sent to; without "
    "it\n"
    "                            the environment's ORIGINAL_RECIPIENT";

// Takes these options out of `arguments` (argv as it came). Throws std::invalid_argument, with a
// sentence for people.
RunMode TakeRunMode(std::vector<char*>& arguments);

}  // namespace gatepost::dmarc_report
