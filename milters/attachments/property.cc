#include "milters/attachments/property.h"

#include <array>
#include <utility>

namespace gatepost::attachments {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(Property::kProperties)> kNames{
    "double-extension",
    "deceptive-name",
    "trailing-dots",
    "control-in-name",
    "long-name",
    "path-in-name",
    "names-differ",
    "ambiguous",
    "malformed-mime",
    "partial-message",
    "external-body",
    "encrypted-mail",
    "opaque-signature",
    "in-text",
    "tnef",
    "too-many-parts",
    "no-parts",
    "type-mismatch",
    "macro",
    "auto-macro",
    "external-template",
    "dynamic-exchange",
    "embedded-object",
    "active-control",
    "encrypted-document",
    "pdf-javascript",
    "pdf-launch",
    "pdf-embedded-file",
    "script",
    "form",
    "html-smuggling",
    "encrypted-member",
    "encrypted-names",
    "directory-mismatch",
    "self-extracting",
    "bomb",
    "too-many-members",
    "damaged",
    "truncated",
    "multi-volume",
    "hidden-data",
    "link-member",
    "too-deep",
    "over-budget",
    "unreadable",
    "unscanned",
    "listed",
    "malware",
    "malware-unchecked",
    "outbreak",
};
static_assert(!kNames.back().empty());

using mime::Oddity;

// Each lets one mail client show a file that another does not, or under another name.
constexpr std::array kDisputed{
    Oddity::kDuplicateField,  Oddity::kPartAfterEnd,     Oddity::kEncodedComposite,
    Oddity::kUnknownEncoding, Oddity::kDataAfterPadding,
};

// What lies beyond was not read, and may be what a mail client goes by.
constexpr std::array kUnread{Oddity::kHeaderTooLong, Oddity::kTooMuchHeader, Oddity::kManyNames,
                             Oddity::kUnreadBase64};

}  // namespace

std::string_view Name(Property property) { return kNames[static_cast<std::size_t>(property)]; }

std::optional<Property> ParseProperty(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Property>(i);
  }
  return std::nullopt;
}

std::string Properties::Format() const {
  std::string text;
  for (std::size_t i = 0; i < kSize; ++i) {
    if (!bits_.test(i)) continue;
    if (!text.empty()) text += ',';
    text += kNames[i];
  }
  return text;
}

Properties Properties::FromBits(std::uint64_t bits) {
  Properties properties;
  for (std::size_t i = 0; i < kSize; ++i) {
    if ((bits >> i & 1) != 0) properties.bits_.set(i);
  }
  return properties;
}

Properties ToProperties(const mime::Oddities& oddities) {
  Properties properties;
  if (!oddities.any()) return properties;
  if (oddities.Has(Oddity::kTooDeep)) properties.Add(Property::kTooDeep);
  if (oddities.Has(Oddity::kNoParts)) properties.Add(Property::kNoParts);
  for (const Oddity oddity : kUnread) {
    if (oddities.Has(oddity)) properties.Add(Property::kTooManyParts);
  }
  for (const Oddity oddity : kDisputed) {
    if (oddities.Has(oddity)) properties.Add(Property::kAmbiguous);
  }
  if (!properties.any()) properties.Add(Property::kMalformedMime);
  return properties;
}

}  // namespace gatepost::attachments
