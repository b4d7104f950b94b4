// Whom a command is about, as words of the command line:
//
//   alice@example.org                                  a user
//   pool example.org                                   a kind and a name
//   user alice@example.org + recipient bob@example.net
//   sender bob@example.net by user alice@example.org
//   "sender bob@example.net from network 192.0.2.0/24" all of it as one quoted word
//
// Pure functions; any thread.
#pragma once

#include <string>

#include "tools/cli/command.h"

namespace gatepost::cli {

// The words with single blanks between them, for limits::Scope::Parse, which judges them. Throws
// UsageError where a word is missing.
std::string TakeSubjectWords(Arguments& arguments);

}  // namespace gatepost::cli
