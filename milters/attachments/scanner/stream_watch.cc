#include "milters/attachments/scanner/stream_watch.h"

#include "milters/attachments/scanner/file_kind.h"

namespace gatepost::attachments {

StreamWatch::StreamWatch(const ContentType& type, const std::vector<std::string>& names,
                         const std::vector<std::string>& declared_types) {
  if (IsWatched(type)) {
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
