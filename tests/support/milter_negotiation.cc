#include "tests/support/milter_negotiation.h"

#include <algorithm>

#include "common/base/strings.h"

namespace gatepost::support {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;

using MacroLists = std::map<MacroStage, std::vector<std::string>>;

// What Postfix sends where the milter does not ask for anything else (postconf milter_*_macros).
const MacroLists& PostfixMacros() {
  static const MacroLists lists = {
      {MacroStage::kConnect, {"j", "{daemon_name}", "{daemon_addr}", "v", "_"}},
      {MacroStage::kHelo,
       {"{tls_version}", "{cipher}", "{cipher_bits}", "{cert_subject}", "{cert_issuer}"}},
      {MacroStage::kMail,
       {"i", "{auth_type}", "{auth_authen}", "{auth_author}", "{mail_addr}", "{mail_host}",
        "{mail_mailer}"}},
      {MacroStage::kRecipient, {"i", "{rcpt_addr}", "{rcpt_host}", "{rcpt_mailer}"}},
      {MacroStage::kData, {"i"}},
      {MacroStage::kEndOfHeaders, {"i"}},
      {MacroStage::kEndOfMessage, {"i"}},
  };
  return lists;
}

std::vector<std::string> SplitWords(std::string_view text) {
  std::vector<std::string> words;
  for (const std::string_view word : base::Split(text, ' ')) {
    if (!word.empty()) words.emplace_back(word);
  }
  return words;
}

std::string WithLineFeeds(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\r' && i + 1 < value.size() && value[i + 1] == '\n') continue;
    out.push_back(value[i]);
  }
  return out;
}

// What stands behind the negotiation's three numbers: a stage's number and its list, repeated.
Result<void> ReadMacroLists(std::string_view bytes, MacroLists& lists) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\0', std::min<std::size_t>(4, bytes.size()));
    if (bytes.size() < 5 || end == std::string_view::npos) {
      return Fail(ErrorKind::kInvalid, "a macro list is cut short");
    }
    lists[static_cast<MacroStage>(ReadUint32(bytes))] = SplitWords(bytes.substr(4, end - 4));
    bytes.remove_prefix(end + 1);
  }
  return {};
}

}  // namespace

Negotiated NothingNegotiated() { return {0, 0, 0, PostfixMacros()}; }

std::string NegotiationFrame(const Offer& offer) {
  std::string payload;
  AppendUint32(payload, offer.version);
  AppendUint32(payload, offer.actions);
  AppendUint32(payload, offer.protocol);
  return EncodeFrame(Command::kNegotiate, payload);
}

Result<Negotiated> ParseNegotiation(const Frame& frame, const Offer& offer) {
  if (frame.letter != static_cast<char>(Answer::kNegotiate) || frame.payload.size() < 12) {
    return Fail(ErrorKind::kInvalid, "not an answer to the negotiation");
  }
  const std::string_view bytes = frame.payload;
  Negotiated agreed{ReadUint32(bytes), ReadUint32(bytes.substr(4)), ReadUint32(bytes.substr(8)),
                    PostfixMacros()};
  if (agreed.version > offer.version || (agreed.actions & ~offer.actions) != 0 ||
      (agreed.protocol & ~offer.protocol) != 0) {
    return Fail(ErrorKind::kInvalid, "the milter asks for more than was offered");
  }
  const auto read = ReadMacroLists(bytes.substr(12), agreed.macros);
  if (!read) return tl::unexpected(read.error());
  return agreed;
}

std::string MacroFrame(const Negotiated& negotiated, MacroStage stage, Command command,
                       const Macros& values) {
  const auto names = negotiated.macros.find(stage);
  if (names == negotiated.macros.end()) return {};
  std::string payload(1, static_cast<char>(command));
  for (const std::string& name : names->second) {
    const auto found = values.find(name);
    if (found != values.end()) payload += NulTerminated(name) + NulTerminated(found->second);
  }
  return payload.size() == 1 ? std::string() : EncodeFrame(Command::kMacro, payload);
}

std::string ConnectPayload(std::string_view name, std::string_view address, std::uint16_t port) {
  std::string payload = NulTerminated(name);
  if (address.empty()) return payload + 'U';
  const bool local = address.front() == '/';
  const bool v6 = address.find(':') != std::string_view::npos;
  payload.push_back(local ? 'L' : v6 ? '6' : '4');
  payload.push_back(static_cast<char>(local ? 0 : port >> 8U));
  payload.push_back(static_cast<char>(local ? 0 : port & 0xffU));
  return payload + NulTerminated(address);
}

std::string HeaderPayload(const Negotiated& negotiated, const HeaderLine& header) {
  std::string value = WithLineFeeds(header.value);
  if (!negotiated.Has(protocol::kHeaderLeadingSpace) && value.starts_with(' ')) value.erase(0, 1);
  return NulTerminated(header.name) + NulTerminated(value);
}

std::string PathPayload(std::string_view path, const std::vector<std::string>& parameters) {
  std::string payload = NulTerminated(path);
  for (const std::string& parameter : parameters) payload += NulTerminated(parameter);
  return payload;
}

void SetAddressMacros(Macros& macros, std::string_view prefix, std::string_view path) {
  if (path.size() >= 2 && path.front() == '<' && path.back() == '>') {
    path = path.substr(1, path.size() - 2);
  }
  const std::size_t at = path.rfind('@');
  const std::string name(prefix);
  macros["{" + name + "_addr}"] = path;
  macros["{" + name + "_host}"] =
      at == std::string_view::npos ? "" : std::string(path.substr(at + 1));
  macros["{" + name + "_mailer}"] = "smtp";
}

}  // namespace gatepost::support
