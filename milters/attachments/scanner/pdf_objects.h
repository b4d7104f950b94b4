// What the objects of a PDF say as they go by, told token by token: no tree is built, as hostile
// files have none that holds. One thread at a time; bounded memory.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "milters/attachments/property.h"
#include "milters/attachments/scanner/pdf_cipher.h"
#include "milters/attachments/scanner/pdf_password.h"
#include "milters/attachments/scanner/pdf_tokens.h"

namespace gatepost::attachments {

class PdfObjects {
 public:
  // Of the object that is being read.
  struct Object {
    std::uint64_t number = 0;  // 0 where it is not of the file's own text
    std::uint64_t generation = 0;
    bool is_object_stream = false;
    bool is_embedded_file = false;
    std::optional<std::uint64_t> length;  // where it is said directly
    std::vector<std::string> filters;
    // That it says how it is packed in a way that is not understood here.
    bool oddly_packed = false;
    PdfEncryption encryption;
    bool standard_handler = false;
    bool has_reference = false;  // for what locks a file; honest ones need none there
  };

  // `cipher` outlives it: of the strings.
  explicit PdfObjects(const PdfCipher* cipher = nullptr) : cipher_(cipher) {}

  void OnToken(PdfTokens::Kind kind, const PdfTokens& tokens);
  // At the end of the file or of an object stream.
  void EndObject();

  const Object& object() const { return object_; }
  Properties properties() const { return properties_; }
  bool has_forms() const { return has_forms_; }
  bool encrypted() const { return encrypted_; }
  // That the file is encrypted in more ways than are tried, or by what is said elsewhere.
  bool oddly_encrypted() const {
    return encrypted_ && (odd_handler_ || encryptions_.size() > kMostEncryptions);
  }
  // Adds what opens without a password; false where something does not.
  bool AddTo(PdfCipher& cipher) const;
  // The names of an embedded file's stream, by its object's number.
  const std::map<std::uint64_t, std::vector<std::string>>& files() const { return files_; }

 private:
  static constexpr std::size_t kMostEncryptions = 4;

  void OnName(const std::string& name);
  void OnString(const std::string& text);
  void OnNumber(std::uint64_t number);
  void OnKeyword(const std::string& keyword);
  // Of the object's own dictionary: which value belongs to which key.
  void FollowDictionary(PdfTokens::Kind kind, const PdfTokens& tokens);
  void BeginEntry(const std::string& key);
  void OnPacking(PdfTokens::Kind kind, const PdfTokens& tokens);
  void BeginObject();
  void OnFileName(const std::string& text);
  void EndFileSpecification();

  const PdfCipher* cipher_;
  Object object_;
  Properties properties_;
  std::string key_;                     // the last name
  std::vector<std::uint64_t> numbers_;  // the last ones in a row
  std::size_t depth_ = 0;
  std::string entry_;        // the last key of the object's own dictionary
  bool value_next_ = false;  // of that key
  bool has_filters_ = false;
  // of a file specification
  std::vector<std::string> names_;
  std::vector<std::uint64_t> references_;
  std::optional<std::size_t> files_depth_;
  std::map<std::uint64_t, std::vector<std::string>> files_;
  // All that there are: the file may say which holds where nobody but a reader looks.
  std::vector<PdfEncryption> encryptions_;
  std::vector<std::string> ids_;
  bool id_begins_ = false;  // an array, as elements of the text have an /ID, too
  bool has_forms_ = false;
  bool encrypted_ = false;
  bool odd_handler_ = false;
};

}  // namespace gatepost::attachments
