#include "tools/cli/quarantine.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "common/base/strings.h"
#include "common/config/config_error.h"
#include "common/privileged/client.h"
#include "common/quarantine/held_list.h"
#include "common/quarantine/release.h"
#include "common/quarantine/release_code.h"
#include "common/quarantine/seal.h"
#include "common/store/keys.h"

namespace gatepost::cli {
namespace {

using namespace std::chrono_literals;
using base::ErrorKind;
using quarantine::HeldList;
using quarantine::HeldMessage;
using quarantine::Releases;
using quarantine::State;

// Four programs with ten seconds each at most.
constexpr auto kAskTime = 45s;
// Between two questions whether Postfix has accepted the copies.
constexpr auto kPause = 200ms;
// A list is looked through for what left the queue; there may be hundreds.
constexpr auto kTidyTime = 2s;

constexpr std::string_view kStillWaits =
    "Postfix has not accepted every copy yet, so the message stays on hold for now; \"gatepost "
    "quarantine list\" deletes it later.\n";

// One look at or change of this host's list.
struct Desk {
  HeldList list;
  Releases releases;

  Desk(Context& context, const std::string& by, std::function<void()> pause = Pause)
      : list(context.store, {context.site.identity.hostname, {}, 1h}, context.clock),
        releases({list, context.store, context.clock, Secret(context),
                  [socket = context.site.quarantine.privileged_socket](const auto& words) {
                    return privileged::Ask(socket, words,
                                           std::chrono::steady_clock::now() + kAskTime);
                  },
                  by, std::move(pause)}) {
    Take(list.Refresh());
  }

  static void Pause() { std::this_thread::sleep_for(kPause); }

