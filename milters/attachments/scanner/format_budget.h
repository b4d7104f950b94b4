// What reading one format may cost: each inspector asks before it goes on. One thread at a time.
#pragma once

#include <cstdint>

namespace gatepost::attachments {

class FormatBudget {
 public:
  virtual ~FormatBudget() = default;
  // False once time or bytes are used up; `bytes` are about to be read or unpacked.
  virtual bool Spend(std::uint64_t bytes) = 0;
};

class NoLimit final : public FormatBudget {
 public:
  bool Spend(std::uint64_t) override { return true; }
};

}  // namespace gatepost::attachments
