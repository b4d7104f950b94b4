#include "milters/attachments/scanner/office_package.h"

#include <algorithm>
#include <array>

#include "common/base/strings.h"
#include "milters/attachments/scanner/byte_order.h"
#include "milters/attachments/scanner/office_fields.h"
#include "milters/attachments/scanner/ole.h"
#include "milters/attachments/scanner/remote_target.h"
#include "milters/attachments/scanner/xml_tags.h"

namespace gatepost::attachments {
namespace {

struct TypeByMark {
  std::string_view mark;
  std::string_view type;
};

// Of the main part, in [Content_Types].xml, in lower case without ".main+xml"; the first counts.
constexpr std::array kDeclaredTypes{
    TypeByMark{"vnd.ms-word.document.macroenabled", "docm"},
    TypeByMark{"vnd.ms-word.template.macroenabledtemplate", "dotm"},
    TypeByMark{"vnd.ms-excel.sheet.macroenabled", "xlsm"},
    TypeByMark{"vnd.ms-excel.sheet.binary.macroenabled", "xlsb"},
    TypeByMark{"vnd.ms-excel.template.macroenabled", "xltm"},
    TypeByMark{"vnd.ms-excel.addin.macroenabled", "xlam"},
    TypeByMark{"vnd.ms-powerpoint.presentation.macroenabled", "pptm"},
    TypeByMark{"vnd.ms-powerpoint.slideshow.macroenabled", "ppsm"},
    TypeByMark{"vnd.ms-powerpoint.template.macroenabled", "potm"},
    TypeByMark{"vnd.ms-powerpoint.addin.macroenabled", "ppam"},
    TypeByMark{"vnd.ms-visio.drawing.macroenabled", "vsdm"},
    TypeByMark{"vnd.ms-visio.drawing.main", "vsdx"},
    TypeByMark{"wordprocessingml.document.main", "docx"},
    TypeByMark{"wordprocessingml.template.main", "dotx"},
    TypeByMark{"spreadsheetml.sheet.main", "xlsx"},
    TypeByMark{"spreadsheetml.template.main", "xltx"},
    TypeByMark{"presentationml.presentation.main", "pptx"},
    TypeByMark{"presentationml.slideshow.main", "ppsx"},
    TypeByMark{"presentationml.template.main", "potx"},
    TypeByMark{"vnd.ms-package.xps-fixeddocument", "xps"},
};

// Of OpenDocument's "mimetype", and of other packages that have one.
constexpr std::array kMimeTypes{
    TypeByMark{"opendocument.text-template", "ott"},
    TypeByMark{"opendocument.text", "odt"},
    TypeByMark{"opendocument.spreadsheet-template", "ots"},
    TypeByMark{"opendocument.spreadsheet", "ods"},
    TypeByMark{"opendocument.presentation-template", "otp"},
    TypeByMark{"opendocument.presentation", "odp"},
    TypeByMark{"opendocument.graphics", "odg"},
    TypeByMark{"opendocument.formula", "odf"},
    TypeByMark{"opendocument.base", "odb"},
    TypeByMark{"epub+zip", "epub"},
};

constexpr std::array kTypesByMember{
    TypeByMark{"word/document.xml", "docx"},      TypeByMark{"xl/workbook.xml", "xlsx"},
    TypeByMark{"xl/workbook.bin", "xlsb"},        TypeByMark{"ppt/presentation.xml", "pptx"},
    TypeByMark{"androidmanifest.xml", "apk"},     TypeByMark{"appxmanifest.xml", "appx"},
    TypeByMark{"extension.vsixmanifest", "vsix"},
};

// What the names of a package mean: no case, one kind of slash, none at the beginning.
std::string Normal(std::string_view name) {
  std::string normal = base::ToLower(name);
  std::ranges::replace(normal, '\\', '/');
  normal.erase(0, normal.find_first_not_of("./"));
  return normal;
}

bool Contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

template <typename Table>
std::string_view FindType(const Table& table, std::string_view text) {
  for (const TypeByMark& known : table) {
    if (Contains(text, known.mark)) return known.type;
  }
  return {};
}

bool IsOfficeXml(std::string_view name) {
  return name.ends_with(".xml") &&
         (name.starts_with("word/") || name.starts_with("xl/externallinks/") ||
          name == "xl/workbook.xml");
}

bool IsOpenDocumentXml(std::string_view name) {
  return name == "content.xml" || name == "meta.xml" || name == "settings.xml" ||
         name == "styles.xml" || name == "meta-inf/manifest.xml";
}

// A Basic module or a script of another language; the lists of libraries are there without any,
// too.
bool IsOpenDocumentScript(std::string_view name) {
  if (name.ends_with('/')) return false;
  if (name.starts_with("scripts/")) return true;
  return name.starts_with("basic/") && !name.ends_with("-lb.xml") && !name.ends_with("-lc.xml");
}

// Links between workbooks on shares are office life; a template or object from there is not.
bool LoadsFromElsewhere(std::string_view type, std::string_view target) {
  const bool link = type.ends_with("externallinkpath");
  const bool loads = link || type.ends_with("attachedtemplate") || type.ends_with("oleobject") ||
                     type.ends_with("frame") || type.ends_with("subdocument") ||
                     type.ends_with("control") || type.ends_with("mailmergesource");
  return loads && (IsWeb(target) || (!link && IsRemoteFile(target)));
}

bool IsLoadEvent(std::string_view event) {
  return Contains(event, "load") || Contains(event, "start-app") || Contains(event, "open") ||
         Contains(event, "view-created") || Contains(event, "view-activated") ||
         Contains(event, "activate");
}

}  // namespace

bool OfficePackage::Wants(std::string_view member_name) const {
  const std::string name = Normal(member_name);
  return name == "[content_types].xml" || name == "mimetype" || name.ends_with(".rels") ||
         IsOfficeXml(name) || IsOpenDocumentXml(name) ||
         (name.ends_with(".bin") && !Contains(name, "printersettings")) ||
         (!macro_part_.empty() && name == macro_part_);
}

void OfficePackage::ByName(std::string_view name) {
  const std::string_view last = name.substr(name.rfind('/') + 1);
  if (last.starts_with("vbaproject") && last.ends_with(".bin")) properties_.Add(Property::kMacro);
  if (name.starts_with("xl/macrosheets/") || name.starts_with("xl/intlmacrosheets/")) {
    properties_.Add(Property::kMacro);
  }
  if (Contains(name, "/activex/")) properties_.Add(Property::kActiveControl);
  if (Contains(name, "/embeddings/")) properties_.Add(Property::kEmbeddedObject);
  has_scripts_ = has_scripts_ || IsOpenDocumentScript(name);
  for (const TypeByMark& known : kTypesByMember) {
    if (name == known.mark) likely_type_ = known.type;
  }
  if (name.starts_with("payload/") && Contains(name, ".app/")) likely_type_ = "ipa";
  if (name == "meta-inf/manifest.mf") has_manifest_ = true;
  if (name.ends_with(".class")) has_classes_ = true;
}

void OfficePackage::OnContentTypes(std::string_view xml) {
  XmlTags tags(xml);
  std::string declared;
  while (tags.Next()) {
    if (tags.is_end()) continue;
    const std::string type = base::ToLower(tags.Attribute("ContentType"));
    if (type.empty()) continue;
    declared += type + '\n';
    if (Contains(type, "ms-office.vbaproject")) {
      macro_part_ = Normal(tags.Attribute("PartName"));
      // The ending alone is declared in packages that have no project, too.
      if (!macro_part_.empty()) properties_.Add(Property::kMacro);
    }
    if (Contains(type, "macrosheet+xml") && tags.name() == "Override") {
      properties_.Add(Property::kMacro);
    }
  }
  type_name_ = FindType(kDeclaredTypes, declared);
}

void OfficePackage::OnRelationships(std::string_view xml) {
  XmlTags tags(xml);
  while (tags.Next()) {
    if (tags.name() != "Relationship" || tags.is_end()) continue;
    const std::string type = base::ToLower(tags.Attribute("Type"));
    if (base::EqualsIgnoreCase(tags.Attribute("TargetMode"), "External")) {
      const std::string target = tags.Attribute("Target");
      if (LoadsFromElsewhere(type, target) || IsProgramTarget(target)) {
        properties_.Add(Property::kExternalTemplate);
      }
    } else if (type.ends_with("/vbaproject")) {
      properties_.Add(Property::kMacro);
    } else if (type.ends_with("/oleobject") || type.ends_with("/package")) {
      properties_.Add(Property::kEmbeddedObject);
    } else if (type.ends_with("/control") || type.ends_with("/activexcontrolbinary")) {
      properties_.Add(Property::kActiveControl);
    } else if (type.ends_with("/xlmacrosheet") || type.ends_with("/xlintlmacrosheet")) {
      properties_.Add(Property::kMacro);
    }
  }
}

void OfficePackage::OnOpenDocument(std::string_view name, std::string_view xml) {
  XmlTags tags(xml);
  while (tags.Next()) {
    if (tags.is_end()) continue;
    const std::string_view tag = tags.name();
    if (tag == "encryption-data" && name == "meta-inf/manifest.xml") {
      properties_.Add(Property::kEncryptedDocument);
    } else if (tag == "file-entry" && tags.Attribute("full-path") == "/") {
      OnMimeType(tags.Attribute("media-type"));
    } else if (tag == "event-listener") {
      runs_by_itself_ = runs_by_itself_ || IsLoadEvent(tags.Attribute("event-name"));
      // The script may be one that the program brings with it.
      if (IsLoadEvent(tags.Attribute("event-name"))) properties_.Add(Property::kMacro);
    } else if (tag == "dde-source" || tag == "dde-connection-decl") {
      properties_.Add(Property::kDynamicExchange);
    } else if (tag == "object-ole") {
      properties_.Add(Property::kEmbeddedObject);
    } else if (tag == "section-source" || tag == "template" || tag == "object" ||
               tag == "floating-frame" || tag == "table-source") {
      const std::string target = tags.Attribute("href");
      if (IsWeb(target) || IsRemoteFile(target)) properties_.Add(Property::kExternalTemplate);
    }
  }
}

void OfficePackage::OnMimeType(std::string_view type) {
  const std::string_view name = FindType(kMimeTypes, base::ToLower(type));
  if (name.empty()) return;
  type_name_ = name;
  is_open_document_ = name != "epub";
}

void OfficePackage::OnBinary(std::string_view name, std::span<const std::byte> content) {
  if (name == "xl/workbook.bin") {
    std::string plain(AsText(content));
    std::erase(plain, '\0');
    runs_by_itself_ = runs_by_itself_ || Contains(base::ToLower(plain), "auto_open");
    return;
  }
  if (!AsText(content).starts_with("\xD0\xCF\x11\xE0")) return;
  NoLimit no_limit;
  Properties found = InspectOle(
      MemoryContent(content), no_limit, [](const std::string&, const Content&) {}, nullptr);
  // Only as much of it as was asked for is here.
  if (content.size() >= kMostMember) found.Remove(Property::kTruncated);
  properties_.Add(found);
}

void OfficePackage::OnMember(std::string_view member_name, std::span<const std::byte> content) {
  const std::string name = Normal(member_name);
  ByName(name);
  if (content.empty()) return;
  if (name.ends_with(".bin") || name == macro_part_) return OnBinary(name, content);
  const std::string text = OneByteText(AsText(content));
  if (name == "mimetype") {
    OnMimeType(text.substr(0, 200));
  } else if (name == "[content_types].xml") {
    OnContentTypes(text);
  } else if (name.ends_with(".rels")) {
    OnRelationships(text);
  } else if (IsOpenDocumentXml(name)) {
    OnOpenDocument(name, text);
  } else if (name.starts_with("xl/externallinks/")) {
    if (Contains(text, "ddeLink")) properties_.Add(Property::kDynamicExchange);
  } else if (name == "xl/workbook.xml") {
    runs_by_itself_ = runs_by_itself_ || Contains(base::ToLower(text), "auto_open");
  } else if (name == "word/vbadata.xml") {
    runs_by_itself_ = runs_by_itself_ || Contains(text, "eventDocOpen");
  } else if (IsOfficeXml(name) && HasExchangeField(text)) {
    properties_.Add(Property::kDynamicExchange);
  }
}

Properties OfficePackage::properties() const {
  Properties all = properties_;
  if (has_scripts_ && is_open_document_) all.Add(Property::kMacro);
  if (runs_by_itself_ && all.Has(Property::kMacro)) all.Add(Property::kAutoMacro);
  return all;
}

std::string_view OfficePackage::type_name() const {
  if (!type_name_.empty()) return type_name_;
  if (!likely_type_.empty()) return likely_type_;
  return has_manifest_ && has_classes_ ? "jar" : "";
}

Kind KindOfPackage(std::string_view type_name) {
  constexpr std::array<std::string_view, 5> kPrograms{"jar", "apk", "appx", "ipa", "vsix"};
  const bool program = std::ranges::find(kPrograms, type_name) != kPrograms.end();
  return program ? Kind::kExecutable : Kind::kDocument;
}

}  // namespace gatepost::attachments
