#include "milters/ratelimit/ratelimit_options.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "common/limits/limit.h"
#include "common/submit/notice.h"
#include "milters/ratelimit/detector_options.h"

namespace gatepost::ratelimit {
namespace {

using namespace std::chrono_literals;
using config::OptionTable;

std::optional<std::string> CheckLimit(std::string_view line) {
  const auto limit = limits::Limit::Parse(line);
  return limit ? std::nullopt : std::optional(limit.error().message);
}

std::optional<std::string> CheckAddress(std::string_view text) {
  if (submit::IsPlainAddress(text)) return std::nullopt;
  return "must be a mail address";
}

std::optional<std::string> CheckAddressOrNone(std::string_view text) {
  return text.empty() ? std::nullopt : CheckAddress(text);
}

// As a service is named in master.cf.
std::optional<std::string> CheckTransport(std::string_view text) {
  const auto stands_in_name = [](char c) { return c > ' ' && c < 0x7f && c != ':' && c != '/'; };
  if (!text.empty() && text.size() <= 64 && std::ranges::all_of(text, stands_in_name)) {
    return std::nullopt;
  }
  return "must be the name of a transport, without \":\" and what follows it";
}

// It ends the text of replies.
std::optional<std::string> CheckContact(std::string_view text) {
  for (const char c : text) {
    if (c < ' ' || c > '~') return "must be plain ASCII text of one line";
  }
  if (text.size() <= 200) return std::nullopt;
  return "must have at most 200 characters";
}

void DeclareMode(OptionTable& t, std::string_view key, RuleMode& mode) {
  t.Choice(
      key, mode,
      {{"enforce", RuleMode::kEnforce}, {"shadow", RuleMode::kShadow}, {"off", RuleMode::kOff}},
      "enforce refuses; shadow records and counts what would be refused; off: nothing is asked.");
}

void DeclareLimits(OptionTable& t, LimitRules& o) {
  t.Section("limits",
            "How much may be sent. A limit is one line: an amount and what is counted (messages, "
            "recipients, bytes, new-recipients), \"/\" and the window, \"by\" and whom (user, "
            "user-domain, client, network, sender, sender-domain, recipient, recipient-domain, or "
            "two of them joined by +). Then, where wanted: pool (a domain's mailboxes together), "
            "name=, stream=, reputation<X=N% and stream-reputation<X=N% (N percent of the amount "
            "while the client's or the stream's standing is below X), mode=shadow or mode=off, "
            "answer=defer or answer=refuse. What is over a limit is answered with a temporary "
            "error; for good where the window is longer than a day, as mail would wait for too "
            "long, unless answer= says otherwise. In any span as long as the window never more "
            "than the amount "
            "passes; room comes back late by at most a sixtieth of the window.");
  t.TextList("limits", o.limits, "The limits. All that fit a message must have room for it.",
             CheckLimit);
  t.Path("table", o.table,
         "A table of exceptions, one a line: for whom (user, domain, pool, network, client, "
         "recipient, recipient-domain, sender, sender-domain) and which one, a limit's name, "
         "recipients-per-message or \"*\", and a number, \"unlimited\" or \"off\". Pairs have "
         "overrides alone, by the command line, which come before the table.");
  t.Integer("recipients_per_message", o.recipients_per_message, 0, 100'000,
            "The most recipients of one message; the client sends the others in another one. 0: "
            "as many as Postfix takes. The table and overrides name it recipients-per-message, for "
            "a user, a domain, a client or a network.");
  DeclareMode(t, "recipients_per_message_mode", o.recipients_per_message_mode);
  t.Duration("reservation_life", o.reservation_life, 1s, 24h,
             "For how long room is kept for a message whose end does not come, because the "
             "program or the host died.");
  t.Duration("known_life", o.known_life, 24h, 24h * 3650,
             "How long a recipient is remembered as known to an account since the last message.");
  t.Integer("most_known", o.most_known, 10, 1'000'000,
            "How many recipients are remembered for one account; beyond them any one leaves.");
  t.Text("contact", o.contact,
         "Whom a user may ask, as it ends the text of refusals: an address or a page. If empty, "
         "nobody is named.",
         CheckContact);
}

void DeclareExemptions(OptionTable& t, Exemptions& o) {
  t.Section("exempt", "Whose mail is not counted.");
  t.NetworkList("networks", o.networks,
                "Clients in these networks, where nobody logged in: your own relays and backup MX. "
                "A user who logs in from there is counted as a user.");
  t.Flag("local", o.local, "Mail of this host's own programs, by sendmail(1).");
  t.Choice("local_over_limit", o.local_over_limit,
           {{"pass", Exemptions::LocalOver::kPass}, {"hold", Exemptions::LocalOver::kHold}},
           "What happens to such mail over a limit where local = false. No program waits for an "
           "answer, so it is never refused. pass: the record, the log and an event tell of it. "
           "hold: it waits in Postfix's hold queue until somebody releases it (postsuper -H) or "
           "deletes it, which stops a web site that was broken into.");
}

void DeclareWebMail(OptionTable& t, WebMailRules& o) {
  t.Section("web_mail",
            "Hosts whose users share one address. It is never counted as a client; with this rule "
            "mail from there is taken from logged-in users alone (and with the null sender).");
  DeclareMode(t, "mode", o.mode);
  t.NetworkList("networks", o.networks,
                "The hosts beside this one; its own loopback is always meant.");
}

void DeclareWarning(OptionTable& t, WarningRules& o) {
  t.Section("warning", "Told before a limit is reached.");
  t.Integer("percent", o.percent, 1, 100, "How much of a limit must be used.");
  t.Flag("notice", o.notice,
         "Write a mail to the user and the domain's administrator (notices.languages, "
         "notices.postmasters), at most once in each window.");
  t.Flag("header", o.header,
         "Add X-Gatepost-Limit to the message, for copies that come back to who sent it. Its "
         "recipients see it, too.");
}

void DeclareResponse(OptionTable& t, ResponseRules& o) {
  t.Section("response",
            "What is done when an account is suspended. Every Gatepost program refuses its mail "
            "within a second, on every host, until \"gatepost resume\".");
  t.Flag("kick", o.kick, "End its IMAP and POP3 sessions (doveadm kick).");
  t.Flag("new_password", o.new_password, "Run the site's program that forces a new password.");
  t.Flag("tell_owner", o.tell_owner,
         "Write to the owner as well as to the administrators: to the account itself what was "
         "unusual, and to its other address in accounts.contacts how much was sent, too, and from "
         "which networks.");
  t.Path("privileged_socket", o.privileged_socket,
         "Where gatepost-privileged listens, which does the first two.");
  t.Text("throttle", o.throttle,
         "How many messages an account may send that is slowed down instead, as an amount, \"/\" "
         "and a window.");
}

void DeclareNotices(OptionTable& t, NoticeRules& o) {
  t.Section("notices", "Mail of our own to users and administrators.");
  t.Text("from", o.from, "The sender in the header. If empty, postmaster at this host.",
         CheckAddressOrNone);
  t.TextList("admins", o.admins,
             "Who is told when an account is suspicious, slowed down or suspended. If empty, "
             "postmaster at accounts.default_domain, or where there is none at this host.",
             CheckAddress);
  t.Flag("postmasters", o.postmasters,
         "Where the table of languages names no administrator for an account, the postmaster of "
         "its domain is told of what the administrators are told, without figures. To be switched "
         "off where logins have domains that are not yours.");
  t.Text("server", o.server, "Address and port of the mail server on this host that takes them.");
  t.Path("languages", o.languages,
         "A table, one a line: an address, a domain or *, the language (en, de, fr, es) and, where "
         "wanted, the address of the domain's administrator. If empty, English.");
  t.Path("templates", o.templates,
         "A folder of texts of your own, LANGUAGE/NAME.txt: limit-near, suspicious, throttled, "
         "suspended, suspended-owner (to the mailbox), suspended-contact (to accounts.contacts). "
         "The first line is the subject; {account}, {host} and "
         "{contact} (the domain's administrator, else the sender) are filled in, by the text "
         "{limit}, {used} and {percent}, or {evidence}, {reference} and {by}, or {why}, {since}, "
         "{reference} and, to the other address, {messages}, {recipients} and {networks}. What is "
         "not there is built in.");
}

void DeclareWarmUp(OptionTable& t, WarmUpRules& o) {
  t.Section("warmup",
            "New sending addresses, whose mail grows from day to day. Which mail leaves by which "
            "address a milter cannot see; the table says it as the mail server's own tables do.");
  t.Path("table", o.table,
         "A table of addresses with their curves, of the mail that leaves by them, and of "
         "providers; see WARM-UP. If empty, nothing is warmed up. To end a warm-up take its rows "
         "out and reload: mail that waits then goes.");
  t.Choice("over", o.over,
           {{"hold", WarmUpRules::Over::kHold}, {"defer", WarmUpRules::Over::kDefer}},
           "What happens to mail over the day's allowance. hold: it is accepted, waits in "
           "Postfix's hold queue and is released, oldest first, by gatepost-privileged. Nobody "
           "sees an error, and programs that try only once lose nothing. defer: 450 at RCPT, for "
           "sites whose programs try again.");
  t.TextList(
      "own_transports", o.own_transports,
      "Names of the site's own transports in Postfix's master.cf by which mail reaches its "
      "own mailboxes, lists or programs. Mail by them leaves by no address and is not "
      "counted; so is mail by local, virtual, lmtp, dovecot, maildrop, mailman, error, retry "
      "and discard, which are always meant.",
      CheckTransport);
}

}  // namespace

void Declare(OptionTable& table, RatelimitOptions& options) {
  milter::Declare(table, options.listen);
  DeclareLimits(table, options.limits);
  DeclareExemptions(table, options.exempt);
  DeclareWebMail(table, options.web_mail);
  DeclareWarning(table, options.warning);
  Declare(table, options.detector);
  DeclareResponse(table, options.response);
  DeclareNotices(table, options.notices);
  DeclareWarmUp(table, options.warmup);
  table.Section(
      "reputation",
      "What is remembered of client addresses, shared with gatepost-dmarc, and of streams.");
  table.Flag("enabled", options.reputation.enabled,
             "Limits may depend on it, and clients that run into limits or guess recipients lose "
             "some; streams of logged-in users gain and lose some, too.");
}

}  // namespace gatepost::ratelimit
