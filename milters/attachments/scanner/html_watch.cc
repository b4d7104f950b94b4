#include "milters/attachments/scanner/html_watch.h"

#include <algorithm>
#include <cstring>

#include "common/base/strings.h"
#include "milters/attachments/scanner/byte_order.h"
#include "milters/attachments/scanner/dull_tag.h"

namespace gatepost::attachments {
namespace {

constexpr std::size_t kTagBytes = 64;
constexpr std::size_t kNameBytes = 10;
constexpr std::size_t kScriptTagBytes = 256;

bool IsNameCharacter(char c) { return base::IsAsciiAlpha(c) || base::IsAsciiDigit(c); }

// The letters at the end of `text`, where they begin a word.
std::string_view LastWord(std::string_view text) {
  text = base::Trim(text);
  std::size_t at = text.size();
  while (at > 0 && IsNameCharacter(text[at - 1])) --at;
  const bool begins = at > 0 && (base::IsMailSpace(text[at - 1]) || text[at - 1] == '/' ||
                                 text[at - 1] == '"' || text[at - 1] == '\'');
  return begins ? text.substr(at) : std::string_view();
}

// Facts about the message that programs read, in a script element: no code.
bool IsJson(std::string_view tag) {
  const std::size_t type = tag.find("type");
  if (type == tag.npos || tag.find("type", type + 4) != tag.npos) return false;
  return tag.find("application/ld+json", type) != tag.npos ||
         tag.find("application/json", type) != tag.npos;
}

// What stands behind the last "data:" up to the end of the type.
std::string_view DataType(std::string_view tag) {
  const std::size_t at = tag.rfind("data:");
  if (at == tag.npos) return {};
  std::string_view before = tag.substr(0, at);
  while (before.ends_with('"') || before.ends_with('\'')) before.remove_suffix(1);
  return before.ends_with("url(") ? std::string_view() : tag.substr(at + 5);
}

// Elements that show a page of their own, with its scripts.
bool HoldsPages(std::string_view name) {
  return name == "embed" || name == "object" || name == "iframe" || name == "frame";
}

}  // namespace

void HtmlWatch::Feed(std::span<const std::byte> piece) {
  if (piece.empty()) return;
  const std::string_view text = AsText(piece);
  if (std::memchr(text.data(), 0, text.size()) == nullptr) return FeedText(text);
  // UTF-16 is ASCII with NULs between; browsers drop them elsewhere.
  std::string without(text);
  std::erase(without, '\0');
  FeedText(without);
}

// What lies between the places of interest is passed over, character by character is what is left.
void HtmlWatch::FeedText(std::string_view text) {
  bytes_ += text.size();
  std::size_t fed = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (place_ == Place::kText) {
      at = std::min(text.find('<', at), text.size());
      const std::size_t dull = escapes_.idle() ? DullTag(text.substr(at)) : 0;
      at += dull;
      if (dull > 0 || at == text.size()) continue;
    }
    const bool code = InCode();
    Put(text[at++]);
    if (InCode() == code) continue;
    payload_.Feed(text.substr(fed, at - fed), code);
    fed = at;
  }
  payload_.Feed(text.substr(fed), InCode());
}

void HtmlWatch::Put(char c) {
  if (place_ == Place::kText) {
    if (c != '<') return;
    place_ = Place::kTag;
  }
  if (place_ == Place::kScript) return InScript(c);
  InTag(c);
}

// A "<" may begin a tag even where a quotation mark seems open: browsers differ on which are.
void HtmlWatch::InTag(char c) {
  if (c == '<') {
    naming_ = true;
    name_.clear();
    refresh_ = refresh_to_ = false;
    if (quote_ == 0) {
      tag_.clear();
      handler_ = false;
    }
  } else if (naming_ && IsNameCharacter(c) && name_.size() < kNameBytes) {
    name_ += base::AsciiLower(c);
  } else if (naming_) {
    // "svg:script" is one, too.
    naming_ = c == ':';
    if (naming_) {
      name_.clear();
    } else if (name_ == "script") {
      script_tag_ = true;
      tag_start_.clear();
      quote_ = 0;
    }
    has_form_ = has_form_ || name_ == "form";
  }
  if (script_tag_ && tag_start_.size() < kScriptTagBytes) {
    tag_start_ += base::AsciiLower(c);
  }
  const bool ends = c == '>' && quote_ == 0;
  escapes_.Feed(c, [this](char decoded) { TagCharacter(decoded); });
  if (quote_ != 0 && c == quote_) {
    quote_ = 0;
  } else if (quote_ == 0 && (c == '"' || c == '\'') && tag_.size() > 1 &&
             base::Trim(std::string_view(tag_).substr(0, tag_.size() - 1)).ends_with('=')) {
    quote_ = c;
  }
  if (ends) TagEnds();
}

