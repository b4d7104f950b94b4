// What an attachment, a member of an archive or a whole message was found to be or to do, one name
// each: rules ask for them, records tell them. Values; any thread.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/mime/part.h"

namespace gatepost::attachments {

enum class Property {
  // of names
  kDoubleExtension,  // invoice.pdf.exe
  kDeceptiveName,    // right-to-left or invisible characters, look-alikes in the extension
  kTrailingDots,     // dots, blanks or a stream's name at the end, which Windows drops
  kControlInName,    // NUL and other controls
  kLongName,         // over 255 bytes
  kPathInName,       // folders, "..", a drive; of links and devices, where they lead
  kNamesDiffer,      // several names with different extensions
  // of MIME
  kAmbiguous,        // mail clients see different things
  kMalformedMime,    // sloppy, yet seen alike
  kPartialMessage,   // message/partial
  kExternalBody,     // message/external-body
  kEncryptedMail,    // S/MIME or PGP, so nobody looks inside
  kOpaqueSignature,  // S/MIME with the content within the signature
  kInText,           // uuencode, yEnc, BinHex in text
  kTnef,             // winmail.dat
  kTooManyParts,
  kNoParts,  // a multipart that holds none: some client may find one in its text
  // of content
  kTypeMismatch,       // is not what its name or declared type says
  kMacro,              // Office macros
  kAutoMacro,          // that run when the document is opened or closed
  kExternalTemplate,   // a document that loads another when it is opened
  kDynamicExchange,    // DDE
  kEmbeddedObject,     // a package or OLE object in a document
  kActiveControl,      // ActiveX
  kEncryptedDocument,  // Office or PDF, with a password to open
  kPdfJavaScript,
  kPdfLaunch,
  kPdfEmbeddedFile,
  kScript,         // a script in HTML or SVG
  kForm,           // HTML that asks for something to be sent
  kHtmlSmuggling,  // a file hidden in HTML, which a script offers for download
  // of archives
  kEncryptedMember,
  kEncryptedNames,
  kDirectoryMismatch,  // zip: the directory and what stands before the members disagree
  kSelfExtracting,
  kBomb,  // much more than it seems
  kTooManyMembers,
  kDamaged,
  kTruncated,
  kMultiVolume,
  kHiddenData,  // before or behind the archive, or a second one
  kLinkMember,  // symbolic or hard links, devices
  // of looking
  kTooDeep,     // nested beyond what is looked into
  kOverBudget,  // time or size for one message is used up
  kUnreadable,  // cannot be looked into: an unknown method, a dictionary too large
  kUnscanned,   // the scanner failed
  // of others
  kListed,  // its SHA-256 is on the administrators' list
  kMalware,
  kMalwareUnchecked,  // the malware scanner did not answer
  kOutbreak,          // the same from many senders
  kProperties,        // how many there are
};

class Properties {
 public:
  Properties() = default;
  Properties(std::initializer_list<Property> properties) {
    for (const Property property : properties) Add(property);
  }
  void Add(Property property) { bits_.set(static_cast<std::size_t>(property)); }
  void Add(const Properties& others) { bits_ |= others.bits_; }
  void Remove(Property property) { bits_.reset(static_cast<std::size_t>(property)); }
  bool Has(Property property) const { return bits_.test(static_cast<std::size_t>(property)); }
  bool HasAny(const Properties& others) const { return (bits_ & others.bits_).any(); }
  bool any() const { return bits_.any(); }

  // "macro,auto-macro", in the order of the enum.
  std::string Format() const;
  // The wire's form; unknown bits are dropped.
  std::uint64_t bits() const { return bits_.to_ullong(); }
  static Properties FromBits(std::uint64_t bits);

  friend bool operator==(const Properties&, const Properties&) = default;

 private:
  static constexpr std::size_t kSize = static_cast<std::size_t>(Property::kProperties);
  static_assert(kSize <= 64);
  std::bitset<kSize> bits_;
};

// "double-extension" and the like.
std::string_view Name(Property property);
std::optional<Property> ParseProperty(std::string_view name);

// What the walker found odd: kAmbiguous where mail clients see different things by it, else
// kMalformedMime.
Properties ToProperties(const mime::Oddities& oddities);

}  // namespace gatepost::attachments
