// A body hashes the same whole and cut anywhere; a canonical form is its own canonical form.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/auth/canonicalizer.h"

namespace {

using namespace gatepost;
using auth::Canonicalization;

void Require(bool condition) {
  if (!condition) std::abort();
}

auth::Sha256Digest HashInPieces(Canonicalization method, std::string_view body, std::size_t step) {
  auth::BodyHasher hasher(method);
  while (!body.empty()) {
    const std::string_view piece = body.substr(0, step);
    hasher.Update(std::as_bytes(std::span(piece)));
    body.remove_prefix(piece.size());
  }
  return hasher.Finish();
}

void CheckBody(std::string_view body) {
  for (const auto method : {Canonicalization::kSimple, Canonicalization::kRelaxed}) {
    const auto whole = HashInPieces(method, body, body.size() + 1);
    for (const std::size_t step : {1u, 2u, 7u, 8u, 9u, 31u}) {
      Require(HashInPieces(method, body, step) == whole);
    }
  }
}

void CheckHeader(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return;
  const mail::HeaderField field{std::string(text.substr(0, colon)),
                                std::string(text.substr(colon + 1))};
  for (const auto method : {Canonicalization::kSimple, Canonicalization::kRelaxed}) {
    std::string once;
    auth::CanonicalizeHeader(method, field, once);
    Require(once.ends_with("\r\n"));
    const std::size_t again_colon = once.find(':');
    std::string again;
    auth::CanonicalizeHeader(
        method,
        {once.substr(0, again_colon), once.substr(again_colon + 1, once.size() - again_colon - 3)},
        again);
    Require(once == again);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckBody(text);
  CheckHeader(text);
  return 0;
}
