#include "milters/dmarc/block_lists.h"

#include <algorithm>
#include <numeric>

#include "common/base/strings.h"
#include "milters/dmarc/client_names.h"

namespace gatepost::dmarc {
namespace {

using base::IpAddress;
using base::Network;
using dns::AnswerPtr;
using dns::RecordType;
using dns::Status;

constexpr std::size_t kProbeQuestions = 3;

// RFC 5782 section 5. A list of IPv6 addresses alone has its own entry. Of a list of domains it is
// enough that its zone exists, since some live lists have no "test".
struct ProbeNames {
  std::string must_be;
  std::string or_this;
  std::string must_not_be;
};

ProbeNames NamesToProbe(const BlockList& list) {
  const std::string& zone = list.zone.ascii();
  if (list.kind == ListKind::kDomain) return {"test." + zone, zone, "invalid." + zone};
  // ::FFFF:7F00:2 cannot be an IpAddress: that would be 127.0.0.2.
  static constexpr const char* kV6Entry =
      "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.";
  return {"2.0.0.127." + zone, kV6Entry + zone, "1.0.0.127." + zone};
}

std::size_t MostQuestions(std::span<const BlockList> lists) {
  return std::accumulate(lists.begin(), lists.end(), std::size_t{0},
                         [](std::size_t sum, const BlockList& list) {
                           return sum + kProbeQuestions +
                                  (list.kind == ListKind::kAddress ? BlockListCheck::kMostAddresses
                                                                   : BlockListCheck::kMostDomains);
                         });
}

std::vector<Network> ParseNetworks(std::initializer_list<std::string_view> texts) {
  std::vector<Network> networks;
  for (const std::string_view text : texts) networks.push_back(Network::Parse(text).value());
  return networks;
}

// Whom no list of the public Internet knows. The networks for documentation stay in: no client
// comes from them but in tests.
bool IsPublic(const IpAddress& address) {
  static const std::vector<Network> kOthers =
      ParseNetworks({"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
                     "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3", "::/127", "fc00::/7",
                     "fe80::/10", "fec0::/10", "ff00::/8"});
  return address.bits() > 0 && !base::AnyContains(kOthers, address);
}

// What reads as an address is refused by lists of domains, some of which count that as abuse.
bool EndsInNumber(std::string_view name) {
  return std::ranges::all_of(name.substr(name.rfind('.') + 1), base::IsAsciiDigit);
}

}  // namespace

BlockListCheck::BlockListCheck(std::span<const BlockList> lists, ListHealth& health,
                               dns::Resolver& resolver)
    : Task(resolver, MostQuestions(lists)), lists_(lists), health_(health) {
  for (std::size_t i = 0; i < lists.size(); ++i) plans_.push_back(health.PlanFor(i));
}

void BlockListCheck::Add(const IpAddress& address) {
  if (!IsPublic(address)) return;
  AddSubject({ListKind::kAddress, address.Format(), ReverseName(address, "", "")}, kMostAddresses);
}

void BlockListCheck::Add(const mail::Domain& domain) {
  if (domain.label_count() < 2 || EndsInNumber(domain.ascii())) return;
  AddSubject({ListKind::kDomain, domain.ascii(), domain.ascii()}, kMostDomains);
}

void BlockListCheck::AddSubject(Subject subject, std::size_t most) {
  const auto same_kind = [&](const Subject& other) { return other.kind == subject.kind; };
  const auto same = [&](const Subject& other) {
    return same_kind(other) && other.text == subject.text;
  };
  if (done() || std::ranges::any_of(subjects_, same)) return;
  if (static_cast<std::size_t>(std::ranges::count_if(subjects_, same_kind)) >= most) return;
  for (std::size_t i = 0; i < lists_.size(); ++i) {
    if (lists_[i].kind != subject.kind) continue;
    if (plans_[i].ask) Prefetch(subject.prefix + "." + lists_[i].zone.ascii(), RecordType::kA);
    if (plans_[i].probe) PrefetchProbe(lists_[i]);
  }
  subjects_.push_back(std::move(subject));
}

void BlockListCheck::PrefetchProbe(const BlockList& list) {
  const ProbeNames names = NamesToProbe(list);
  for (const std::string& name : {names.must_be, names.or_this, names.must_not_be}) {
    Prefetch(name, RecordType::kA);
  }
}

bool BlockListCheck::Evaluate() {
  std::vector<Answers> answers(lists_.size());
  bool whole = true;
  for (std::size_t i = 0; i < lists_.size(); ++i) whole &= Collect(i, answers[i]);
  if (!whole) return false;
  for (std::size_t i = 0; i < lists_.size(); ++i) {
    Report(i, answers[i]);
    if (health_.IsOn(i)) AddListings(lists_[i], answers[i]);
  }
  return true;
}

bool BlockListCheck::Collect(std::size_t index, Answers& answers) {
  const BlockList& list = lists_[index];
  bool whole = true;
  bool listed = false;
  for (const Subject& subject : subjects_) {
    if (subject.kind != list.kind || !plans_[index].ask) continue;
    AnswerPtr answer = Find(subject.prefix + "." + list.zone.ascii(), RecordType::kA);
    whole &= answer != nullptr;
    listed |= answer && answer->status == Status::kOk;
    answers.subjects.emplace_back(&subject, std::move(answer));
  }
  const bool has_subject =
      std::ranges::find(subjects_, list.kind, &Subject::kind) != subjects_.end();
  if (!plans_[index].probe || !has_subject) return whole;
  const ProbeNames names = NamesToProbe(list);
  answers.must_be = Find(names.must_be, RecordType::kA);
  answers.or_this = Find(names.or_this, RecordType::kA);
  answers.must_not_be = Find(names.must_not_be, RecordType::kA);
  return whole && (!listed || answers.probed());
}

void BlockListCheck::Report(std::size_t index, const Answers& answers) {
  const BlockList& list = lists_[index];
  if (answers.probed()) {
    Note(health_.Saw(
        list, index,
        ListHealth::ProbeAnswers{*answers.must_be, *answers.or_this, *answers.must_not_be}));
  }
  // However many subjects it has, a message counts as one failure, and only where all failed.
  AnswerPtr failure;
  bool answered = false;
  for (const auto& [subject, answer] : answers.subjects) {
    if (dns::IsTransient(answer->status)) {
      failure = answer;
    } else if (answer->status != Status::kBadName) {
      answered = true;
      Note(health_.Saw(list, index, *answer));
    }
  }
  if (failure && !answered) Note(health_.Saw(list, index, *failure));
}

void BlockListCheck::Note(std::optional<ListHealth::Change> change) {
  if (change) changes_.push_back(std::move(*change));
}

void BlockListCheck::AddListings(const BlockList& list, const Answers& answers) {
  for (const auto& [subject, answer] : answers.subjects) {
    std::vector<const BlockList::Code*> counted;  // a code counts once, a range too
    for (const dns::Record& record : answer->records) {
      const BlockList::Code* const code = list.Find(record.address);
      if (!code || std::ranges::find(counted, code) != counted.end()) continue;
      counted.push_back(code);
      listings_.push_back({list.Name(), subject->text, record.address.Format(), code->weight,
                           list.public_name.has_value()});
    }
  }
}

}  // namespace gatepost::dmarc
