// Verifies a message with fixed keys: both engines give the same results. Then signs it, and both
// must pass that.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/auth/dkim_signer.h"
#include "common/auth/dkim_verifier.h"
#include "tests/common/auth/test_keys.h"
#include "tests/support/memory_resolver.h"

namespace {

using namespace gatepost;
using namespace gatepost::auth;
using Results = std::vector<DkimSignatureResult>;

void Require(bool condition) {
  if (!condition) std::abort();
}

std::shared_ptr<const PrivateKey> Key(const char* pem) {
  return std::make_shared<const PrivateKey>(PrivateKey::ParsePem(pem).value());
}
const std::shared_ptr<const PrivateKey>& RsaKey() {
  static const auto key = Key(testing::kRsa2048Pkcs8);
  return key;
}
const std::shared_ptr<const PrivateKey>& Ed25519Key() {
  static const auto key = Key(testing::kEd25519);
  return key;
}

test::MemoryResolver& Resolver() {
  static test::MemoryResolver* const resolver = [] {
    auto* const made = new test::MemoryResolver;
    made->AddTxt("rsa._domainkey.example.org", "p=" + RsaKey()->PublicKeyForDns());
    made->AddTxt("ed._domainkey.example.org",
                 "v=DKIM1; t=y; k=ed25519; p=" + Ed25519Key()->PublicKeyForDns());
    made->Fail("down._domainkey.example.org", dns::Status::kTimeout);
    return made;
  }();
  return *resolver;
}

struct Message {
  std::vector<mail::HeaderField> fields;
  std::string_view body;
};

// Lines up to an empty one are fields, as a mail server splits them; the rest is the body.
Message Split(std::string_view text) {
  Message message;
  while (!text.empty() && text.front() != '\n') {
    std::size_t end = text.find('\n');
    while (end != std::string_view::npos && end + 1 < text.size() &&
           (text[end + 1] == ' ' || text[end + 1] == '\t')) {
      end = text.find('\n', end + 1);
    }
    const std::string_view line = text.substr(0, end);
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos) {
      message.fields.push_back(
          {std::string(line.substr(0, colon)), std::string(line.substr(colon + 1))});
    }
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  message.body = text.substr(std::min<std::size_t>(1, text.size()));
  return message;
}

Results Verify(const Message& message, VerificationEngine engine) {
  static const base::ManualClock clock;
  VerifierLimits limits;
  limits.engine = engine;
  DkimVerifier verifier(limits, Resolver(), clock);
  for (const auto& field : message.fields) verifier.OnHeader(field);
  verifier.OnEndOfHeaders(mail::Domain::Parse("example.org").value());
  verifier.OnBody(std::as_bytes(std::span(message.body)));
  return verifier.Finish(std::chrono::steady_clock::now());
}

Results VerifyWithBoth(const Message& message) {
  const Results own = Verify(message, VerificationEngine::kOwn);
  const Results opendkim = Verify(message, VerificationEngine::kOpendkim);
  Require(own.size() == opendkim.size());
  for (std::size_t i = 0; i < own.size(); ++i) {
    Require((own[i].result == DkimResult::kPass) == (opendkim[i].result == DkimResult::kPass));
    Require(!own[i].counts_for_alignment || own[i].result == DkimResult::kPass);
  }
  return own;
}

void SignAndVerify(Message message, Canonicalization method) {
  std::vector<SignatureRequest> requests(1);
  requests[0].domain = "example.org";
  requests[0].selector = "ed";
  requests[0].key = Ed25519Key();
  requests[0].header_method = method;
  requests[0].body_method = method;
  DkimSigner signer(requests, HeaderSelection::Default(), message.fields);
  signer.OnBody(std::as_bytes(std::span(message.body)));
  const auto values = signer.Finish(base::ManualClock().Wall());
  if (!values) return;
  message.fields.insert(message.fields.begin(), {"DKIM-Signature", values->at(0)});
  bool passed = false;
  for (const DkimSignatureResult& result : VerifyWithBoth(message)) {
    passed = passed || (result.result == DkimResult::kPass && result.selector == "ed");
  }
  Require(passed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Message message = Split({reinterpret_cast<const char*>(data), size});
  VerifyWithBoth(message);
  SignAndVerify(message, size % 2 == 0 ? Canonicalization::kSimple : Canonicalization::kRelaxed);
  return 0;
}
