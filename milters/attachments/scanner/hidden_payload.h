// Long runs of text that stand for bytes: base64, hexadecimal, lists of numbers, escapes; in one
// piece or in many with quotation marks between. Fed piece by piece. One thread at a time; bounded
// memory.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatepost::attachments {

class HiddenPayload {
 public:
  // `in_script`: where a picture's data: URI is an excuse for a picture alone.
  void Feed(std::string_view text, bool in_script);
  // All was fed.
  void Finish() { TokenEnds(); }

  // A run so long that it may be a file.
  bool found() const { return found_; }
  bool found_in_script() const { return found_in_script_; }
  // A shorter one, for pages that do nothing but unpack it.
  bool found_some() const { return found_some_; }
  // A run that begins as files do.
  bool has_file_head() const { return has_file_head_; }
  // Of all long tokens and numbers.
  std::uint64_t bytes() const { return bytes_; }
  // So much, or so like packed bytes, that it is a file in whatever it stands: nothing can be put
  // around it that makes it less.
  bool heavy() const { return heavy_; }
  // The same of a small file, within scripts alone: pages have links that look like it.
  bool heavy_some() const { return heavy_some_; }
  // As much as a small file in scripts, in pieces with any code between them.
  bool scattered() const;

 private:
  // Returns where the token ends that begins, or goes on, at `at`.
  std::size_t TakeToken(std::string_view text, std::size_t at);
  // How long the word is that can be passed over; 0 where there is none.
  std::size_t SkipWord(std::string_view text, std::size_t at);
  void TakePiece(std::string_view word);
  void TokenBegins(std::string_view text, std::size_t at);
  void TokenEnds();
  void LongTokenEnds();
  void CountNumber();
  void Weigh();
  void RunEnds();
  void Remember(std::string_view text);
  bool IsLabelledPicture(std::string_view text, std::size_t at) const;

  std::string head_;       // of the token
  std::size_t token_ = 0;  // its length
  bool numeric_ = true;    // it may be a number
  bool plus_only_ = true;
  std::size_t run_ = 0;                   // length of the long tokens in a row
  std::size_t numbers_ = 0;               // in a row
  std::array<std::size_t, 4> letters_{};  // of the token, by their kinds
  std::size_t dense_run_ = 0;             // what looks like base64 of packed bytes, of the run
  std::size_t dense_ = 0;                 // and of all longer runs in scripts
  std::size_t pieces_ = 0;                // of those in scripts, in a row or not
  std::bitset<256> values_;               // of the numbers in a row
  std::string before_;                    // the last characters that were fed
  bool labelled_ = false;                 // as a picture, in a script
  bool excused_ = false;
  bool in_script_ = false;
  bool found_ = false;
  bool found_in_script_ = false;
  bool found_some_ = false;
  bool has_file_head_ = false;
  bool heavy_ = false;
  bool heavy_some_ = false;
  std::uint64_t bytes_ = 0;
};

}  // namespace gatepost::attachments
