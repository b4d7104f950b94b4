// Whether an encrypted PDF opens without a password: with the empty one, as those do that only
// restrict printing and copying (ISO 32000-2 section 7.6.4). Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>

namespace gatepost::attachments {

// The standard security handler's dictionary, and the first half of the file's /ID.
struct PdfEncryption {
  unsigned revision = 0;
  unsigned key_bits = 40;
  std::int32_t permissions = 0;
  bool encrypts_metadata = true;
  std::string owner;     // /O
  std::string user;      // /U
  std::string user_key;  // /UE
  std::string id;
  // What its crypt filters say: all of them, as a hostile file has decoys.
  bool by_rc4 = false;         // /V2
  bool by_object_aes = false;  // /AESV2
  bool by_nothing = false;     // /Identity, /None

  friend bool operator==(const PdfEncryption&, const PdfEncryption&) = default;
};

// The file's key; "" where the empty password does not open it.
std::string KeyWithoutPassword(const PdfEncryption& encryption);

}  // namespace gatepost::attachments
