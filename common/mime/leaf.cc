#include "common/mime/leaf.h"

#include <algorithm>
#include <utility>

namespace gatepost::mime {
namespace {

constexpr std::size_t kPiece = 48 * 1024;  // decoded at a time
// Of base64 as it stands. Where its readings part behind that, one of them is not read, which is
// told.
constexpr std::size_t kMostKept = 64 * 1024;

std::string_view TextOf(const std::string& buffer, std::size_t size) {
  return std::string_view(buffer).substr(0, size);
}

}  // namespace

Leaf::Leaf(Owner& owner, const std::vector<TransferEncoding>& encodings, bool holds_text)
    : owner_(owner) {
  for (const TransferEncoding encoding : encodings) {
    auto& reading = readings_.emplace_back(Reading{encoding});
    if (holds_text || encoding == TransferEncoding::kUuencode) {
      reading.files = std::make_unique<TextFiles>(owner.TextSink(readings_.size() - 1));
    }
  }
}

void Leaf::Feed(std::string_view piece) {
  while (!piece.empty()) {
    for (std::size_t i = 0; i < readings_.size(); ++i) Decode(i, piece.substr(0, kPiece));
    piece.remove_prefix(std::min(kPiece, piece.size()));
  }
}

void Leaf::Decode(std::size_t index, std::string_view piece) {
  Reading& reading = readings_[index];
  switch (reading.encoding) {
    case TransferEncoding::kBase64:
      Tell(index, Decoded(reading.base64, piece));
      return ReadOtherwise(reading, piece);
    case TransferEncoding::kQuotedPrintable:
      buffer_.clear();
      reading.quoted.Feed(piece, buffer_);
      return Tell(index, buffer_);
    case TransferEncoding::kIdentity:
    case TransferEncoding::kUuencode:
      return Tell(index, piece);
  }
}

std::string_view Leaf::Decoded(Base64Stream& stream, std::string_view piece) {
  buffer_.resize(std::max(buffer_.size(), Base64Stream::MostOut(piece.size())));
  return TextOf(buffer_, stream.Feed(piece, reinterpret_cast<std::byte*>(buffer_.data())));
}

void Leaf::ReadOtherwise(Reading& reading, std::string_view piece) {
  std::string kept;
  if (!reading.other) {
    const bool differ = reading.base64.readings_differ();
    const bool room = reading.kept.size() + piece.size() <= kMostKept;
    reading.keeps = reading.keeps && (room || differ);
    if (!reading.keeps) reading.kept = {};
    if (reading.keeps) reading.kept.append(piece);
    if (!reading.keeps || !differ) return;
    reading.other.emplace(Base64Stream::Padding::kIgnored);
    kept = std::exchange(reading.kept, {});
    piece = kept;
  }
  const auto decoded = Decoded(*reading.other, piece);
  if (!decoded.empty()) owner_.OnOtherContent(std::as_bytes(std::span(decoded)));
}

void Leaf::Tell(std::size_t index, std::string_view decoded) {
  if (decoded.empty()) return;
  owner_.OnLeafContent(index, std::as_bytes(std::span(decoded)));
  if (readings_[index].files) LookForFiles(*readings_[index].files, decoded);
}

// In UTF-16 and UTF-32 every other character or more is NUL, and in other text none is.
void Leaf::LookForFiles(TextFiles& files, std::string_view text) {
  if (text.find('\0') == text.npos) return files.Feed(text);
  std::string plain(text);
  std::erase(plain, '\0');
  files.Feed(plain);
}

Oddities Leaf::Finish() {
  Oddities oddities;
  for (std::size_t i = 0; i < readings_.size(); ++i) {
    Reading& reading = readings_[i];
    buffer_.assign(Base64Stream::MostOut(0), '\0');
    auto* const out = reinterpret_cast<std::byte*>(buffer_.data());
    if (reading.encoding == TransferEncoding::kBase64) {
      Tell(i, TextOf(buffer_, reading.base64.Finish(out)));
      const std::size_t more = reading.other ? reading.other->Finish(out) : 0;
      if (more > 0) owner_.OnOtherContent(std::as_bytes(std::span(buffer_)).first(more));
    } else if (reading.encoding == TransferEncoding::kQuotedPrintable) {
      buffer_.clear();
      reading.quoted.Finish(buffer_);
      Tell(i, buffer_);
    }
    if (reading.files) reading.files->Finish();
    if (reading.base64.foreign() > 0) oddities.Add(Oddity::kGarbageInBase64);
    if (reading.base64.goes_on_after_padding()) oddities.Add(Oddity::kDataAfterPadding);
    if (reading.base64.readings_differ() && !reading.other) oddities.Add(Oddity::kUnreadBase64);
    if (reading.quoted.damaged() > 0) oddities.Add(Oddity::kDamagedQuotedPrintable);
  }
  return oddities;
}

}  // namespace gatepost::mime
