// DNS block lists of addresses (DNSBL) and of domains (RHSBL), RFC 5782: what they say of a
// message, with a weight for each return code, and how a list that went wrong switches itself off.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
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
    int weight = 0;
  };
  mail::Domain zone;
  ListKind kind = ListKind::kAddress;
  std::vector<Code> codes;  // an answer in none of them counts nothing

  static base::Result<BlockList> Parse(std::string_view row);
};

struct Listing {
  std::string zone;
  std::string subject;  // the address or domain that is listed
  std::string code;     // "127.0.0.2"
  int weight = 0;
};

// Whether each list is to be believed, over all messages of the process. A list is off for a while
// after it answered 127.255.255.x ("you may not ask", as some operators say), anything outside
// 127.0.0.0/8, or failed several times in a row. Any thread.
class ListHealth {
 public:
  struct Change {
    std::string zone;
    bool on = false;
    std::string reason;  // one sentence for the log
  };
  ListHealth(std::size_t lists, const base::Clock& clock);
  ~ListHealth();

  bool IsOn(std::size_t list) const;
  // What a message saw. The change is told once, by the message that caused it.
  std::optional<Change> Saw(const BlockList& list, std::size_t index, const dns::Answer& answer);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Asks all lists at once about one message.
class BlockListCheck final : public dns::Task {
 public:
  // `lists` and `health` outlive the check.
  BlockListCheck(std::span<const BlockList> lists, ListHealth& health, dns::Resolver& resolver);
  // Names what is looked up; may be called until Evaluate is done. A domain or address more than
  // once is asked once; at most 20 domains.
  void Add(const base::IpAddress& address);
  void Add(const mail::Domain& domain);

  const std::vector<Listing>& listings() const { return listings_; }
  const std::vector<ListHealth::Change>& changes() const { return changes_; }
  int weight() const;  // of all listings

 private:
  bool Evaluate() override;

  std::span<const BlockList> lists_;
  ListHealth& health_;
  std::vector<base::IpAddress> addresses_;
  std::vector<mail::Domain> domains_;
  std::vector<Listing> listings_;
  std::vector<ListHealth::Change> changes_;
};

}  // namespace gatepost::dmarc
