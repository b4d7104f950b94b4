#include "common/store/redis_tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <array>
#include <new>
#include <utility>

namespace gatepost::store {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;

// The oldest reason that OpenSSL kept for this thread; the queue is empty afterwards.
std::string TakeReason() {
  const unsigned long code = ::ERR_get_error();
  ::ERR_clear_error();
  const char* const reason = ::ERR_reason_error_string(code);
  return reason ? reason : "no reason given";
}

tl::unexpected<base::Error> Unusable(std::string_view what, const std::string& name) {
  return Fail(ErrorKind::kInvalid, std::string(what) + ": " + name + TakeReason());
}

Result<void> TrustAuthorities(SSL_CTX* context, const std::string& ca_file) {
  if (ca_file.empty()) {
    if (::SSL_CTX_set_default_verify_paths(context) != 1) return Unusable("tls_ca_file", "");
  } else if (::SSL_CTX_load_verify_file(context, ca_file.c_str()) != 1) {
    return Unusable("tls_ca_file", ca_file + ": ");
  }
  return {};
}

// A key that wants a passphrase is refused; nobody is there to be asked.
int NoPassphrase(char*, int, int, void*) { return -1; }

Result<void> UseKey(SSL_CTX* context, const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&::BIO_free)> bytes(
      ::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), ::BIO_free);
  const std::unique_ptr<EVP_PKEY, decltype(&::EVP_PKEY_free)> key(
      ::PEM_read_bio_PrivateKey(bytes.get(), nullptr, NoPassphrase, nullptr), ::EVP_PKEY_free);
  if (!key || ::SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
    return Unusable("tls_key_file", "");
  }
  return {};
}

Result<void> ShowCertificate(SSL_CTX* context, const RedisTlsOptions& options) {
  if (options.certificate_file.empty() != options.key_pem.empty()) {
    return Fail(ErrorKind::kInvalid, "tls_certificate_file and tls_key_file belong together");
  }
  if (options.certificate_file.empty()) return {};
  if (::SSL_CTX_use_certificate_chain_file(context, options.certificate_file.c_str()) != 1) {
    return Unusable("tls_certificate_file", options.certificate_file + ": ");
  }
  return UseKey(context, options.key_pem);
}

}  // namespace

void RedisTlsContext::Free::operator()(ssl_ctx_st* context) const { ::SSL_CTX_free(context); }
void RedisTlsSession::Free::operator()(ssl_st* session) const { ::SSL_free(session); }

Result<std::shared_ptr<const RedisTlsContext>> RedisTlsContext::Load(
    const RedisTlsOptions& options) {
  ::ERR_clear_error();
  Handle context(::SSL_CTX_new(::TLS_client_method()));
  if (!context) throw std::bad_alloc();
  ::SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  ::SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION);
  ::SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  ::SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  const auto usable = TrustAuthorities(context.get(), options.ca_file).and_then([&] {
    return ShowCertificate(context.get(), options);
  });
  if (!usable) return tl::unexpected(usable.error());
  return std::shared_ptr<const RedisTlsContext>(new RedisTlsContext(std::move(context)));
}

RedisTlsSession::RedisTlsSession(const RedisTlsContext& context, const std::string& host)
    : host_(host), session_(::SSL_new(context.context_.get())) {
  BIO* const in = ::BIO_new(::BIO_s_mem());
  BIO* const out = ::BIO_new(::BIO_s_mem());
  if (!session_ || !in || !out) throw std::bad_alloc();
  ::SSL_set_bio(session_.get(), in, out);
  X509_VERIFY_PARAM* const wanted = ::SSL_get0_param(session_.get());
  if (::X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1) return;
  ::X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (::X509_VERIFY_PARAM_set1_host(wanted, host.c_str(), host.size()) != 1) throw std::bad_alloc();
  ::SSL_set_tlsext_host_name(session_.get(), host.c_str());
}

Result<void> RedisTlsSession::Start() {
  ::SSL_set_connect_state(session_.get());
  return Handshake();
}

Result<void> RedisTlsSession::Handshake() {
  ::ERR_clear_error();
  const int result = ::SSL_do_handshake(session_.get());
  ready_ = result == 1;
  if (ready_ || ::SSL_get_error(session_.get(), result) == SSL_ERROR_WANT_READ) return {};
  return Fail(ErrorKind::kUnavailable, Explain(result));
}

Result<std::string> RedisTlsSession::Decrypt(std::string_view encrypted) {
  ::ERR_clear_error();
  if (::BIO_write(::SSL_get_rbio(session_.get()), encrypted.data(),
                  static_cast<int>(encrypted.size())) != static_cast<int>(encrypted.size())) {
    throw std::bad_alloc();
  }
  if (!ready_) {
    const auto shaken = Handshake();
    if (!shaken) return tl::unexpected(shaken.error());
    if (!ready_) return std::string();
  }
  std::string plain;
  std::array<char, std::size_t{16} << 10> chunk;  // as large as a record may be
  for (;;) {
    const int size = ::SSL_read(session_.get(), chunk.data(), static_cast<int>(chunk.size()));
    if (size > 0) {
      plain.append(chunk.data(), static_cast<std::size_t>(size));
    } else if (!plain.empty() || ::SSL_get_error(session_.get(), size) == SSL_ERROR_WANT_READ) {
      return plain;  // an error after these last words shows when the socket is read again
    } else {
      return Fail(ErrorKind::kUnavailable, Explain(size));
    }
  }
}

Result<void> RedisTlsSession::Encrypt(std::string_view plain) {
  if (plain.empty()) return {};
  ::ERR_clear_error();
  // All at once: the bytes go to memory.
  std::size_t written = 0;
  const int result = ::SSL_write_ex(session_.get(), plain.data(), plain.size(), &written);
  if (result == 1 && written == plain.size()) return {};
  return Fail(ErrorKind::kUnavailable, Explain(result));
}

void RedisTlsSession::TakeEncrypted(std::string& bytes) {
  BIO* const out = ::SSL_get_wbio(session_.get());
  char* start = nullptr;
  const long size = BIO_get_mem_data(out, &start);
  if (size > 0) bytes.append(start, static_cast<std::size_t>(size));
  static_cast<void>(BIO_reset(out));
}

std::string RedisTlsSession::Explain(int result) const {
  const std::string whose = "TLS with " + host_ + ": ";
  const long verified = ::SSL_get_verify_result(session_.get());
  if (verified != X509_V_OK) {
    return whose + "its certificate is refused: " + ::X509_verify_cert_error_string(verified);
  }
  if (::SSL_get_error(session_.get(), result) == SSL_ERROR_ZERO_RETURN) {
    return whose + "it closed the connection";
  }
  return whose + TakeReason();
}

}  // namespace gatepost::store
