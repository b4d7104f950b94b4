// Which keys sign for which domain. Made whole from the table file at start and at reload, then
// read-only; any thread. It knows where keys lie, not the keys: key_cache.h opens them.
//
// One row a key:
//   example.org      s2026   /etc/gatepost/keys/example.org.rsa.pem
//   example.org      e2026   /etc/gatepost/keys/example.org.ed25519.pem   algorithm=ed25519
//   *.example.org    s2026   /etc/gatepost/keys/example.org.rsa.pem       expire=7d
//   *                shared  /etc/gatepost/keys/shared.pem                domain=hosting.example
//   example.org      bulk26  /etc/gatepost/keys/example.org.bulk.pem      stream=bulk
//
// Rows of a stream sign its mail instead of the domain's other rows; those sign what belongs to no
// stream or to one without rows.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/auth/canonicalizer.h"
#include "common/auth/private_key.h"
#include "common/config/table_file.h"
#include "common/mail/domain.h"

namespace gatepost::dkim {

struct KeyRow {
  std::string signing_domain;                   // d=
  std::string selector;                         // s=
  std::string file;                             // absolute path of the PEM file
  std::optional<auth::KeyAlgorithm> algorithm;  // where the row insists on one
  std::optional<auth::Canonicalization> header_method;
  std::optional<auth::Canonicalization> body_method;
  std::optional<std::chrono::seconds> expires_after;  // x=
  std::string stream;                                 // "": mail of any
};

class KeyTable {
 public:
  // Rows of one domain and stream, all of which sign. More are an error of the table.
  static constexpr std::size_t kMaxKeysPerDomain = 8;

  // Throws config::ConfigError, one line per bad row.
  static KeyTable Load(const config::TableFile& file);

  // The rows for mail from `domain`: its own; else those of the nearest "*.parent"; else of "*".
  // d= is the row's domain= option, else the domain of the pattern, and for "*" `domain` itself.
  // Of these rows those of `stream`; where there are none, or it is "", those without a stream.
  std::vector<KeyRow> Find(const mail::Domain& domain, std::string_view stream = {}) const;

  // Every row, as Find would give it ("*" with an empty signing domain): for --check-config.
  std::vector<KeyRow> All() const;

  std::size_t row_count() const { return rows_.size(); }
  std::size_t memory_bytes() const { return text_.capacity() + rows_.capacity() * sizeof(Row); }

 private:
  // 100,000 domains must fit into a few megabytes: the rows are kept as text, sorted, and taken
  // apart when they are needed.
  struct Row {
    std::uint32_t offset;  // of the pattern in text_; the row ends with '\n'
    std::uint16_t pattern_length;
  };

  std::optional<std::string> AddRow(std::span<const std::string_view> fields);
  std::string SortAndFindConflicts(const std::string& name);
  std::string_view PatternOf(const Row& row) const;
  std::string_view ColumnsOf(const Row& row) const;
  std::vector<KeyRow> FindPattern(std::string_view pattern, std::string_view domain,
                                  std::string_view stream) const;
  KeyRow Expand(const Row& row, std::string_view domain) const;

  std::string text_;
  std::vector<Row> rows_;  // sorted by pattern
};

}  // namespace gatepost::dkim