  static std::string Secret(Context& context) {
    auto secret = quarantine::LoadSecret(context.site.quarantine.secret_file);
    if (!secret) throw config::ConfigError("quarantine.secret_file: " + secret.error().message);
    return *std::move(secret);
  }
};

std::set<std::string> Hosts(Context& context, const std::string& asked) {
  if (!asked.empty()) return {asked};
  std::set<std::string> hosts{context.site.identity.hostname};
  for (const auto& [host, since] :
       Take(context.store.GetFields(store::KeyMaker::Hosts(), context.Deadline()))) {
    hosts.insert(host);
  }
  return hosts;
}

std::vector<HeldMessage> ReadAll(Context& context, const std::string& host) {
  std::vector<HeldMessage> all;
  for (const std::string& one : Hosts(context, host)) {
    std::ranges::move(Take(quarantine::ReadHeld(context.store, one, context.Deadline())),
                      std::back_inserter(all));
  }
  std::ranges::stable_sort(all, {}, &HeldMessage::since);
  return all;
}

// Whether the root process could be asked about it.
bool TidyOne(Desk& desk, HeldMessage& message, base::WallTime now) {
  if (message.state != State::kHeld) return true;
  if (desk.releases.AllServed(message)) return desk.releases.Finish(message).has_value();
  return Releases::IsFresh(message, now) || desk.releases.StillHeld(message).has_value();
}

// Marks what left the queue by another way, and deletes what all have had, as far as the root
// process tells.
void Tidy(Context& context) {
  Desk desk(context, context.administrator, {});
  const auto end = std::chrono::steady_clock::now() + kTidyTime;
  for (HeldMessage& message : desk.list.All()) {
    if (std::chrono::steady_clock::now() >= end) return;
    if (TidyOne(desk, message, context.clock.Wall())) continue;
    context.out
        << "gatepost-privileged cannot be asked, so mail that left the queue by another way "
           "is still listed.\n";
    return;
  }
}

bool IsFor(HeldMessage& message, const std::string& recipient) {
  return recipient.empty() || message.Find(recipient) != nullptr;
}

// What the lists do not say.
void PrintForgotten(Context& context, const std::string& host) {
  for (const std::string& one : Hosts(context, host)) {
    const auto lost = Take(quarantine::ReadForgotten(context.store, one, context.Deadline()));
    if (lost.count == 0) continue;
    context.out << lost.count << " older messages of " << one
                << " are not described any more, the last since " << FormatTime(lost.last)
                << ": \"postqueue -p\" there shows what is still on hold.\n";
  }
}

int List(Context& context, Arguments& arguments) {
  arguments.Finish();
  const std::string state = arguments.Option("state").empty() ? "held" : arguments.Option("state");
  Tidy(context);
  Columns rows;
  for (HeldMessage& message : ReadAll(context, arguments.Option("host"))) {
    if (state != "all" && state != Name(message.state)) continue;
    if (IsFor(message, arguments.Option("recipient"))) rows.Add(DescribeHeld(message));
  }
  rows.Print(context.out);
  if (rows.empty()) context.out << "Nothing is held.\n";
  PrintForgotten(context, arguments.Option("host"));
  return rows.empty() ? kExitNotFound : 0;
}

int NotKnown(Context& context, const std::string& id) {
  context.out << "No message " << base::Printable(id, 60) << " is known in quarantine.\n";
  return kExitNotFound;
}

std::optional<base::WallTime> CodesUntil(const Context& context, const HeldMessage& message) {
  const base::WallTime until = message.since + context.site.quarantine.code_life;
  const bool open = message.state == State::kHeld &&
                    message.hold_class == quarantine::HoldClass::kPolicy &&
                    context.clock.Wall() < until;
  if (context.site.quarantine.secret_file.empty() || !open) return std::nullopt;
  return until;
}

int Show(Context& context, Arguments& arguments) {
  const std::string id = arguments.Take("a queue id");
  arguments.Finish();
  bool found = false;
  for (const HeldMessage& message : ReadAll(context, arguments.Option("host"))) {
    if (message.queue_id != id) continue;
    if (found) context.out << "\n";
    PrintHeld(message, CodesUntil(context, message), context.out);
    found = true;
  }
  return found ? 0 : NotKnown(context, id);
}

// Queue ids are unique on one host alone: this one's comes first.
std::optional<HeldMessage> FindHeld(Context& context, const std::string& id) {
  std::optional<HeldMessage> found;
  for (HeldMessage& message : ReadAll(context, "")) {
    if (message.queue_id != id) continue;
    const bool here = message.host == context.site.identity.hostname;
    if (here || !found) found = std::move(message);
    if (here) break;
  }
  return found;
}

// Why nothing can be done about it here; "" where it can.
std::string Hindrance(const Context& context, const HeldMessage& message) {
  if (message.host != context.site.identity.hostname) {
    return "it lies in the queue of " + message.host + ": call this command there";
  }
  if (message.state == State::kHeld) return "";
  std::string text =
      "it is " + std::string(Name(message.state)) + " since " + FormatTime(message.ended_at);
  return message.ended_by.empty() ? text : text + " by " + base::Printable(message.ended_by);
}

// Says how it went.
int Tell(Context& context, const HeldMessage& message, const base::Result<void>& done,
         const std::string& what) {
  if (done) {
    context.out << message.queue_id << " was " << what << ".\n";
    if (message.state == State::kHeld && message.AllServed()) context.out << kStillWaits;
    return 0;
  }
  const std::string text = message.queue_id + ": " + done.error().message;
  switch (done.error().kind) {
    case ErrorKind::kNotFound:
      context.out << text << "\n";
      return kExitNotFound;
    case ErrorKind::kInvalid:
      throw UsageError(text);
    default:
      throw StoreError(text);
  }
}

int Stop(Context& context, const HeldMessage& message, const std::string& hindrance) {
  context.out << message.queue_id << " cannot be changed here: " << hindrance << ".\n";
  return kExitNotFound;
}

base::Result<void> ReleaseTo(Releases& releases, HeldMessage& message,
                             const std::string& recipient) {
  return recipient.empty() ? releases.ToAll(message) : releases.ToOne(message, recipient);
}

int ReleaseById(Context& context, Arguments& arguments) {
  const std::string id = arguments.Take("a queue id, or --code");
  arguments.Finish();
  auto message = FindHeld(context, id);
  if (!message) return NotKnown(context, id);
  if (const auto why = Hindrance(context, *message); !why.empty()) {
    return Stop(context, *message, why);
  }
  const std::string recipient = arguments.Option("recipient");
  Desk desk(context, context.administrator);
  const auto done = ReleaseTo(desk.releases, *message, recipient);
  return Tell(context, *message, done,
              recipient.empty() ? "released" : "released to " + base::Printable(recipient, 320));
}

int ReleaseByCode(Context& context, Arguments& arguments) {
  arguments.Finish();
  const std::string secret = Desk::Secret(context);
  if (secret.empty()) {
    throw config::ConfigError("gatepost.toml: quarantine.secret_file: there are no codes without");
  }
  const quarantine::ReleaseCodes codes(context.store, {secret, context.site.quarantine.code_life});
  const auto all = ReadAll(context, "");
  auto match = codes.Use(arguments.Option("code"), "admin " + context.administrator, all,
                         context.clock.Wall(), context.Deadline());
  if (!match && match.error().kind == ErrorKind::kNotFound) {
    context.out << "This code is wrong, was used, or has expired.\n";
    return kExitNotFound;
  }
  if (!match) throw StoreError(match.error().message);
  if (const auto why = Hindrance(context, match->message); !why.empty()) {
    Take(codes.GiveBack(*match, context.Deadline()));
    return Stop(context, match->message, why);
  }
  Desk desk(context, match->recipient + " by code");
  const auto done = desk.releases.ToOne(match->message, match->recipient);
  const bool served = match->message.state != State::kHeld ||
                      !match->message.Find(match->recipient)->served_by.empty();
  if (!done && !served) Take(codes.GiveBack(*match, context.Deadline()));
  return Tell(context, match->message, done, "released to " + match->recipient);
}

int Release(Context& context, Arguments& arguments) {
  if (arguments.Option("code").empty()) return ReleaseById(context, arguments);
  return ReleaseByCode(context, arguments);
}

int Delete(Context& context, Arguments& arguments) {
  const std::string id = arguments.Take("a queue id");
  arguments.Finish();
  auto message = FindHeld(context, id);
  if (!message) return NotKnown(context, id);
  if (const auto why = Hindrance(context, *message); !why.empty()) {
    return Stop(context, *message, why);
  }
  Desk desk(context, context.administrator);
  return Tell(context, *message, desk.releases.Delete(*message), "deleted");
}

}  // namespace

int Quarantine(Context& context, Arguments& arguments) {
  const std::string what = arguments.Take("list, show, release or delete");
  if (what == "list") return List(context, arguments);
  if (what == "show") return Show(context, arguments);
  if (what == "release") return Release(context, arguments);
  if (what == "delete") return Delete(context, arguments);
  throw UsageError("does not know \"quarantine " + base::Printable(what, 40) + "\"");
}

}  // namespace gatepost::cli
