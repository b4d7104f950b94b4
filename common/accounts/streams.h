// Kinds of mail that one site sends, told apart so that each has its own limits, warm-up,
// reputation and DKIM key: transactional, bulk, personal ... Rules of a table, first match wins:
//
//   transactional  user    app@example.org
//   bulk           domain  news.example.org       the envelope sender's or the account's domain
//   bulk           header  List-Id                the field is there
//   bulk           header  Precedence  bulk       the field is there with this value (any case)
//
// Loaded by every program that asks; immutable, any thread.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/accounts/account.h"
#include "common/config/table_file.h"
#include "common/mail/header_field.h"

namespace gatepost::accounts {

class StreamTable {
 public:
  // A message is held against each rule.
  static constexpr std::size_t kMostRules = 500;

  // Users of the table are spelled by `names`. Throws config::ConfigError. "" makes a table without
  // rules.
  static std::shared_ptr<const StreamTable> Load(const std::string& path,
                                                 const AccountNames& names);
  static std::shared_ptr<const StreamTable> Load(const config::TableFile& file,
                                                 const AccountNames& names);

  bool needs_headers() const;
  // Every stream that the table names.
  std::vector<std::string> names() const;
  // `account` in its one spelling ("" for none), the envelope sender's domain as ASCII ("" for
  // none), the header fields seen so far. "" where no rule matches. Headers can only refine what is
  // not decided by an earlier rule.
  std::string_view Find(std::string_view account, std::string_view sender_domain,
                        const std::vector<mail::HeaderField>& fields) const;
  // What Find will give whatever the header holds, for what is asked before it; nothing where a
  // rule about a header comes first.
  std::optional<std::string_view> FindWithoutHeaders(std::string_view account,
                                                     std::string_view sender_domain) const;

 private:
  enum class Kind { kUser, kDomain, kHeader };
  struct Rule {
    std::string stream;
    Kind kind = Kind::kUser;
    std::string what;                  // account, domain or field name
    std::optional<std::string> value;  // of the field
  };

  using Problem = std::optional<std::string>;
  Problem AddRow(const config::TableRow& row, const AccountNames& names);
  static Problem SetKind(const config::TableRow& row, const AccountNames& names, Rule& rule);
  static bool MatchesField(const Rule& rule, const mail::HeaderField& field);
  static bool MatchesSender(const Rule& rule, std::string_view account,
                            std::string_view sender_domain);

  std::vector<Rule> rules_;
};

// A stream's name: 1 to 32 letters in lower case, digits, "-", "_" and ".".
bool IsStreamName(std::string_view text);

}  // namespace gatepost::accounts
