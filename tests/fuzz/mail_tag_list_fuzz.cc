// A list that parses can be put together again from its tags, and its spans lie where they say.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/mail/tag_list.h"

namespace {

using namespace gatepost;

constexpr mail::TagList::Limits kLimits{.max_bytes = 64 * 1024, .max_tags = 1000};

void Check(bool holds) {
  if (!holds) std::abort();
}

std::string Join(const mail::TagList& list) {
  std::string text;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto tag = list.at(i);
    text += std::string(tag.name) + '=' + std::string(tag.value) + ';';
  }
  return text;
}

void CheckSpan(const mail::TagList& list, std::string_view name, std::string text) {
  const auto span = list.ValueSpan(name);
  Check(span && span->begin <= span->end && span->end <= text.size());
  Check(text[span->begin - 1] == '=');
  Check(span->end == text.size() || text[span->end] == ';');
  text.erase(span->begin, span->size());
  const auto blanked = mail::TagList::Parse(text, kLimits);
  Check(blanked && blanked->size() == list.size() && blanked->Find(name) == "");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto list = mail::TagList::Parse(text, kLimits);
  if (!list) return 0;
  Check(list->size() > 0);
  for (std::size_t i = 0; i < list->size() && i < 16; ++i) {
    Check(list->Find(list->at(i).name) == list->at(i).value);
    CheckSpan(*list, list->at(i).name, text);
  }
  const std::string joined = Join(*list);
  if (joined.size() > kLimits.max_bytes) return 0;
  const auto again = mail::TagList::Parse(joined, kLimits);
  Check(again && Join(*again) == joined);
  return 0;
}
