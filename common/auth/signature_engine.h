// What compares signatures with keys: hash the body as it streams by, hash the header, ask the key.
// Two of them exist, ours and libopendkim; the verifier chooses and hides them. Everything that
// needs no arithmetic (syntax, key lookup, policy) is settled before and after. Not thread-safe; an
// object belongs to one message.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "common/auth/dkim_key_record.h"
#include "common/auth/dkim_signature.h"
#include "common/mail/header_field.h"

namespace gatepost::auth {

struct SignatureCheck {
  bool body_matches = false;       // bh=, over l= octets where given
  bool signature_matches = false;  // b=
  bool body_is_longer = false;     // l= covers a part of the body
  bool body_is_shorter = false;    // l= covers more than there is
};

// A signature and the field that carries it.
struct EngineInput {
  const DkimSignature* signature = nullptr;
  const mail::HeaderField* field = nullptr;
};

class SignatureEngine {
 public:
  // Nothing where there was no key, or the engine cannot say.
  using Checks = std::vector<std::optional<SignatureCheck>>;

  virtual ~SignatureEngine() = default;
  virtual void OnBody(std::span<const std::byte> chunk) = 0;
  // Once. keys[i], which may be null, belongs to the i-th signature, and so does checks[i].
  virtual Checks Finish(const std::vector<const DkimKeyRecord*>& keys) = 0;
};

// Ours, on OpenSSL: takes every signature. `fields` are all of the message in order; they and the
// signatures outlive the engine.
std::unique_ptr<SignatureEngine> MakeOwnEngine(std::span<const mail::HeaderField> fields,
                                               std::vector<EngineInput> signatures);

}  // namespace gatepost::auth
