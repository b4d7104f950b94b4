#include "common/store/redis_store.h"

#include <array>
#include <deque>
#include <utility>

#include "common/base/strings.h"
#include "common/store/keys.h"
#include "common/store/script.h"

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

// The commands that append one entry; `numbers` keeps their digits alive.
void AddAppend(const Store::StreamEntry& entry, std::vector<Command>& commands,
               std::deque<std::string>& numbers) {
  const std::string& keep = numbers.emplace_back(std::to_string(entry.keep_entries));
  Command command{"XADD", entry.stream.text(), "MAXLEN", "~", keep, "*"};
  for (const auto& [name, value] : entry.fields) {
    command.push_back(name);
    command.push_back(value);
  }
  commands.push_back(std::move(command));
  if (entry.ttl <= entry.ttl.zero()) return;
  const std::string& ttl = numbers.emplace_back(std::to_string(entry.ttl.count()));
  commands.push_back({"PEXPIRE", entry.stream.text(), ttl});
}

Command EvalCommand(std::string_view verb, std::string_view script, std::string_view key_count,
                    std::span<const Key> keys, std::span<const std::string> arguments) {
  Command command{verb, script, key_count};
  for (const Key& key : keys) command.push_back(key.text());
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

}  // namespace

Result<Reply> RedisStore::Call(const Command& command, Deadline deadline) {
  auto replies = client_.Call({&command, 1}, deadline);
  if (!replies) return tl::unexpected(replies.error());
  return Checked(std::move(replies->front()));
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
  auto replies = client_.Call(commands, deadline);
  if (!replies) return tl::unexpected(replies.error());
  for (Reply& reply : *replies) {
    auto value = Checked(std::move(reply)).and_then(Text);
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
  auto replies = client_.Call(commands, deadline);
  if (!replies) return tl::unexpected(replies.error());
  for (Reply& reply : *replies) {
    const auto checked = Checked(std::move(reply));
    if (!checked) return tl::unexpected(checked.error());
  }
  return {};
}

Result<std::vector<Fields>> RedisStore::Newest(const Key& stream, std::size_t count,
                                               Deadline deadline) {
  const std::string limit = std::to_string(count);
  auto reply = Call({"XREVRANGE", stream.text(), "+", "-", "COUNT", limit}, deadline);
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
  if (!ShareHashTag(keys)) {
    return Fail(ErrorKind::kInvalid, "the keys of a script must share a hash tag");
  }
  const std::string count = std::to_string(keys.size());
  const Command by_name = EvalCommand("EVALSHA", script.sha1, count, keys, arguments);
  auto replies = client_.Call({&by_name, 1}, deadline);
  if (!replies) return tl::unexpected(replies.error());
  Reply& reply = replies->front();
  if (reply.type == Reply::Type::kError && Classify(reply.text).script_unknown) {
    // A new or flushed server: EVAL runs the script and keeps it under its SHA-1.
    const auto whole = Call(EvalCommand("EVAL", script.lua, count, keys, arguments), deadline);
    return whole ? Integers(*whole) : tl::unexpected(whole.error());
  }
  const auto checked = Checked(std::move(reply));
  return checked ? Integers(*checked) : tl::unexpected(checked.error());
}

}  // namespace gatepost::store
