// How the tests of formats look: an inspector over bytes, what it told, and every prefix of a
// sample.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "milters/attachments/property.h"
#include "milters/attachments/scanner/byte_order.h"
#include "milters/attachments/scanner/format_budget.h"
#include "milters/attachments/scanner/on_embedded.h"
#include "tests/support/numbers.h"

namespace gatepost::attachments {

using support::Number;

struct Look {
  Properties properties;
  std::vector<std::pair<std::string, std::string>> files;  // name, content

  std::string FileNames() const {
    std::string names;
    for (const auto& [name, content] : files) names += name + ",";
    return names.substr(0, names.empty() ? 0 : names.size() - 1);
  }
  OnEmbedded Collect() {
    return [this](const std::string& name, const Content& content) {
      files.emplace_back(name, ReadText(content, 0, 1 << 20));
    };
  }
};

// What an inspector tells of all of `bytes`.
template <typename Inspector>
Look LookBy(const Inspector& inspect, const std::string& bytes) {
  Look look;
  NoLimit no_limit;
  look.properties = inspect(MemoryContent(AsBytes(bytes)), no_limit, look.Collect());
  return look;
}

// Ends after some bytes, as the scanner's budget does.
class SmallBudget final : public FormatBudget {
 public:
  explicit SmallBudget(std::uint64_t bytes) : left_(bytes) {}
  bool Spend(std::uint64_t bytes) override {
    if (bytes > left_) return false;
    left_ -= bytes;
    return true;
  }

 private:
  std::uint64_t left_;
};

// Calls `look` with the sample cut after each of its first bytes, then at a few hundred places.
template <typename Inspect>
void ForEachPrefix(const std::string& sample, const Inspect& look) {
  const std::size_t step = sample.size() / 300 + 1;
  for (std::size_t size = 0; size < sample.size(); size += size < 100 ? 1 : step) {
    look(sample.substr(0, size));
  }
}

}  // namespace gatepost::attachments
