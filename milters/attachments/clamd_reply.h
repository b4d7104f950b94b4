// What clamd answers to INSTREAM (clamd(8)). Foreign bytes; pure functions; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gatepost::attachments {

struct ClamdVerdict {
  enum class Outcome {
    kClean,
    kFound,      // `text` is the malware's name
    kTooLarge,   // clamd or our own bound takes no more; what was seen is clean
    kUnchecked,  // `text` says why, for the log
  };
  Outcome outcome = Outcome::kUnchecked;
  std::string text;         // printable
  bool of_message = false;  // kUnchecked for a reason that other messages need not have
};

// No answer is longer; what is, is none.
inline constexpr std::size_t kMostClamdReplyBytes = 2'048;

// An answer without its final NUL or line end. What is not one is kUnchecked.
ClamdVerdict ParseClamdReply(std::string_view reply);

}  // namespace gatepost::attachments