void HtmlWatch::AttributeBegins(char c) {
  const std::string_view word = LastWord(std::string_view(tag_).substr(0, tag_.size() - 1));
  if (word == "download") marks_.AddDownload();
  if (c == '=' && quote_ == 0 && word.size() > 3 && word.starts_with("on")) {
    handler_ = has_script_ = true;
  }
}

void HtmlWatch::TagCharacter(char c) {
  const char lower = base::AsciiLower(c);
  // Browsers drop these within "javascript:".
  if (c == '\t' || c == '\n' || c == '\r') c = ' ';
  if (tag_.size() >= 2 * kTagBytes) tag_.erase(0, kTagBytes);
  tag_ += c == ' ' ? ' ' : lower;
  if (handler_) marks_.Put(c);
  if (lower == '=' || lower == '>' || lower == ' ') AttributeBegins(lower);
  if (lower == ':') {
    std::string joined = tag_;
    std::erase(joined, ' ');
    if (joined.ends_with("javascript:") || joined.ends_with("vbscript:")) {
      handler_ = has_script_ = true;
    }
  }
  if (lower == ',' || lower == ';') marks_.AddType(DataType(tag_), true, HoldsPages(name_));
  if (name_ == "meta") LooksLikeRefresh(lower);
}

void HtmlWatch::LooksLikeRefresh(char c) {
  if (c == 'h' && tag_.ends_with("refresh")) refresh_ = true;
  if (c == '=' && tag_.ends_with("url=")) refresh_to_ = true;
}

void HtmlWatch::TagEnds() {
  place_ = Place::kText;
  if (name_ == "meta" && refresh_ && refresh_to_) has_script_ = true;
  if (script_tag_ && !IsJson(tag_start_)) {
    place_ = Place::kScript;
    has_script_ = true;
  }
  tag_.clear();
  script_tag_ = handler_ = naming_ = false;
}

void HtmlWatch::InScript(char c) {
  constexpr std::string_view kEnd = "</script";
  tag_ += base::AsciiLower(c);
  if (tag_.size() >= 2 * kTagBytes) tag_.erase(0, kTagBytes);
  escapes_.Feed(c, [this](char decoded) { marks_.Put(decoded); });
  if (base::AsciiLower(c) == 't' && tag_.ends_with(kEnd)) {
    place_ = Place::kText;
    tag_.clear();
  }
}

Properties HtmlWatch::Finish() {
  payload_.Finish();
  Properties properties;
  if (has_script_) properties.Add(Property::kScript);
  if (has_form_) properties.Add(Property::kForm);
  if (marks_.links_file() || (has_script_ && HidesFile())) {
    properties.Add(Property::kHtmlSmuggling);
  }
  return properties;
}

bool HtmlWatch::HidesFile() const {
  if (payload_.has_file_head()) return true;
  const bool offers = payload_.found() && (marks_.OffersFile() || marks_.RunsText());
  // A portal's sealed letter stands in its form, and its script writes the form.
  const bool writes = payload_.found_in_script() && marks_.WritesText();
  const bool assembles = payload_.found_some() && marks_.AssemblesFile();
  if (payload_.scattered() && marks_.AssemblesFile()) return true;
  // Next to nothing of a large page is a palette or a table.
  constexpr std::uint64_t kShare = 256;
  if (payload_.bytes() * kShare >= bytes_) return offers || writes || assembles;
  return (payload_.heavy() && (offers || writes || assembles)) ||
         (payload_.heavy_some() && assembles);
}

}  // namespace gatepost::attachments
