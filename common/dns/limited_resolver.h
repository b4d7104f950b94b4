// Lets one message ask so many questions and no more, whoever of its checks asks them: a sender
// chooses what his mail makes us look up, and slow answers to his questions must not take the room
// of everybody's. Not thread-safe; belongs to one message.
#pragma once

#include <cstddef>
#include <string_view>

#include "common/dns/query.h"
#include "common/dns/resolver.h"

namespace gatepost::dns {

class LimitedResolver final : public Resolver {
 public:
  // `resolver` outlives it.
  LimitedResolver(Resolver& resolver, std::size_t most) : resolver_(resolver), left_(most) {}

  // Beyond the limit the answer is kOverloaded, at once.
  Query Ask(std::string_view name, RecordType type) override {
    if (left_ == 0) return Query::Answered(FailedAnswer(Status::kOverloaded));
    --left_;
    return resolver_.Ask(name, type);
  }

 private:
  Resolver& resolver_;
  std::size_t left_;
};

}  // namespace gatepost::dns
