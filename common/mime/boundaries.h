// The boundaries of all multiparts that are open, and which of them a line begins with. However
// many there are, a line costs time in proportion to its length. One thread at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatepost::mime {

class Boundaries {
 public:
  struct Match {
    std::size_t depth = 0;
    std::size_t size = 0;  // of the boundary
  };

  void Add(std::string boundary, std::size_t depth);
  // Those of parts at this depth and deeper.
  void RemoveFrom(std::size_t depth);
  // The longest one that `text`, the line behind its "--", begins with, as RFC 2046 section 5.1.1
  // compares; of equal ones the innermost.
  std::optional<Match> Find(std::string_view text) const;

 private:
  struct One {
    std::string text;
    std::size_t depth = 0;
    auto operator<=>(const One&) const = default;
  };
  using Place = std::vector<One>::const_iterator;

  std::vector<One> all_;  // sorted
};

}  // namespace gatepost::mime
