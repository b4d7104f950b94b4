// The administrators' list of files that nobody shall get, by their SHA-256. Kept as administrative
// state ("attachment-hashes"): told to all hosts within a second or two, copied to disk, until
// somebody takes a file off it. Any thread.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/store/store.h"

namespace gatepost::hashes {

// 64 hexadecimal digits in any case, as lower case; else kInvalid.
base::Result<std::string> ParseSha256(std::string_view text);

struct ListedHash {
  base::WallTime since{};  // to the second
  std::string by;          // the administrator's login
  std::string why;         // one sentence
  friend bool operator==(const ListedHash&, const ListedHash&) = default;

  // One line. Controls in the texts become spaces, and what is too long is cut.
  std::string Format() const;
  // kInvalid for whatever Format does not write.
  static base::Result<ListedHash> Parse(std::string_view text);
};

class HashList {
 public:
  struct Options {
    std::filesystem::path file;  // this program's copy; empty: none
    std::chrono::milliseconds refresh{1'000};
  };

  // `store` outlives it. What goes wrong with the copy or the stored state is logged.
  HashList(store::Store& store, Options options);
  ~HashList();

  // `sha256` in lower case. Neither waits nor asks the store. An entry that cannot be read counts:
  // somebody put it there.
  bool Has(std::string_view sha256) const;
  // True while no file needs to be hashed for it.
  bool empty() const;
  // In the order of the hashes; those that cannot be read say so.
  std::vector<std::pair<std::string, ListedHash>> All() const;

  // Each holds here at once, and everywhere as soon as the store can be told. `sha256` as
  // ParseSha256 returns it.
  base::Result<void> Add(const std::string& sha256, const ListedHash& entry);
  base::Result<void> Remove(const std::string& sha256);
  // Takes over the store's state now; for command lines and tests.
  base::Result<void> Refresh();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatepost::hashes
