// The copy of administrative state on this host's disk: a versioned text file with a checksum,
// replaced as a whole. Used by admin_state.h. Pure functions and file access; no shared state.
//
//   gatepost-admin-state 1
//   = eva@example.org stolen          as the store has it
//   + bob@example.org unpaid          decided here, not yet told to the store
//   - tim@example.org                 lifted here, not yet told to the store
//   end 3 9f86d081884c7d65            number of entries, FNV-1a (64 bits) of all lines before
//
// Names and values are percent-encoded, so that they hold neither space nor line end.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/store/store.h"

namespace gatepost::store {

struct AdminCopy {
  // Changes by field; nothing: lifted.
  using Changes = std::map<std::string, std::optional<std::string>, std::less<>>;

  FieldMap fields;  // as the store had them last; "!": its generation (admin_mark.h)
  Changes unsent;
  friend bool operator==(const AdminCopy&, const AdminCopy&) = default;

  // Bounds of what is kept and read.
  static constexpr std::size_t kMaxEntries = 100'000;
  static constexpr std::size_t kMaxBytes = std::size_t{32} << 20;

  std::string Format() const;
  // kInvalid for whatever Format does not write.
  static base::Result<AdminCopy> Parse(std::string_view text);

  // kNotFound: no such file; kInvalid: damaged; kPermission, kInternal: as the system says.
  static base::Result<AdminCopy> Read(const std::filesystem::path& file);
  // Atomic and on disk when it returns; mode 0600.
  base::Result<void> Write(const std::filesystem::path& file) const;
};

}  // namespace gatepost::store
