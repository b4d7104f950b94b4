#include "common/auth/tag_writer.h"

namespace gatepost::auth {
namespace {

constexpr std::size_t kMaxColumn = 77;
constexpr std::size_t kTabColumns = 8;

}  // namespace

void TagWriter::Fold() {
  text_ += "\n\t";
  column_ = kTabColumns;
}

void TagWriter::AppendPiece(std::string_view piece) {
  if (column_ + piece.size() > kMaxColumn) Fold();
  text_ += piece;
  column_ += piece.size();
}

// A tag follows a space, or the white space of a fold.
void TagWriter::StartTag(std::string_view piece) {
  if (column_ + 1 + piece.size() > kMaxColumn) {
    Fold();
  } else {
    text_ += ' ';
    ++column_;
  }
  text_ += piece;
  column_ += piece.size();
}

void TagWriter::Add(std::string_view name, std::string_view value) {
  std::string piece(name);
  StartTag(piece.append("=").append(value).append(";"));
}

void TagWriter::AddList(std::string_view name, std::span<const std::string> items) {
  std::string piece(name);
  piece += '=';
  bool first = true;
  for (std::size_t i = 0; i < items.size(); ++i) {
    piece.append(items[i]).append(i + 1 < items.size() ? ":" : ";");
    first ? StartTag(piece) : AppendPiece(piece);
    piece.clear();
    first = false;
  }
}

void TagWriter::AddLast(std::string_view name) {
  Fold();
  AppendPiece(std::string(name) + "=");
}

void TagWriter::AppendBase64(std::string_view text) {
  while (!text.empty()) {
    if (column_ >= kMaxColumn) Fold();
    const std::string_view line = text.substr(0, kMaxColumn - column_);
    text_ += line;
    column_ += line.size();
    text.remove_prefix(line.size());
  }
}

}  // namespace gatepost::auth
