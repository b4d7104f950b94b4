// Long runs of text that stand for bytes: base64, hexadecimal, lists of numbers, escapes; in one
// piece or in many with quotation marks between. One thread at a time; bounded memory.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gatepost::attachments {

class HiddenPayload {
 public:
  // `in_script`: where a picture's data: URI is no excuse.
  void Put(char c, bool in_script);
  // A run so long that it may be a file.
  bool found() const { return found_; }
  // A run that begins as files do.
  bool has_file_head() const { return has_file_head_; }

 private:
  void TokenEnds();
  void Break();
  bool IsPicture() const;

  std::string head_;       // of the token
  std::size_t token_ = 0;  // its length
  bool numeric_ = true;    // it may be a number
  bool plus_only_ = true;
  std::size_t run_ = 0;      // length of the long tokens in a row
  std::size_t numbers_ = 0;  // in a row
  std::string before_;       // the last characters before the token
  bool excused_ = false;
  bool in_script_ = false;
  bool found_ = false;
  bool has_file_head_ = false;
};

}  // namespace gatepost::attachments
