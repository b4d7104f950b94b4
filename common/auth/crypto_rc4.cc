// OpenSSL's RC4 without a provider: the legacy one is a file, which confined processes cannot load.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/rc4.h>

#include "common/auth/crypto_document.h"

namespace gatepost::auth {

std::string Rc4(std::string_view key, std::string_view text) {
  std::string out(text.size(), '\0');
  RC4_KEY state;
  RC4_set_key(&state, static_cast<int>(key.size()),
              reinterpret_cast<const unsigned char*>(key.data()));
  RC4(&state, text.size(), reinterpret_cast<const unsigned char*>(text.data()),
      reinterpret_cast<unsigned char*>(out.data()));
  return out;
}

}  // namespace gatepost::auth
