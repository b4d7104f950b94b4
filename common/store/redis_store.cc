#include "common/store/redis_store.h"

#include <array>
#include <deque>
#include <utility>

#include "common/base/strings.h"
#include "common/store/keys.h"
#include "common/store/script.h"
#include "common/store/stored_fields.h"

namespace gatepost::store {
namespace {

using base::Deadline;
using base::ErrorKind;
using base::Fail;
using base::Result;

tl::unexpected<base::Error> Unexpected() {
  return Fail(ErrorKind::kInternal, "Redis answered with an unexpected type");
}

// An error reply as an Error of ours.
Result<Reply> Checked(Reply reply) {
  if (reply.type != Reply::Type::kError) return reply;
  return Fail(Classify(reply.text).kind, "Redis says: " + base::Printable(reply.text));
}

Result<std::optional<std::string>> Text(Reply reply) {
  if (reply.type == Reply::Type::kNil) return std::nullopt;
  if (reply.type != Reply::Type::kString) return Unexpected();
  return std::move(reply.text);
}

Result<std::vector<std::int64_t>> Integers(const Reply& reply) {
  if (reply.type == Reply::Type::kInteger) return std::vector{reply.integer};
  if (reply.type != Reply::Type::kArray) return Unexpected();
  std::vector<std::int64_t> values;
  for (const Reply& element : reply.elements) {
    if (element.type != Reply::Type::kInteger) return Unexpected();
    values.push_back(element.integer);
  }
  return values;
}

// A flat array of names and values, each pair given to `take`.
template <class Take>
bool EachPair(Reply& reply, Take take) {
  if (reply.type != Reply::Type::kArray || reply.elements.size() % 2 != 0) return false;
  for (std::size_t i = 0; i < reply.elements.size(); i += 2) {
    take(std::move(reply.elements[i].text), std::move(reply.elements[i + 1].text));
  }
  return true;
}

// One stream entry: its id, and its fields in a flat array.
Result<Fields> EntryFields(Reply& entry) {
  Fields fields;
  const bool whole = entry.type == Reply::Type::kArray && entry.elements.size() == 2 &&
                     EachPair(entry.elements[1], [&](std::string name, std::string value) {
                       fields.emplace_back(std::move(name), std::move(value));
                     });
  if (!whole) return Unexpected();
  return fields;
}

// One that expires: stored_fields.h says why it is a list.
void AddAppendToList(const Store::StreamEntry& entry, std::vector<Command>& commands,
                     std::deque<std::string>& texts) {
  const std::string& key = entry.stream.text();
  const std::string& stored = texts.emplace_back(FormatStoredFields(entry.fields));
  const std::string& oldest = texts.emplace_back("-" + std::to_string(entry.keep_entries));
  const std::string& ttl = texts.emplace_back(std::to_string(entry.ttl.count()));
  commands.push_back({"RPUSH", key, stored});
  commands.push_back({"LTRIM", key, oldest, "-1"});
  commands.push_back({"PEXPIRE", key, ttl});
}

// The entries of a list, which has the newest last, the newest first.
Result<std::vector<Fields>> ListEntries(const Reply& reply) {
  std::vector<Fields> newest;
  for (auto entry = reply.elements.rbegin(); entry != reply.elements.rend(); ++entry) {
    auto fields = ParseStoredFields(entry->text);
    if (!fields) return tl::unexpected(fields.error());
    newest.push_back(std::move(*fields));
  }
  return newest;
}

// The commands that append one entry; `numbers` keeps their digits alive.
void AddAppend(const Store::StreamEntry& entry, std::vector<Command>& commands,
               std::deque<std::string>& numbers) {
  if (entry.ttl > entry.ttl.zero()) return AddAppendToList(entry, commands, numbers);
  const std::string& keep = numbers.emplace_back(std::to_string(entry.keep_entries));
  Command command{"XADD", entry.stream.text(), "MAXLEN", "~", keep, "*"};
  for (const auto& [name, value] : entry.fields) {
    command.push_back(name);
    command.push_back(value);
  }
  commands.push_back(std::move(command));
}

// `numbers` keeps the digits alive.
Command ScriptCommand(const Store::ScriptCall& call, ScriptForm form,
                      std::deque<std::string>& numbers) {
  const std::string& count = numbers.emplace_back(std::to_string(call.keys.size()));
  Command command = form == ScriptForm::kName ? Command{"EVALSHA", call.script.sha1, count}
                                              : Command{"EVAL", call.script.lua, count};
  for (const Key& key : call.keys) command.push_back(key.text());
  command.insert(command.end(), call.arguments.begin(), call.arguments.end());
  return command;
}

bool ScriptIsUnknown(const Result<Reply>& reply) {
  return reply && reply->type == Reply::Type::kError && Classify(reply->text).script_unknown;
}

}  // namespace

Result<Reply> RedisStore::Call(const Command& command, Deadline deadline) {
  auto replies = commander_->Call({&command, 1}, deadline);
  return std::move(replies.front()).and_then(Checked);
}

Result<void> RedisStore::Tell(const Command& command, Deadline deadline) {
  return Call(command, deadline).map([](const Reply&) {});
}

Result<std::optional<std::string>> RedisStore::Get(const Key& key, Deadline deadline) {
  return Call({"GET", key.text()}, deadline).and_then(Text);
}

// Pipelined and not MGET: the keys may live in several slots of a cluster.
Result<std::vector<std::optional<std::string>>> RedisStore::GetAll(std::span<const Key> keys,
                                                                   Deadline deadline) {
  std::vector<std::optional<std::string>> values;
  if (keys.empty()) return values;
  std::vector<Command> commands;
  for (const Key& key : keys) commands.push_back({"GET", key.text()});
  for (auto& reply : commander_->Call(commands, deadline)) {
    auto value = std::move(reply).and_then(Checked).and_then(Text);
    if (!value) return tl::unexpected(value.error());
    values.push_back(std::move(*value));
  }
  return values;
}

Result<void> RedisStore::Set(const Key& key, std::string_view value, std::chrono::milliseconds ttl,
                             Deadline deadline) {
  if (ttl <= ttl.zero()) return Fail(ErrorKind::kInvalid, "a time to live must be above zero");
  return Tell({"SET", key.text(), value, "PX", std::to_string(ttl.count())}, deadline);
}

Result<void> RedisStore::Erase(const Key& key, Deadline deadline) {
  return Tell({"DEL", key.text()}, deadline);
}

Result<void> RedisStore::Append(const std::vector<StreamEntry>& entries, Deadline deadline) {
  if (entries.empty()) return {};
  std::vector<Command> commands;
  std::deque<std::string> numbers;
  for (const auto& entry : entries) AddAppend(entry, commands, numbers);
  for (auto& reply : commander_->Call(commands, deadline)) {
    const auto checked = std::move(reply).and_then(Checked);
    if (!checked) return tl::unexpected(checked.error());
  }
  return {};
}

Result<std::vector<Fields>> RedisStore::Newest(const Key& stream, std::size_t count,
                                               Deadline deadline) {
  const std::string limit = std::to_string(count), oldest = "-" + limit;
  // It is one of the two; the other command is answered with an error.
  const std::array<Command, 2> either{
      Command{"LRANGE", stream.text(), oldest, "-1"},
      Command{"XREVRANGE", stream.text(), "+", "-", "COUNT", limit}};
  auto replies = commander_->Call(either, deadline);
  if (replies[0] && replies[0]->type == Reply::Type::kArray && !replies[0]->elements.empty()) {
    return ListEntries(*replies[0]);
  }
  auto reply = std::move(replies[1]).and_then(Checked);
  if (!reply) return tl::unexpected(reply.error());
  if (reply->type != Reply::Type::kArray) return Unexpected();
  std::vector<Fields> newest;
  for (Reply& entry : reply->elements) {
    auto fields = EntryFields(entry);
    if (!fields) return tl::unexpected(fields.error());
    newest.push_back(std::move(*fields));
  }
  return newest;
}

Result<void> RedisStore::SetField(const Key& key, std::string_view field, std::string_view value,
                                  Deadline deadline) {
  return Tell({"HSET", key.text(), field, value}, deadline);
}

Result<void> RedisStore::EraseField(const Key& key, std::string_view field, Deadline deadline) {
  return Tell({"HDEL", key.text(), field}, deadline);
}

Result<FieldMap> RedisStore::GetFields(const Key& key, Deadline deadline) {
  auto reply = Call({"HGETALL", key.text()}, deadline);
  if (!reply) return tl::unexpected(reply.error());
  FieldMap fields;
  const bool whole = EachPair(*reply, [&](std::string name, std::string value) {
    fields.insert_or_assign(std::move(name), std::move(value));
  });
  if (!whole) return Unexpected();
  return fields;
}

Result<std::vector<std::int64_t>> RedisStore::Run(const Script& script, std::span<const Key> keys,
                                                  std::span<const std::string> arguments,
                                                  Deadline deadline) {
  const ScriptCall call{script, keys, arguments};
  return std::move(RunAll({&call, 1}, deadline).front());
}

std::vector<ScriptResult> RedisStore::RunAll(std::span<const ScriptCall> calls, Deadline deadline) {
  std::vector<ScriptResult> results(calls.size());
  std::vector<std::size_t> sound;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const auto checked = CheckKeys(calls[i].keys);
    if (checked) sound.push_back(i);
    if (!checked) results[i] = tl::unexpected(checked.error());
  }
  const auto unknown = RunThose(sound, calls, ScriptForm::kName, results, deadline);
  RunThose(unknown, calls, ScriptForm::kText, results, deadline);
  return results;
}

std::vector<std::size_t> RedisStore::RunThose(const std::vector<std::size_t>& which,
                                              std::span<const ScriptCall> calls, ScriptForm form,
                                              std::vector<ScriptResult>& results,
                                              Deadline deadline) {
  std::vector<std::size_t> unknown;
  if (which.empty()) return unknown;
  std::vector<Command> commands;
  std::deque<std::string> numbers;
  for (const auto i : which) commands.push_back(ScriptCommand(calls[i], form, numbers));
  auto replies = commander_->Call(commands, deadline);
  for (std::size_t n = 0; n < which.size(); ++n) {
    if (ScriptIsUnknown(replies[n])) unknown.push_back(which[n]);
    results[which[n]] = std::move(replies[n]).and_then(Checked).and_then(Integers);
  }
  return unknown;
}

Result<void> RedisStore::CheckKeys(std::span<const Key> keys) const {
  if (keys.empty()) return Fail(ErrorKind::kInvalid, "a script needs a key");
  if (!one_tag_per_script() || ShareHashTag(keys)) return {};
  return Fail(ErrorKind::kInvalid, "the keys of a script must share a hash tag");
}

}  // namespace gatepost::store
