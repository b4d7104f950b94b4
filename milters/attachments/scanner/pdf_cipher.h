// What encrypts the streams and strings of a PDF that opens with the empty password (ISO 32000-2
// section 7.6.3), in each way that its dictionaries allow. One thread at a time; bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "milters/attachments/scanner/pdf_password.h"

namespace gatepost::attachments {

class PdfCipher {
 public:
  // False where it does not open it, or where there were too many before.
  bool Add(const PdfEncryption& encryption);
  // That something may not be encrypted at all, which the file need not say where it is looked for.
  void AddNothing() { AddWay(true, Method::kNothing, {}); }

  bool empty() const { return ways_.empty(); }
  // Not so where nobody but who has the password can read it.
  bool has_key() const { return !ways_.empty() && !ways_.back().key.empty(); }
  std::size_t ways() const { return ways_.size(); }
  // What stands in the object of this number and generation, by one of the ways.
  std::string Decrypt(std::size_t way, std::uint64_t number, std::uint64_t generation,
                      std::string_view text) const;

 private:
  enum class Method { kNothing, kRc4, kObjectAes, kFileAes };
  struct Way {
    Method method = Method::kNothing;
    std::string key;

    friend bool operator==(const Way&, const Way&) = default;
  };

  void AddWay(bool allowed, Method method, const std::string& key);

  std::vector<Way> ways_;
};

}  // namespace gatepost::attachments
