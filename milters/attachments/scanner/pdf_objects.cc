#include "milters/attachments/scanner/pdf_objects.h"

#include <algorithm>
#include <cstdlib>

#include "milters/attachments/scanner/byte_order.h"
#include "milters/attachments/scanner/file_names.h"

namespace gatepost::attachments {
namespace {

constexpr std::size_t kMostFiles = 1'000;
constexpr std::size_t kMostNames = 16;
constexpr std::size_t kMostFilters = 16;
constexpr std::size_t kMostIds = 8;

// Text strings are UTF-16 with the high byte first where they begin so.
std::string FileName(const std::string& text) {
  if (!text.starts_with("\xFE\xFF")) return LastOfPath(text);
  std::string swapped;
  for (std::size_t at = 2; at + 1 < text.size(); at += 2) swapped += {text[at + 1], text[at]};
  return LastOfPath(FromUtf16(swapped));
}

bool IsSound(const std::string& name) {
  return !name.empty() && std::ranges::none_of(name, [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7F';
  });
}

}  // namespace

void PdfObjects::OnToken(PdfTokens::Kind kind, const PdfTokens& tokens) {
  using enum PdfTokens::Kind;
  if (kind != kNumber && kind != kKeyword) numbers_.clear();
  FollowDictionary(kind, tokens);
  switch (kind) {
    case kName:
      return OnName(tokens.value());
    case kString:
      return OnString(tokens.value());
    case kNumber:
      return OnNumber(tokens.number());
    case kKeyword:
      return OnKeyword(tokens.value());
    case kOpen:
      ++depth_;
      id_begins_ = key_ == "ID";
      return;
    case kClose:
      depth_ -= depth_ > 0 ? 1 : 0;
      if (depth_ == 0 || (files_depth_ && depth_ < *files_depth_)) EndFileSpecification();
      return;
    case kEnd:
      return;
  }
}

// What a name is is told by where it stands: as a value of any other key it packs nothing.
void PdfObjects::FollowDictionary(PdfTokens::Kind kind, const PdfTokens& tokens) {
  using enum PdfTokens::Kind;
  const bool opens = kind == kOpen, closes = kind == kClose;
  if (depth_ == 0) {
    if (opens) value_next_ = false;
  } else if (depth_ == 1 && kind == kName && !value_next_) {
    BeginEntry(tokens.value());
  } else {
    OnPacking(kind, tokens);
    if ((depth_ == 1 && !opens) || (depth_ == 2 && closes)) value_next_ = false;
  }
}

void PdfObjects::BeginEntry(const std::string& key) {
  entry_ = key;
  value_next_ = true;
  // No other stream has it: readers take an object stream for one without its type.
  if (key == "First") object_.is_object_stream = true;
  if (key != "Filter") return;
  // Readers do not agree which of two holds.
  object_.oddly_packed = object_.oddly_packed || has_filters_;
  object_.filters.clear();
  has_filters_ = true;
}

void PdfObjects::OnPacking(PdfTokens::Kind kind, const PdfTokens& tokens) {
  using enum PdfTokens::Kind;
  const bool filters = entry_ == "Filter" || (entry_ == "F" && !has_filters_);
  const bool reference = kind == kKeyword && tokens.value() == "R";
  if (filters && kind == kName && object_.filters.size() < kMostFilters) {
    object_.filters.push_back(tokens.value());
  }
  if (entry_ == "Filter" || entry_ == "DecodeParms" || entry_ == "DP") {
    object_.oddly_packed = object_.oddly_packed || reference;
  }
  // Only 1 changes nothing.
  const bool plain = kind == kNumber && tokens.number() == 1;
  if (key_ == "Predictor" && (kind == kNumber || kind == kKeyword) && !plain) {
    object_.oddly_packed = true;
  }
}

void PdfObjects::OnName(const std::string& name) {
  if (name == "JavaScript" || name == "JS") properties_.Add(Property::kPdfJavaScript);
  if (name == "Launch") properties_.Add(Property::kPdfLaunch);
  if (name == "EmbeddedFile" || name == "EF" || name == "RichMedia" || name == "RichMediaContent") {
    properties_.Add(Property::kPdfEmbeddedFile);
  }
  if (name == "XFA") has_forms_ = true;
  if (name == "Encrypt") encrypted_ = true;
  if (name == "ObjStm") object_.is_object_stream = true;
  if (name == "EmbeddedFile") object_.is_embedded_file = true;
  if (name == "Standard") object_.standard_handler = true;
  if (name == "EF" && !files_depth_) files_depth_ = depth_;
  key_ = name;
}

// By a wrong way a name becomes noise: where another makes sense, that is none.
void PdfObjects::OnFileName(const std::string& text) {
  const bool encrypted = cipher_ != nullptr && object_.number != 0 && !cipher_->empty();
  std::vector<std::string> names;
  for (std::size_t way = 0; way < (encrypted ? cipher_->ways() : 1); ++way) {
    names.push_back(FileName(
        encrypted ? cipher_->Decrypt(way, object_.number, object_.generation, text) : text));
  }
  if (std::ranges::any_of(names, IsSound)) {
    std::erase_if(names, [](const std::string& name) { return !IsSound(name); });
  } else if (encrypted && !cipher_->has_key()) {
    return;
  }
  for (const std::string& name : names) {
    if (names_.size() < kMostNames) names_.push_back(name);
  }
}

void PdfObjects::OnString(const std::string& text) {
  if (key_ == "F" || key_ == "UF") {
    OnFileName(text);
  } else if (key_ == "O") {
    object_.encryption.owner = text;
  } else if (key_ == "U") {
    object_.encryption.user = text;
  } else if (key_ == "UE") {
    object_.encryption.user_key = text;
  } else if (key_ == "ID" && id_begins_ && ids_.size() < kMostIds &&
             std::ranges::find(ids_, text) == ids_.end()) {
    ids_.push_back(text);
  }
  // Nor is the second half of /ID of this name.
  key_.clear();
}

void PdfObjects::OnNumber(std::uint64_t number) {
  numbers_.push_back(number);
  if (numbers_.size() > 2) numbers_.erase(numbers_.begin());
  if (numbers_.size() > 1) object_.length = key_ == "Length" ? std::nullopt : object_.length;
  if (numbers_.size() > 1) return;
  if (key_ == "Length") {
    object_.length = number;
  } else if (key_ == "R") {
    object_.encryption.revision = static_cast<unsigned>(std::min<std::uint64_t>(number, 100));
  } else if (key_ == "P") {
    object_.encryption.permissions = static_cast<std::int32_t>(number);
  }
}

void PdfObjects::OnKeyword(const std::string& keyword) {
  if (keyword == "obj") {
    BeginObject();
  } else if (keyword == "endobj" || keyword == "trailer" || keyword == "xref") {
    EndObject();
  } else if (keyword == "R" && numbers_.size() == 2 && files_depth_ && depth_ >= *files_depth_ &&
             (key_ == "F" || key_ == "UF" || key_ == "DOS" || key_ == "Mac" || key_ == "Unix")) {
    if (references_.size() < kMostNames) references_.push_back(numbers_[0]);
  } else if (keyword == "R" && (key_ == "O" || key_ == "U" || key_ == "UE" || key_ == "P" ||
                                key_ == "R" || key_ == "EncryptMetadata")) {
    object_.has_reference = true;
  } else if (keyword.starts_with('-') && key_ == "P") {
    object_.encryption.permissions =
        static_cast<std::int32_t>(std::strtol(keyword.c_str(), nullptr, 10));
  } else if (keyword == "false" && key_ == "EncryptMetadata") {
    object_.encryption.encrypts_metadata = false;
  }
  numbers_.clear();
}

void PdfObjects::BeginObject() {
  const auto numbers = numbers_.size() == 2 ? numbers_ : std::vector<std::uint64_t>{0, 0};
  EndObject();
  object_.number = numbers[0];
  object_.generation = numbers[1];
}

void PdfObjects::EndFileSpecification() {
  for (const std::uint64_t reference : references_) {
    if (files_.size() < kMostFiles) files_[reference] = names_;
  }
  references_.clear();
  if (files_depth_ || depth_ == 0) names_.clear();
  files_depth_.reset();
}

void PdfObjects::EndObject() {
  depth_ = 0;
  EndFileSpecification();
  odd_handler_ = odd_handler_ || (object_.standard_handler && object_.has_reference);
  if (object_.standard_handler && !object_.encryption.user.empty()) {
    const bool known = std::ranges::find(encryptions_, object_.encryption) != encryptions_.end();
    if (!known && encryptions_.size() <= kMostEncryptions) {
      encryptions_.push_back(object_.encryption);
    }
  }
  object_ = {};
  has_filters_ = value_next_ = false;
  entry_.clear();
  key_.clear();
}

bool PdfObjects::AddTo(PdfCipher& cipher) const {
  bool all = !encryptions_.empty() && encryptions_.size() <= kMostEncryptions;
  for (PdfEncryption encryption : encryptions_) {
    bool opens = cipher.Add(encryption);
    for (std::size_t i = 0; i < ids_.size() && !opens; ++i) {
      encryption.id = ids_[i];
      opens = cipher.Add(encryption);
    }
    all = all && opens;
  }
  return all;
}

}  // namespace gatepost::attachments
