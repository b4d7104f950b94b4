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

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/mail/header_field.h"

namespace gatepost::accounts {

class StreamTable {
 public:
  // Throws config::ConfigError. "" makes a table without rules.
  static std::shared_ptr<const StreamTable> Load(const std::string& path);

  bool needs_headers() const;
  // Every stream that the table names.
  std::vector<std::string> names() const;
  // `account` in its one spelling ("" for none), the envelope sender's domain as ASCII ("" for
  // none), the header fields seen so far. "" where no rule matches. Headers can only refine what is
  // not decided by an earlier rule.
  std::string_view Find(std::string_view account, std::string_view sender_domain,
                        const std::vector<mail::HeaderField>& fields) const;

 private:
  struct Rule;
  std::vector<Rule> rules_;
};

}  // namespace gatepost::accounts
