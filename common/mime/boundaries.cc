#include "common/mime/boundaries.h"

#include <algorithm>
#include <utility>

namespace gatepost::mime {

void Boundaries::Add(std::string boundary, std::size_t depth) {
  One one{std::move(boundary), depth};
  all_.insert(std::ranges::upper_bound(all_, one), std::move(one));
}

void Boundaries::RemoveFrom(std::size_t depth) {
  std::erase_if(all_, [&](const One& one) { return one.depth >= depth; });
}

// Between `first` and `last` stand those that have the first `size` characters of `text`, the
// shorter ones in front.
std::optional<Boundaries::Match> Boundaries::Find(std::string_view text) const {
  std::optional<Match> found;
  Place first = all_.begin(), last = all_.end();
  for (std::size_t size = 0; first != last; ++size) {
    for (; first != last && first->text.size() == size; ++first) found = {first->depth, size};
    if (size == text.size()) break;
    const auto at = [&](const One& one) { return static_cast<unsigned char>(one.text[size]); };
    const auto wanted = static_cast<unsigned char>(text[size]);
    first = std::partition_point(first, last, [&](const One& one) { return at(one) < wanted; });
    last = std::partition_point(first, last, [&](const One& one) { return at(one) == wanted; });
  }
  return found;
}

}  // namespace gatepost::mime
