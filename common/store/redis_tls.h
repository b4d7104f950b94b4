// TLS between the bytes of a connection and Redis' protocol: encrypted bytes in, plain bytes out,
// and back. It touches no socket. The context serves all connections of a program, from any
// thread; a session belongs to one connection and its I/O thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.h"

struct ssl_ctx_st;
struct ssl_st;

namespace gatepost::store {

struct RedisTlsOptions {
  std::string ca_file;           // empty: the system's authorities
  std::string certificate_file;  // ours, with its chain; empty: we show none
  std::string key_pem;           // the private key itself: who reads its file checks its mode
};

// TLS 1.2 or later; the server's certificate is always verified.
class RedisTlsContext {
 public:
  // kInvalid with a sentence that names the option whose file is of no use.
  static base::Result<std::shared_ptr<const RedisTlsContext>> Load(const RedisTlsOptions& options);

 private:
  friend class RedisTlsSession;
  struct Free {
    void operator()(ssl_ctx_st* context) const;
  };
  using Handle = std::unique_ptr<ssl_ctx_st, Free>;
  explicit RedisTlsContext(Handle context) : context_(std::move(context)) {}

  Handle context_;
};

class RedisTlsSession {
 public:
  // The certificate must be that of `host`, a name or an address.
  RedisTlsSession(const RedisTlsContext& context, const std::string& host);

  // The first words of the handshake wait to be taken.
  base::Result<void> Start();
  bool ready() const { return ready_; }
  // Takes what came from the other side and returns what it means, "" while the handshake goes on.
  // kUnavailable: the session is of no more use.
  base::Result<std::string> Decrypt(std::string_view encrypted);
  base::Result<void> Encrypt(std::string_view plain);
  // Appends what waits to be sent, also after an error, which it tells the other side.
  void TakeEncrypted(std::string& bytes);

 private:
  struct Free {
    void operator()(ssl_st* session) const;
  };
  base::Result<void> Handshake();
  std::string Explain(int result) const;

  const std::string host_;
  std::unique_ptr<ssl_st, Free> session_;
  bool ready_ = false;
};

}  // namespace gatepost::store
