#include "milters/attachments/scanner/cms.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace gatepost::attachments {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kMostPieces = 100'000;  // of the content
constexpr std::size_t kMostNesting = 8;       // of strings within strings
constexpr std::size_t kMostElements = 1'000;  // before the content

// The values of object identifiers (RFC 5652 sections 4 to 8, RFC 3274).
constexpr std::string_view kSigned = "\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02"sv;
constexpr std::string_view kEnveloped = "\x2A\x86\x48\x86\xF7\x0D\x01\x07\x03"sv;
constexpr std::string_view kEncrypted = "\x2A\x86\x48\x86\xF7\x0D\x01\x07\x06"sv;
constexpr std::string_view kAuthEnveloped = "\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x17"sv;

constexpr unsigned kSequence = 0x30;
constexpr unsigned kObjectIdentifier = 0x06;
constexpr unsigned kOctetString = 0x04;
constexpr unsigned kConstructedString = 0x24;
constexpr unsigned kExplicit0 = 0xA0;
constexpr unsigned kEndOfContents = 0x00;

struct Element {
  unsigned tag = 0;
  std::uint64_t content = 0;  // where it begins
  std::uint64_t size = 0;
  bool indefinite = false;  // ends with end-of-contents
};

// X.690 section 8.1: identifier and length; tags of one byte are all that CMS has here. What is cut
// off is as long as it is there.
std::optional<Element> ReadElement(const Content& whole, std::uint64_t at) {
  std::array<std::byte, 10> head{};
  const std::size_t got = whole.ReadAt(at, head);
  if (got < 2) return std::nullopt;
  Element element;
  element.tag = std::to_integer<unsigned>(head[0]);
  const unsigned first = std::to_integer<unsigned>(head[1]);
  if (first < 0x80) {
    element.content = at + 2;
    element.size = first;
  } else {
    const std::size_t count = first & 0x7F;
    if (count > 8 || got < 2 + count) return std::nullopt;
    element.content = at + 2 + count;
    element.indefinite = count == 0;
    for (std::size_t i = 0; i < count; ++i) {
      element.size = element.size << 8 | std::to_integer<std::uint64_t>(head[2 + i]);
    }
  }
  element.size = std::min(element.size, whole.size() - element.content);
  return element;
}

// Steps through a CMS message from the outside in. What is not as it should be ends it.
class CmsReader {
 public:
  CmsReader(const Content& whole, FormatBudget& budget)
      : whole_(whole), budget_(budget), content_(whole) {}

  Properties Read(const std::function<void(const Content&)>& on_content);

 private:
  bool Enter(unsigned tag);
  bool Skip();
  bool SkipRest(const Element& element, std::size_t depth);
  std::string_view Identifier();
  bool AddStrings(const Element& string, std::size_t depth);
  Properties Failure() const;

  const Content& whole_;
  FormatBudget& budget_;
  PiecedContent content_;
  std::uint64_t at_ = 0;
  std::size_t elements_ = 0;
  std::array<char, 16> identifier_{};
};

bool CmsReader::Enter(unsigned tag) {
  const auto element = ReadElement(whole_, at_);
  if (!element || element->tag != tag) return false;
  at_ = element->content;
  return true;
}

// Over one element with all that it holds.
bool CmsReader::Skip() {
  const auto element = ReadElement(whole_, at_);
  if (!element) return false;
  if (element->indefinite) return SkipRest(*element, 0);
  at_ = element->content + element->size;
  return true;
}

bool CmsReader::SkipRest(const Element& element, std::size_t depth) {
  at_ = element.content;
  for (;;) {
    const auto inner = ReadElement(whole_, at_);
    if (!inner || ++elements_ > kMostElements || depth > kMostNesting) return false;
    if (inner->tag == kEndOfContents) {
      at_ = inner->content;
      return true;
    }
    if (inner->indefinite) {
      if (!SkipRest(*inner, depth + 1)) return false;
    } else {
      at_ = inner->content + inner->size;
    }
  }
}

