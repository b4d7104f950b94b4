// What a script in HTML calls: names of functions that make files of text, offer them, or run text
// as code, however they are pieced together. Fed one character after another, decoded. One thread
// at a time; bounded memory.
#pragma once

#include <bitset>
#include <string>
#include <string_view>

namespace gatepost::attachments {

class ScriptMarks {
 public:
  // Of a script's text.
  void Put(char c);
  // A link or element that is a download ("<a download>").
  void AddDownload() { found_.set(kDownload); }
  // "data:" with this type stands in a tag, or in a script; `holds_pages`: in one that runs it.
  void AddType(std::string_view type, bool in_tag, bool holds_pages = false);

  // Makes a file of something and offers it.
  bool OffersFile() const;
  // Does so by functions that are for nothing else: few pages have them all.
  bool AssemblesFile() const;
  // Makes text of something and runs it.
  bool RunsText() const;
  // Makes text of something and writes it to the page.
  bool WritesText() const;
  bool links_file() const { return links_file_; }
  bool names_file_type() const { return names_file_type_; }

 private:
  enum Mark { kSave, kObjectUrl, kDownload, kMakes, kDecodes, kRuns, kWrites, kMarks };
  struct Name;
  static const Name kNames[];

  void LookAtType();

  std::string tail_;
  std::bitset<kMarks> found_;
  std::string type_;
  bool in_type_ = false;
  bool links_file_ = false;
  bool names_file_type_ = false;
};

}  // namespace gatepost::attachments
