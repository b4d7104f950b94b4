// What a command of `gatepost` gets, and how it ends. One thread.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <ostream>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "common/accounts/account.h"
#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/config/site_options.h"
#include "common/store/store.h"

namespace gatepost::cli {

inline constexpr int kExitNotFound = 1;
inline constexpr int kExitTemporary = 75;  // EX_TEMPFAIL of sysexits.h: the store is away

// The command line cannot be understood; what() is the sentence for the user.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};
// The store did not do it; what() says why.
class StoreError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Words and options of one command: `show user alice --count 5`.
class Arguments {
 public:
  // `flags`: the options that the command knows, each with a value. Throws UsageError.
  Arguments(std::span<const std::string> words, std::span<const std::string_view> flags);

  const std::vector<std::string>& words() const { return words_; }
  // "" where it was not given.
  std::string Option(std::string_view name) const;
  // The next word; UsageError("needs " + what) where there is none.
  std::string Take(std::string_view what);
  bool AtEnd() const { return at_ == words_.size(); }
  // The next word, which stays; "" where there is none.
  std::string_view Peek() const { return AtEnd() ? std::string_view() : words_[at_]; }
  // UsageError where words are left.
  void Finish() const;

 private:
  std::vector<std::string> words_;
  std::map<std::string, std::string, std::less<>> options_;
  std::size_t at_ = 0;
};

struct Context {
  const config::SiteOptions& site;
  store::Store& store;  // shared by the hosts, or an error
  const accounts::AccountNames& names;
  const base::Clock& clock;
  std::string administrator;  // who runs the command
  std::ostream& out;

  base::Deadline Deadline() const {
    return std::chrono::steady_clock::now() + std::chrono::seconds(5);
  }
};

// The value, or StoreError.
template <class T>
T Take(base::Result<T> result) {
  if (!result) throw StoreError(result.error().message);
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

// "2026-11-22 14:05:09" in UTC.
std::string FormatTime(base::WallTime time);
base::WallTime FromMilliseconds(std::int64_t unix_ms);

// Rows as columns of the width that they need; the last one is not padded.
class Columns {
 public:
  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }
  void Print(std::ostream& out, std::string_view indent = "") const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace gatepost::cli
