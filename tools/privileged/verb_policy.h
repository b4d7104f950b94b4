// Which programs do what a verb asks for, and how their success is known. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "tools/privileged/privileged_options.h"
#include "tools/privileged/request.h"

namespace gatepost::privileged {

struct Command {
  std::vector<std::string> argv;  // the first is an absolute path
  // What its output must hold: postsuper exits with 0 also after "Deleted: 0 messages".
  std::string_view expected_output;
  std::vector<int> good_statuses{0};
  // With another status: what its output holds where there is no such message.
  std::string_view absent_output = {};

  friend bool operator==(const Command&, const Command&) = default;
};

// Of a request other than kReleaseTo and kAccepted (held_copy.h), to be run one after the other
// until one fails. kNotFound: the option that names the program is empty.
base::Result<std::vector<Command>> CommandsFor(const Request& request,
                                               const CommandOptions& options);

}  // namespace gatepost::privileged
