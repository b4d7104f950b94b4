// What is told to whom, in whose words: the policy of notices. Loaded at start and reload;
// immutable, any thread.
//
//   kind             administrators and the domain's   mailbox             owner's other address
//   kLimitNear       the domain's alone                limit-near
//   kSuspicious      suspicious
//   kThrottled       throttled
//   kSuspended       suspended
//   kSuspendedOwner                                    suspended-owner     suspended-contact
//
// A thief reads the mailbox, and perhaps that of a postmaster whom nobody named. There it is said
// what was unusual, never how much: neither figures, from which he learns how far he may go, nor
// networks, from which he learns where the owner is.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/accounts/account.h"
#include "common/accounts/contacts.h"
#include "common/limits/limit.h"
#include "common/notices/readers.h"
#include "common/submit/notice.h"
#include "milters/ratelimit/notice_templates.h"
#include "milters/ratelimit/ratelimit_options.h"

namespace gatepost::ratelimit {

enum class NoticeKind { kLimitNear, kSuspicious, kThrottled, kSuspended, kSuspendedOwner };

struct NoticeFacts {
  NoticeKind kind = NoticeKind::kLimitNear;
  std::string account;
  // What the template may name: {"limit", "250 recipients an hour"}, {"evidence", "..."}.
  std::vector<std::pair<std::string, std::string>> values;
  std::string once;                      // one notice of this kind, account and name ...
  std::chrono::milliseconds once_in{0};  // ... in this time
  // What the detector saw, as Suspension keeps it.
  std::string signals{};
  // A limit that the reader's language has words for; {limit} then needs no value.
  struct NamedLimit {
    std::int64_t amount = 0;
    limits::Limit limit;
  };
  std::optional<NamedLimit> limit{};
};

// What the shared configuration says.
struct NoticeSite {
  std::string hostname;
  std::string default_domain;  // ""
  std::shared_ptr<const accounts::AccountNames> names;
  std::shared_ptr<const accounts::ContactTable> contacts;
};

class NoticeWriter {
 public:
  // Reads the tables and texts. Throws config::ConfigError.
  NoticeWriter(const NoticeRules& rules, NoticeSite site);

  // One for each reader.
  std::vector<submit::Notice> Write(const NoticeFacts& facts) const;

 private:
  struct Reader {
    std::string to;
    NoticeText text = NoticeText::kLimitNear;
    bool in_figures = false;  // learns the evidence as it is
    friend auto operator<=>(const Reader&, const Reader&) = default;
  };
  using Readers = std::vector<Reader>;

  Readers ReadersOf(const NoticeFacts& facts) const;
  void AddAdministrators(const std::string& account, NoticeText text, Readers& readers) const;
  void AddAdministratorOfDomain(const std::string& account, NoticeText text,
                                Readers& readers) const;
  void AddOwner(const std::string& account, Readers& readers) const;
  bool IsAccount(const std::string& address, const std::string& account) const;
  submit::Notice WriteOne(const NoticeFacts& facts, const Reader& reader) const;

  const NoticeSite site_;
  const std::string from_;
  const std::vector<std::string> admins_;
  const bool postmasters_;
  const NoticeTemplates templates_;
  const notices::Readers readers_;
};

}  // namespace gatepost::ratelimit
