// Writes the tag list of a signature field, folded for people and for old mail programs. Used by
// the signer. Not thread-safe.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace gatepost::auth {

// Lines of at most 77 columns, a tab counted as 8, unless one piece alone is longer. Folds are
// "\n\t", the form in which a milter hands fields over.
class TagWriter {
 public:
  // `column` is where the value begins: after "DKIM-Signature:".
  explicit TagWriter(std::size_t column) : column_(column) {}

  // " name=value;" on one line.
  void Add(std::string_view name, std::string_view value);
  // The same with items between colons; it may be folded after each colon.
  void AddList(std::string_view name, std::span<const std::string> items);
  // The last tag: "name=" on a line of its own, open for AppendBase64.
  void AddLast(std::string_view name);
  // Base64, folded wherever a line is full.
  void AppendBase64(std::string_view text);

  const std::string& text() const { return text_; }

 private:
  void AppendPiece(std::string_view piece);
  void StartTag(std::string_view piece);
  void Fold();

  std::string text_;
  std::size_t column_;
};

}  // namespace gatepost::auth
