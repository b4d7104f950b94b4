#include "common/quarantine/seal.h"

#include "common/auth/hmac.h"
#include "common/base/strings.h"
#include "common/config/secret_file.h"

namespace gatepost::quarantine {

std::string Seal(std::string_view secret, std::initializer_list<std::string_view> fields) {
  std::string text;
  for (const std::string_view field : fields) {
    text += std::to_string(field.size()) + ":";
    text += field;
  }
  const auto digest = auth::HmacSha256(secret, text);
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::string Hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    hex += kDigits[static_cast<unsigned char>(c) >> 4];
    hex += kDigits[static_cast<unsigned char>(c) & 0x0f];
  }
  return hex;
}

base::Result<std::string> LoadSecret(const std::string& path) {
  if (path.empty()) return std::string();
  const auto text = config::ReadSecretFile(path);
  if (!text) return tl::unexpected(text.error());
  std::string secret(base::Trim(base::Split(*text, '\n').front()));
  if (secret.size() >= kLeastSecretBytes) return secret;
  return base::Fail(base::ErrorKind::kInvalid, path + ": the secret has less than " +
                                                   std::to_string(kLeastSecretBytes) + " bytes");
}

}  // namespace gatepost::quarantine