std::string_view CmsReader::Identifier() {
  const auto element = ReadElement(whole_, at_);
  if (!element || element->tag != kObjectIdentifier || element->size > identifier_.size()) {
    return {};
  }
  const auto size = static_cast<std::size_t>(element->size);
  const auto into = std::as_writable_bytes(std::span(identifier_)).first(size);
  if (whole_.ReadAt(element->content, into) != size) return {};
  at_ = element->content + size;
  return {identifier_.data(), size};
}

// An octet string in one piece, or made of others (X.690 section 8.7.3).
bool CmsReader::AddStrings(const Element& string, std::size_t depth) {
  if (++elements_ > kMostPieces || !budget_.Spend(0)) return false;
  if (string.tag == kOctetString) {
    content_.Add(string.content, string.size);
    at_ = string.content + string.size;
    return true;
  }
  if (string.tag != kConstructedString || depth > kMostNesting) return false;
  const std::uint64_t end = string.indefinite ? whole_.size() : string.content + string.size;
  at_ = string.content;
  while (at_ < end && at_ < whole_.size()) {
    const auto inner = ReadElement(whole_, at_);
    if (!inner) return false;
    if (inner->tag == kEndOfContents) {
      at_ = inner->content;
      return true;
    }
    if (!AddStrings(*inner, depth + 1)) return false;
  }
  return !string.indefinite;
}

Properties CmsReader::Failure() const {
  return {at_ >= whole_.size() ? Property::kTruncated : Property::kDamaged};
}

Properties CmsReader::Read(const std::function<void(const Content&)>& on_content) {
  if (!Enter(kSequence)) return Failure();
  const std::string_view kind = Identifier();
  if (kind == kEnveloped || kind == kEncrypted || kind == kAuthEnveloped) {
    return {Property::kEncryptedMail};
  }
  if (kind != kSigned) return {Property::kUnreadable};
  Properties properties{Property::kOpaqueSignature};
  // SignedData: version, digestAlgorithms, encapContentInfo (eContentType, eContent).
  if (!Enter(kExplicit0) || !Enter(kSequence) || !Skip() || !Skip() || !Enter(kSequence) ||
      Identifier().empty()) {
    properties.Add(Failure());
    return properties;
  }
  if (!Enter(kExplicit0)) return {};  // the signature alone: what it signs lies elsewhere
  const auto string = ReadElement(whole_, at_);
  if (!string || !AddStrings(*string, 0)) properties.Add(Failure());
  if (content_.size() > 0) on_content(content_);
  return properties;
}

}  // namespace

void PiecedContent::Add(std::uint64_t offset, std::uint64_t size) {
  offset = std::min(offset, whole_.size());
  size = std::min(size, whole_.size() - offset);
  if (size == 0) return;
  pieces_.push_back({size_, offset});
  size_ += size;
}

std::size_t PiecedContent::ReadAt(std::uint64_t offset, std::span<std::byte> into) const {
  std::size_t done = 0;
  auto piece = std::ranges::upper_bound(pieces_, offset, {}, &Piece::start);
  while (done < into.size() && offset + done < size_) {
    const Piece& current = *(piece - 1);
    const std::uint64_t end = piece == pieces_.end() ? size_ : piece->start;
    const std::uint64_t from = offset + done - current.start;
    const auto count = static_cast<std::size_t>(
        std::min<std::uint64_t>(into.size() - done, end - (offset + done)));
    const std::size_t got = whole_.ReadAt(current.offset + from, into.subspan(done, count));
    done += got;
    if (got < count) break;
    ++piece;
  }
  return done;
}

Properties InspectCms(const Content& content, FormatBudget& budget,
                      const std::function<void(const Content& entity)>& on_content) {
  return CmsReader(content, budget).Read(on_content);
}

}  // namespace gatepost::attachments
