// RedisStore::ForEachText: SCAN, and the values of what it found.
#include <string>

#include "common/store/redis_store.h"

namespace gatepost::store {
namespace {

using base::Deadline;
using base::ErrorKind;
using base::Fail;
using base::Result;

constexpr std::string_view kScanned = "1000";  // keys that the server looks at in one step

// MATCH takes patterns; a prefix is none.
std::string Pattern(std::string_view prefix) {
  std::string pattern;
  for (const char c : prefix) {
    if (std::string_view("*?[]\\").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern + "*";
}

Result<void> VisitKeys(Commander& node, const std::vector<Reply>& keys, const Store::Visit& visit,
                       Deadline deadline) {
  if (keys.empty()) return {};
  std::vector<Command> commands;
  for (const Reply& key : keys) commands.push_back({"GET", key.text});
  const auto values = node.Call(commands, deadline);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i]) return tl::unexpected(values[i].error());
    // Else it has gone meanwhile, or holds another type.
    if (values[i]->type == Reply::Type::kString) visit(keys[i].text, values[i]->text);
  }
  return {};
}

// One step; the next cursor, "0" at the end.
Result<std::string> ScanStep(Commander& node, const std::string& cursor, const std::string& pattern,
                             const Store::Visit& visit, Deadline deadline) {
  const Command command{"SCAN", cursor, "MATCH", pattern, "COUNT", kScanned};
  auto replies = node.Call({&command, 1}, deadline);
  if (!replies[0]) return tl::unexpected(replies[0].error());
  Reply& reply = *replies[0];
  if (reply.type == Reply::Type::kError) {
    return Fail(Classify(reply.text).kind, "Redis says: " + reply.text);
  }
  const bool whole = reply.type == Reply::Type::kArray && reply.elements.size() == 2 &&
                     reply.elements[1].type == Reply::Type::kArray;
  if (!whole) return Fail(ErrorKind::kInternal, "Redis answered with an unexpected type");
  if (const auto visited = VisitKeys(node, reply.elements[1].elements, visit, deadline); !visited) {
    return tl::unexpected(visited.error());
  }
  return reply.elements[0].text;
}

}  // namespace

Result<void> RedisStore::ForEachText(std::string_view prefix, const Visit& visit,
                                     Deadline deadline) {
  const std::string pattern = Pattern(prefix);
  return commander_->ForEachNode([&](Commander& node) -> Result<void> {
    std::string cursor = "0";
    do {
      auto next = ScanStep(node, cursor, pattern, visit, deadline);
      if (!next) return tl::unexpected(next.error());
      cursor = *std::move(next);
    } while (cursor != "0");
    return {};
  });
}

}  // namespace gatepost::store
