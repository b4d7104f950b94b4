// DNS block lists of addresses (DNSBL) and of domains (RHSBL), RFC 5782: what they say of a
// message, with a weight for each return code, and how a list that went wrong switches itself off.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/ip_address.h"
#include "common/base/result.h"
#include "common/dns/resolver.h"
#include "common/dns/task.h"
#include "common/mail/domain.h"

namespace gatepost::dmarc {

enum class ListKind { kAddress, kDomain };

// One list as configured: "zen.example address 127.0.0.2=5 127.0.0.3=2 127.0.0.10-127.0.0.11=3".
// Positive weights are bad, negative ones make an allow list.
struct BlockList {
  struct Code {
    base::IpAddress first;
    base::IpAddress last;
    int weight = 0;  // -1000 to 1000, not 0
  };
  static constexpr std::size_t kMostCodes = 256;

  mail::Domain zone;
  ListKind kind = ListKind::kAddress;
  std::vector<Code> codes;  // by address, none overlap; an answer in none of them counts nothing
  // What the list is called before strangers; without it they are not told which list it is,
  // because a zone may hold the key of whoever pays for it.
  std::optional<mail::Domain> public_name{};

  // A row of words between blanks: zone, kind, one code or more, and "as=" with the public name at
  // most once behind the kind. The codes lie in 127.0.0.0/8
  // without 127.255.255.0/24, which tells errors. Whatever else is kInvalid, with what is wrong.
  static base::Result<BlockList> Parse(std::string_view row);

  // The public name, or else the zone: for our own records and logs.
  std::string Name() const;
  // The code that holds the address, or nullptr.
  const Code* Find(const base::IpAddress& address) const;
};

struct Listing {
  std::string zone;     // BlockList::Name
  std::string subject;  // the address or domain that is listed
  std::string code;     // "127.0.0.2"
  int weight = 0;
  bool has_public_name = false;  // strangers may be told the zone
};

// Whether each list is to be believed, over all messages of the process. A list is off for a while
// after it
//   - answered 127.255.255.x ("you may not ask", as some operators say) or anything outside
//     127.0.0.0/8, as parked domains do;
//   - lists what no list may hold, or has lost what each must hold (RFC 5782 section 5);
//   - failed in several messages in a row.
// It is on again when, after that while, some message saw its test entries as they must be. Any
// thread.
class ListHealth {
 public:
  static constexpr int kFailuresInARow = 5;
  static constexpr std::chrono::minutes kOffAfterFailures{1};
  static constexpr std::chrono::minutes kOffAfterLies{10};
  // How long a good look at the test entries is trusted, if the list does not list so many in a
  // row.
  static constexpr std::chrono::minutes kProofLasts{10};
  static constexpr int kListedInARow = 10;

  struct Change {
    std::string zone;
    bool on = false;
    std::string reason;  // one sentence for the log
  };

  // What a message shall ask a list.
  struct Plan {
    bool ask = true;     // what it says of the message
    bool probe = false;  // its test entries
  };

  ListHealth(std::size_t lists, const base::Clock& clock);
  ~ListHealth();

  bool IsOn(std::size_t list) const;
  Plan PlanFor(std::size_t list) const;

  // What a message saw: each answer that the list gave, or one failure where it gave none
  // (kOverloaded is our own and counts nothing). The
  // change is told once, by the message that caused it.
  std::optional<Change> Saw(const BlockList& list, std::size_t index, const dns::Answer& answer);
  // The answers about its test entries.
  struct ProbeAnswers {
    const dns::Answer& must_be;      // an entry that each list has
    const dns::Answer& or_this;      // ... or else this
    const dns::Answer& must_not_be;  // one that none has
  };
  std::optional<Change> Saw(const BlockList& list, std::size_t index, const ProbeAnswers& answers);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Asks all lists at once about one message.
//
// The test entries of a list are asked together with the rest when their last sight is too old.
// A message waits for them only where the list says that something is listed: so no list that
// lists the whole world is believed, and nobody waits in vain.
class BlockListCheck final : public dns::Task {
 public:
  static constexpr std::size_t kMostAddresses = 4;
  static constexpr std::size_t kMostDomains = 20;

  // `lists` and `health` outlive the check.
  BlockListCheck(std::span<const BlockList> lists, ListHealth& health, dns::Resolver& resolver);

  // Asks about what is given, at once; so nothing is gained by an early Advance, after which, when
  // it returned true, further subjects count nothing. An address or domain more than once is asked
  // once. Addresses that are not of the public Internet, names of one label or ending in a number,
  // and what is over the bounds above is passed over.
  void Add(const base::IpAddress& address);
  void Add(const mail::Domain& domain);

  // Only of lists that are on. In the order of the lists.
  const std::vector<Listing>& listings() const { return listings_; }
  const std::vector<ListHealth::Change>& changes() const { return changes_; }

 private:
  // What is asked of lists of one kind, and how it is called in a Listing.
  struct Subject {
    ListKind kind;
    std::string text;    // "192.0.2.1", "example.org"
    std::string prefix;  // of the question: "1.2.0.192", "example.org"
  };
  // All that one list answered. Nullptr: not there yet.
  struct Answers {
    std::vector<std::pair<const Subject*, dns::AnswerPtr>> subjects;
    dns::AnswerPtr must_be;
    dns::AnswerPtr or_this;
    dns::AnswerPtr must_not_be;
    bool probed() const { return must_be && or_this && must_not_be; }
  };

  bool Evaluate() override;
  void AddSubject(Subject subject, std::size_t most);
  void PrefetchProbe(const BlockList& list);
  // False while an answer is missing that this message waits for.
  bool Collect(std::size_t list, Answers& answers);
  void Report(std::size_t list, const Answers& answers);
  void Note(std::optional<ListHealth::Change> change);
  void AddListings(const BlockList& list, const Answers& answers);

  std::span<const BlockList> lists_;
  ListHealth& health_;
  std::vector<ListHealth::Plan> plans_;  // one for each list, as it was when the message began
  std::vector<Subject> subjects_;
  std::vector<Listing> listings_;
  std::vector<ListHealth::Change> changes_;
};

}  // namespace gatepost::dmarc
