// Whether an encrypted PDF opens without a password: with the empty one, as those do that only
// restrict printing and copying (ISO 32000-2 section 7.6.4). Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>

namespace gatepost::attachments {

// The standard security handler's dictionary, and the first half of the file's /ID.
struct PdfEncryption {
  unsigned revision = 0;
  std::int32_t permissions = 0;
  bool encrypts_metadata = true;
  std::string owner;     // /O
  std::string user;      // /U
  std::string user_key;  // /UE
  std::string id;

  friend bool operator==(const PdfEncryption&, const PdfEncryption&) = default;
};

// The file's key; "" where the empty password does not open it.
std::string KeyWithoutPassword(const PdfEncryption& encryption);

}  // namespace gatepost::attachments
