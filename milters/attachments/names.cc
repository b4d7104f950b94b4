#include "milters/attachments/names.h"

#include <algorithm>
#include <array>

#include "common/base/strings.h"
#include "milters/attachments/extension.h"
#include "milters/attachments/name_text.h"

namespace gatepost::attachments {
namespace {

constexpr std::size_t kLongestName = 255;  // bytes, of most file systems
constexpr std::size_t kLongestExtension = 40;
constexpr std::string_view kSeparators = "/\\";
// Windows drops dots and blanks, clients what Windows does not allow in names.
constexpr std::string_view kDroppedAtEnd = ". \"'<>|?*/\\";
// Nobody types so many by mistake; they move the extension out of sight.
constexpr std::size_t kManyBlanks = 5;

std::string_view WithoutFolders(std::string_view name) {
  const std::size_t separator = name.find_last_of(kSeparators);
  return separator == name.npos ? name : name.substr(separator + 1);
}

std::string_view FileName(std::string_view name) {
  const std::size_t end = name.find_last_not_of(kDroppedAtEnd);
  return end == name.npos ? std::string_view() : WithoutFolders(name.substr(0, end + 1));
}

// "" where there is none.
std::string_view Extension(std::string_view file_name) {
  const std::size_t dot = file_name.rfind('.');
  if (dot == file_name.npos) return {};
  const std::string_view extension = base::Trim(file_name.substr(dot + 1));
  return extension.size() <= kLongestExtension ? extension : std::string_view();
}

std::string_view BeforeControl(std::string_view name) {
  const auto control = std::ranges::find_if(
      name, [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == '\x7F'; });
  return name.substr(0, static_cast<std::size_t>(control - name.begin()));
}

// Calls `visit` with each file name that a system may make of `name`; the first is what it looks
// like.
template <class Visit>
void ForEachReading(std::string_view name, const Visit& visit) {
  const std::string folded = FoldName(name);
  visit(FileName(folded));
  const std::size_t stream = folded.find(':');
  if (stream != folded.npos) {
    visit(FileName(std::string_view(folded).substr(0, stream)));
    visit(FileName(std::string_view(folded).substr(0, folded.find(':', stream + 1))));
  }
  if (IsPlain(name)) return;
  const std::string lower = base::ToLower(name);
  visit(FileName(lower));
  visit(FileName(BeforeControl(lower)));
}

void AddOnce(std::string_view extension, std::vector<std::string>& extensions) {
  if (extension.empty() || std::ranges::find(extensions, extension) != extensions.end()) return;
  extensions.emplace_back(extension);
}

void AddExtensions(std::string_view name, std::vector<std::string>& extensions) {
  ForEachReading(name, [&](std::string_view reading) { AddOnce(Extension(reading), extensions); });
}

// Where a long name is cut, any dot may be the last; those count before what would run.
void AddInner(std::string_view name, std::vector<std::string>& extensions) {
  const std::string folded = FoldName(name);
  const std::string_view file_name = FileName(folded);
  if (file_name.size() <= kLongestName) return;
  for (const std::string_view piece : base::Split(file_name, '.')) {
    if (IsRisky(KindOfExtension(piece))) AddOnce(piece, extensions);
  }
}

bool IsWebPage(std::string_view extension) {
  static constexpr std::array<std::string_view, 7> kPages{"htm", "html",  "xhtml", "shtml",
                                                          "mht", "mhtml", "svg"};
  return std::ranges::find(kPages, extension) != kPages.end();
}

// "pdf (1)" is "pdf".
std::string_view FirstWord(std::string_view text) {
  text = base::Trim(text);
  const auto end = std::ranges::find_if(
      text, [](char c) { return !base::IsAsciiAlpha(c) && !base::IsAsciiDigit(c); });
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

// A harmless extension before one that is run, or a document's before a web page's.
bool IsDouble(std::string_view file_name) {
  const std::string_view last = Extension(file_name);
  const bool page = IsWebPage(last);
  if (!page && !IsRisky(KindOfExtension(last))) return false;
  const std::string_view stem = file_name.substr(0, file_name.rfind('.'));
  const std::size_t dot = stem.rfind('.');
  if (dot == stem.npos) return false;
  const std::string_view shown = FirstWord(stem.substr(dot + 1));
  const Kind kind = KindOfExtension(shown);
  if (page) return kind == Kind::kDocument && !IsWebPage(shown);
  return kind != Kind::kUnknown && !IsRisky(kind);
}

// What of `name` would mislead who looks at it.
struct Deceit {
  bool turned = false;     // by an override
  bool invisible = false;  // anything
  bool blanks = false;     // many in a row
};

Deceit FindDeceit(std::string_view name) {
  Deceit deceit;
  std::size_t blanks = 0;
  while (!name.empty()) {
    const char32_t c = TakeCodePoint(name);
    blanks = IsBlank(c) ? blanks + 1 : 0;
    deceit.blanks = deceit.blanks || blanks >= kManyBlanks;
    deceit.turned = deceit.turned || IsOverride(c);
    deceit.invisible = deceit.invisible || IsInvisible(c);
  }
  return deceit;
}

bool IsDeceptive(std::string_view name, std::string_view folded_file_name) {
  const bool plain = IsPlain(name);
  if (plain && name.find("     ") == name.npos) return false;
  const Deceit deceit = FindDeceit(name);
  if (deceit.turned) return true;
  const std::string_view looks = Extension(folded_file_name);
  if (!IsRisky(KindOfExtension(looks))) return false;
  const std::string lower = base::ToLower(name);
  return deceit.invisible || deceit.blanks || (!plain && Extension(FileName(lower)) != looks);
}

bool HasControl(std::string_view name) {
  if (IsPlain(name)) return false;
  while (!name.empty()) {
    if (IsControl(TakeCodePoint(name))) return true;
  }
  return false;
}

bool HasDroppedEnd(std::string_view name) {
  return name.ends_with('.') || name.ends_with(' ') || name.find(":$") != name.npos;
}

bool HasDrive(std::string_view name) {
  return name.size() >= 3 && base::IsAsciiAlpha(name[0]) && name[1] == ':' &&
         kSeparators.find(name[2]) != kSeparators.npos;
}

bool GoesUp(std::string_view name) {
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find_first_of(kSeparators, begin), name.size());
    if (name.substr(begin, end - begin) == "..") return true;
    begin = end + 1;
  }
  return false;
}

// Archives have folders; a way out of them is another matter.
bool HasPath(std::string_view name, bool member) {
  if (name.empty()) return false;
  if (!member) return name.find_first_of(kSeparators) != name.npos;
  return kSeparators.find(name[0]) != kSeparators.npos || HasDrive(name) || GoesUp(name);
}

Properties JudgeName(std::string_view name, bool member) {
  Properties found;
  const std::string_view counted = member ? WithoutFolders(name) : name;
  if (counted.size() > kLongestName) found.Add(Property::kLongName);
  if (HasControl(name)) found.Add(Property::kControlInName);
  if (HasDroppedEnd(name)) found.Add(Property::kTrailingDots);
  if (HasPath(name, member)) found.Add(Property::kPathInName);
  bool first = true;
  ForEachReading(name, [&](std::string_view reading) {
    if (IsDouble(reading)) found.Add(Property::kDoubleExtension);
    if (first && IsDeceptive(name, reading)) found.Add(Property::kDeceptiveName);
    first = false;
  });
  return found;
}

// Sloppy senders cut one of two names, or write .jpg and .jpeg: only a difference of kind counts.
bool Differ(std::string_view a, std::string_view b) {
  if (a == b || a.empty() || b.empty()) return false;
  const Kind kind_a = KindOfExtension(a);
  const Kind kind_b = KindOfExtension(b);
  if (IsRisky(kind_a) || IsRisky(kind_b)) return true;
  return kind_a != kind_b && kind_a != Kind::kUnknown && kind_b != Kind::kUnknown;
}

bool NamesDiffer(const std::vector<std::string>& names) {
  if (names.size() < 2) return false;
  std::vector<std::string> extensions;
  for (const std::string& name : names) {
    const std::string folded = FoldName(name);
    extensions.emplace_back(Extension(FileName(folded)));
  }
  return std::ranges::any_of(extensions, [&](const std::string& one) {
    return std::ranges::any_of(extensions,
                               [&](const std::string& other) { return Differ(one, other); });
  });
}

// Of content that runs, or is mounted, what a name of this extension hides.
bool NameHides(Kind content, std::string_view extension) {
  const Kind promised = KindOfExtension(extension);
  if (promised == Kind::kUnknown || IsRisky(promised)) return false;
  // Many documents are archives by their content.
  if (content == Kind::kArchive) return promised == Kind::kMedia || extension == "pdf";
  // Source code is text, and web pages may begin as scripts do.
  if (content == Kind::kScript) return promised != Kind::kText && !IsWebPage(extension);
  return IsRisky(content);
}

bool DeclarationHides(Kind content, std::string_view type) {
  if (!IsRisky(content)) return false;
  constexpr std::array<std::string_view, 7> kHarmless{"image/",
                                                      "audio/",
                                                      "video/",
                                                      "font/",
                                                      "application/pdf",
                                                      "application/msword",
                                                      "application/vnd.openxmlformats-"};
  if (std::ranges::any_of(kHarmless, [&](auto prefix) { return type.starts_with(prefix); })) {
    return true;
  }
  const bool binary = content == Kind::kExecutable || content == Kind::kDiskImage;
  return binary && type.starts_with("text/");
}

bool IsMismatch(const Item& item, const std::vector<std::string>& extensions) {
  const Kind content = item.type.kind;
  if (!IsRisky(content) && content != Kind::kArchive) return false;
  return std::ranges::any_of(extensions, [&](auto& e) { return NameHides(content, e); }) ||
         std::ranges::any_of(item.declared_types,
                             [&](auto& type) { return DeclarationHides(content, type); });
}

}  // namespace

std::vector<std::string> ExtensionsOf(const Item& item) {
  std::vector<std::string> extensions;
  for (const std::string& name : item.names) {
    AddExtensions(name, extensions);
    if (name.size() > kLongestName) AddInner(name, extensions);
  }
  for (const std::string& type : item.declared_types) AddOnce(ExtensionOfType(type), extensions);
  return extensions;
}

Properties JudgeNames(const Item& item) {
  Properties found;
  for (const std::string& name : item.names) found.Add(JudgeName(name, item.member));
  if (NamesDiffer(item.names)) found.Add(Property::kNamesDiffer);
  const bool may_mismatch = IsRisky(item.type.kind) || item.type.kind == Kind::kArchive;
  if (may_mismatch && IsMismatch(item, ExtensionsOf(item))) found.Add(Property::kTypeMismatch);
  return found;
}

}  // namespace gatepost::attachments
