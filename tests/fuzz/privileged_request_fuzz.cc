// A request of a stranger and an answer to it: what is read is written as the same bytes, and no
// argument holds what a program could take for more.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/privileged/client.h"
#include "tools/privileged/request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost::privileged;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(ParseAnswer(text));
  const auto request = ParseRequest(text);
  if (!request) return 0;
  std::string written = std::string(Name(request->verb)) + " " + request->argument;
  if (request->verb == Verb::kReleaseTo) written += " " + request->recipient + " " + request->pass;
  if (written + "\n" != text) std::abort();
  if (request->argument.empty() || request->argument[0] == '-') std::abort();
  if (request->argument.find_first_of("*?/\\:;|$`\"<>()[] \t\r\n") != std::string::npos)
    std::abort();
  return 0;
}
