#include "milters/attachments/scanner/pdf.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "common/base/strings.h"
#include "milters/attachments/scanner/byte_order.h"
#include "milters/attachments/scanner/file_names.h"
#include "milters/attachments/scanner/pdf_cipher.h"
#include "milters/attachments/scanner/pdf_filters.h"
#include "milters/attachments/scanner/pdf_objects.h"
#include "milters/attachments/scanner/pdf_tokens.h"

namespace gatepost::attachments {
namespace {

constexpr std::size_t kWindow = 1 << 20;
// Tokens are not begun so near to the end of a window that goes on.
constexpr std::size_t kMargin = 64 << 10;
constexpr std::size_t kMostObjects = 8 << 20;  // of one object stream, unpacked
constexpr std::size_t kMostForm = 1 << 20;
constexpr std::size_t kMostFile = 32 << 20;
constexpr std::string_view kEndStream = "endstream";
constexpr std::string_view kPageBegins = "MIME-Version:";

class PdfLook {
 public:
  PdfLook(const Content& content, FormatBudget& budget, const OnEmbedded& on_embedded)
      : content_(content), budget_(budget), on_embedded_(on_embedded) {}
  Properties Inspect();

 private:
  void Pass();
  void TellPage();
  // Returns where the next window begins.
  std::uint64_t LookAtWindow(std::uint64_t offset, const std::string& window);
  std::uint64_t LookAtStream(std::uint64_t keyword_end);
  void LookIntoStream(std::uint64_t start, std::uint64_t size);
  void LookIntoFiles(std::uint64_t start, std::uint64_t size);
  std::uint64_t StreamEnd(std::uint64_t start);
  std::uint64_t FindEndStream(std::uint64_t start);
  // Tells what the stream may say: once where nothing is encrypted, else for each way.
  using OnText = std::function<void(const std::string&)>;
  struct Stream {
    std::uint64_t start = 0, size = 0;
    std::size_t most = 0;   // of what is in it
    bool must_read = true;  // as it holds objects or a file
  };
  void Decode(const Stream& stream, const OnText& on_text);
  std::string Unpack(std::string packed, const PdfObjects::Object& object, const Stream& stream);
  bool Spend(std::uint64_t bytes);

