// The table file of exceptions from the limits' own amounts, one a line: for whom, the limit's
// name, the amount. A name stands for one limit, "*" for all.
//
//   user      newsletter@example.org   daily     50000
//   domain    example.net              hourly    100          each of its mailboxes
//   pool      example.net              domain    20 GB        all its mailboxes together
//   network   192.0.2.0/24             *         off          not even counted
//   client    2001:db8::25             per-client  unlimited  counted
//   recipient abuse@example.org        *         off
//   user      alice@example.org        recipients-per-message  500   of one message
//
// Kinds are those of subject.h, in any spelling of the names; which one wins stands in
// exceptions.h. Read at start and reload, by one thread.
#pragma once

#include <span>

#include "common/accounts/account.h"
#include "common/config/table_file.h"
#include "common/limits/exceptions.h"
#include "common/limits/limit.h"

namespace gatepost::limits {

// Throws config::ConfigError, one line per bad row. `limits` are all that the rows may name.
Exceptions LoadLimitTable(const config::TableFile& file, std::span<const Limit> limits,
                          const accounts::AccountNames& names);

// What is wrong with an exception of this scope for the limit of that name (or "*"), or nothing:
// an unknown limit, a domain for one that counts pools. kRecipientsPerMessage is always there.
std::optional<std::string> FindMisfit(const Scope& scope, std::string_view limit_name,
                                      std::int64_t amount, std::span<const Limit> limits);

}  // namespace gatepost::limits
