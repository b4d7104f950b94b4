#include "common/mail/tag_list.h"

#include <algorithm>

#include "common/base/strings.h"
#include "common/mail/character_class.h"

namespace gatepost::mail {
namespace {

bool IsNameByte(char c) { return base::IsAsciiAlpha(c) || base::IsAsciiDigit(c) || c == '_'; }

bool IsTagName(std::string_view name) {
  return !name.empty() && base::IsAsciiAlpha(name.front()) &&
         std::all_of(name.begin(), name.end(), IsNameByte);
}

auto Invalid(const char* message) { return base::Fail(base::ErrorKind::kInvalid, message); }
auto OverLimit(const char* message) { return base::Fail(base::ErrorKind::kLimit, message); }

}  // namespace

base::Result<TagList> TagList::Parse(std::string_view text, Limits limits) {
  if (text.size() > limits.max_bytes) return OverLimit("tag list too long");
  if (!IsCleanText(text)) return Invalid("a tag list with controls or broken UTF-8");
  TagList list(text);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(';', begin), text.size());
    if (end == text.size() && base::Trim(text.substr(begin)).empty()) break;
    if (list.entries_.size() == limits.max_tags) return OverLimit("too many tags");
    if (!list.AddTag({begin, end})) return Invalid("a malformed tag");
    begin = end + 1;
  }
  if (list.entries_.empty()) return Invalid("an empty tag list");
  if (list.HasDuplicate()) return Invalid("the same tag twice");
  return list;
}

bool TagList::AddTag(Span spec) {
  const std::size_t equals = text_.find('=', spec.begin);
  if (equals >= spec.end) return false;
  const Span name = Trimmed({spec.begin, equals});
  if (!IsTagName(View(name))) return false;
  const Span whole_value{equals + 1, spec.end};
  entries_.push_back({name, Trimmed(whole_value), whole_value});
  return true;
}

bool TagList::HasDuplicate() const {
  std::vector<std::string_view> names;
  names.reserve(entries_.size());
  for (const Entry& entry : entries_) names.push_back(View(entry.name));
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) != names.end();
}

TagList::Span TagList::Trimmed(Span span) const {
  while (span.begin < span.end && base::IsMailSpace(text_[span.begin])) ++span.begin;
  while (span.begin < span.end && base::IsMailSpace(text_[span.end - 1])) --span.end;
  return span;
}

const TagList::Entry* TagList::FindEntry(std::string_view name) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return View(entry.name) == name; });
  return found == entries_.end() ? nullptr : &*found;
}

std::optional<std::string_view> TagList::Find(std::string_view name) const {
  const Entry* entry = FindEntry(name);
  if (entry == nullptr) return std::nullopt;
  return View(entry->value);
}

std::optional<TagList::Span> TagList::ValueSpan(std::string_view name) const {
  const Entry* entry = FindEntry(name);
  if (entry == nullptr) return std::nullopt;
  return entry->whole_value;
}

TagList::Tag TagList::at(std::size_t index) const {
  const Entry& entry = entries_.at(index);
  return {View(entry.name), View(entry.value)};
}

std::string RemoveWhiteSpace(std::string_view value) {
  std::string dense;
  dense.reserve(value.size());
  std::copy_if(value.begin(), value.end(), std::back_inserter(dense),
               [](char c) { return !base::IsMailSpace(c); });
  return dense;
}

}  // namespace gatepost::mail
