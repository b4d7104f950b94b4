#include "tests/common/auth/dkim_fixture.h"

#include <stdexcept>

#include "common/auth/signed_fields.h"
#include "common/base/base64.h"
#include "common/base/strings.h"
#include "common/mail/tag_list.h"
#include "tests/common/auth/test_keys.h"

namespace gatepost::auth::testing {
namespace {

std::string WithCrlf(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n' && !out.ends_with('\r')) out += '\r';
    out += c;
  }
  return out;
}

std::string WithoutCr(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != '\r') out += c;
  }
  return out;
}

std::string RandomText(std::mt19937& random, std::vector<std::string_view> pieces,
                       std::size_t max_pieces) {
  std::string text;
  for (std::size_t n = random() % (max_pieces + 1); n > 0; --n) {
    text += pieces[random() % pieces.size()];
  }
  return text;
}

Canonicalization MethodIn(std::string_view name) {
  return name == "relaxed" ? Canonicalization::kRelaxed : Canonicalization::kSimple;
}

}  // namespace

Message ParseMessage(std::string_view raw) {
  const std::string text = WithoutCr(raw);
  Message message;
  std::size_t at = 0;
  while (at < text.size() && text[at] != '\n') {
    std::size_t end = text.find('\n', at);
    while (end + 1 < text.size() && (text[end + 1] == ' ' || text[end + 1] == '\t')) {
      end = text.find('\n', end + 1);
    }
    const auto parts = base::SplitOnce(std::string_view(text).substr(at, end - at), ':');
    if (!parts) throw std::invalid_argument("not a header field");
    message.fields.push_back({std::string(parts->first), std::string(parts->second)});
    at = end + 1;
  }
  if (at < text.size()) message.body = WithCrlf(std::string_view(text).substr(at + 1));
  return message;
}

Message ShortMessage() {
  return ParseMessage(
      "Received: from a\n\tby b; Fri, 11 Jul 2003 21:01:54 -0700\n"
      "From: Joe <joe@example.org>\n"
      "To: Suzie  Q <suzie@example.net>,\n   other@example.net\n"
      "Subject:Is dinner ready?\n"
      "Date: Fri, 11 Jul 2003 21:00:37 -0700\n"
      "Message-ID: <1@example.org>\n"
      "\n"
      "Hi.\n\nWe lost  the game. \t\nAre you hungry yet?\n\nJoe.\n\n\n");
}

Message RandomMessage(std::mt19937& random) {
  const std::vector<std::string_view> value_pieces = {
      " ", "\t", "a", "b c", "\n ", "\n\t", "=", ";", ":", "\xc3\xa4", "\n \t", "Z", "word", "<@>"};
  const std::vector<std::string_view> body_pieces = {
      " ", "  ", "\t", "\r\n", "\r\n", "\r\n\r\n", "a", "text", ".", "\xff", "=20", "long  gap"};
  const std::vector<std::string_view> names = {"To",     "CC",         "subject", "Date",
                                               "X-Spam", "references", "From",    "Content-Type"};
  Message message;
  message.fields.push_back({"From", " joe@example.org"});
  for (std::size_t n = random() % 12; n > 0; --n) {
    const std::string name(names[random() % names.size()]);
    message.fields.push_back({name, " x" + RandomText(random, value_pieces, 20) + "y"});
  }
  message.body = RandomText(random, body_pieces, random() % 3 == 0 ? 2000 : 30);
  // libopendkim signs no body that ends otherwise.
  if (!message.body.empty()) message.body += "\r\n";
  return message;
}

std::shared_ptr<const PrivateKey> KeyFromPem(std::string_view pem) {
  auto key = PrivateKey::ParsePem(pem);
  if (!key) throw std::invalid_argument(key.error().message);
  return std::make_shared<const PrivateKey>(std::move(*key));
}

std::shared_ptr<const PrivateKey> RsaKey() {
  static const auto key = KeyFromPem(kRsa2048Pkcs8);
  return key;
}

std::shared_ptr<const PrivateKey> Ed25519Key() {
  static const auto key = KeyFromPem(kEd25519);
  return key;
}

std::string KeyRecordOf(const PrivateKey& key) {
  const bool rsa = key.algorithm() == KeyAlgorithm::kRsa;
  return std::string("v=DKIM1; k=") + (rsa ? "rsa" : "ed25519") + "; p=" + key.PublicKeyForDns();
}

SignatureRequest RequestWith(std::shared_ptr<const PrivateKey> key, Canonicalization header,
                             Canonicalization body) {
  SignatureRequest request;
  request.domain = "example.org";
  request.selector = "sel";
  request.key = std::move(key);
  request.header_method = header;
  request.body_method = body;
  return request;
}

Message Signed(Message message, const SignatureRequest& request) {
  DkimSigner signer({request}, HeaderSelection::Default(), message.fields);
  signer.OnBody(std::as_bytes(std::span(message.body)));
  const auto values = signer.Finish(base::ManualClock().Wall());
  if (!values) throw std::invalid_argument(values.error().message);
  message.fields.insert(message.fields.begin(), {"DKIM-Signature", values->at(0)});
  return message;
}

Message SignedWithTags(Message message, std::string_view tags, const PrivateKey& key) {
  const auto list = mail::TagList::Parse(tags, {1 << 24, 1000});
  const std::string c(list ? list->Find("c").value_or("simple/simple") : "simple/simple");
  const std::string l(list ? list->Find("l").value_or("") : "");
  const auto methods =
      base::SplitOnce(c, '/').value_or(std::pair<std::string_view, std::string_view>(c, "simple"));
  std::vector<std::string> names;
  for (auto name : base::Split(list ? list->Find("h").value_or("") : "", ':')) {
    names.emplace_back(base::Trim(name));
  }
  std::optional<std::uint64_t> limit;
  if (!l.empty() && l.size() < 19 && base::IsAsciiDigit(l[0])) limit = std::stoull(l);
  BodyHasher hasher(MethodIn(methods.second), limit);
  hasher.Update(std::as_bytes(std::span(message.body)));
  const Sha256Digest body_hash = hasher.Finish();
  mail::HeaderField field{"DKIM-Signature", " " + std::string(tags) + "; bh=" +
                                                base::EncodeBase64(body_hash) + ";\n\tb="};
  const FieldIndex index(message.fields);
  const Canonicalization header = MethodIn(methods.first);
  const auto digest = HashHeader(header, CanonicalFields(header, index.Select(names)), field);
  const auto signature = key.Sign(digest).value();
  field.value += base::EncodeBase64(std::as_bytes(std::span(signature)));
  message.fields.insert(message.fields.begin(), field);
  return message;
}

std::vector<DkimSignatureResult> Verification::Run(const Message& message) {
  DkimVerifier verifier(limits, resolver, clock);
  for (const mail::HeaderField& field : message.fields) verifier.OnHeader(field);
  verifier.OnEndOfHeaders(author);
  verifier.OnBody(std::as_bytes(std::span(message.body)));
  auto results = verifier.Finish(std::chrono::steady_clock::now() + std::chrono::seconds(5));
  ignored = verifier.ignored_signatures();
  return results;
}

}  // namespace gatepost::auth::testing
