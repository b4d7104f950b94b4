#include "common/auth/dkim_opendkim.h"

#include <algorithm>
#include <cstring>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/base64.h"
#include "common/base/strings.h"

// dkim.h is C, and names C's bool.
#define _Bool bool  // NOLINT(bugprone-reserved-identifier): the name is theirs
#include <opendkim/dkim.h>

namespace gatepost::auth {
namespace {

constexpr std::size_t kMaxSignedNamesBytes = 4000;
constexpr std::size_t kMaxKeyRecordBytes = 1024;
constexpr std::string_view kSignatureField = "DKIM-Signature";

bool IsAscii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Fields as they travel, without the last CRLF.
std::string Wire(const mail::HeaderField& field) {
  std::string text;
  CanonicalizeHeader(Canonicalization::kSimple, field, text);
  text.resize(text.size() - 2);
  return text;
}

u_char* Bytes(std::string_view text) {
  return reinterpret_cast<u_char*>(const_cast<char*>(text.data()));
}

std::string KeyRecordText(const DkimKeyRecord& record) {
  const std::string_view type = record.key.algorithm() == KeyAlgorithm::kRsa ? "rsa" : "ed25519";
  return "v=DKIM1; k=" + std::string(type) +
         "; p=" + base::EncodeBase64(std::as_bytes(std::span(record.key_bytes)));
}

bool HoldsBareCr(std::string_view text) {
  for (std::size_t at = text.find('\r'); at != std::string_view::npos;
       at = text.find('\r', at + 1)) {
    if (at + 1 < text.size() && text[at + 1] != '\n') return true;
  }
  return false;
}

// A line end that is no fold: the next line would be a field of its own.
bool HoldsBrokenFold(std::string_view value) {
  for (std::size_t at = value.find('\n'); at != std::string_view::npos;
       at = value.find('\n', at + 1)) {
    if (at + 1 == value.size() || (value[at + 1] != ' ' && value[at + 1] != '\t')) return true;
  }
  return false;
}

// It reads fields as C strings, and all that isspace() knows as white space.
bool IsPlain(const mail::HeaderField& field) {
  constexpr std::string_view kMisread("\0\v\f", 3);
  const std::string_view value = field.value;
  return base::Trim(field.name) == field.name &&
         value.find_first_of(kMisread) == std::string_view::npos && !value.ends_with('\r') &&
         !HoldsBareCr(value) && !HoldsBrokenFold(value);
}

bool IsShown(const DkimSignature& signature) {
  std::size_t names_bytes = 0;
  for (const std::string& name : signature.signed_names) {
    if (base::EqualsIgnoreCase(name, kSignatureField)) return false;
    names_bytes += name.size() + 1;
  }
  return names_bytes <= kMaxSignedNamesBytes && !signature.body_length &&
         IsAscii(signature.without_b.value);
}

struct LowerLess {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const {
    return std::ranges::lexicographical_compare(a, b, {}, base::AsciiLower, base::AsciiLower);
  }
};

class OpendkimEngine final : public SignatureEngine {
 public:
  OpendkimEngine(std::span<const mail::HeaderField> fields,
                 const std::vector<EngineInput>& signatures);

  void OnBody(std::span<const std::byte> chunk) override;
  Checks Finish(const std::vector<const DkimKeyRecord*>& keys) override;

 private:
  static DKIM_LIB* Library();
  static DKIM_CBSTAT FindKey(DKIM* dkim, DKIM_SIGINFO* signature, u_char* buffer, size_t size);
  void Begin(std::span<const mail::HeaderField> fields);
  void FeedFields(std::span<const mail::HeaderField> fields);
  void Feed(const mail::HeaderField& field);
  const DkimKeyRecord* KeyOf(const DKIM_SIGINFO* signature) const;
  SignatureCheck Check(DKIM_SIGINFO* signature) const;

  bool IsBelieved() const;

