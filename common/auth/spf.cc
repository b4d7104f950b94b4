#include "common/auth/spf.h"

#include <utility>

#include "common/auth/spf_evaluation.h"
#include "common/mail/domain.h"

namespace gatepost::auth {

std::string_view Name(SpfResult result) {
  switch (result) {
    case SpfResult::kNone:
      return "none";
    case SpfResult::kNeutral:
      return "neutral";
    case SpfResult::kPass:
      return "pass";
    case SpfResult::kFail:
      return "fail";
    case SpfResult::kSoftfail:
      return "softfail";
    case SpfResult::kTempError:
      return "temperror";
    case SpfResult::kPermError:
      return "permerror";
  }
  return "none";
}

class SpfCheck::Questions final : public SpfQuestions {
 public:
  explicit Questions(SpfCheck& check) : check_(check) {}
  dns::AnswerPtr Find(std::string_view name, dns::RecordType type) override {
    return check_.Find(name, type);
  }
  void Prefetch(std::string_view name, dns::RecordType type) override {
    check_.Prefetch(name, type);
  }
  std::size_t Asked() const override { return check_.questions_asked(); }

 private:
  SpfCheck& check_;
};

namespace {

SpfRequest WithLocalPart(SpfRequest request) {
  if (request.local_part.empty()) request.local_part = "postmaster";
  return request;
}

}  // namespace

SpfCheck::SpfCheck(SpfRequest request, const SpfLimits& limits, dns::Resolver& resolver)
    : dns::Task(resolver, limits.max_questions),
      request_(WithLocalPart(std::move(request))),
      limits_(limits),
      questions_(std::make_unique<Questions>(*this)) {
  const auto domain = mail::Domain::Parse(request_.domain);
  if (!domain || domain->label_count() < 2) {
    outcome_.reason = "not a domain name";
  } else if (request_.client.family() == base::IpAddress::Family::kNone) {
    outcome_.reason = "the client has no address";
  } else {
    evaluation_ = std::make_unique<SpfEvaluation>(request_, domain->ascii(), limits_, *questions_);
  }
}

SpfCheck::~SpfCheck() = default;

bool SpfCheck::Evaluate() {
  if (!evaluation_) return true;
  auto outcome = evaluation_->Run();
  if (outcome) outcome_ = *std::move(outcome);
  return outcome.has_value();
}

}  // namespace gatepost::auth
