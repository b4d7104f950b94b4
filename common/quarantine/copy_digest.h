// What makes a released copy this one and no other, however often it comes: what its recipient
// reads of it. Fields that mail programs add or change on the way (Received, Date, Message-ID) do
// not count: a copy that is tried again has others. One message's; one thread at a time.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "common/auth/crypto.h"
#include "common/mail/header_field.h"

namespace gatepost::quarantine {

class CopyDigest {
 public:
  void OnHeader(const mail::HeaderField& field);
  void OnBody(std::span<const std::byte> chunk);
  std::string Finish();  // once; 32 bytes

 private:
  auth::Sha256 hash_;
  bool in_body_ = false;
};

}  // namespace gatepost::quarantine
