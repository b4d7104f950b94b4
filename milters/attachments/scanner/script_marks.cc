#include "milters/attachments/scanner/script_marks.h"

#include <string_view>

#include "common/base/strings.h"

namespace gatepost::attachments {
namespace {

constexpr std::size_t kTail = 32;
constexpr std::size_t kLongestType = 48;

// What can stand between the pieces of a name: "create"+"ObjectURL", ['down'+'load'].
bool IsGlue(char c) {
  return base::IsMailSpace(c) || c == '"' || c == '\'' || c == '`' || c == '+' || c == '[' ||
         c == ']' || c == '\\';
}

}  // namespace

struct ScriptMarks::Name {
  std::string_view text;  // in lower case, without glue
  Mark mark;
};

const ScriptMarks::Name ScriptMarks::kNames[] = {
    {"mssaveoropenblob", kSave},
    {"mssaveblob", kSave},
    {"showsavefilepicker", kSave},
    {"saveas(", kSave},
    {"createobjecturl", kObjectUrl},
    {"newblob", kMakes},
    {"newfile(", kMakes},
    {"uint8array", kMakes},
    {"arraybuffer", kMakes},
    {".blob(", kMakes},
    {"download", kDownload},
    {"atob(", kDecodes},
    {"=atob", kDecodes},
    {"atob.", kDecodes},
    {"fromcharcode", kDecodes},
    {"unescape(", kDecodes},
    {"decodeuri", kDecodes},
    {"textdecoder", kDecodes},
    {"eval(", kRuns},
    {"=eval", kRuns},
    {"document.write", kWrites},
    {"documentwrite", kWrites},
    {"innerhtml", kWrites},
    {"outerhtml", kWrites},
    {"srcdoc", kWrites},
    {"newfunction(", kRuns},
    {"location.replace", kWrites},
};

void ScriptMarks::LookAtType() {
  if (type_.size() < kLongestType) return;
  AddType(type_, false);
  in_type_ = false;
}

void ScriptMarks::Put(char c) {
  if (IsGlue(c)) return;
  const char lower = base::AsciiLower(c);
  if (in_type_) {
    const bool ends = c == ',' || c == ';';
    if (ends) AddType(type_, false);
    in_type_ = !ends;
    type_ += lower;
    if (in_type_) LookAtType();
  }
  if (tail_.size() >= 2 * kTail) tail_.erase(0, kTail);
  tail_ += lower;
  for (const Name& name : kNames) {
    if (name.text.back() == lower && tail_.ends_with(name.text)) found_.set(name.mark);
  }
  if (lower == ':' && tail_.ends_with("data:")) {
    type_.clear();
    in_type_ = true;
  }
}

void ScriptMarks::AddType(std::string_view type, bool in_tag, bool holds_pages) {
  const auto has = [type](std::string_view part) { return type.find(part) != type.npos; };
  const bool code = has("json") || has("javascript") || has("font") || has("xml");
  const bool file = (type.starts_with("application/") && !code) || type.starts_with("text/html") ||
                    (holds_pages && type.starts_with("image/svg"));
  if (file && in_tag) links_file_ = true;
  if (file) names_file_type_ = true;
}

bool ScriptMarks::OffersFile() const {
  if (found_[kSave] || found_[kObjectUrl]) return true;
  return found_[kDownload] && (found_[kMakes] || found_[kDecodes] || names_file_type_);
}

bool ScriptMarks::AssemblesFile() const {
  return found_[kMakes] && (found_[kSave] || (found_[kObjectUrl] && found_[kDownload]));
}

bool ScriptMarks::RunsText() const { return found_[kDecodes] && found_[kRuns]; }

bool ScriptMarks::WritesText() const { return found_[kDecodes] && found_[kWrites]; }

}  // namespace gatepost::attachments
