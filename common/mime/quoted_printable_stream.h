// Quoted-printable as mail clients read it (RFC 2045 section 6.7), piece by piece: blanks at a
// line's end go, "=" that begins neither an octet nor a soft line break stays as it is. One thread
// at a time; memory for one line's trailing blanks, bounded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatepost::mime {

class QuotedPrintableStream {
 public:
  // Appends what the piece decodes to.
  void Feed(std::string_view piece, std::string& out);
  void Finish(std::string& out);

  // "=" that stands for nothing.
  std::uint64_t damaged() const { return damaged_; }

 private:
  static constexpr std::size_t kMostBlanks = 1'000;  // more than a line may hold

  std::size_t TakeOctet(std::string_view piece, std::string& out);
  std::size_t TakeText(std::string_view piece, std::string& out);
  void Put(char character, std::string& out);
  void PutPlain(char character, std::string& out);
  void GiveUp(std::string& out);

  std::string blanks_;   // that may stand at a line's end
  std::string escaped_;  // begins with "=": not whole yet
  std::uint64_t damaged_ = 0;
};

}  // namespace gatepost::mime
