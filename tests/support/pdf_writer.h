// PDFs that are encrypted with the empty user's password, as programs write them that restrict
// printing (ISO 32000-2 section 7.6). One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gatepost::support {

// RC4 with 40 and 128 bits, by a crypt filter; AES with 128 bits, with 256 of Acrobat 9 and of now.
enum class PdfLock { kRc4Short, kRc4, kRc4Filter, kAes128, kAes256Early, kAes256 };

class PdfWriter {
 public:
  explicit PdfWriter(PdfLock lock);

  std::string Stream(std::uint64_t number, const std::string& dictionary,
                     const std::string& content) const;
  // "<...>", for a string in this object.
  std::string Text(std::uint64_t number, const std::string& text) const;
  // With a catalogue that holds `catalog`, too, a page, the dictionary of the lock and a trailer;
  // objects from number 5 on are the caller's. Readers make the table anew.
  std::string Whole(const std::string& objects, const std::string& catalog = "") const;

 private:
  std::string Encrypt(std::uint64_t number, const std::string& text) const;
  void LockOld();
  void LockNew();

  PdfLock lock_;
  unsigned revision_ = 0;
  std::string key_;
  std::string dictionary_;
};

}  // namespace gatepost::support
