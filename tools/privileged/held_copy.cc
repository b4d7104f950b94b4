#include "tools/privileged/held_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <string>
#include <system_error>

#include "common/base/unique_fd.h"
#include "common/privileged/client.h"
#include "tools/privileged/command_runner.h"
#include "tools/privileged/copy_policy.h"

namespace gatepost::privileged {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;

// Ten thousand recipients with long addresses, and a queue of a hundred thousand messages.
constexpr std::size_t kMostPrintedBytes = std::size_t{64} << 20;

tl::unexpected<base::Error> SystemError(const char* what) {
  return Fail(ErrorKind::kInternal,
              std::string(what) + ": " + std::generic_category().message(errno));
}

// A file without a name, gone with its descriptor.
Result<base::UniqueFd> MakeFile() {
  base::UniqueFd file(::open("/var/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!file) return SystemError("/var/tmp");
  return file;
}

Result<void> WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return SystemError("write");
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<std::string> ReadAll(int fd) {
  std::string text;
  std::array<char, 16'384> chunk;
  while (text.size() <= kMostPrintedBytes) {
    const ssize_t size = ::pread(fd, chunk.data(), chunk.size(), static_cast<off_t>(text.size()));
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return SystemError("read");
    if (size == 0) return text;
    text.append(chunk.data(), static_cast<std::size_t>(size));
  }
  return Fail(ErrorKind::kLimit, "too much was printed");
}

// What it prints.
Result<std::string> Print(const Command& command, std::chrono::milliseconds time_limit) {
  const auto file = MakeFile();
  if (!file) return tl::unexpected(file.error());
  const auto done = RunCommand(command, time_limit, {-1, file->get(), kMostPrintedBytes});
  if (!done) return tl::unexpected(done.error());
  return ReadAll(file->get());
}

}  // namespace

Result<void> ReleaseTo(const Request& request, const CommandOptions& options) {
  auto commands = CopyCommandsFor(request.argument, options);
  if (!commands) return tl::unexpected(commands.error());
  const auto envelope =
      Print(commands->envelope, options.time_limit).and_then([&](const std::string& printed) {
        return ParseEnvelope(printed, request.recipient);
      });
  if (!envelope) return tl::unexpected(envelope.error());
  Address(*envelope, commands->submit);
  const auto copy = MakeFile();
  if (!copy) return tl::unexpected(copy.error());
  const std::string header = std::string(kPassHeader) + request.pass + "\n";
  if (auto written = WriteAll(copy->get(), header); !written) return written;
  const Streams to_copy{-1, copy->get()};
  if (auto read = RunCommand(commands->content, options.time_limit, to_copy); !read) return read;
  if (::lseek(copy->get(), 0, SEEK_SET) != 0) return SystemError("seek");
  return RunCommand(commands->submit, options.time_limit, {copy->get(), -1});
}

Result<void> AwaitsNothing(const Request& request, const CommandOptions& options) {
  const auto commands = WaitCommandsFor(request.argument, options);
  if (!commands) return tl::unexpected(commands.error());
  const auto recipients = Print(commands->envelope, options.time_limit).and_then(ParseRecipients);
  if (!recipients) return tl::unexpected(recipients.error());
  const auto queue = Print(commands->queue, options.time_limit);
  if (!queue) return tl::unexpected(queue.error());
  if (!WaitsForOne(*queue, *recipients)) return {};
  return Fail(ErrorKind::kInternal, std::string(kCopyWaits));
}

}  // namespace gatepost::privileged
