// SHA-256 as DKIM uses it, over OpenSSL's EVP; the algorithm is fetched once per process. An object
// belongs to one message; different objects may be used in different threads.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "common/auth/private_key.h"

struct evp_md_ctx_st;

namespace gatepost::auth {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void Update(std::span<const std::byte> bytes);
  void Update(std::string_view text) { Update(std::as_bytes(std::span(text))); }
  Sha256Digest Finish();  // once
  // Another that has seen the same: for hashes of texts that begin alike.
  Sha256 Fork() const;

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace gatepost::auth
