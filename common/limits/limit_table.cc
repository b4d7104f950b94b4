#include "common/limits/limit_table.h"

#include <algorithm>

#include "common/config/spelling.h"
#include "common/limits/recipient_cap.h"

namespace gatepost::limits {
namespace {

using Problem = std::optional<std::string>;

const Limit* Find(std::span<const Limit> limits, std::string_view name) {
  const auto found = std::ranges::find(limits, name, &Limit::name);
  return found == limits.end() ? nullptr : &*found;
}

std::string Unknown(std::string_view written, std::span<const Limit> limits) {
  std::vector<std::string> names{std::string(kRecipientsPerMessage)};
  for (const Limit& limit : limits) names.push_back(limit.name);
  const auto meant = config::Closest(written, names);
  return "there is no limit \"" + base::Printable(written, 60) + "\"" +
         (meant ? ", did you mean \"" + *meant + "\"?" : "");
}

// Of the most recipients of one message.
Problem FindMisfitOfMessage(const Scope& scope, std::int64_t amount) {
  using Kind = Scope::Kind;
  if (scope.kind == Kind::kPool) {
    return "recipients of one message have no pool: write \"domain\" for each mailbox";
  }
  if (scope.kind != Kind::kUser && scope.kind != Kind::kDomain && scope.kind != Kind::kNetwork) {
    return std::string(kRecipientsPerMessage) + " is for a user, a domain, a client or a network";
  }
  if (amount == 0) return "a message has one recipient at least; to stop an account, suspend it";
  return std::nullopt;
}

bool Has(const Limit& limit, By by) { return std::ranges::find(limit.by, by) != limit.by.end(); }

// Reads rows into exceptions.
class RowReader {
 public:
  RowReader(std::span<const Limit> limits, const accounts::AccountNames& names)
      : limits_(limits), names_(names) {}

  Problem Add(const config::TableRow& row) {
    const auto& fields = row.fields;
    if (fields.size() != 4 && fields.size() != 5) {
      return "a row is: user|domain|pool|network|client|recipient ..., its name, a limit, an "
             "amount";
    }
    const auto scope = Scope::Parse(std::string(fields[0]) + " " + std::string(fields[1]), names_);
    if (!scope) return scope.error().message;
    const Limit* const limit = Find(limits_, fields[2]);
    const Counted counted = limit != nullptr ? limit->counted : Counted::kMessages;
    const std::string size(fields.size() == 5 ? fields[4] : "");
    const auto amount = ParseAmount(std::string(fields[3]) + size, counted);
    if (!amount) return amount.error().message;
    if (auto misfit = FindMisfit(*scope, fields[2], *amount, limits_)) return misfit;
    if (exceptions_.Add(*scope, fields[2], *amount)) return std::nullopt;
    return base::Printable(scope->text) + " has " + std::string(fields[2]) + " twice";
  }

  Exceptions Take() { return std::move(exceptions_); }

 private:
  std::span<const Limit> limits_;
  const accounts::AccountNames& names_;
  Exceptions exceptions_;
};

}  // namespace

Problem FindMisfit(const Scope& scope, std::string_view limit_name, std::int64_t amount,
                   std::span<const Limit> limits) {
  if (limit_name == kAllLimits) {
    const bool whole = amount == kUnlimited || amount == kUncounted;
    return whole ? Problem() : "all limits (\"*\") can only be unlimited or off";
  }
  if (limit_name == kRecipientsPerMessage) return FindMisfitOfMessage(scope, amount);
  const Limit* const limit = Find(limits, limit_name);
  if (limit == nullptr) return Unknown(limit_name, limits);
  const bool pool = Has(*limit, By::kUserDomain);
  if (scope.kind == Scope::Kind::kDomain && pool) {
    return "the limit " + limit->name + " counts a domain as a whole: write \"pool\"";
  }
  if (scope.kind == Scope::Kind::kPool && !pool) {
    return "the limit " + limit->name + " counts no pool: write \"domain\" for each mailbox";
  }
  return std::nullopt;
}

Exceptions LoadLimitTable(const config::TableFile& file, std::span<const Limit> limits,
                          const accounts::AccountNames& names) {
  RowReader reader(limits, names);
  file.ForEachRow([&](const config::TableRow& row) { return reader.Add(row); });
  return reader.Take();
}

}  // namespace gatepost::limits