  const Content& content_;
  FormatBudget& budget_;
  const OnEmbedded& on_embedded_;
  PdfCipher cipher_;
  PdfObjects objects_;
  Properties properties_;
  // What the first passes found, of use for the last.
  bool again_ = false;
  bool form_scripts_ = false;
  bool unread_ = false;                // objects or a file
  std::optional<std::uint64_t> page_;  // of another format, between the objects
  std::map<std::uint64_t, std::vector<std::string>> files_;
};

bool PdfLook::Spend(std::uint64_t bytes) {
  if (!properties_.Has(Property::kOverBudget) && budget_.Spend(bytes)) return true;
  properties_.Add(Property::kOverBudget);
  return false;
}

Properties PdfLook::Inspect() {
  Pass();
  if (page_) TellPage();
  if (objects_.encrypted()) cipher_.AddNothing();
  const bool locked = objects_.encrypted() && !objects_.AddTo(cipher_);
  if (objects_.oddly_encrypted()) properties_.Add(Property::kUnreadable);
  if (!cipher_.empty()) {
    objects_ = PdfObjects(&cipher_);
    unread_ = false;
    Pass();
  }
  form_scripts_ = objects_.has_forms() && !properties_.Has(Property::kPdfJavaScript);
  files_ = objects_.files();
  if (form_scripts_ || properties_.Has(Property::kPdfEmbeddedFile)) {
    objects_ = PdfObjects(&cipher_);
    again_ = true;
    Pass();
  }
  if (unread_ && !locked) properties_.Add(Property::kUnreadable);
  // Who is locked out by an odd packing is not told that a password would help.
  if (locked && !properties_.Has(Property::kUnreadable)) {
    properties_.Add(Property::kEncryptedDocument);
  }
  return properties_;
}

// Word opens a saved web page that stands behind a PDF's first lines, if the name is Word's.
void PdfLook::TellPage() {
  properties_.Add({Property::kTypeMismatch, Property::kHiddenData});
  on_embedded_("", ContentWindow(content_, *page_, content_.size() - *page_));
}

void PdfLook::Pass() {
  for (std::uint64_t offset = 0; offset < content_.size();) {
    if (!Spend(kWindow)) return;
    const std::string window = ReadText(content_, offset, kWindow);
    if (window.empty()) break;
    offset = LookAtWindow(offset, window);
  }
  objects_.EndObject();
  properties_.Add(objects_.properties());
}

std::uint64_t PdfLook::LookAtWindow(std::uint64_t offset, const std::string& window) {
  const bool last = offset + window.size() >= content_.size();
  const std::size_t stop = last ? window.size() : window.size() - std::min(window.size(), kMargin);
  PdfTokens tokens(window);
  while (tokens.at() < stop) {
    const PdfTokens::Kind kind = tokens.Next();
    objects_.OnToken(kind, tokens);
    if (kind != PdfTokens::Kind::kKeyword) continue;
    if (base::EqualsIgnoreCase(tokens.value(), kPageBegins)) {
      page_ = page_.value_or(offset + tokens.at() - kPageBegins.size());
    }
    if (tokens.value() != "stream") continue;
    const std::uint64_t end = LookAtStream(offset + tokens.at());
    if (end >= offset + window.size()) return end;
    tokens.MoveTo(static_cast<std::size_t>(end - offset));
  }
  return offset + std::max<std::size_t>(tokens.at(), 1);
}

std::uint64_t PdfLook::FindEndStream(std::uint64_t start) {
  while (start < content_.size()) {
    if (!Spend(kMargin)) return content_.size();
    const std::string piece = ReadText(content_, start, kMargin);
    const std::size_t at = piece.find(kEndStream);
    if (at != piece.npos) return start + at;
    if (piece.size() <= kEndStream.size()) break;
    start += piece.size() - kEndStream.size();
  }
  return content_.size();
}

// The length that is said holds where "endstream" follows it.
std::uint64_t PdfLook::StreamEnd(std::uint64_t start) {
  const auto length = objects_.object().length;
  if (length && *length < content_.size()) {
    const std::string behind = ReadText(content_, start + *length, 16);
    if (base::Trim(behind).starts_with(kEndStream)) return start + *length;
  }
  return FindEndStream(start);
}

std::uint64_t PdfLook::LookAtStream(std::uint64_t keyword_end) {
  const std::string line_end = ReadText(content_, keyword_end, 2);
  const std::size_t skipped = line_end.starts_with("\r\n")                               ? 2
                              : line_end.starts_with('\n') || line_end.starts_with('\r') ? 1
                                                                                         : 0;
  const std::uint64_t start = keyword_end + skipped;
  const std::uint64_t end = StreamEnd(start);
  if (again_) {
    LookIntoFiles(start, end - start);
  } else {
    LookIntoStream(start, end - start);
  }
  return std::min(end + kEndStream.size(), content_.size());
}

// Whoever hides objects or a file by an odd packing has no claim to be believed locked.
std::string PdfLook::Unpack(std::string packed, const PdfObjects::Object& object,
                            const Stream& stream) {
  auto text = DecodePdfStream(std::move(packed), object.filters, stream.most);
  if (stream.must_read && (!text || object.oddly_packed)) properties_.Add(Property::kUnreadable);
  return text && Spend(text->size()) ? *std::move(text) : std::string();
}

// What comes to nothing by one way is told where it does so by all.
void PdfLook::Decode(const Stream& stream, const OnText& on_text) {
  const auto packed_size =
      static_cast<std::size_t>(std::min<std::uint64_t>(stream.size, kMostFile));
  if (!Spend(packed_size)) return on_text({});
  const PdfObjects::Object object = objects_.object();
  std::string text;
  if (cipher_.empty()) {
    text = Unpack(ReadText(content_, stream.start, packed_size), object, stream);
  }
  for (std::size_t way = 0; way < cipher_.ways() && Spend(packed_size); ++way) {
    std::string packed = cipher_.Decrypt(way, object.number, object.generation,
                                         ReadText(content_, stream.start, packed_size));
    std::string decrypted = Unpack(std::move(packed), object, stream);
    if (decrypted.empty()) continue;
    if (!text.empty()) on_text(text);
    text = std::move(decrypted);
  }
  // Less may well hold nothing.
  constexpr std::size_t kLeast = 48;
  unread_ = unread_ || (stream.must_read && text.empty() && packed_size > kLeast);
  on_text(text);
}

void PdfLook::LookIntoStream(std::uint64_t start, std::uint64_t size) {
  if (!objects_.object().is_object_stream) return;
  Decode({start, size, kMostObjects}, [this](const std::string& text) {
    objects_.EndObject();
    PdfTokens tokens(text);
    for (auto kind = tokens.Next(); kind != PdfTokens::Kind::kEnd; kind = tokens.Next()) {
      objects_.OnToken(kind, tokens);
    }
    objects_.EndObject();
  });
}

void PdfLook::LookIntoFiles(std::uint64_t start, std::uint64_t size) {
  const PdfObjects::Object& object = objects_.object();
  const auto names = files_.find(object.number);
  if (names != files_.end() || object.is_embedded_file) {
    const auto different =
        DifferentNames(names == files_.end() ? std::vector<std::string>() : names->second);
    if (cipher_.empty() && object.filters.empty() && !object.oddly_packed) {
      // As it is: no copy of it need fit into memory.
      const ContentWindow file(content_, start, size);
      for (const std::string& name : different) on_embedded_(name, file);
      return;
    }
    Decode({start, size, kMostFile}, [&](const std::string& file) {
      for (const std::string& name : different) on_embedded_(name, MemoryContent(AsBytes(file)));
    });
  } else if (form_scripts_ && !object.is_object_stream) {
    Decode({start, size, kMostForm, false}, [this](const std::string& text) {
      const std::string form = base::ToLower(text);
      const bool script = form.find("<script") != form.npos || form.find(":script") != form.npos;
      if (script) properties_.Add(Property::kPdfJavaScript);
    });
  }
}

}  // namespace

Properties InspectPdf(const Content& content, FormatBudget& budget, const OnEmbedded& on_embedded) {
  return PdfLook(content, budget, on_embedded).Inspect();
}

}  // namespace gatepost::attachments
