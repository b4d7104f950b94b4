#include "tools/cli/hashes.h"

#include "common/base/strings.h"
#include "common/hashes/hash_list.h"

namespace gatepost::cli {
namespace {

using hashes::HashList;

// Read and written by hand: no copy on disk, no thread that asks again soon.
HashList::Options ByHand() { return {.file = {}, .refresh = std::chrono::hours(1)}; }

std::string TakeHash(Arguments& arguments) {
  auto sha256 = hashes::ParseSha256(arguments.Take("a SHA-256"));
  arguments.Finish();
  if (!sha256) throw UsageError(sha256.error().message);
  return *std::move(sha256);
}

int List(Context& context, const HashList& list) {
  Columns rows;
  for (const auto& [sha256, entry] : list.All()) {
    rows.Add({base::Printable(sha256), "since " + FormatTime(entry.since),
              "by " + base::Printable(entry.by), base::Printable(entry.why, 512)});
  }
  if (rows.empty()) context.out << "No file is on the list.\n";
  rows.Print(context.out);
  return 0;
}

int Add(Context& context, HashList& list, const std::string& sha256, const std::string& why) {
  Take(list.Add(sha256, {context.clock.Wall(), context.administrator, why}));
  Take(list.Refresh());
  context.out << sha256 << " is on the list, on every host within two seconds.\n";
  return 0;
}

int Remove(Context& context, HashList& list, const std::string& sha256) {
  if (!list.Has(sha256)) {
    context.out << sha256 << " is not on the list.\n";
    return kExitNotFound;
  }
  Take(list.Remove(sha256));
  Take(list.Refresh());
  context.out << sha256 << " is off the list, on every host within two seconds.\n";
  return 0;
}

}  // namespace

int Hashes(Context& context, Arguments& arguments) {
  const std::string verb = arguments.AtEnd() ? "list" : arguments.Take("a verb");
  if (verb != "list" && verb != "add" && verb != "remove") {
    throw UsageError("hashes list, add or remove, not \"" + base::Printable(verb, 40) + "\"");
  }
  const std::string sha256 = verb == "list" ? "" : TakeHash(arguments);
  arguments.Finish();
  HashList list(context.store, ByHand());
  Take(list.Refresh());
  if (verb == "list") return List(context, list);
  if (verb == "remove") return Remove(context, list, sha256);
  return Add(context, list, sha256, arguments.Option("why"));
}

}  // namespace gatepost::cli
