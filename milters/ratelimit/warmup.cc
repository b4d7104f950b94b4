#include "milters/ratelimit/warmup.h"

#include <algorithm>
#include <exception>

#include "common/log/log.h"
#include "common/warmup/counts.h"

namespace gatepost::ratelimit {
namespace {

using namespace std::chrono_literals;
using warmup::HeldMail;
using warmup::Subject;

constexpr auto kDay = std::chrono::milliseconds(24h);

bool Holds(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::count(names, name) != 0;
}

}  // namespace

limits::Charge WarmUp::MakeCharge(std::int64_t allowance, bool enforced) {
  return {warmup::DayLimit().slot(), kDay, allowance, 1, enforced};
}

WarmUp::WarmUp(Site site, Options options, std::shared_ptr<const WarmUpTable> table, Ask ask)
    : site_(site),
      options_(std::move(options)),
      ask_(std::move(ask)),
      providers_(site_.resolver, site_.clock),
      held_(site_.store.shared(),
            {warmup::HeldKey(options_.host), options_.file, 5'000ms, 60'000ms, 1'000ms,
             [](const std::string& trouble) {
               log::Warning("warmup_list").With("reason", trouble);
             }}),
      table_(std::move(table)) {
  CountBacklog(held());
  thread_ = std::thread([this] { Run(); });
}

WarmUp::~WarmUp() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void WarmUp::Use(std::shared_ptr<const WarmUpTable> table) {
  const std::lock_guard lock(mutex_);
  table_ = std::move(table);
}

std::shared_ptr<const WarmUpTable> WarmUp::table() const {
  const std::lock_guard lock(mutex_);
  return table_;
}

void WarmUp::Run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, options_.look, [this] { return stopping_; })) {
    lock.unlock();
    try {
      Look();
    } catch (const std::exception& error) {
      log::Error("warmup_failed").With("reason", error.what());
    }
    lock.lock();
  }
}

// -- a message ------------------------------------------------------------------------------------

std::optional<WarmUpPlan> WarmUp::Begin(const WarmUpTable::Mail& mail) const {
  WarmUpPlan plan;
  plan.table_ = table();
  const auto source = plan.table_->FindSource(mail);
  if (!source || *source == nullptr) return std::nullopt;
  plan.source_ = **source;
  return plan;
}

void WarmUp::AddCharge(WarmUpPlan& plan, std::string_view domain, bool enforced,
                       limits::Charges& charges) {
  const auto allowance = plan.source_.Allowance(site_.clock.Wall());
  if (!allowance) return;
  const std::string provider = providers_.Find(*plan.table_, domain);
  if (Holds(plan.fitting_, provider) || Holds(plan.lacking_, provider)) return;
  // What came first goes first.
  if (!enforced && HasBacklog({plan.source_.name, provider})) {
    plan.lacking_.push_back(provider);
    return;
  }
  const std::string subject = Subject(plan.source_.name, provider);
  if (std::ranges::count(charges.subjects, subject, &limits::SubjectCharges::subject) != 0) return;
  charges.subjects.push_back({subject, {MakeCharge(*allowance, enforced)}});
  charges.limits.push_back({&warmup::DayLimit()});
}

void WarmUp::Note(WarmUpPlan& plan, const limits::Charges& charges,
                  const limits::Outcome& outcome) const {
  if (!outcome.reserved) return;
  const std::string prefix = Subject(plan.source_.name, "");
  for (std::size_t i = 0; i < outcome.charges.size(); ++i) {
    if (charges.limits[i].front() != &warmup::DayLimit()) continue;
    const bool fits = outcome.charges[i].front().room_in.count() == 0;
    (fits ? plan.fitting_ : plan.lacking_)
        .push_back(charges.subjects[i].subject.substr(prefix.size()));
  }
}

bool WarmUp::Hold(const WarmUpPlan& plan, const std::string& queue_id) {
  const HeldMail mail{queue_id, site_.clock.Wall(), plan.source_.name, plan.lacking_};
  // What nobody could read again would stay on hold for ever.
  if (held_.All()->size() >= kMostHeld || !HeldMail::Parse(queue_id, mail.Format())) return false;
  if (!held_.Set(queue_id, mail.Format())) return false;
  const std::lock_guard lock(mutex_);
  for (const std::string& provider : mail.providers) ++backlog_[{mail.source, provider}];
  return true;
}

void WarmUp::Count(const WarmUpPlan& plan) const {
  for (const std::string& provider : plan.fitting_) {
    CountMessage(plan.source_.name, provider, "sent");
  }
  for (const std::string& provider : plan.lacking_) {
    CountMessage(plan.source_.name, provider, "held");
  }
}

void WarmUp::CountMessage(const std::string& source, const std::string& provider,
                          std::string_view what) const {
  site_.journal.Count("ratelimit.warmup." + source + "." + provider + "." + std::string(what));
}

}  // namespace gatepost::ratelimit
