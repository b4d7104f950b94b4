#include "common/reputation/reputation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "common/reputation/event_tally.h"
#include "common/reputation/standing_cache.h"
#include "common/store/decaying_weights.h"
#include "common/store/keys.h"
#include "common/store/script.h"

namespace gatepost::reputation {
namespace {

using store::DecayingWeights;

constexpr unsigned kV4NetworkBits = 24;
constexpr unsigned kV6NetworkBits = 64;  // what one customer has

// The one table of weights, in thousandths. A delivery is worth 1. What a sender can hardly do by
// mistake weighs more, what happens to everybody (a recipient who left) little, and what a person
// complains about most. DMARC pass is worth more than a delivery: it cannot be had by chance.
constexpr Weight WeightOfClient(EventKind event) {
  switch (event) {
    case EventKind::kDelivered:
      return {1'000, 0};
    case EventKind::kAuthenticated:
      return {1'500, 0};
    case EventKind::kRefused:
      return {0, 2'000};
    case EventKind::kForged:
      return {0, 3'000};
    case EventKind::kListed:
      return {0, 3'000};
    case EventKind::kAttachmentBlocked:
      return {0, 5'000};
    case EventKind::kLimitHit:
      return {0, 2'000};
    case EventKind::kUnknownRecipient:
    case EventKind::kBounce:
      return {0, 200};
    case EventKind::kComplaint:
      return {0, 10'000};
  }
  return {};
}

// The score is 0 at a rate of 1 in 300 complaints (providers want less than 0.3 %) or 1 in 15
// bounces (they look closer from 5 % on). A limit that was hit is hardly a sign: whoever sends much
// runs into it, and his retries must not ruin him.
constexpr Weight WeightOfStream(EventKind event) {
  switch (event) {
    case EventKind::kLimitHit:
      return {0, 100};
    case EventKind::kUnknownRecipient:
    case EventKind::kBounce:
      return {0, 15'000};
    case EventKind::kComplaint:
      return {0, 300'000};
    default:
      return WeightOfClient(event);
  }
}

Weight WeightOf(const Subject& subject, EventKind event, std::int64_t times) {
  const Weight one = subject.is_stream() ? WeightOfStream(event) : WeightOfClient(event);
  const std::int64_t count = std::clamp<std::int64_t>(times, 0, DecayingWeights::kMost);
  return {std::min(one.good * count, DecayingWeights::kMost),
          std::min(one.bad * count, DecayingWeights::kMost)};
}

Standing StandingAt(const StandingCache::Entry& entry, const ReputationOptions& options,
                    bool is_stream, base::WallTime now) {
  if (!entry) return {};
  const std::chrono::duration<double> since_1970 = now.time_since_epoch();
  const double age = std::max(0.0, since_1970.count() - static_cast<double>(entry->at));
  const double left = std::exp2(-age / static_cast<double>(options.half_life.count()));
  Standing standing;
  standing.good = static_cast<double>(entry->good) / DecayingWeights::kOne * left;
  standing.bad = static_cast<double>(entry->bad) / DecayingWeights::kOne * left;
  const double prior = is_stream ? options.stream_prior : options.prior;
  const double whole = standing.good + standing.bad + prior;
  if (whole > 0) standing.score = (standing.good - standing.bad) / whole;
  standing.known = true;
  return standing;
}

std::string NetworkText(const base::IpAddress& address) {
  if (address.bits() == 0) return "local";
  const unsigned bits = address.is_v4() ? kV4NetworkBits : kV6NetworkBits;
  return address.Masked(bits).Format() + "/" + std::to_string(bits);
}

}  // namespace

Subject Subject::Address(const base::IpAddress& address) {
  const bool is_v6 = address.bits() != 0 && !address.is_v4();
  return Subject("ip " + (address.bits() == 0 ? "local" : address.Format()), !is_v6);
}

Subject Subject::Network(const base::IpAddress& address) {
  return Subject("net " + NetworkText(address));
}

Subject Subject::Domain(const mail::Domain& domain) { return Subject("domain " + domain.ascii()); }

Subject Subject::Stream(const mail::Domain& domain, std::string_view stream) {
  Subject subject(std::string("stream ").append(stream) + " of " + domain.ascii());
  subject.stream_ = true;
  return subject;
}

class Reputation::Impl {
 public:
  Impl(store::Store& store, store::BackgroundWriter& writer, ReputationOptions options,
       const base::Clock& clock)
      : store_(store.shared()),
        options_(std::move(options)),
        clock_(clock),
        cache_(
            std::make_shared<StandingCache>(options_.cached_subjects, options_.cache_time, clock)),
        tally_(writer, cache_, options_.half_life) {}

  std::vector<Standing> Look(std::span<const Subject> subjects, base::Deadline deadline);
  void Tell(const Subject& subject, EventKind event, std::int64_t times) {
    if (subject.is_remembered()) tally_.Add(subject.text(), WeightOf(subject, event, times));
  }
  void Flush() { tally_.Post(); }
  std::uint64_t dropped() const { return tally_.dropped(); }

 private:
  struct Missing {
    std::vector<store::Key> keys;
    std::vector<std::size_t> places;
  };
  void Fetch(std::span<const Subject> subjects, const Missing& missing, base::Deadline deadline,
             std::vector<Standing>& standings);
  Standing At(const StandingCache::Entry& entry, const Subject& subject, base::WallTime now) const {
    return StandingAt(entry, options_, subject.is_stream(), now);
  }

  store::Store& store_;
  const ReputationOptions options_;
  const base::Clock& clock_;
  const std::shared_ptr<StandingCache> cache_;  // shared with writes that are under way
  EventTally tally_;
};

std::vector<Standing> Reputation::Impl::Look(std::span<const Subject> subjects,
                                             base::Deadline deadline) {
  std::vector<Standing> standings(subjects.size());
  const auto now = clock_.Wall();
  Missing missing;
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    if (!subjects[i].is_remembered()) continue;
    if (const auto cached = cache_->Find(subjects[i].text())) {
      standings[i] = At(*cached, subjects[i], now);
    } else {
      missing.keys.push_back(store::KeyMaker::Reputation(subjects[i].text()));
      missing.places.push_back(i);
    }
  }
  if (!missing.keys.empty()) Fetch(subjects, missing, deadline, standings);
  return standings;
}

void Reputation::Impl::Fetch(std::span<const Subject> subjects, const Missing& missing,
                             base::Deadline deadline, std::vector<Standing>& standings) {
  const auto values = store_.GetAll(missing.keys, deadline);
  if (!values) return;  // strangers, and asked again at the next message
  const auto now = clock_.Wall();
  for (std::size_t i = 0; i < values->size(); ++i) {
    const auto& value = (*values)[i];
    const auto entry = value ? DecayingWeights::Parse(*value) : std::nullopt;
    const Subject& subject = subjects[missing.places[i]];
    cache_->Put(subject.text(), entry);
    standings[missing.places[i]] = At(entry, subject, now);
  }
}

Reputation::Reputation(store::Store& store, store::BackgroundWriter& writer,
                       ReputationOptions options, const base::Clock& clock) {
  options.half_life = std::clamp<std::chrono::seconds>(options.half_life, std::chrono::hours(1),
                                                       std::chrono::hours(24 * 3'650));
  options.prior = std::max(0.0, options.prior);
  impl_ = std::make_unique<Impl>(store, writer, options, clock);
}

Reputation::~Reputation() = default;

std::vector<Standing> Reputation::Look(std::span<const Subject> subjects, base::Deadline deadline) {
  return impl_->Look(subjects, deadline);
}

void Reputation::Tell(const Subject& subject, EventKind event, std::int64_t times) {
  impl_->Tell(subject, event, times);
}
void Reputation::Flush() { impl_->Flush(); }
std::uint64_t Reputation::dropped() const { return impl_->dropped(); }

base::Result<Standing> LookNow(store::Store& store, const Subject& subject, base::WallTime now,
                               base::Deadline deadline) {
  const auto value = store.shared().Get(store::KeyMaker::Reputation(subject.text()), deadline);
  if (!value) return tl::unexpected(value.error());
  const auto entry = *value ? DecayingWeights::Parse(**value) : std::nullopt;
  return StandingAt(entry, {}, subject.is_stream(), now);
}

base::Result<void> TellNow(store::Store& store, const Subject& subject, EventKind event,
                           std::int64_t times, base::Deadline deadline) {
  if (!subject.is_remembered()) return {};
  const auto key = store::KeyMaker::Reputation(subject.text());
  const Weight weight = WeightOf(subject, event, times);
  const std::array arguments{std::to_string(weight.good), std::to_string(weight.bad),
                             std::to_string(ReputationOptions().half_life.count())};
  const auto sums =
      store.shared().Run(store::scripts::kReputationAdd, {&key, 1}, arguments, deadline);
  if (!sums) return tl::unexpected(sums.error());
  return {};
}

}  // namespace gatepost::reputation
