#include "milters/attachments/scanner/stream_watch.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "milters/attachments/scanner/file_kind.h"

namespace gatepost::attachments {
namespace {

// Browsers go by the name or the declared type, whatever the first bytes are.
bool IsCalledMarkup(const std::vector<std::string>& names,
                    const std::vector<std::string>& declared_types) {
  constexpr std::array<std::string_view, 6> kExtensions{".html",  ".htm", ".xhtml",
                                                        ".shtml", ".svg", ".xht"};
  constexpr std::array<std::string_view, 3> kTypes{"text/html", "application/xhtml+xml",
                                                   "image/svg+xml"};
  return std::ranges::any_of(kExtensions,
                             [&](auto extension) { return HasExtension(names, extension); }) ||
         std::ranges::any_of(kTypes, [&](std::string_view type) {
           return std::ranges::find(declared_types, type) != declared_types.end();
         });
}

}  // namespace

StreamWatch::StreamWatch(const ContentType& type, const std::vector<std::string>& names,
                         const std::vector<std::string>& declared_types) {
  if (IsWatched(type) || IsCalledMarkup(names, declared_types)) {
    watch_.emplace<HtmlWatch>();
  } else if (IsCellText(type, names, declared_types)) {
    watch_.emplace<CellWatch>();
  }
}

void StreamWatch::Feed(std::span<const std::byte> piece) {
  if (auto* const html = std::get_if<HtmlWatch>(&watch_)) html->Feed(piece);
  if (auto* const cells = std::get_if<CellWatch>(&watch_)) cells->Feed(piece);
}

Properties StreamWatch::Finish() {
  if (auto* const html = std::get_if<HtmlWatch>(&watch_)) return html->Finish();
  if (auto* const cells = std::get_if<CellWatch>(&watch_)) return cells->Finish();
  return {};
}

}  // namespace gatepost::attachments
