// Makes a reply that libmilter and SMTP accept out of whatever a policy wrote. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "common/milter/verdict.h"

namespace gatepost::milter {

// Ready for smfi_setreply and smfi_setmlreply: '%' doubled, printable ASCII, 1 to 32 lines of at
// most 980 bytes, an enhanced code of the reply code's class (RFC 3463).
struct ReplyText {
  std::string code;
  std::string enhanced;
  std::vector<std::string> lines;
  bool mismatched = false;  // the code was not of the verdict's class: a 451 stands in its place
};

// `action` is kReject (5xx) or kTempFail (4xx). On a mismatch the result is a 451, to be sent as a
// temporary failure: a mistake of ours must not refuse mail for good.
ReplyText MakeReplyText(Verdict::Action action, const Reply& reply);

// "451 4.3.0", for failures of our own.
ReplyText FailureReplyText();

}  // namespace gatepost::milter
