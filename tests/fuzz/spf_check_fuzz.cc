// A whole check against DNS made of the input. Its first line is "client local-part domain helo",
// then each line is a name, a type and a value; names without a line do not exist. The check ends
// within its questions, alike whether answers come at once or one by one.
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "common/auth/spf.h"
#include "common/base/strings.h"
#include "common/dns/query.h"

namespace {

using namespace gatepost;
using namespace gatepost::auth;

void Require(bool condition) {
  if (!condition) std::abort();
}

class LineResolver final : public dns::Resolver {
 public:
  explicit LineResolver(bool holds) : holds_(holds) {}

  void Add(std::string_view line) {
    const auto name = base::SplitOnce(line, ' ');
    const auto type = base::SplitOnce(name ? name->second : "", ' ');
    if (!type) return;
    dns::Answer& answer = answers_[base::ToLower(name->first) + ' ' + std::string(type->first)];
    if (type->second == "!") {
      answer = {};
      return;
    }
    const auto address = base::IpAddress::Parse(type->second);
    answer.status = dns::Status::kOk;
    answer.records.push_back({std::string(type->second), address.value_or(base::IpAddress()), 0});
  }

  dns::Query Ask(std::string_view name, dns::RecordType type) override {
    const auto found = answers_.find(base::ToLower(name) + ' ' + Letters(type));
    auto answer = found == answers_.end() ? dns::FailedAnswer(dns::Status::kNxDomain)
                                          : std::make_shared<const dns::Answer>(found->second);
    if (!holds_) return dns::Query::Answered(std::move(answer));
    held_.emplace_back(std::make_shared<dns::Query::State>(), std::move(answer));
    return dns::Query(held_.back().first);
  }

  // The question that has waited longest, or the latest.
  void Release(bool latest) {
    Require(!held_.empty());
    const auto taken = latest ? held_.end() - 1 : held_.begin();
    taken->first->Complete(taken->second);
    held_.erase(taken);
  }

 private:
  static std::string Letters(dns::RecordType type) {
    switch (type) {
      case dns::RecordType::kA:
        return "A";
      case dns::RecordType::kAaaa:
        return "AAAA";
      case dns::RecordType::kMx:
        return "MX";
      case dns::RecordType::kPtr:
        return "PTR";
      default:
        return "TXT";
    }
  }

  const bool holds_;
  std::map<std::string, dns::Answer> answers_;
  std::vector<std::pair<std::shared_ptr<dns::Query::State>, dns::AnswerPtr>> held_;
};

SpfRequest ReadRequest(std::string_view line) {
  SpfRequest request;
  std::vector<std::string_view> words = base::Split(line, ' ');
  words.resize(4);
  request.client =
      base::IpAddress::Parse(words[0]).value_or(base::IpAddress::Parse("192.0.2.1").value());
  request.local_part = words[1];
  request.domain = words[2];
  request.helo = words[3];
  return request;
}

SpfOutcome Check(const std::vector<std::string_view>& lines, bool holds, bool latest) {
  LineResolver resolver(holds);
  for (std::size_t i = 1; i < lines.size(); ++i) resolver.Add(lines[i]);
  const SpfLimits limits;
  SpfCheck check(ReadRequest(lines[0]), limits, resolver);
  while (!check.Advance()) resolver.Release(latest);
  Require(check.questions_asked() <= limits.max_questions);
  Require(check.outcome().explanation.size() <= 500);
  Require(check.outcome().terms <= limits.max_terms);
  return check.outcome();
}

void RequireSame(const SpfOutcome& a, const SpfOutcome& b) {
  Require(a.result == b.result && a.reason == b.reason && a.mechanism == b.mechanism);
  Require(a.explanation == b.explanation && a.terms == b.terms);
  Require(a.void_lookups == b.void_lookups);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto lines = base::Split({reinterpret_cast<const char*>(data), size}, '\n');
  const SpfOutcome at_once = Check(lines, false, false);
  RequireSame(at_once, Check(lines, true, false));
  RequireSame(at_once, Check(lines, true, true));
  return 0;
}