  std::size_t given_;                // how many signatures there are
  std::vector<EngineInput> shown_;   // those of them that libopendkim is shown
  std::vector<std::size_t> places_;  // where each of these stood
  std::unique_ptr<DKIM, decltype(&dkim_free)> dkim_;
  std::span<DKIM_SIGINFO*> listed_;         // by libopendkim, in the order of shown_
  std::vector<const DkimKeyRecord*> keys_;  // in the same order
  char last_ = '\n';                        // of the body; an empty one needs no CRLF
  bool doubtful_ = false;  // something was fed that it does not hash as the RFC says
};

OpendkimEngine::OpendkimEngine(std::span<const mail::HeaderField> fields,
                               const std::vector<EngineInput>& signatures)
    : given_(signatures.size()), dkim_(nullptr, &dkim_free) {
  for (std::size_t i = 0; i < given_; ++i) {
    if (!IsShown(*signatures[i].signature)) continue;
    shown_.push_back(signatures[i]);
    places_.push_back(i);
  }
  if (!shown_.empty()) Begin(fields);
}

void OpendkimEngine::Begin(std::span<const mail::HeaderField> fields) {
  DKIM_STAT status = DKIM_STAT_OK;
  dkim_.reset(dkim_verify(Library(), Bytes("gatepost"), nullptr, &status));
  if (!dkim_) return;
  dkim_set_user_context(dkim_.get(), this);
  FeedFields(fields);
  dkim_eoh(dkim_.get());
  DKIM_SIGINFO** list = nullptr;
  int count = 0;
  if (dkim_getsiglist(dkim_.get(), &list, &count) == DKIM_STAT_OK) {
    listed_ = {list, static_cast<std::size_t>(count)};
  }
}

// Shared by all threads and never freed; it is only read once its options are set.
DKIM_LIB* OpendkimEngine::Library() {
  static DKIM_LIB* const library = [] {
    DKIM_LIB* const made = dkim_init(nullptr, nullptr);
    // Keys are asked for at the end of the body. Times and key sizes were judged before.
    std::uint64_t drift = 300'000'000;  // seconds; it computes in 32 bits
    unsigned int flags = DKIM_LIBFLAGS_DELAYSIGPROC;
    unsigned int bits = 256;
    dkim_options(made, DKIM_OP_SETOPT, DKIM_OPTS_FLAGS, &flags, sizeof flags);
    dkim_options(made, DKIM_OP_SETOPT, DKIM_OPTS_CLOCKDRIFT, &drift, sizeof drift);
    dkim_options(made, DKIM_OP_SETOPT, DKIM_OPTS_MINKEYBITS, &bits, sizeof bits);
    dkim_set_key_lookup(made, &OpendkimEngine::FindKey);
    return made;
  }();
  return library;
}

// Only what is signed, and no other signature field.
void OpendkimEngine::FeedFields(std::span<const mail::HeaderField> fields) {
  std::set<std::string_view, LowerLess> names;
  std::set<const mail::HeaderField*> own;
  for (const EngineInput& input : shown_) {
    names.insert(input.signature->signed_names.begin(), input.signature->signed_names.end());
    own.insert(input.field);
  }
  for (const mail::HeaderField& field : fields) {
    if (own.contains(&field) || names.contains(base::Trim(field.name))) Feed(field);
  }
}

void OpendkimEngine::Feed(const mail::HeaderField& field) {
  doubtful_ = doubtful_ || !IsPlain(field);
  const std::string wire = Wire(field);
  dkim_header(dkim_.get(), Bytes(wire), wire.size());
}

const DkimKeyRecord* OpendkimEngine::KeyOf(const DKIM_SIGINFO* signature) const {
  const auto found = std::ranges::find(listed_, signature);
  const auto index = static_cast<std::size_t>(found - listed_.begin());
  return index < keys_.size() ? keys_[index] : nullptr;
}

DKIM_CBSTAT OpendkimEngine::FindKey(DKIM* dkim, DKIM_SIGINFO* signature, u_char* buffer,
                                    size_t size) {
  const auto* const engine = static_cast<const OpendkimEngine*>(dkim_get_user_context(dkim));
  const DkimKeyRecord* const key = engine->KeyOf(signature);
  if (key == nullptr) return DKIM_CBSTAT_NOTFOUND;
  const std::string text = KeyRecordText(*key);
  if (text.size() >= size) return DKIM_CBSTAT_ERROR;
  std::memcpy(buffer, text.c_str(), text.size() + 1);
  return DKIM_CBSTAT_CONTINUE;
}

void OpendkimEngine::OnBody(std::span<const std::byte> chunk) {
  const std::string_view text(reinterpret_cast<const char*>(chunk.data()), chunk.size());
  if (text.empty() || !dkim_) return;
  for (const char c : text) {
    if ((last_ == '\r') != (c == '\n')) doubtful_ = true;
    last_ = c;
  }
  dkim_body(dkim_.get(), Bytes(text), text.size());
}

SignatureCheck OpendkimEngine::Check(DKIM_SIGINFO* signature) const {
  dkim_sig_process(dkim_.get(), signature);
  SignatureCheck check;
  // It leaves the body untested where the header has failed.
  check.body_matches = dkim_sig_getbh(signature) != DKIM_SIGBH_MISMATCH;
  check.signature_matches = DKIM_SIG_CHECK(signature);
  return check;
}

bool OpendkimEngine::IsBelieved() const {
  return dkim_ && !doubtful_ && last_ == '\n' && listed_.size() == shown_.size();
}

SignatureEngine::Checks OpendkimEngine::Finish(const std::vector<const DkimKeyRecord*>& keys) {
  Checks checks(given_);
  if (!IsBelieved()) return checks;
  for (const std::size_t place : places_) {
    const bool fits = keys[place] && KeyRecordText(*keys[place]).size() <= kMaxKeyRecordBytes;
    keys_.push_back(fits ? keys[place] : nullptr);
  }
  for (std::size_t i = 0; i < listed_.size(); ++i) {
    if (keys_[i] == nullptr) dkim_sig_ignore(listed_[i]);
  }
  dkim_eom(dkim_.get(), nullptr);
  for (std::size_t i = 0; i < listed_.size(); ++i) {
    if (keys_[i] != nullptr) checks[places_[i]] = Check(listed_[i]);
  }
  return checks;
}

}  // namespace

std::unique_ptr<SignatureEngine> MakeOpendkimEngine(std::span<const mail::HeaderField> fields,
                                                    const std::vector<EngineInput>& signatures) {
  return std::make_unique<OpendkimEngine>(fields, signatures);
}

}  // namespace gatepost::auth
