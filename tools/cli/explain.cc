#include "tools/cli/explain.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "common/accounts/evidence.h"
#include "common/base/strings.h"
#include "common/store/keys.h"

namespace gatepost::cli {
namespace {

using store::Fields;
using store::KeyMaker;

constexpr std::size_t kMostRecords = 64;

std::string Value(const Fields& fields, std::string_view name) {
  for (const auto& [key, value] : fields) {
    if (key == name) return value;
  }
  return "";
}

std::string Time(const Fields& fields) {
  const std::string text = Value(fields, "time");
  std::int64_t unix_ms = 0;
  std::from_chars(text.data(), text.data() + text.size(), unix_ms);
  return FormatTime(FromMilliseconds(unix_ms));
}

std::vector<std::string> Hosts(Context& context, const std::string& asked) {
  if (!asked.empty()) return {asked};
  std::vector<std::string> hosts;
  const auto known = Take(context.store.GetFields(KeyMaker::Hosts(), context.Deadline()));
  for (const auto& [host, since] : known) hosts.push_back(host);
  return hosts;
}

// "rule.daily" as outcome, mode and evidence with tabs between.
void AddRule(const std::string& name, std::string_view value, Columns& rules) {
  const auto parts = base::Split(value, '\t');
  std::string outcome(parts[0]);
  if (parts.size() > 1 && parts[1] == "shadow") outcome += " (shadow)";
  rules.Add(
      {name, base::Printable(outcome), base::Printable(parts.size() > 2 ? parts[2] : "", 512)});
}

void PrintRecord(const Fields& fields, std::ostream& out) {
  out << Time(fields) << "  " << Value(fields, "program") << " on " << Value(fields, "host") << ": "
      << Value(fields, "verdict") << "\n";
  Columns facts;
  for (const char* name : {"user", "client", "from", "reply"}) {
    const std::string value = Value(fields, name);
    if (!value.empty()) facts.Add({name, base::Printable(value, 512)});
  }
  facts.Print(out, "  ");
  Columns rules;
  for (const auto& [name, value] : fields) {
    if (name.starts_with("rule.")) AddRule(name.substr(5), value, rules);
  }
  rules.Print(out, "    ");
}

bool PrintRecords(Context& context, const std::string& id, const std::string& host) {
  const auto records =
      Take(context.store.Newest(KeyMaker::Records(host, id), kMostRecords, context.Deadline()));
  for (auto record = records.rbegin(); record != records.rend(); ++record) {
    PrintRecord(*record, context.out);
  }
  return !records.empty();
}

void PrintEvent(const Fields& fields, std::ostream& out) {
  out << Time(fields) << "  " << base::Printable(Value(fields, "kind")) << " "
      << base::Printable(Value(fields, "account"), 320) << " by "
      << base::Printable(Value(fields, "by"));
  const std::string why = Value(fields, "text");
  out << (why.empty() ? "" : ": ") << base::Printable(why, 1'000) << "\n";
}

// Why an account was suspended or slowed down, and its messages before, under the reference.
bool PrintEvidence(Context& context, const std::string& reference) {
  const auto entries = Take(context.store.Newest(KeyMaker::Evidence(reference),
                                                 accounts::kMostEvidence, context.Deadline()));
  Columns rows;
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    if (!Value(*entry, "kind").empty()) {
      PrintEvent(*entry, context.out);
    } else {
      rows.Add({Time(*entry), Value(*entry, "queue_id"), Value(*entry, "host"),
                Value(*entry, "client"), Value(*entry, "verdict")});
    }
  }
  if (!rows.empty()) context.out << "Messages of the account before:\n";
  rows.Print(context.out, "  ");
  return !entries.empty();
}

}  // namespace

int Explain(Context& context, Arguments& arguments) {
  const std::string id = arguments.Take("a queue id, or the reference of a reply");
  arguments.Finish();
  bool found = false;
  for (const std::string& host : Hosts(context, arguments.Option("host"))) {
    found = PrintRecords(context, id, host) || found;
  }
  found = PrintEvidence(context, id) || found;
  if (found) return 0;
  context.out << "Nothing is known of " << base::Printable(id, 60)
              << ". Records are kept for three days.\n";
  return kExitNotFound;
}

}  // namespace gatepost::cli
