#include "tests/support/pdf_writer.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <vector>

#include "common/auth/crypto_document.h"

namespace gatepost::support {
namespace {

constexpr std::string_view kPadding(
    "\x28\xBF\x4E\x5E\x4E\x75\x8A\x41\x64\x00\x4E\x56\xFF\xFA\x01\x08"
    "\x2E\x2E\x00\xB6\xD0\x68\x3E\x80\x2F\x0C\xA9\xFE\x64\x53\x69\x7A",
    32);
const std::string kId = "an id of 16 byte";
const std::string kOwner(32, 'o');

std::string Hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex = "<";
  for (const char c : bytes) {
    hex += kDigits[static_cast<unsigned char>(c) >> 4];
    hex += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return hex + ">";
}

std::string AesCbc(const std::string& key, const std::string& iv, const std::string& text) {
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(
      EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  const auto bytes = [](const std::string& from) {
    return reinterpret_cast<const unsigned char*>(from.data());
  };
  EVP_EncryptInit_ex(context.get(), key.size() == 16 ? EVP_aes_128_cbc() : EVP_aes_256_cbc(),
                     nullptr, bytes(key), bytes(iv));
  EVP_CIPHER_CTX_set_padding(context.get(), 0);
  std::string out(text.size(), '\0');
  int size = 0;
  EVP_EncryptUpdate(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, bytes(text),
                    static_cast<int>(text.size()));
  return out;
}

std::string Filled(const std::string& text) {
  const std::size_t fill = 16 - text.size() % 16;
  return text + std::string(fill, static_cast<char>(fill));
}

// Algorithm 2.B.
std::string HashOf(unsigned revision, const std::string& salt) {
  std::string hash = auth::Sha2(256, salt);
  for (unsigned round = 0; revision == 6; ++round) {
    std::string many;
    for (int i = 0; i < 64; ++i) many += hash;
    const std::string sealed = AesCbc(hash.substr(0, 16), hash.substr(16, 16), many);
    unsigned sum = 0;
    for (std::size_t i = 0; i < 16; ++i) sum += static_cast<unsigned char>(sealed[i]);
    hash = auth::Sha2(256 + sum % 3 * 128, sealed);
    if (round >= 63 && static_cast<unsigned char>(sealed.back()) + 31U <= round) break;
  }
  return hash.substr(0, 32);
}

}  // namespace

PdfWriter::PdfWriter(PdfLock lock) : lock_(lock) {
  lock == PdfLock::kAes256 || lock == PdfLock::kAes256Early ? LockNew() : LockOld();
}

void PdfWriter::LockOld() {
  revision_ = lock_ == PdfLock::kRc4Short ? 2 : lock_ == PdfLock::kRc4 ? 3 : 4;
  const std::size_t bytes = revision_ == 2 ? 5 : 16;
  const std::string permissions = "\xFC\xFF\xFF\xFF";  // -4
  key_ = auth::Md5(std::string(kPadding) + kOwner + permissions + kId);
  for (int i = 0; revision_ > 2 && i < 50; ++i) key_ = auth::Md5(key_);
  key_.resize(bytes);
  std::string user = std::string(kPadding);
  if (revision_ > 2) user = auth::Md5(user + kId);
  for (char round = 0; round < (revision_ > 2 ? 20 : 1); ++round) {
    std::string key = key_;
    for (char& c : key) c = static_cast<char>(c ^ round);
    user = auth::Rc4(key, user);
  }
  user.resize(32, 'u');
  const std::string method = lock_ == PdfLock::kRc4Filter ? "/V2" : "/AESV2";
  const std::string filter =
      revision_ == 4 ? "/CF<</StdCF<</CFM" + method + "/Length 16>>>>/StmF/StdCF/StrF/StdCF" : "";
  dictionary_ = "<</Filter/Standard/V " +
                std::string(revision_ == 2   ? "1"
                            : revision_ == 3 ? "2"
                                             : "4") +
                "/R " + std::to_string(revision_) + "/Length " + std::to_string(8 * bytes) +
                filter + "/P -4/O" + Hex(kOwner) + "/U" + Hex(user) + ">>";
}

void PdfWriter::LockNew() {
  revision_ = lock_ == PdfLock::kAes256 ? 6 : 5;
  key_ = "a key of the file with 32 bytes.";
  const std::string check = "checking", open = "openings", none(16, '\0');
  const std::string user = HashOf(revision_, check) + check + open;
  const std::string user_key = AesCbc(HashOf(revision_, open), none, key_);
  dictionary_ = "<</Filter/Standard/V 5/R " + std::to_string(revision_) +
                "/Length 256/CF<</StdCF<</CFM/AESV3/AuthEvent/DocOpen/Length 32>>>>/StmF/StdCF"
                "/StrF/StdCF/P -4/O" +
                Hex(std::string(48, 'o')) + "/OE" + Hex(kOwner) + "/U" + Hex(user) + "/UE" +
                Hex(user_key) + "/Perms" + Hex(std::string(16, 'p')) + ">>";
}

std::string PdfWriter::Encrypt(std::uint64_t number, const std::string& text) const {
  const std::string iv = "sixteen bytes iv";
  if (revision_ >= 5) return iv + AesCbc(key_, iv, Filled(text));
  const bool aes = lock_ == PdfLock::kAes128;
  std::string key = key_ + static_cast<char>(number) + std::string(4, '\0') + (aes ? "sAlT" : "");
  key = auth::Md5(key).substr(0, std::min<std::size_t>(key_.size() + 5, 16));
  return aes ? iv + AesCbc(key, iv, Filled(text)) : auth::Rc4(key, text);
}

std::string PdfWriter::Stream(std::uint64_t number, const std::string& dictionary,
                              const std::string& content) const {
  const std::string locked = Encrypt(number, content);
  return std::to_string(number) + " 0 obj\n<<" + dictionary + "/Length " +
         std::to_string(locked.size()) + ">>\nstream\n" + locked + "\nendstream\nendobj\n";
}

std::string PdfWriter::Text(std::uint64_t number, const std::string& text) const {
  return Hex(Encrypt(number, text));
}

std::string PdfWriter::Whole(const std::string& objects, const std::string& catalog) const {
  const std::string id = Hex(kId);
  return "%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R" + catalog +
         ">>\nendobj\n2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n"
         "3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>\nendobj\n4 0 obj\n" +
         dictionary_ + "\nendobj\n" + objects + "trailer\n<</Root 1 0 R/Size 20/ID[" + id + id +
         "]/Encrypt 4 0 R>>\n%%EOF\n";
}

}  // namespace gatepost::support
