#include "tests/support/memory_resolver.h"

#include <algorithm>

#include "common/base/strings.h"
#include "common/dns/question.h"
#include "tests/support/dns_packet.h"

namespace gatepost::test {
namespace {

using dns::Answer;
using dns::AnswerPtr;
using dns::RecordType;
using dns::Status;

constexpr std::size_t kLongestChain = 16;
constexpr std::chrono::seconds kNegativeTtl{60};

bool Fails(const Behaviours& behaviours) {
  for (const char* const kind : {"servfail", "refused", "notimp", "formerr", "badvers",
                                 "truncate-always", "lie", "loop", "garbage", "random", "cut"}) {
    if (behaviours.Has(kind)) return true;
  }
  return false;
}

bool NeverAnswers(const Behaviours& behaviours) {
  for (const char* const kind :
       {"timeout", "tcp-hang", "tcp-close", "wrong-id", "wrong-question", "empty"}) {
    if (behaviours.Has(kind)) return true;
  }
  return false;
}

// Names as the real resolver writes them; false where it would leave the record out.
bool ReadableName(const std::string& field, std::string& name) {
  name = base::ToLower(field);
  if (name == ".") name.clear();
  if (name.ends_with('.')) name.pop_back();
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return c > 0x20 && c < 0x7f && c != '\\'; });
}

bool ReadRecord(const ZoneRecord& zone_record, dns::Record& record) {
  switch (zone_record.type) {
    case kTypeA:
    case kTypeAaaa:
      record.address = base::IpAddress::Parse(zone_record.fields[0]).value();
      return true;
    case kTypeTxt: {
      const std::string wire = WireContent(zone_record);
      for (std::size_t at = 0; at < wire.size();) {
        const auto length = static_cast<std::size_t>(static_cast<unsigned char>(wire[at]));
        record.text += wire.substr(at + 1, length);
        at += 1 + length;
      }
      return true;
    }
    case kTypeMx:
      record.preference = static_cast<std::uint16_t>(std::stoul(zone_record.fields[0]));
      return ReadableName(zone_record.fields[1], record.text);
    default:
      return ReadableName(zone_record.fields[0], record.text);
  }
}

Answer FromZone(const ZoneAnswer& found, RecordType type) {
  Answer answer;
  std::size_t chain = 0;
  std::uint32_t ttl = 0x7fffffff;
  for (const ZoneRecord& zone_record : found.records) {
    dns::Record record;
    ttl = std::min(ttl, zone_record.ttl);
    if (zone_record.type != static_cast<std::uint16_t>(type)) {
      ++chain;
    } else if (ReadRecord(zone_record, record)) {
      answer.records.push_back(std::move(record));
    }
  }
  if (found.looped || chain > kLongestChain) return {};
  answer.status = !answer.records.empty() ? Status::kOk
                  : found.name_exists     ? Status::kNoData
                                          : Status::kNxDomain;
  answer.ttl = std::chrono::seconds(ttl);
  if (answer.records.empty()) answer.ttl = std::min(answer.ttl, kNegativeTtl);
  return answer;
}

}  // namespace

void MemoryResolver::Add(std::string_view zone) {
  const std::lock_guard lock(mutex_);
  zone_.Add(zone);
}

void MemoryResolver::AddTxt(std::string_view name, std::string text) {
  const std::lock_guard lock(mutex_);
  texts_[base::ToLower(name)].push_back(std::move(text));
}

void MemoryResolver::Fail(std::string_view name, Status status) {
  const std::lock_guard lock(mutex_);
  failures_[base::ToLower(name)] = status;
}

void MemoryResolver::Hold(std::string_view name) {
  const std::lock_guard lock(mutex_);
  held_.try_emplace(base::ToLower(name));
}

void MemoryResolver::Release(std::string_view name) {
  std::vector<Held> released;
  {
    const std::lock_guard lock(mutex_);
    const auto found = held_.find(base::ToLower(name));
    if (found == held_.end()) return;
    released.swap(found->second);
    held_.erase(found);
  }
  for (Held& held : released) held.state->Complete(std::move(held.answer));
}

dns::Query MemoryResolver::Ask(std::string_view name, RecordType type) {
  const auto question = dns::Question::Parse(name, type);
  if (!question) return dns::Query::Answered(dns::FailedAnswer(Status::kBadName));
  const std::string key(question->name());
  const std::lock_guard lock(mutex_);
  ++counts_[key];
  ++total_;
  AnswerPtr answer = Find(key, type);
  if (answer == nullptr) return dns::Query(std::make_shared<dns::Query::State>());
  const auto held = held_.find(key);
  if (held == held_.end()) return dns::Query::Answered(std::move(answer));
  auto state = std::make_shared<dns::Query::State>();
  held->second.push_back({state, std::move(answer)});
  return dns::Query(std::move(state));
}

// The answer, or nullptr where none ever comes.
AnswerPtr MemoryResolver::Find(const std::string& name, RecordType type) const {
  if (const auto failure = failures_.find(name); failure != failures_.end()) {
    return dns::FailedAnswer(failure->second);
  }
  const auto number = static_cast<std::uint16_t>(type);
  const Behaviours behaviours = zone_.FindBehaviours(name, number);
  if (NeverAnswers(behaviours)) return nullptr;
  if (Fails(behaviours)) return dns::FailedAnswer(Status::kServFail);
  Answer answer = FromZone(zone_.Find(name, number), type);
  answer.authenticated = behaviours.Has("ad") && answer.status != Status::kServFail;
  const auto texts = texts_.find(name);
  if (texts != texts_.end()) {
    if (answer.status != Status::kOk) answer = {};
    if (type == RecordType::kTxt) {
      for (const std::string& text : texts->second) answer.records.push_back({text, {}, 0});
    }
    answer.status = answer.records.empty() ? Status::kNoData : Status::kOk;
    answer.ttl = std::max(answer.ttl, kNegativeTtl);
  }
  return std::make_shared<const Answer>(std::move(answer));
}

std::size_t MemoryResolver::Count(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(base::ToLower(name));
  return found == counts_.end() ? 0 : found->second;
}

std::size_t MemoryResolver::Total() const {
  const std::lock_guard lock(mutex_);
  return total_;
}

}  // namespace gatepost::test
