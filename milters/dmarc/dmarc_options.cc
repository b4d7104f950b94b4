#include "milters/dmarc/dmarc_options.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "common/submit/notice.h"
#include "milters/dmarc/block_lists.h"
#include "milters/dmarc/domain_pattern.h"
#include "milters/dmarc/trusted_list.h"

namespace gatepost::dmarc {
namespace {

using namespace std::chrono_literals;
using config::OptionTable;

constexpr std::string_view kModeMeaning =
    "enforce acts; shadow records and counts what would be done, and lets the mail pass; off: this "
    "rule does nothing.";
constexpr auto kDay = 24h;

void DeclareMode(OptionTable& t, RuleMode& mode) {
  t.Choice(
      "mode", mode,
      {{"enforce", RuleMode::kEnforce}, {"shadow", RuleMode::kShadow}, {"off", RuleMode::kOff}},
      kModeMeaning);
}

void DeclareAction(OptionTable& t, std::string_view key, Action& action, std::string_view meaning) {
  t.Choice(key, action,
           {{"pass", Action::kPass},
            {"tag", Action::kTag},
            {"hold", Action::kHold},
            {"defer", Action::kDefer},
            {"refuse", Action::kRefuse}},
           meaning);
}

void DeclarePatterns(OptionTable& t, std::string_view key, std::vector<std::string>& patterns,
                     std::string_view meaning) {
  t.TextList(key, patterns, meaning, CheckDomainPattern);
}

template <class Row>
std::optional<std::string> CheckRow(std::string_view row) {
  const auto parsed = Row::Parse(row);
  return parsed ? std::nullopt : std::optional(parsed.error().message);
}

std::optional<std::string> CheckDomain(std::string_view text) {
  if (mail::Domain::Parse(text)) return std::nullopt;
  return "must be a domain name";
}

std::optional<std::string> CheckDomainOrNone(std::string_view text) {
  return text.empty() ? std::nullopt : CheckDomain(text);
}

std::optional<std::string> CheckRecipient(std::string_view text) {
  if (text.starts_with('@') && mail::Domain::Parse(text.substr(1))) return std::nullopt;
  if (submit::IsPlainAddress(text)) return std::nullopt;
  return "must be a mail address, or @ and a domain";
}

std::optional<std::string> CheckAddressOrNone(std::string_view text) {
  if (text.empty() || submit::IsPlainAddress(text)) return std::nullopt;
  return "must be a mail address";
}

// A field's name that cannot be mistaken for one that means something else.
std::optional<std::string> CheckOwnHeader(std::string_view name) {
  const bool good = std::ranges::all_of(
      name, [](char c) { return base::IsAsciiAlpha(c) || base::IsAsciiDigit(c) || c == '-'; });
  if (name.empty() || (good && name.size() <= 60 && base::StartsWithIgnoreCase(name, "x-"))) {
    return std::nullopt;
  }
  return "must be a header name that begins with X-, or empty";
}

void DeclareTop(OptionTable& t, DmarcOptions& o) {
  t.Duration("budget", o.budget, 100ms, 60s,
             "How long one message may wait in all for DNS and the store. What is not known then "
             "is temperror. Postfix itself gives up after milter_content_timeout.");
  t.Choice("on_temperror", o.on_temperror,
           {{"defer", OnTempError::kDefer}, {"pass", OnTempError::kPass}},
           "DMARC could not be evaluated because a look-up failed: ask the client to come back "
           "(4xx), or let the mail pass. A policy that is known to be none is never waited for.");
}

void DeclareExemptions(OptionTable& t, Exemptions& o) {
  t.Section(
      "exempt",
      "Whose mail is never acted on. Mail of the first two kinds is on its way out: it is not "
      "judged at all, and only fields that speak in this server's name are removed from it.");
  t.Flag("authenticated", o.authenticated, "Mail of users who logged in (SASL).");
  t.Flag("local", o.local, "Mail of this host: sendmail(1), and clients on its loopback.");
  t.NetworkList("networks", o.networks,
                "Mail of clients in these networks: your own hosts and backup MX. It is judged and "
                "gets its results; a DMARC policy that is not followed for this reason is reported "
                "as local_policy. A backup MX must judge mail itself, because its address is all "
                "that SPF can see here.");
}

void DeclareSpf(OptionTable& t, SpfRules& o) {
  t.Section("spf",
            "What an SPF fail does by itself. SPF always feeds DMARC; most sites let DMARC decide, "
            "because forwarded mail fails SPF. Mail that passes DMARC or comes from a trusted "
            "forwarder, list or sealer is never acted on by this rule.");
  DeclareMode(t, o.mode);
  DeclareAction(t, "mail_from_fail", o.mail_from_fail,
                "The client may not send for MAIL FROM's domain (-all).");
  DeclareAction(t, "helo_fail", o.helo_fail, "The client may not use the name that it gave.");
  t.Flag("quote_explanation", o.quote_explanation,
         "Whether a refusal quotes the explanation that the sender's domain publishes (exp=), "
         "marked as its words.");
}

void DeclareDkim(OptionTable& t, DkimChecks& o) {
  t.Section("dkim", "How signatures are checked.");
  t.Integer("max_signatures", o.max_signatures, 1, 19,
            "How many signatures of a message are tried, those of the author's domain first.");
  t.Integer("min_rsa_bits", o.min_rsa_bits, 1024, 4096,
            "RSA keys below this give the result policy (RFC 8301).");
  t.Flag("partial_body_passes", o.partial_body_passes,
         "Whether a signature with l= that leaves out the end of the body may be pass; otherwise "
         "it is neutral. It never counts for DMARC.");
}

void DeclareDmarc(OptionTable& t, DmarcRules& o) {
  t.Section("dmarc", "What happens to mail that fails DMARC (RFC 9989), by its owner's policy.");
  DeclareMode(t, o.mode);
  t.Choice("discovery", o.discovery,
           {{"treewalk", Discovery::kTreeWalk},
            {"psl", Discovery::kPublicSuffixList},
            {"both", Discovery::kBoth}},
           "How a domain's policy is found: by the tree walk of RFC 9989, or by the Public Suffix "
           "List as RFC 7489 had it. With both, the tree walk decides, and mail for which the "
           "list would have decided otherwise is counted and recorded.");
  t.Path("public_suffix_list", o.public_suffix_list,
         "The list, for discovery psl and both: libpsl's own form (.dafsa) or text.");
  DeclareAction(t, "reject", o.reject, "Mail whose policy is reject.");
  DeclareAction(
      t, "quarantine", o.quarantine,
      "Mail whose policy is quarantine. tag adds results.tag_header, by which a user's "
      "Sieve filter files it; hold puts it into Postfix's hold queue for all recipients.");
  DeclareAction(t, "none", o.none, "Mail that fails under a policy of none.");
}

void DeclareAuthorAction(OptionTable& t, std::string_view key, AuthorAction& action,
                         std::string_view meaning) {
  t.Choice(key, action,
           {{"strictest", AuthorAction::kStrictest},
            {"pass", AuthorAction::kPass},
            {"tag", AuthorAction::kTag},
            {"hold", AuthorAction::kHold},
            {"refuse", AuthorAction::kRefuse}},
           meaning);
}

void DeclareAuthor(OptionTable& t, AuthorRules& o) {
  t.Section(
      "author",
      "Mail whose From field does not name one domain, so that DMARC alone says nothing. "
      "strictest leaves it to [dmarc], by the strictest policy of the domains of all "
      "addresses; where there is none, the mail passes. With any other action here the policies of "
      "the domains are not asked, but for hidden_address.");
  DeclareMode(t, o.mode);
  DeclareAuthorAction(t, "several_fields", o.several_fields, "There are several From fields.");
  DeclareAuthorAction(t, "unparsable", o.unparsable, "From is no list of addresses.");
  DeclareAuthorAction(t, "missing", o.missing, "There is no From field.");
  DeclareAuthorAction(t, "no_address", o.no_address,
                      "From is empty, or holds groups without an address (RFC 6854).");
  DeclareAuthorAction(t, "several_domains", o.several_domains,
                      "From names addresses in several domains.");
  DeclareAuthorAction(t, "hidden_address", o.hidden_address,
                      "The display name reads as another address. Some lists and web forms do "
                      "that in good faith.");
}

void DeclareForwarders(OptionTable& t, Forwarders& o) {
  t.Section("forwarders",
            "Who forwards mail to us, and is trusted to have judged it: DMARC and SPF policies are "
            "not followed for what comes from him, and the reason trusted_forwarder is reported. "
            "Checks of the client itself and block lists still count.");
  DeclareMode(t, o.mode);
  DeclarePatterns(t, "names", o.names,
                  "Host names of clients, confirmed forward: the client's address has the name, "
                  "and the name the address. A name, or *.name for all names below it.");
  DeclarePatterns(t, "domains", o.domains,
                  "Domains (d=) whose passing DKIM signature makes a trusted forwarder. A name, or "
                  "*.name for all names below it.");
  t.NetworkList("networks", o.networks, "Addresses of clients.");
}

void DeclareLists(OptionTable& t, MailingLists& o) {
  t.Section("lists",
            "Mailing lists that break signatures and are trusted to have judged their mail; the "
            "reason mailing_list is reported.");
  DeclareMode(t, o.mode);
  t.TextList("trusted", o.trusted,
             "Each a List-Id and the domains that may send for it, for example "
             "\"*.lists.example.org lists.example.org\"; a name, or *.name for all names below it. "
             "Anybody can write a List-Id, so the field counts only where SPF or a DKIM signature "
             "passes for one of the domains.",
             CheckRow<TrustedList>);
}

void DeclareArc(OptionTable& t, ArcRules& o) {
  t.Section("arc", "Authenticated Received Chains (RFC 8617): whose are believed, and our own.");
  DeclareMode(t, o.mode);
  DeclarePatterns(t, "trusted_sealers", o.trusted_sealers,
                  "Domains (d= of ARC-Seal) whose word on a message is taken where the chain "
                  "passes: DMARC and SPF policies are not followed, and the chain is reported as "
                  "the reason. A name, or *.name for all names below it.");
  t.Choice(
      "evidence", o.evidence,
      {{"dmarc_pass", SealedEvidence::kDmarcPass}, {"nothing", SealedEvidence::kNothing}},
      "What the trusted sealer nearest to the author must have found when the message reached it. "
      "dmarc_pass asks for dmarc=pass in its results; with nothing, mail that was already forged "
      "when it came to the sealer passes too.");
  t.Flag("seal", o.seal,
         "Whether arriving mail is sealed, for hosts that forward it. Only where no later program "
         "edits the message.");
  t.Text("seal_domain", o.seal_domain, "The domain of our seals (d=).", CheckDomainOrNone);
  t.Text("seal_selector", o.seal_selector, "The selector of their key (s=).", CheckDomainOrNone);
  t.Path("seal_key", o.seal_key, "The file of the private RSA key.");
}

void DeclareClientRule(OptionTable& t, std::string_view section, ClientRule& o,
                       std::string_view meaning) {
  t.Section(section, meaning);
  DeclareMode(t, o.mode);
  DeclareAction(t, "action", o.action, "What is done to the mail.");
  t.Integer("points", o.points, -100, 100,
            "What is added to the message's trust, in every mode but off.");
}

void DeclareClient(OptionTable& t, ClientRules& o) {
  DeclareClientRule(t, "client_no_ptr", o.no_ptr, "The client's address has no PTR record.");
  DeclareClientRule(t, "client_unconfirmed", o.unconfirmed,
                    "None of the names of the client's PTR records has its address.");
  DeclareClientRule(t, "client_helo_no_name", o.helo_no_name,
                    "HELO gave neither a full host name nor the client's address in brackets.");
  DeclareClientRule(t, "client_helo_unresolved", o.helo_unresolved,
                    "The name in HELO has no address and no MX record.");
  DeclareClientRule(t, "client_helo_mismatch", o.helo_mismatch,
                    "The name in HELO resolves, but not to the client's address. Large senders do "
                    "that in good faith.");
  DeclareClientRule(t, "client_helo_is_us", o.helo_is_us,
                    "HELO gave our own name, from a client that is not exempt.");
  t.TextList("our_names", o.our_names, "Our names beside the host name of gatepost.toml.",
             CheckDomain);
}

void DeclareBlockLists(OptionTable& t, BlockListRules& o) {
  t.Section("block_lists",
            "DNS lists of client addresses and of domains (RFC 5782), asked all at once. The "
            "weights of all listings are added up. A list that answers out of order, or that does "
            "not answer, is left out for a while, with a warning.");
  DeclareMode(t, o.mode);
  t.TextList("lists", o.lists,
             "Each a zone, address or domain, and return codes with their weights, for example "
             "\"dnsbl.example address 127.0.0.2=5 127.0.0.10-127.0.0.11=3\". A code that is not "
             "named counts nothing; negative weights make a list of the good, whose mail is never "
             "greylisted.",
             CheckRow<BlockList>);
  t.Integer("tag_at", o.tag_at, 0, 10'000, "The sum of weights that tags mail; 0: never.");
  t.Integer("refuse_at", o.refuse_at, 0, 10'000, "The sum of weights that refuses it; 0: never.");
  t.Integer("points_per_weight", o.points_per_weight, -100, 0,
            "What one unit of weight adds to the message's trust.");
}

void DeclareTrust(OptionTable& t, TrustRules& o) {
  t.Section("trust",
            "What the message's trust alone does: one number between -100 (surely forged) and 100, "
            "the sum of what all checks found.");
  DeclareMode(t, o.mode);
  t.Integer("tag_below", o.tag_below, -100, 100, "Mail below this is tagged; -100: never.");
  t.Integer("refuse_below", o.refuse_below, -100, 100, "Mail below this is refused; -100: never.");
}

void DeclareReputation(OptionTable& t, ReputationRules& o) {
  t.Section("reputation",
            "What is remembered of client addresses, their networks and aligned domains, in the "
            "store that all programs and hosts share.");
  t.Flag("enabled", o.enabled, "Whether it is asked and told.");
  t.Integer("points", o.points, 0, 100,
            "What the best past adds to a message's trust; the worst takes as much off.");
  t.Duration("half_life", o.half_life, 1h, 365 * kDay, "After this, what happened counts half.");
  t.Integer("prior", o.prior, 1, 10'000,
            "How many events a stranger needs to be believed half, good or bad.");
  t.Integer("cached_subjects", o.cached_subjects, 1, 10'000'000,
            "How many addresses, networks and domains are kept in this process.");
  t.Duration("cache_time", o.cache_time, 1s, 1h, "How long they are kept.");
}

void DeclareGreylist(OptionTable& t, GreylistRules& o) {
  t.Section("greylist",
            "Asks to come back later, once, what is unauthenticated, has no good past and little "
            "trust; after all other checks, by network, sender and recipient. Who has come back is "
            "not asked again.");
  DeclareMode(t, o.mode);
  t.Integer("below", o.below, -100, 100, "Only mail whose trust is below this.");
  t.Duration("min_delay", o.min_delay, 1s, kDay, "Coming back before this does not count.");
  t.Duration("window", o.window, 1h, 14 * kDay, "Coming back after this does not count.");
  t.Duration("proof_life", o.proof_life, 1h, 365 * kDay,
             "How long a network that came back is not asked again, counted from its last mail.");
}

void DeclareResults(OptionTable& t, ResultHeaders& o) {
  t.Section("results",
            "What is written into the message, beside Authentication-Results. Fields named like "
            "tag_header and trust_header that arrive with the message are removed.");
  t.Flag("received_spf", o.received_spf, "Whether Received-SPF is added (RFC 7208 section 9.1).");
  t.Text("tag_header", o.tag_header,
         "The field that tag adds; its value is the names of the rules that asked for it. Empty: "
         "none.",
         CheckOwnHeader);
  t.Text("trust_header", o.trust_header,
         "A field for the message's trust and its reasons. Empty: none.", CheckOwnHeader);
}

void DeclareReports(OptionTable& t, ReportRules& o) {
  t.Section("reports", "What the owners of domains are told (RFC 9990, RFC 9991).");
  t.Flag("collect", o.collect,
         "Whether evaluations of domains that ask for aggregate reports are collected. They are "
         "kept in the store, which must be a shared one (store.url in gatepost.toml), and "
         "gatepost-dmarc-report sends them.");
  DeclarePatterns(t, "exclude", o.exclude,
                  "Domains of policy records that are told nothing, such as our own. A name, or "
                  "*.name for all names below it.");
  t.TextList("exclude_recipients", o.exclude_recipients,
             "Mail to nobody but these is not reported: the addresses to which you have reports "
             "sent, so that no report is ever made of a report. An address, or @domain.",
             CheckRecipient);
  t.Flag("failure_reports", o.failure_reports,
         "Whether domains that ask for it (ruf=) are told of single messages. Only the header is "
         "sent, without local parts of addresses; still, think of your users' privacy. The "
         "reports wait in the shared store for gatepost-dmarc-report.");
  t.Text("failure_sender", o.failure_sender, "The address that failure reports come from.",
         CheckAddressOrNone);
  t.Integer("failure_per_hour", o.failure_per_hour, 1, 10'000,
            "At most so many failure reports an hour for one policy domain.");
  t.Integer("failure_per_hour_in_all", o.failure_per_hour_in_all, 1, 100'000,
            "At most so many failure reports an hour in all.");
}

bool BadDelay(const GreylistRules& o) { return o.min_delay >= o.window; }

bool BadSteps(const BlockListRules& o) {
  return o.tag_at > 0 && o.refuse_at > 0 && o.tag_at > o.refuse_at;
}

bool SealIsIncomplete(const ArcRules& o) {
  return o.seal && (o.seal_domain.empty() || o.seal_selector.empty() || o.seal_key.empty());
}

}  // namespace

void Declare(OptionTable& table, DmarcOptions& options) {
  DeclareTop(table, options);
  milter::Declare(table, options.listen);
  DeclareExemptions(table, options.exempt);
  DeclareSpf(table, options.spf);
  DeclareDkim(table, options.dkim);
  DeclareDmarc(table, options.dmarc);
  DeclareAuthor(table, options.author);
  DeclareForwarders(table, options.forwarders);
  DeclareLists(table, options.lists);
  DeclareArc(table, options.arc);
  DeclareClient(table, options.client);
  DeclareBlockLists(table, options.block_lists);
  DeclareTrust(table, options.trust);
  DeclareReputation(table, options.reputation);
  DeclareGreylist(table, options.greylist);
  DeclareResults(table, options.results);
  DeclareReports(table, options.reports);
}

std::string FindContradiction(const DmarcOptions& o) {
  if (o.dmarc.discovery != Discovery::kTreeWalk && o.dmarc.public_suffix_list.empty()) {
    return "dmarc.discovery uses the Public Suffix List, but dmarc.public_suffix_list names no "
           "file";
  }
  if (SealIsIncomplete(o.arc)) {
    return "arc.seal needs arc.seal_domain, arc.seal_selector and arc.seal_key";
  }
  if (o.reports.failure_reports && o.reports.failure_sender.empty()) {
    return "reports.failure_reports needs reports.failure_sender";
  }
  if (BadDelay(o.greylist)) return "greylist.min_delay must be shorter than greylist.window";
  if (BadSteps(o.block_lists)) return "block_lists.tag_at must not be above block_lists.refuse_at";
  if (o.trust.tag_below < o.trust.refuse_below) {
    return "trust.tag_below must not be below trust.refuse_below";
  }
  const std::string& tag = o.results.tag_header;
  if (!tag.empty() && base::EqualsIgnoreCase(tag, o.results.trust_header)) {
    return "results.tag_header and results.trust_header must differ";
  }
  return "";
}

}  // namespace gatepost::dmarc
