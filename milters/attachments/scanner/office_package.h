// A zip as an Office document (ECMA-376), OpenDocument, or a program (jar, apk, appx): judged by
// its members as whoever unpacks it comes to them. One thread at a time.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "milters/attachments/content_type.h"
#include "milters/attachments/property.h"

namespace gatepost::attachments {

// Told of every member by OnMember: with its content where Wants says so, with none elsewhere.
class OfficePackage {
 public:
  // So much of a member is wanted at most.
  static constexpr std::size_t kMostMember = 4 << 20;
  // Whether this member's content tells something. It may depend on members told before.
  bool Wants(std::string_view member_name) const;
  void OnMember(std::string_view member_name, std::span<const std::byte> content);
  // kMacro, kAutoMacro, kExternalTemplate, kDynamicExchange, kEmbeddedObject, kActiveControl,
  // kEncryptedDocument: of the members told so far.
  Properties properties() const;
  // "docx", "xlsm", "odt", "jar" ...; "" where the package is none of them. A document with macros
  // that is named .docx is a "docm" by this.
  std::string_view type_name() const;

 private:
  void ByName(std::string_view name);
  void OnContentTypes(std::string_view xml);
  void OnRelationships(std::string_view xml);
  void OnOpenDocument(std::string_view name, std::string_view xml);
  void OnMimeType(std::string_view type);
  void OnBinary(std::string_view name, std::span<const std::byte> content);

  Properties properties_;
  std::string_view type_name_;    // as the package declares it
  std::string_view likely_type_;  // as its members' names have it
  std::string macro_part_;        // the macro project, where it has a name of its own
  bool runs_by_itself_ = false;   // if there are macros
  bool is_open_document_ = false;
  bool has_scripts_ = false;
  bool has_manifest_ = false;
  bool has_classes_ = false;
};

// What a type that OfficePackage tells is: jar, apk and the like are executables.
Kind KindOfPackage(std::string_view type_name);

}  // namespace gatepost::attachments
