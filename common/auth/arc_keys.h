// The keys of a chain's signatures: equal names are asked for once and their record is read once.
// Used by the ARC verifier. Not thread-safe; an object belongs to one message.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "common/auth/dkim_judgement.h"
#include "common/auth/dkim_key_record.h"
#include "common/dns/resolver.h"

namespace gatepost::auth {

// What stands at a key's name: a key, or why there is none.
struct ArcKey {
  std::optional<DkimKeyRecord> record;
  std::optional<Judgement> objection;
};

class ArcKeys {
 public:
  // Starts the look-up of a key name in A-labels, unless it was asked for before.
  void Ask(dns::Resolver& resolver, const std::string& name);
  // The key at a name that was asked for; waits for it at most until the deadline.
  const ArcKey& Wait(const std::string& name, std::size_t max_record_bytes,
                     base::Deadline deadline);

 private:
  struct Entry {
    dns::Query query;
    std::optional<ArcKey> key{};
  };
  std::map<std::string, Entry> entries_;
};

}  // namespace gatepost::auth
