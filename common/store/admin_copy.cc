#include "common/store/admin_copy.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <system_error>
#include <utility>

#include "common/base/strings.h"
#include "common/base/unique_fd.h"

namespace gatepost::store {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;

constexpr std::string_view kFirstLine = "gatepost-admin-state 1";
constexpr std::string_view kHexDigits = "0123456789abcdef";

bool IsPlain(char c) { return c > 0x20 && c < 0x7f && c != '%'; }

std::string Encoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (IsPlain(c)) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += {'%', kHexDigits[byte >> 4], kHexDigits[byte & 0x0f]};
  }
  return encoded;
}

// The byte of two lower-case hex digits at the start of `text`.
std::optional<char> HexByte(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  const std::size_t high = kHexDigits.find(text[0]);
  const std::size_t low = kHexDigits.find(text[1]);
  if (high > 15 || low > 15) return std::nullopt;
  return static_cast<char>(static_cast<unsigned char>(high << 4 | low));
}

std::optional<std::string> Decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      if (!IsPlain(text[i])) return std::nullopt;
      decoded += text[i];
      continue;
    }
    const auto byte = HexByte(text.substr(i + 1));
    if (!byte) return std::nullopt;
    decoded += *byte;
    i += 2;
  }
  return decoded;
}

std::string Checksum(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  std::array<char, 17> hex;
  std::snprintf(hex.data(), hex.size(), "%016llx", static_cast<unsigned long long>(hash));
  return hex.data();
}

tl::unexpected<base::Error> Damaged(std::string_view why) {
  return Fail(ErrorKind::kInvalid, "the copy is damaged: " + std::string(why));
}

std::string EndLine(std::size_t entries, std::string_view before) {
  return "end " + std::to_string(entries) + " " + Checksum(before) + "\n";
}

bool TakeLine(std::string_view line, AdminCopy& copy) {
  const auto parts = base::Split(line, ' ');
  if (parts.size() < 2 || parts[0].size() != 1) return false;
  const char sign = parts[0][0];
  auto name = Decoded(parts[1]);
  if (!name) return false;
  if (sign == '-') {
    return parts.size() == 2 && copy.unsent.emplace(std::move(*name), std::nullopt).second;
  }
  auto value = parts.size() == 3 ? Decoded(parts[2]) : std::nullopt;
  if (!value) return false;
  if (sign == '=') return copy.fields.emplace(std::move(*name), std::move(*value)).second;
  return sign == '+' && copy.unsent.emplace(std::move(*name), std::move(value)).second;
}

Result<AdminCopy> ParseEntries(std::string_view lines) {
  AdminCopy copy;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    if (!TakeLine(lines.substr(0, end), copy)) return Damaged("a line does not parse");
    if (copy.fields.size() + copy.unsent.size() > AdminCopy::kMaxEntries) {
      return Damaged("too many entries");
    }
    lines.remove_prefix(end + 1);
  }
  return copy;
}

tl::unexpected<base::Error> SystemError(const std::filesystem::path& file) {
  const int number = errno;
  const auto kind = number == ENOENT                      ? ErrorKind::kNotFound
                    : number == EACCES || number == EPERM ? ErrorKind::kPermission
                                                          : ErrorKind::kInternal;
  return Fail(kind, file.string() + ": " + std::generic_category().message(number));
}

bool WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

Result<void> WriteNew(const std::filesystem::path& file, std::string_view text) {
  ::unlink(file.c_str());
  const base::UniqueFd fd(
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd || !WriteAll(fd.get(), text) || ::fsync(fd.get()) != 0) return SystemError(file);
  return {};
}

Result<void> SyncFolder(const std::filesystem::path& folder) {
  const base::UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return SystemError(folder);
  return {};
}

Result<std::string> ReadBounded(int fd, const std::filesystem::path& file) {
  std::string text;
  std::array<char, 65536> chunk;
  for (;;) {
    const ssize_t size = ::read(fd, chunk.data(), chunk.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return SystemError(file);
    if (size == 0) return text;
    text.append(chunk.data(), static_cast<std::size_t>(size));
    if (text.size() > AdminCopy::kMaxBytes) return Damaged("it is too large");
  }
}

}  // namespace

std::string AdminCopy::Format() const {
  std::string text(kFirstLine);
  text += '\n';
  for (const auto& [name, value] : fields)
    text += "= " + Encoded(name) + " " + Encoded(value) + "\n";
  for (const auto& [name, value] : unsent) {
    text +=
        value ? "+ " + Encoded(name) + " " + Encoded(*value) + "\n" : "- " + Encoded(name) + "\n";
  }
  return text + EndLine(fields.size() + unsent.size(), text);
}

Result<AdminCopy> AdminCopy::Parse(std::string_view text) {
  const std::size_t first = kFirstLine.size();
  if (text.substr(0, first) != kFirstLine || text.substr(first, 1) != "\n") {
    return Damaged("the first line is not that of version 1");
  }
  const std::size_t end = text.rfind("\nend ");
  if (end == std::string_view::npos) return Damaged("it has no end");
  auto copy = ParseEntries(text.substr(first + 1, end - first));
  if (!copy) return copy;
  const std::size_t entries = copy->fields.size() + copy->unsent.size();
  if (text.substr(end + 1) != EndLine(entries, text.substr(0, end + 1))) {
    return Damaged("the checksum is wrong");
  }
  return copy;
}

Result<AdminCopy> AdminCopy::Read(const std::filesystem::path& file) {
  const base::UniqueFd fd(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return SystemError(file);
  return ReadBounded(fd.get(), file).and_then([](const std::string& text) { return Parse(text); });
}

Result<void> AdminCopy::Write(const std::filesystem::path& file) const {
  std::filesystem::path fresh = file;
  fresh += ".new";
  if (const auto written = WriteNew(fresh, Format()); !written) return written;
  if (::rename(fresh.c_str(), file.c_str()) != 0) return SystemError(file);
  return SyncFolder(file.parent_path());
}

}  // namespace gatepost::store
