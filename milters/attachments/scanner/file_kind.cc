#include "milters/attachments/scanner/file_kind.h"

#include <algorithm>
#include <array>

#include "common/base/strings.h"
#include "milters/attachments/extension.h"
#include "milters/attachments/names.h"
#include "milters/attachments/scanner/rare_kinds.h"

namespace gatepost::attachments {
namespace {

constexpr std::size_t kTarBlock = 512;
constexpr std::size_t kTarChecksum = 148;

std::string_view TextOf(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// A field's name and a colon, or the line that begins a mailbox file.
bool BeginsWithField(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  while (!text.empty() && base::IsMailSpace(text.front())) text.remove_prefix(1);
  if (text.starts_with("From ")) return true;
  const auto colon = std::min(text.find(':'), text.size());
  const auto name = text.substr(0, colon);
  return colon > 0 && colon < text.size() && colon < 100 &&
         std::ranges::all_of(name, [](char c) { return c > ' ' && c < '\x7F'; });
}

bool IsDeclaredMail(const std::vector<std::string>& names,
                    const std::vector<std::string>& declared_types) {
  constexpr std::array kExtensions{".eml", ".mht", ".mhtml", ".mbox", ".nws"};
  constexpr std::array kTypes{"message/rfc822", "message/global", "message/news",
                              "multipart/related", "application/x-mimearchive"};
  return std::ranges::any_of(kExtensions, [&](auto end) { return HasExtension(names, end); }) ||
         std::ranges::any_of(kTypes, [&](std::string_view type) {
           return std::ranges::find(declared_types, type) != declared_types.end();
         });
}

// S/MIME by its envelope, a sequence of definite or indefinite length that begins with an object
// identifier.
bool IsCms(std::string_view head, const std::vector<std::string>& names,
           const std::vector<std::string>& declared_types) {
  constexpr std::string_view kPkcs7{"\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01", 9};
  constexpr std::string_view kSequence = "0";
  constexpr std::array kTypes{"application/pkcs7-mime", "application/x-pkcs7-mime"};
  const bool told = HasExtension(names, ".p7m") || HasExtension(names, ".p7z") ||
                    std::ranges::any_of(kTypes, [&](std::string_view type) {
                      return std::ranges::find(declared_types, type) != declared_types.end();
                    });
  return head.starts_with(kSequence) && (told || head.substr(0, 20).find(kPkcs7) != head.npos);
}

// Word opens saved web pages whatever their name is, so what says that it is MIME counts as it.
bool SaysMime(std::string_view head) {
  const std::string text = base::ToLower(head.substr(0, kSignatureBytes));
  return text.find("mime-version:") != text.npos;
}

bool IsMail(std::string_view head, const ContentType& type, const std::vector<std::string>& names,
            const std::vector<std::string>& declared_types) {
  if (type.kind != Kind::kText && type.kind != Kind::kUnknown) return false;
  return BeginsWithField(head) && (IsDeclaredMail(names, declared_types) || SaysMime(head));
}

bool IsOneOf(const std::vector<std::string>& declared_types, std::string_view type) {
  return std::ranges::find(declared_types, type) != declared_types.end();
}

// A page may begin with any element; then what it is called makes browsers and mail clients take
// it for one.
bool IsDeclaredPage(std::string_view head, const std::vector<std::string>& names,
                    const std::vector<std::string>& declared_types) {
  const bool declared = IsOneOf(declared_types, "text/html") ||
                        IsOneOf(declared_types, "application/xhtml+xml") ||
                        HasExtension(names, ".html") || HasExtension(names, ".htm") ||
                        HasExtension(names, ".xhtml") || HasExtension(names, ".shtml");
  return declared && head.find('<') != head.npos;
}

// DOS runs the bytes of a .com file as they are, which need no control byte: a call of the system
// beyond ASCII, or a first line that is too long for a word.
bool IsDosProgram(std::string_view head) {
  constexpr std::size_t kLongestWord = 60;
  if (head.find("\xCD\x21") != head.npos || head.find("\xCD\x20") != head.npos) return true;
  const bool address = base::ToLower(head.substr(0, 8)).find("://") != std::string::npos;
  return !address && std::min(head.find_first_of(" \t\r\n"), head.size()) >= kLongestWord;
}

// What text is by the way programs open it.
ContentType KindOfText(std::string_view head, const ContentType& type,
                       const std::vector<std::string>& names,
                       const std::vector<std::string>& declared_types) {
  if (IsDeclaredPage(head, names, declared_types)) return {"html", Kind::kDocument};
  if (HasExtension(names, ".svg")) return {"svg", Kind::kDocument};
  if (HasExtension(names, ".com") && IsDosProgram(head.substr(0, kSignatureBytes))) {
    return {"com", Kind::kExecutable};
  }
  const bool holds = type.name == "text" && HoldsTextFile(head.substr(0, kSignatureBytes));
  return holds ? ContentType{"text-file", Kind::kText} : type;
}

// A text whose root stands behind a long comment may be what Office opens, whatever it is declared
// as; pages and pictures go by their names.
ContentType KindOfXmlHead(std::string_view head, const std::vector<std::string>& names) {
  const ContentType type = KindOfText(head, {"xml", Kind::kText}, names, {});
  return type.name == "xml" ? ContentType{"office-xml", Kind::kDocument} : type;
}

ContentType KindOfUnknown(std::span<const std::byte> bytes, const std::vector<std::string>& names,
                          const std::vector<std::string>& declared_types) {
  const std::string_view head = TextOf(bytes);
  if (IsCms(head, names, declared_types)) return {"cms", Kind::kMail};
  if (IsTarHeader(head)) return {"tar", Kind::kArchive};
  const bool mac = IsOneOf(declared_types, "application/x-macbinary") ||
                   IsOneOf(declared_types, "application/macbinary");
  if (mac && IsMacBinary(head, true)) return {"macbinary", Kind::kArchive};
  return RareKind(bytes);
}

}  // namespace

bool HasExtension(const std::vector<std::string>& names, std::string_view extension) {
  return std::ranges::any_of(names, [&](const std::string& name) {
    const std::size_t end = name.find_last_not_of(". ") + 1;
    const auto shown = std::string_view(name).substr(0, end);
    return shown.size() >= extension.size() &&
           base::EqualsIgnoreCase(shown.substr(shown.size() - extension.size()), extension);
  });
}

bool IsTarHeader(std::string_view block) {
  if (block.size() < kTarBlock || block[0] == '\0') return false;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kTarBlock; ++i) {
    const bool within = i >= kTarChecksum && i < kTarChecksum + 8;
    sum += within ? ' ' : static_cast<unsigned char>(block[i]);
  }
  std::uint64_t told = 0;
  for (const char c : block.substr(kTarChecksum, 8)) {
    if (c >= '0' && c <= '7') told = told * 8 + static_cast<std::uint64_t>(c - '0');
  }
  return told == sum;
}

ContentType KindOfFile(std::span<const std::byte> bytes, const std::vector<std::string>& names,
                       const std::vector<std::string>& declared_types) {
  const std::string_view head = TextOf(bytes);
  const ContentType type = DetectContentType(bytes);
  if (IsMail(head, type, names, declared_types)) return {"message", Kind::kMail};
  if (type.kind == Kind::kUnknown) return KindOfUnknown(bytes, names, declared_types);
  if (type.name == "xml-head") return KindOfXmlHead(head, names);
  const bool plain = type.name == "text" || type.name == "xml";
  return plain ? KindOfText(head, type, names, declared_types) : type;
}

bool IsWatched(const ContentType& type) {
  return type.name == "html" || type.name == "svg" || type.name == "hta" ||
         type.name == "xsl-script";
}

bool NeedsWhole(const ContentType& type) {
  constexpr std::array<std::string_view, 4> kStreamed{"dex", "wasm", "java-class", "postscript"};
  switch (type.kind) {
    case Kind::kExecutable:
    case Kind::kDocument:
    case Kind::kArchive:
    case Kind::kDiskImage:
    case Kind::kUnknown:
      return std::ranges::find(kStreamed, type.name) == kStreamed.end();
    case Kind::kMail:
      return type.name != "pgp";
    case Kind::kText:
      return type.name == "text-file" || type.name == "calendar";
    default:
      return false;
  }
}

bool NamesArchive(const std::vector<std::string>& names) {
  Item item;
  item.names = names;
  return std::ranges::any_of(ExtensionsOf(item), [](const std::string& extension) {
    return KindOfExtension(extension) == Kind::kArchive;
  });
}

bool MayHoldMore(const ContentType& type, const std::vector<std::string>& names) {
  return NeedsWhole(type) || NamesArchive(names);
}

}  // namespace gatepost::attachments
