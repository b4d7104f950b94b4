// Which mail leaves by a new address, and how much of it may go to one provider a day. A table:
//
//   source  news  address 192.0.2.10  start 2026-11-01  curve 50 x1.5 50000     see source.h
//   route   news  stream bulk
//   route   news  sender-domain news.example.org       the envelope sender's
//   route   news  user app@example.org
//   route   news  *
//   provider  gmail  domain gmail.com googlemail.com
//   provider  gmail  mx *.google.com
//
// The first route that fits a message counts. Immutable, any thread.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/accounts/account.h"
#include "common/config/table_file.h"
#include "common/warmup/schedule.h"
#include "common/warmup/source.h"

namespace gatepost::ratelimit {

class WarmUpTable {
 public:
  static constexpr std::size_t kMostRows = 1'000;

  // Users are spelled by `names`. Throws config::ConfigError. "" makes an empty table.
  static std::shared_ptr<const WarmUpTable> Load(const std::string& path,
                                                 const accounts::AccountNames& names);
  static std::shared_ptr<const WarmUpTable> Load(const config::TableFile& file,
                                                 const accounts::AccountNames& names);

  const std::vector<warmup::Source>& sources() const { return sources_; }
  // Every provider of the table, and "other".
  std::vector<std::string> providers() const;
  // What other hosts are told of it.
  warmup::Schedule schedule() const { return {sources_, providers()}; }
  const warmup::Source* Find(std::string_view name) const;  // nullptr: none

  struct Mail {
    std::string_view account;                // "" for none
    std::string_view sender_domain;          // as ASCII, "" for none
    std::optional<std::string_view> stream;  // nothing: not known yet
  };
  // nullptr: it leaves by an address that is not governed. Nothing: the stream decides.
  std::optional<const warmup::Source*> FindSource(const Mail& mail) const;

  // "": no row names it.
  std::string_view ProviderOfDomain(std::string_view domain) const;
  // Of mail servers, the best first.
  std::string_view ProviderOfMx(std::span<const std::string> hosts) const;
  bool asks_mx() const { return !by_mx_.empty(); }

 private:
  enum class Kind { kAll, kStream, kSenderDomain, kUser };
  struct Route {
    std::size_t source = 0;
    Kind kind = Kind::kAll;
    std::string what;
  };
  struct MxPattern {
    std::string provider;
    std::string host;
    bool below = false;  // "*.host"
  };

  using Problem = std::optional<std::string>;
  Problem AddRow(const config::TableRow& row, const accounts::AccountNames& names);
  Problem AddSource(std::span<const std::string_view> fields);
  Problem AddRoute(std::span<const std::string_view> fields, const accounts::AccountNames& names);
  Problem AddProvider(std::span<const std::string_view> fields);
  Problem AddPattern(std::string_view provider, std::string_view written);
  static bool Matches(const Route& route, const Mail& mail);

  std::vector<warmup::Source> sources_;
  std::vector<Route> routes_;
  std::map<std::string, std::string, std::less<>> by_domain_;
  std::vector<MxPattern> by_mx_;
  std::size_t rows_ = 0;
};

}  // namespace gatepost::ratelimit
