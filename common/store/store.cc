#include "common/store/store.h"

#include <array>

#include "common/store/script.h"

namespace gatepost::store {

using base::Deadline;
using base::ErrorKind;
using base::Result;

namespace {

Result<std::int64_t> First(const Result<std::vector<std::int64_t>>& returned) {
  if (!returned) return tl::unexpected(returned.error());
  if (returned->empty()) return base::Fail(ErrorKind::kInternal, "a script returned nothing");
  return returned->front();
}

}  // namespace

Result<std::vector<std::optional<std::string>>> Store::GetAll(std::span<const Key> keys,
                                                              Deadline deadline) {
  std::vector<std::optional<std::string>> values;
  values.reserve(keys.size());
  for (const Key& key : keys) {
    auto value = Get(key, deadline);
    if (!value) return tl::unexpected(value.error());
    values.push_back(std::move(*value));
  }
  return values;
}

Result<void> Store::ForEachText(std::string_view, const Visit&, Deadline) {
  return base::Fail(ErrorKind::kInvalid, "this store cannot list what it holds");
}

Result<std::int64_t> Store::Increment(const Key& key, std::int64_t by,
                                      std::chrono::milliseconds ttl, Deadline deadline) {
  if (ttl <= ttl.zero()) {
    return base::Fail(ErrorKind::kInvalid, "a time to live must be above zero");
  }
  const std::array arguments{std::to_string(by), std::to_string(ttl.count())};
  return First(Run(scripts::kIncrement, {&key, 1}, arguments, deadline));
}

Result<bool> Store::AcquireLease(const Key& key, std::string_view owner,
                                 std::chrono::milliseconds ttl, Deadline deadline) {
  const std::array arguments{std::string(owner), std::to_string(ttl.count())};
  return First(Run(scripts::kAcquireLease, {&key, 1}, arguments, deadline))
      .map([](std::int64_t held) { return held == 1; });
}

Result<void> Store::ReleaseLease(const Key& key, std::string_view owner, Deadline deadline) {
  const std::array arguments{std::string(owner)};
  return First(Run(scripts::kReleaseLease, {&key, 1}, arguments, deadline)).map([](std::int64_t) {
  });
}

std::vector<Result<std::vector<std::int64_t>>> Store::RunAll(std::span<const ScriptCall> calls,
                                                             Deadline deadline) {
  std::vector<Result<std::vector<std::int64_t>>> results;
  results.reserve(calls.size());
  for (const ScriptCall& call : calls) {
    results.push_back(Run(call.script, call.keys, call.arguments, deadline));
  }
  return results;
}

}  // namespace gatepost::store
