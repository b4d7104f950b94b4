#include "tests/common/auth/opendkim_peer.h"

#define _Bool bool
#include <opendkim/dkim.h>

#include <cstring>
#include <memory>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

namespace gatepost::auth::testing {
namespace {

// libopendkim leaks a key with each ed25519 signature that it makes.
struct LeaksAllowed {
#ifdef __SANITIZE_ADDRESS__
  __lsan::ScopedDisabler disabler;
#endif
};

using Library = std::unique_ptr<DKIM_LIB, decltype(&dkim_close)>;
using Handle = std::unique_ptr<DKIM, decltype(&dkim_free)>;
using KeyRecords = std::map<std::string, std::string>;

std::string Wire(const mail::HeaderField& field) {
  std::string text = field.name + ":";
  for (const char c : field.value) {
    if (c == '\n' && !text.ends_with('\r')) text += '\r';
    text += c;
  }
  return text;
}

u_char* Bytes(std::string_view text) {
  return reinterpret_cast<u_char*>(const_cast<char*>(text.data()));
}

DKIM_CBSTAT FindKey(DKIM* dkim, DKIM_SIGINFO* sig, u_char* buffer, size_t size) {
  const auto& records = *static_cast<const KeyRecords*>(dkim_get_user_context(dkim));
  const std::string name = std::string(reinterpret_cast<const char*>(dkim_sig_getselector(sig))) +
                           "._domainkey." + reinterpret_cast<const char*>(dkim_sig_getdomain(sig));
  const auto found = records.find(name);
  if (found == records.end()) return DKIM_CBSTAT_NOTFOUND;
  if (found->second.size() >= size) return DKIM_CBSTAT_ERROR;
  std::memcpy(buffer, found->second.c_str(), found->second.size() + 1);
  return DKIM_CBSTAT_CONTINUE;
}

dkim_canon_t Method(Canonicalization method) {
  return method == Canonicalization::kSimple ? DKIM_CANON_SIMPLE : DKIM_CANON_RELAXED;
}

bool Feed(DKIM* dkim, const std::vector<mail::HeaderField>& fields, std::string_view body) {
  for (const mail::HeaderField& field : fields) {
    const std::string wire = Wire(field);
    dkim_header(dkim, Bytes(wire), wire.size());
  }
  dkim_eoh(dkim);
  if (!body.empty()) dkim_body(dkim, Bytes(body), body.size());
  return dkim_eom(dkim, nullptr) == DKIM_STAT_OK;
}

std::string SignatureOf(DKIM* dkim) {
  u_char* text = nullptr;
  size_t size = 0;
  if (dkim_getsighdr_d(dkim, std::strlen("DKIM-Signature: "), &text, &size) != DKIM_STAT_OK) {
    return "";
  }
  std::string value = " ";
  for (size_t i = 0; i < size; ++i) {
    if (text[i] != '\r') value += static_cast<char>(text[i]);
  }
  return value;
}

}  // namespace

std::string OpendkimSigns(const PeerSignature& how, const std::vector<mail::HeaderField>& fields,
                          std::string_view body) {
  [[maybe_unused]] const LeaksAllowed allowed;
  const Library library(dkim_init(nullptr, nullptr), &dkim_close);
  std::uint64_t now = 1'700'086'400;  // ManualClock's start
  dkim_options(library.get(), DKIM_OP_SETOPT, DKIM_OPTS_FIXEDTIME, &now, sizeof now);
  DKIM_STAT status = DKIM_STAT_OK;
  const Handle dkim(
      dkim_sign(library.get(), Bytes("test"), nullptr, Bytes(how.pem), Bytes("sel"),
                Bytes("example.org"), Method(how.header_method), Method(how.body_method),
                how.algorithm == KeyAlgorithm::kRsa ? DKIM_SIGN_RSASHA256 : DKIM_SIGN_ED25519SHA256,
                -1, &status),
      &dkim_free);
  if (!dkim) return "";
  // Its ed25519 signatures are wrapped differently when hashed and when printed.
  if (how.algorithm == KeyAlgorithm::kEd25519) dkim_set_margin(dkim.get(), 0);
  return Feed(dkim.get(), fields, body) ? SignatureOf(dkim.get()) : "";
}

std::vector<bool> OpendkimVerifies(const std::vector<mail::HeaderField>& fields,
                                   std::string_view body, const KeyRecords& key_records) {
  const Library library(dkim_init(nullptr, nullptr), &dkim_close);
  dkim_set_key_lookup(library.get(), &FindKey);
  DKIM_STAT status = DKIM_STAT_OK;
  const Handle dkim(dkim_verify(library.get(), Bytes("test"), nullptr, &status), &dkim_free);
  dkim_set_user_context(dkim.get(), const_cast<KeyRecords*>(&key_records));
  Feed(dkim.get(), fields, body);
  DKIM_SIGINFO** signatures = nullptr;
  int count = 0;
  std::vector<bool> passed;
  if (dkim_getsiglist(dkim.get(), &signatures, &count) != DKIM_STAT_OK) return passed;
  for (int i = 0; i < count; ++i) {
    dkim_sig_process(dkim.get(), signatures[i]);
    passed.push_back(DKIM_SIG_CHECK(signatures[i]));
  }
  return passed;
}

}  // namespace gatepost::auth::testing
