#include "milters/attachments/attachments_options.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "common/base/strings.h"
#include "common/submit/notice.h"
#include "milters/attachments/clamd_socket.h"

namespace gatepost::attachments {
namespace {

using namespace std::chrono_literals;
using config::OptionTable;

constexpr std::int64_t kMiB = std::int64_t{1} << 20;

// It ends the text of replies.
std::optional<std::string> CheckContact(std::string_view text) {
  for (const char c : text) {
    if (c < ' ' || c > '~') return "must be plain ASCII text of one line";
  }
  if (text.size() <= 200) return std::nullopt;
  return "must have at most 200 characters";
}

std::optional<std::string> CheckAddressOrNone(std::string_view text) {
  if (text.empty() || submit::IsPlainAddress(text)) return std::nullopt;
  return "must be a mail address";
}

// RFC 5322 section 2.2: printable, no colon.
std::optional<std::string> CheckFieldName(std::string_view name) {
  const bool printable =
      std::ranges::all_of(name, [](char c) { return c > ' ' && c <= '~' && c != ':'; });
  if (!printable) return "must be the name of a header field, or empty";
  if (base::StartsWithIgnoreCase(name, "X-")) return std::nullopt;
  return name.empty() ? std::nullopt : std::optional<std::string>("must begin with \"X-\"");
}

std::optional<std::string> CheckClamdServer(std::string_view server) {
  if (server.empty()) return std::nullopt;
  const auto address = ParseClamdAddress(server);
  return address ? std::nullopt : std::optional(address.error().message);
}

void DeclareTrouble(OptionTable& t, std::string_view key, Trouble& trouble) {
  t.Choice(key, trouble,
           {{"defer", Trouble::kDefer}, {"hold", Trouble::kHold}, {"pass", Trouble::kPass}},
           "What becomes of a message that could not be judged for a reason of ours. defer: 451, "
           "the sender's server comes back. hold: it waits in the hold queue for a person. pass: "
           "it is delivered; the record and a counter tell of it. What was found by then, and is "
           "refused or held for it, stays so.");
}

void DeclareOutgoing(OptionTable& t, AttachmentsOptions& o) {
  t.Section("outgoing", "Which mail counts as sent by your own users; other mail comes in.");
  t.Flag("authenticated", o.outgoing.authenticated, "Mail of clients that logged in.");
  t.Flag("local", o.outgoing.local, "Mail of this host's own programs, by sendmail(1).");
  t.NetworkList("networks", o.outgoing.networks, "Mail of clients in these networks.");
  t.TextList("daemons", o.outgoing.daemons,
             "Mail that comes through these services: names that milter_macro_daemon_name gives "
             "them in Postfix's master.cf.");
  t.Section("exempt", "Whose mail is not looked at.");
  t.NetworkList("networks", o.exempt,
                "Clients in these networks: a backup MX or a relay of yours that looks at "
                "attachments itself. Mail of your own users is always looked at.");
}

void DeclareRules(OptionTable& t, RuleOptions& o) {
  t.Section("rules", "What is done about what is found; see RULES.");
  t.Path("file", o.file,
         "The rules, one a line. If empty, the rules hold that are shipped as attachments.rules; "
         "copy that file to change them.");
  t.Flag("allow_discard", o.allow_discard,
         "Whether a rule may have the action discard, which loses mail without telling anybody.");
  t.Text("tag_header", o.tag_header,
         "The header field that the action tag adds, for filters of the recipients. Those that "
         "come from outside are removed. If empty, tags are only recorded.",
         CheckFieldName);
  t.Text("contact", o.contact,
         "Whom a sender may ask, as it ends the text of refusals: an address or a page. If empty, "
         "nobody is named.",
         CheckContact);
}

void DeclareLook(OptionTable& t, LookOptions& o) {
  t.Section("look",
            "What looking into one message may cost. What lies beyond is not looked at, which is "
            "a property that rules may ask for: too-many-parts, too-deep, too-many-members, bomb, "
            "over-budget.");
  t.Integer("parts", o.parts, 10, 100'000, "The most parts of one message.");
  t.Integer("mime_depth", o.mime_depth, 5, 200, "How deep parts may lie within parts.");
  t.Integer("depth", o.depth, 1, 50, "How deep archives and documents may lie within others.");
  t.Integer("members", o.members, 10, 1'000'000, "The most members of all archives together.");
  t.Bytes("unpacked", o.unpacked, kMiB, 65'536 * kMiB,
          "The most bytes that all archives of the message unpack to.");
  t.Integer("ratio", o.ratio, 10, 100'000,
            "How much larger than packed a member may be once it is over 16 MB.");
  t.Duration("time", o.time, 100ms, 60s, "The processor's time for unpacking.");
  t.Duration("wait", o.wait, 1s, 120s,
             "How long to wait for the scanner, where the host is busy; then [look] trouble "
             "holds. Keep it well under Postfix's milter_content_timeout.");
  t.Bytes("spool_bytes", o.spool_bytes, kMiB, 4'096 * kMiB,
          "The largest part that is looked into, and the largest message in which a part is "
          "replaced (else it is held).");
  t.Path("spool_folder", o.spool_folder,
         "Where what is looked into lies meanwhile, in files without a name. If empty, the state "
         "directory of gatepost.toml.");
  DeclareTrouble(t, "trouble", o.trouble);
}

void DeclareScanner(OptionTable& t, ScannerRules& o) {
  t.Section("scanner",
            "The processes that look into archives and documents. They may do nothing else: no "
            "files but those that they are given, no network, bounded memory (seccomp, Landlock, "
            "limits). One that dies costs its message what [look] trouble says, and is replaced.");
  t.Path("program", o.program,
         "The scanner's program. If empty, gatepost-attachment-scanner in the folder of this "
         "program.");
  t.Integer("processes", o.processes, 0, 256,
            "How many at most, each with one file at a time. 0: as many as there are processors.");
  t.Text("user", o.user,
         "The account that they run as, where this program is started as root. If empty, this "
         "program's own.");
  t.Bytes(
      "memory", o.memory, 16 * kMiB, 4'096 * kMiB,
      "What a process may take beyond what it begins with. An archive whose dictionary is larger "
      "than that less 8 MB has the property unreadable: 48 MB are enough for 32 MB, as xz -8 "
      "has, 72 MB for the 64 MB of xz -9.");
  t.Integer("requests", o.requests, 1, 1'000'000,
            "After so many files a process is replaced by a fresh one.");
  t.Flag("allow_unconfined", o.allow_unconfined,
         "Serve even where the kernel has no seccomp, and only the other limits hold. Else mail "
         "with archives and documents is what [look] trouble says.");
}

void DeclareMalware(OptionTable& t, MalwareRules& o) {
  t.Section("malware",
            "A malware scanner that is asked about every message beside the rules. What it finds "
            "has the property malware; what it could not be asked about, malware-unchecked.");
  t.Text("clamd", o.clamd,
         "Where clamd listens: \"unix:/run/clamav/clamd.ctl\", or an address and port, "
         "\"127.0.0.1:3310\". If empty, none is asked.",
         CheckClamdServer);
  t.Duration("time", o.time, 100ms, 120s, "How long one message may wait for it in all.");
  t.Bytes("most_bytes", o.most_bytes, kMiB, 4'096 * kMiB,
          "What is longer is not asked about; clamd's own StreamMaxLength must be as large.");
  DeclareTrouble(t, "trouble", o.trouble);
}

void DeclareOutbreak(OptionTable& t, OutbreakRules& o) {
  t.Section("outbreak",
            "The same file from many senders at once: an event, and the property outbreak for "
            "rules. Counted where a rule asks for it, of files that can be dangerous.");
  t.Integer("senders", o.senders, 2, 250,
            "How many senders (of different domains and networks) make an outbreak.");
  t.Duration("window", o.window, 1min, 24h, "Within how long.");
}

void DeclareNotices(OptionTable& t, HoldNoticeOptions& o) {
  using About = HoldNoticeOptions::About;
  t.Section("notices",
            "What recipients of arriving mail are told when it is held. Never sent for bounces, "
            "programs' answers and lists, never to the sender.");
  t.Choice("about", o.about,
           {{"nothing", About::kNothing}, {"policy", About::kPolicy}, {"all", About::kAll}},
           "policy: of mail that they may release themselves, with a code that is good once "
           "(quarantine.secret_file of gatepost.toml). all: of dangerous mail, too, without a "
           "code.");
  t.Text("from", o.from, "Who they come from. If empty, postmaster at this host's name.",
         CheckAddressOrNone);
  t.Text("contact", o.contact, "Whom recipients send their code to. If empty, who they come from.",
         CheckAddressOrNone);
  t.Text("server", o.server, "The mail server that takes them, on this host.");
  t.Path("languages", o.languages,
         "A table of who reads which language, as gatepost-ratelimit has it: an address, a domain "
         "or \"*\", then a language. If empty, all read English.");
  t.Path("templates", o.templates,
         "A folder with texts of your own, LANGUAGE/NAME.txt. If empty, those that are built in.");
  t.Integer("most_per_day", o.most_per_day, 1, 1'000, "The most notices for one recipient a day.");
}

}  // namespace

void Declare(OptionTable& table, AttachmentsOptions& options) {
  milter::Declare(table, options.listen);
  DeclareOutgoing(table, options);
  DeclareRules(table, options.rules);
  DeclareLook(table, options.look);
  DeclareScanner(table, options.scanner);
  DeclareMalware(table, options.malware);
  DeclareOutbreak(table, options.outbreak);
  DeclareNotices(table, options.notices);
  table.Section("reputation",
                "What is remembered of client addresses, shared with the other programs.");
  table.Flag("enabled", options.reputation,
             "Clients whose mail is refused or held for its attachments lose some.");
}

}  // namespace gatepost::attachments
