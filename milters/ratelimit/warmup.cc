#include "milters/ratelimit/warmup.h"

#include <algorithm>
#include <charconv>
#include <exception>

#include "common/base/strings.h"
#include "common/log/log.h"
#include "common/store/keys.h"

namespace gatepost::ratelimit {
namespace {

using namespace std::chrono_literals;
using limits::Charge;
using std::chrono::steady_clock;

constexpr auto kDay = std::chrono::milliseconds(24h);
constexpr auto kStoreTime = 2s;
// Room comes back slice by slice; another host may leave some earlier.
constexpr auto kLongestPause = 5min;
constexpr auto kFirstRetry = 1min;
constexpr auto kLastRetry = 64min;
// Postfix tries what is older than its queue life (5 days) only once.
constexpr auto kOld = std::chrono::hours(24 * 4);
constexpr auto kLeastDns = std::chrono::seconds(5min);
constexpr auto kMostDns = std::chrono::seconds(24h);
constexpr auto kDnsTime = 30s;
constexpr std::size_t kMostProviders = 50;
constexpr std::size_t kMostHeldBytes = 2'000;
constexpr std::string_view kPrefix = "warmup ";

std::string CounterName(const std::string& source, const std::string& provider,
                        std::string_view what) {
  return "ratelimit.warmup." + source + "." + provider + "." + std::string(what);
}

bool Holds(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::count(names, name) != 0;
}

Charge MakeCharge(std::int64_t allowance, bool enforced) {
  return {WarmUp::limit().slot(), kDay, allowance, 1, enforced};
}

std::vector<std::string> HostsOf(const dns::Answer& answer) {
  std::vector<dns::Record> records = answer.records;
  std::ranges::stable_sort(records, {}, &dns::Record::preference);
  std::vector<std::string> hosts;
  for (const dns::Record& record : records) hosts.push_back(record.text);
  return hosts;
}

}  // namespace

std::string HeldMail::Format() const {
  std::string text = std::to_string(
      std::chrono::duration_cast<std::chrono::seconds>(since.time_since_epoch()).count());
  text += " " + source;
  for (const std::string& provider : providers) text += " " + provider;
  return text;
}

std::optional<HeldMail> HeldMail::Parse(std::string_view queue_id, std::string_view text) {
  // "!": the list's own mark.
  if (queue_id.starts_with('!') || text.size() > kMostHeldBytes) return std::nullopt;
  const auto words = base::Split(text, ' ');
  if (words.size() < 3 || words.size() > 2 + kMostProviders) return std::nullopt;
  std::int64_t seconds = 0;
  const auto [end, error] =
      std::from_chars(words[0].data(), words[0].data() + words[0].size(), seconds);
  const bool whole = error == std::errc() && end == words[0].data() + words[0].size();
  if (!whole || seconds < 0 || seconds > 100'000'000'000) return std::nullopt;
  return HeldMail{std::string(queue_id),
                  base::WallTime(std::chrono::seconds(seconds)),
                  std::string(words[1]),
                  {words.begin() + 2, words.end()}};
}

const limits::Limit& WarmUp::limit() {
  static const limits::Limit limit = [] {
    limits::Limit made;
    made.name = "warmup";
    made.amount = limits::kUnlimited;
    made.counted = limits::Counted::kMessages;
    made.window = kDay;
    made.mode = limits::Mode::kShadow;
    return made;
  }();
  return limit;
}

std::string WarmUp::Subject(std::string_view source, std::string_view provider) {
  return std::string(kPrefix) + std::string(source) + " " + std::string(provider);
}

store::Key WarmUp::HeldKey(std::string_view host) {
  return store::KeyMaker::Admin("warmup-held " + std::string(host));
}

WarmUp::WarmUp(Site site, Options options, std::shared_ptr<const WarmUpTable> table, Ask ask)
    : site_(site),
      options_(std::move(options)),
      ask_(std::move(ask)),
      held_(site_.store.shared(),
            {HeldKey(options_.host), options_.file, 5'000ms, 60'000ms, 1'000ms,
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
  const std::string provider = ProviderOf(*plan.table_, domain);
  if (Holds(plan.fitting_, provider) || Holds(plan.lacking_, provider)) return;
  // What came first goes first.
  if (!enforced && HasBacklog({plan.source_.name, provider})) {
    plan.lacking_.push_back(provider);
    return;
  }
  const std::string subject = Subject(plan.source_.name, provider);
  if (std::ranges::count(charges.subjects, subject, &limits::SubjectCharges::subject) != 0) return;
  charges.subjects.push_back({subject, {MakeCharge(*allowance, enforced)}});
  charges.limits.push_back({&limit()});
}

void WarmUp::Note(WarmUpPlan& plan, const limits::Charges& charges,
                  const limits::Outcome& outcome) const {
  if (!outcome.reserved) return;
  const std::string prefix = Subject(plan.source_.name, "");
  for (std::size_t i = 0; i < outcome.charges.size(); ++i) {
    if (charges.limits[i].front() != &limit()) continue;
    const bool fits = outcome.charges[i].front().room_in.count() == 0;
    (fits ? plan.fitting_ : plan.lacking_)
        .push_back(charges.subjects[i].subject.substr(prefix.size()));
  }
}

bool WarmUp::Hold(const WarmUpPlan& plan, const std::string& queue_id) {
  const HeldMail mail{queue_id, site_.clock.Wall(), plan.source_.name, plan.lacking_};
  if (held_.All()->size() >= kMostHeld) return false;
  if (!held_.Set(queue_id, mail.Format())) return false;
  const std::lock_guard lock(mutex_);
  for (const std::string& provider : mail.providers) ++backlog_[{mail.source, provider}];
  return true;
}

void WarmUp::Count(const WarmUpPlan& plan) const {
  for (const std::string& provider : plan.fitting_) {
    site_.journal.Count(CounterName(plan.source_.name, provider, "sent"));
  }
  for (const std::string& provider : plan.lacking_) {
    site_.journal.Count(CounterName(plan.source_.name, provider, "held"));
  }
}

// -- providers ------------------------------------------------------------------------------------

std::string WarmUp::ProviderOf(const WarmUpTable& table, std::string_view domain) {
  if (const auto known = table.ProviderOfDomain(domain); !known.empty()) return std::string(known);
  std::string_view found;
  if (table.asks_mx() && site_.resolver != nullptr)
    found = table.ProviderOfMx(MailServersOf(domain));
  return std::string(found.empty() ? kOtherProvider : found);
}

// Never waits: what is not known yet is none, and what is out of date serves until DNS has
// answered.
std::vector<std::string> WarmUp::MailServersOf(std::string_view domain) {
  const std::lock_guard lock(mutex_);
  const base::SteadyTime now = site_.clock.Steady();
  MailServers* servers = mail_servers_.Find(domain);
  if (servers == nullptr) servers = &mail_servers_.Put(std::string(domain), {});
  if (now >= servers->until) {
    servers->query = site_.resolver->Ask(domain, dns::RecordType::kMx);
    servers->until = now + kDnsTime;
  }
  if (servers->query && servers->query->Ready()) {
    const dns::AnswerPtr answer = servers->query->Peek();
    if (!dns::IsTransient(answer->status)) servers->hosts = HostsOf(*answer);
    servers->until = now + std::clamp(answer->ttl, kLeastDns, kMostDns);
    servers->query.reset();
  }
  return servers->hosts;
}

// -- held mail ------------------------------------------------------------------------------------

std::vector<HeldMail> WarmUp::held() const {
  std::vector<HeldMail> held;
  const auto all = held_.All();
  for (const auto& [queue_id, text] : *all) {
    if (auto mail = HeldMail::Parse(queue_id, text)) held.push_back(*std::move(mail));
  }
  std::ranges::stable_sort(held, {}, &HeldMail::since);
  return held;
}

bool WarmUp::HasBacklog(const Pair& pair) const {
  const std::lock_guard lock(mutex_);
  return backlog_.contains(pair);
}

// What cannot be released keeps nobody waiting.
void WarmUp::CountBacklog(const std::vector<HeldMail>& held) {
  std::map<Pair, std::size_t> backlog;
  for (const HeldMail& mail : held) {
    if (retries_.contains(mail.queue_id)) continue;
    for (const std::string& provider : mail.providers) ++backlog[{mail.source, provider}];
  }
  const std::lock_guard lock(mutex_);
  backlog_ = std::move(backlog);
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

void WarmUp::Look() {
  const std::lock_guard look(look_mutex_);
  const auto before = held();
  for (const HeldMail& mail : before) {
    const auto retry = retries_.find(mail.queue_id);
    if (retry != retries_.end() && site_.clock.Steady() < retry->second.next) continue;
    Release(mail);
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
  }
  const auto after = held();
  CountBacklog(after);
  TellOfOld(after);
}

std::vector<limits::SubjectCharges> WarmUp::ChargesOf(const HeldMail& mail) const {
  std::vector<limits::SubjectCharges> charges;
  const auto table = this->table();
  const WarmUpSource* const source = table->Find(mail.source);
  if (source == nullptr) return charges;
  const auto allowance = source->Allowance(site_.clock.Wall());
  if (!allowance) return charges;
  for (const std::string& provider : mail.providers) {
    charges.push_back({Subject(mail.source, provider), {MakeCharge(*allowance, true)}});
  }
  return charges;
}

// A warm-up that is over, or gone from the table, keeps nothing back.
bool WarmUp::HasRoom(const HeldMail& mail, limits::Reservation& reservation) {
  const base::SteadyTime now = site_.clock.Steady();
  const auto charges = ChargesOf(mail);
  if (charges.empty()) return true;
  for (const std::string& provider : mail.providers) {
    const auto until = no_room_until_.find({mail.source, provider});
    if (until != no_room_until_.end() && now < until->second) return false;
  }
  const auto outcome = reservation.Reserve(charges, {}, steady_clock::now() + kStoreTime);
  for (std::size_t i = 0; i < outcome.charges.size() && !outcome.reserved; ++i) {
    const auto room_in = outcome.charges[i].front().room_in;
    if (room_in.count() == 0) continue;
    no_room_until_[{mail.source, mail.providers[i]}] =
        now + std::clamp<std::chrono::milliseconds>(room_in, 1s, kLongestPause);
  }
  return outcome.reserved;
}

// Reserved first: whatever happens in between, never more leaves than is allowed.
void WarmUp::Release(const HeldMail& mail) {
  limits::Reservation reservation = site_.ledger.Begin();
  if (!HasRoom(mail, reservation)) return;
  if (const std::string wrong = ask_("release", mail.queue_id); !wrong.empty()) {
    return NoteFailure(mail, wrong);
  }
  reservation.Commit(0, steady_clock::now() + kStoreTime);
  retries_.erase(mail.queue_id);
  static_cast<void>(held_.Lift(mail.queue_id));  // without the store it is told later
  for (const std::string& provider : mail.providers) {
    site_.journal.Count(CounterName(mail.source, provider, "released"));
  }
  log::Info("warmup_released").With("queue_id", mail.queue_id).With("source", mail.source);
}

void WarmUp::NoteFailure(const HeldMail& mail, const std::string& wrong) {
  Retry& retry = retries_[mail.queue_id];
  retry.next =
      site_.clock.Steady() +
      std::min<std::chrono::minutes>(kFirstRetry * (1 << std::min(retry.failures, 6)), kLastRetry);
  ++retry.failures;
  site_.journal.Report({"warmup_stuck", mail.queue_id, "held mail cannot be released: " + wrong});
  log::Warning("warmup_stuck").With("queue_id", mail.queue_id).With("reason", wrong);
}

// Once a day for each address.
void WarmUp::TellOfOld(const std::vector<HeldMail>& held) {
  const base::WallTime now = site_.clock.Wall();
  for (const HeldMail& mail : held) {
    if (now - mail.since < kOld) return;
    base::WallTime& told = told_old_[mail.source];
    if (retries_.contains(mail.queue_id) || now - told < kDay) continue;
    told = now;
    site_.journal.Report({"warmup_slow", mail.source,
                          "mail has waited for " + std::to_string((now - mail.since) / kDay) +
                              " days: more is sent than the curve allows"});
  }
}

}  // namespace gatepost::ratelimit
