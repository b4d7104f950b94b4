#include "common/auth/dmarc.h"

#include <map>
#include <span>
#include <utility>

namespace gatepost::auth {
namespace {

constexpr std::size_t kMaxIdentifierWalks = 20;

}  // namespace

class DmarcCheck::Impl {
 public:
  Impl(mail::Domain author, DiscoveryMethod method, const PublicSuffixList* list,
       dns::Resolver& resolver)
      : method_(method),
        list_(list),
        resolver_(resolver),
        author_(std::move(author), method, list, resolver) {
    author_.FindExistence();
  }

  void Expect(const mail::Domain& identifier) {
    if (method_ == DiscoveryMethod::kPublicSuffixList || walks_.size() >= kMaxIdentifierWalks) {
      return;
    }
    if (identifier == author_.start() || !MayAlign(identifier, author_.start())) return;
    walks_.try_emplace(identifier, identifier, method_, list_, resolver_);
  }

  std::vector<dns::Task*> Tasks() {
    std::vector<dns::Task*> tasks{&author_};
    for (auto& [identifier, walk] : walks_) tasks.push_back(&walk);
    return tasks;
  }

  DmarcOutcome Decide(const DmarcIdentifiers& identifiers) const {
    DmarcFacts facts{author_.start(), method_, author_.result(), identifiers, {}};
    NoteDomains(identifiers.dkim, facts);
    NoteDomains(identifiers.undecided_dkim, facts);
    if (identifiers.spf) NoteDomain(*identifiers.spf, facts);
    if (identifiers.undecided_spf) NoteDomain(*identifiers.undecided_spf, facts);
    return EvaluateDmarc(facts);
  }

 private:
  void NoteDomains(std::span<const mail::Domain> identifiers, DmarcFacts& facts) const {
    for (const mail::Domain& identifier : identifiers) NoteDomain(identifier, facts);
  }

  void NoteDomain(const mail::Domain& identifier, DmarcFacts& facts) const {
    std::optional<mail::Domain> organizational = OrganizationalDomain(identifier);
    if (organizational) {
      facts.organizational_domains.emplace(identifier, std::move(*organizational));
    }
  }

  std::optional<mail::Domain> OrganizationalDomain(const mail::Domain& identifier) const {
    if (method_ == DiscoveryMethod::kPublicSuffixList) {
      return list_->OrganizationalDomain(identifier);
    }
    const auto walk = walks_.find(identifier);
    if (walk == walks_.end()) return std::nullopt;
    return walk->second.result().organizational_domain;
  }

  const DiscoveryMethod method_;
  const PublicSuffixList* const list_;
  dns::Resolver& resolver_;
  DmarcWalk author_;
  std::map<mail::Domain, DmarcWalk> walks_;
};

DmarcCheck::DmarcCheck(mail::Domain author, DiscoveryMethod method, const PublicSuffixList* list,
                       dns::Resolver& resolver)
    : impl_(std::make_unique<Impl>(std::move(author), method, list, resolver)) {}

DmarcCheck::~DmarcCheck() = default;
DmarcCheck::DmarcCheck(DmarcCheck&&) noexcept = default;
DmarcCheck& DmarcCheck::operator=(DmarcCheck&&) noexcept = default;

void DmarcCheck::Expect(const mail::Domain& identifier) { impl_->Expect(identifier); }

std::vector<dns::Task*> DmarcCheck::tasks() { return impl_->Tasks(); }

DmarcOutcome DmarcCheck::Decide(const DmarcIdentifiers& identifiers) const {
  return impl_->Decide(identifiers);
}

}  // namespace gatepost::auth
