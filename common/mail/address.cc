#include "common/mail/address.h"

#include <optional>

#include "common/base/strings.h"
#include "common/mail/character_class.h"

namespace gatepost::mail {
namespace {

auto BadPath(const char* message) { return base::Fail(base::ErrorKind::kInvalid, message); }

std::string Quote(std::string_view local_part) {
  std::string quoted = "\"";
  for (char c : local_part) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

// Takes "@one,@two:" away (A-d-l of RFC 5321 section 4.1.2). False where it is not well-formed.
bool DropRoute(std::string_view& path) {
  if (!path.starts_with('@')) return true;
  const auto parts = base::SplitOnce(path, ':');
  if (!parts) return false;
  for (std::string_view hop : base::Split(parts->first, ',')) {
    if (!hop.starts_with('@') || hop.ends_with('.') || !Domain::Parse(hop.substr(1))) return false;
  }
  path = parts->second;
  return true;
}

// qtextSMTP and quoted-pairSMTP with the UTF-8 of RFC 6531; takes the string with its quotes away.
std::optional<std::string> TakeQuotedLocalPart(std::string_view& path) {
  std::string content;
  for (std::size_t at = 1; at < path.size(); ++at) {
    if (path[at] == '"') {
      path.remove_prefix(at + 1);
      return content;
    }
    if (path[at] == '\\' && ++at == path.size()) break;
    if (IsControl(path[at])) break;
    content += path[at];
  }
  return std::nullopt;
}

std::optional<std::string> TakeLocalPart(std::string_view& path) {
  if (path.starts_with('"')) return TakeQuotedLocalPart(path);
  const std::string_view word = path.substr(0, path.find('@'));
  if (!IsDotAtom(word)) return std::nullopt;
  path.remove_prefix(word.size());
  return std::string(word);
}

// "<path>" without its brackets; a path without brackets as it is.
std::optional<std::string_view> WithoutBrackets(std::string_view path) {
  if (!path.starts_with('<')) return path;
  if (!path.ends_with('>')) return std::nullopt;
  return path.substr(1, path.size() - 2);
}

}  // namespace

std::string Address::Format() const {
  std::string text = IsDotAtom(local_part) ? local_part : Quote(local_part);
  text += '@';
  return text += domain.ascii();
}

base::Result<Address> ParsePath(std::string_view path) {
  if (path.size() > kMaxPathBytes) return base::Fail(base::ErrorKind::kLimit, "path too long");
  if (!IsCleanText(path)) return BadPath("a path with controls or broken UTF-8");
  auto rest = WithoutBrackets(path);
  if (!rest) return BadPath("a path whose bracket does not close");
  if (!DropRoute(*rest)) return BadPath("a path with a malformed source route");
  auto local_part = TakeLocalPart(*rest);
  if (!local_part || !rest->starts_with('@')) return BadPath("a path with a malformed local part");
  if (local_part->size() > kMaxLocalPartBytes) {
    return base::Fail(base::ErrorKind::kLimit, "local part too long");
  }
  auto domain =
      rest->ends_with('.') ? BadPath("a path that ends in a dot") : Domain::Parse(rest->substr(1));
  if (!domain) return tl::unexpected(domain.error());
  return Address{std::move(*local_part), std::move(*domain)};
}

bool IsNullPath(std::string_view path) { return path.empty() || path == "<>"; }

}  // namespace gatepost::mail
