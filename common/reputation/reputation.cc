#include "common/reputation/reputation.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/reputation/event_tally.h"
#include "common/reputation/standing_cache.h"
#include "common/store/decaying_weights.h"
#include "common/store/keys.h"

namespace gatepost::reputation {
namespace {

using store::DecayingWeights;

constexpr unsigned kV4NetworkBits = 24;
constexpr unsigned kV6NetworkBits = 64;  // what one customer has

// The one table of weights, in thousandths. A delivery is worth 1. What a sender can hardly do by
// mistake weighs more, what happens to everybody (a recipient who left) little, and what a person
// complains about most. DMARC pass is worth more than a delivery: it cannot be had by chance.
constexpr Weight WeightOf(EventKind event) {
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
      return {0, 200};
    case EventKind::kComplaint:
      return {0, 10'000};
  }
  return {};
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
  void Tell(const Subject& subject, EventKind event) {
    if (subject.is_remembered()) tally_.Add(subject.text(), WeightOf(event));
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
  Standing At(const StandingCache::Entry& entry, base::WallTime now) const;

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
      standings[i] = At(*cached, now);
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
    cache_->Put(subjects[missing.places[i]].text(), entry);
    standings[missing.places[i]] = At(entry, now);
  }
}

Standing Reputation::Impl::At(const StandingCache::Entry& entry, base::WallTime now) const {
  if (!entry) return {};
  const std::chrono::duration<double> since_1970 = now.time_since_epoch();
  const double age = std::max(0.0, since_1970.count() - static_cast<double>(entry->at));
  const double left = std::exp2(-age / static_cast<double>(options_.half_life.count()));
  Standing standing;
  standing.good = static_cast<double>(entry->good) / DecayingWeights::kOne * left;
  standing.bad = static_cast<double>(entry->bad) / DecayingWeights::kOne * left;
  const double whole = standing.good + standing.bad + options_.prior;
  if (whole > 0) standing.score = (standing.good - standing.bad) / whole;
  standing.known = true;
  return standing;
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

void Reputation::Tell(const Subject& subject, EventKind event) { impl_->Tell(subject, event); }
void Reputation::Flush() { impl_->Flush(); }
std::uint64_t Reputation::dropped() const { return impl_->dropped(); }

}  // namespace gatepost::reputation
