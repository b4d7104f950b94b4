// A dns::Resolver without packets or threads, for tests and fuzzers of all folders: answers at once
// from zone text (see dns_zone.h), or when the test releases them. Any thread may call any
// function.
//
// Of the behaviours, those that a resolver turns into a status do so: kServFail for codes, spoiled
// packets and lies, kTimeout for answers that never come (Wait returns at its deadline; Hold
// without Release). delay has no effect: Hold and Release decide when an answer comes.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "common/dns/query.h"
#include "common/dns/resolver.h"
#include "tests/support/dns_zone.h"

namespace gatepost::test {

class MemoryResolver final : public dns::Resolver {
 public:
  explicit MemoryResolver(std::string_view zone = "") : zone_(zone) {}

  void Add(std::string_view zone);
  // One TXT record with these bytes, where zone text would need escapes.
  void AddTxt(std::string_view name, std::string text);
  // Every question for `name`, of any type, gets this status.
  void Fail(std::string_view name, dns::Status status);

  // Answers for `name` wait until Release(name).
  void Hold(std::string_view name);
  void Release(std::string_view name);

  dns::Query Ask(std::string_view name, dns::RecordType type) override;

  std::size_t Count(std::string_view name) const;  // questions for `name`, of any type
  std::size_t Total() const;

 private:
  struct Held {
    std::shared_ptr<dns::Query::State> state;
    dns::AnswerPtr answer;
  };

  dns::AnswerPtr Find(const std::string& name, dns::RecordType type) const;

  mutable std::mutex mutex_;
  DnsZone zone_;
  std::map<std::string, std::vector<std::string>> texts_;
  std::map<std::string, dns::Status> failures_;
  std::map<std::string, std::vector<Held>> held_;
  std::map<std::string, std::size_t> counts_;
  std::size_t total_ = 0;
};

}  // namespace gatepost::test
