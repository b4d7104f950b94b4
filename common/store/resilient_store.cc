#include "common/store/resilient_store.h"

#include <algorithm>

#include "common/store/keys.h"
#include "common/store/script.h"

namespace gatepost::store {

using base::Deadline;
using base::ErrorKind;
using base::Result;

namespace {

// The shared store cannot serve; any other error is the caller's own.
bool IsAway(const base::Error& error) {
  return error.kind == ErrorKind::kUnavailable || error.kind == ErrorKind::kTimeout ||
         error.kind == ErrorKind::kPermission || error.kind == ErrorKind::kLimit;
}

}  // namespace

template <class Ask>
auto ResilientStore::SharedOrLocal(Ask ask) {
  auto answer = ask(*shared_);
  return answer || !IsAway(answer.error()) ? answer : ask(*local_);
}

Result<std::optional<std::string>> ResilientStore::Get(const Key& key, Deadline deadline) {
  return SharedOrLocal([&](Store& store) { return store.Get(key, deadline); });
}

Result<std::vector<std::optional<std::string>>> ResilientStore::GetAll(std::span<const Key> keys,
                                                                       Deadline deadline) {
  return SharedOrLocal([&](Store& store) { return store.GetAll(keys, deadline); });
}

Result<void> ResilientStore::Set(const Key& key, std::string_view value,
                                 std::chrono::milliseconds ttl, Deadline deadline) {
  return SharedOrLocal([&](Store& store) { return store.Set(key, value, ttl, deadline); });
}

Result<void> ResilientStore::Erase(const Key& key, Deadline deadline) {
  static_cast<void>(local_->Erase(key, deadline));
  return SharedOrLocal([&](Store& store) { return store.Erase(key, deadline); });
}

Result<std::int64_t> ResilientStore::Increment(const Key& key, std::int64_t by,
                                               std::chrono::milliseconds ttl, Deadline deadline) {
  const auto sum = shared_->Increment(key, by, ttl, deadline);
  if (sum) local_->Follow(key, *sum, ttl);
  return sum || !IsAway(sum.error()) ? sum : local_->Increment(key, by, ttl, deadline);
}

Result<bool> ResilientStore::AcquireLease(const Key& key, std::string_view owner,
                                          std::chrono::milliseconds ttl, Deadline deadline) {
  return shared_->AcquireLease(key, owner, ttl, deadline);
}

Result<void> ResilientStore::ReleaseLease(const Key& key, std::string_view owner,
                                          Deadline deadline) {
  return shared_->ReleaseLease(key, owner, deadline);
}

Result<void> ResilientStore::Append(const std::vector<StreamEntry>& entries, Deadline deadline) {
  return shared_->Append(entries, deadline);
}

Result<std::vector<Fields>> ResilientStore::Newest(const Key& stream, std::size_t count,
                                                   Deadline deadline) {
  return shared_->Newest(stream, count, deadline);
}

Result<void> ResilientStore::SetField(const Key& key, std::string_view field,
                                      std::string_view value, Deadline deadline) {
  return shared_->SetField(key, field, value, deadline);
}

Result<void> ResilientStore::EraseField(const Key& key, std::string_view field, Deadline deadline) {
  return shared_->EraseField(key, field, deadline);
}

Result<FieldMap> ResilientStore::GetFields(const Key& key, Deadline deadline) {
  return shared_->GetFields(key, deadline);
}

Result<std::vector<std::int64_t>> ResilientStore::Run(const Script& script,
                                                      std::span<const Key> keys,
                                                      std::span<const std::string> arguments,
                                                      Deadline deadline) {
  // Memory says that it cannot, at once and not only when Redis is away.
  if (!ShareHashTag(keys)) return local_->Run(script, keys, arguments, deadline);
  return SharedOrLocal([&](Store& store) { return store.Run(script, keys, arguments, deadline); });
}

std::vector<ScriptResult> ResilientStore::RunAll(std::span<const ScriptCall> calls,
                                                 Deadline deadline) {
  const auto is_sound = [](const ScriptCall& call) { return ShareHashTag(call.keys); };
  if (!std::ranges::all_of(calls, is_sound)) return Store::RunAll(calls, deadline);
  auto results = shared_->RunAll(calls, deadline);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (results[i] || !IsAway(results[i].error())) continue;
    results[i] = local_->Run(calls[i].script, calls[i].keys, calls[i].arguments, deadline);
  }
  return results;
}

}  // namespace gatepost::store
