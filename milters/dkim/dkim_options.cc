#include "milters/dkim/dkim_options.h"

#include <string_view>

namespace gatepost::dkim {
namespace {

using namespace std::chrono_literals;

void DeclareWhoIsSigned(config::OptionTable& t, DkimOptions& o) {
  t.Section("sign",
            "Whose mail is signed, with which keys. Mail counts as our users' when any of "
            "the first four options says so.");
  t.Flag("authenticated", o.rules.authenticated, "Mail of users who logged in (SASL).");
  t.Flag("local", o.rules.local,
         "Mail submitted on this host with sendmail(1). Switch it off where a filter or a "
         ".forward file passes mail from outside on through sendmail(1).");
  t.NetworkList("networks", o.rules.networks,
                "Mail of clients in these networks. Leave out your reverse proxy, NAT address and "
                "content filters: mail from outside arrives through them.");
  t.TextList("daemons", o.rules.daemons,
             "Mail that arrives through these Postfix services, by the milter_macro_daemon_name "
             "that master.cf gives them (for example ORIGINATING).");
  t.Path(
      "key_table", o.key_table,
      "The file of keys. One row a key: domain, selector, key file, options. The domain is a "
      "name, *.name for all names below it, or * for all; all rows of a domain sign. Options: "
      "algorithm=rsa|ed25519, canonicalization=relaxed/simple, domain=name (d=), expire=7d, "
      "stream=name. Rows with a stream sign its mail (accounts.streams in gatepost.toml) instead "
      "of the rows without.");
  t.Path("sender_table", o.sender_table,
         "The file of who may sign for which domains. A row: user, then domains as in the key "
         "table. Empty lets every user sign for every domain that has a key.");
}

void DeclareExceptions(config::OptionTable& t, DkimOptions& o) {
  t.Flag("envelope_fallback", o.rules.envelope_fallback,
         "Where the From domain has no key, sign with the envelope sender's domain.");
  t.Choice("unknown_domain", o.rules.unknown_domain,
           {{"pass", UnknownDomain::kPass},
            {"refuse", UnknownDomain::kRefuse},
            {"default", UnknownDomain::kDefaultDomain}},
           "Mail of our users from a domain that has no key: pass it unsigned, refuse it, or sign "
           "with default_domain's keys as a third party.");
  t.Text("default_domain", o.rules.default_domain, "The domain for unknown_domain = \"default\".");
  t.Choice("bad_author", o.rules.bad_author,
           {{"pass", Unsigned::kPass}, {"refuse", Unsigned::kRefuse}},
           "Mail with no From field, several, or one that cannot be understood is never signed: "
           "pass or refuse it.");
  t.Choice("unlisted_sender", o.rules.unlisted_sender,
           {{"pass", Unsigned::kPass}, {"refuse", Unsigned::kRefuse}},
           "Mail from a domain that sender_table does not give to its user: pass it unsigned, or "
           "refuse it.");
  t.Choice("on_trouble", o.on_trouble,
           {{"tempfail", SigningTrouble::kTempFail}, {"pass", SigningTrouble::kPass}},
           "A key that cannot be read, or a signature that cannot be made: ask the client to come "
           "back (4xx), or pass the mail unsigned with a warning. Where the reason lies in the "
           "message (a header that is too large or holds NUL), tempfail refuses it for good.");
}

void DeclareSignatures(config::OptionTable& t, DkimOptions& o) {
  t.Choice("canonicalization", o.canonicalization,
           {{"relaxed/relaxed", Methods::kRelaxedRelaxed},
            {"relaxed/simple", Methods::kRelaxedSimple},
            {"simple/relaxed", Methods::kSimpleRelaxed},
            {"simple/simple", Methods::kSimpleSimple}},
           "How much change on the way a signature bears: header method, body method.");
  t.Duration("expire", o.expire, 0s, 24h * 365,
             "How long signatures are valid (x=), at least an hour; 0s writes no x=.");
  t.Flag("replace_own", o.replace_own,
         "Remove an older signature made with one of our selectors for the domain, for mail that "
         "passes twice.");
  t.Integer(
      "line_limit", o.line_limit, 0, 1'000'000,
      "Postfix's smtp_line_length_limit: longer lines are wrapped after signing, which breaks "
      "the signature. 0: Postfix wraps nothing.");
  t.Choice("long_lines", o.long_lines,
           {{"sign", LongLineAction::kSign}, {"refuse", LongLineAction::kRefuse}},
           "Mail with lines over line_limit: sign it with a warning, or refuse it.");
  t.Integer("cached_keys", o.cached_keys, 1, 1'000'000, "How many keys are kept parsed.");
}

void DeclareVerify(config::OptionTable& t, DkimOptions& o) {
  t.Section("verify", "How signatures of arriving mail are checked.");
  t.Integer("max_signatures", o.max_signatures, 1, 100,
            "How many signatures of a message are tried, those of the author's domain first.");
  t.Duration("timeout", o.verify_timeout, 100ms, 60s,
             "How long one message waits for keys in all; then its result is temperror.");
  t.Integer("min_rsa_bits", o.min_rsa_bits, 1024, 4096,
            "RSA keys below this give the result policy (RFC 8301).");
  t.Flag("partial_body_passes", o.partial_body_passes,
         "Whether a signature with l= that leaves out the end of the body may be pass; otherwise "
         "it is neutral. It never counts for DMARC.");
}

}  // namespace

CanonicalizationPair ToPair(Methods methods) {
  using enum auth::Canonicalization;
  switch (methods) {
    case Methods::kRelaxedRelaxed:
      return {kRelaxed, kRelaxed};
    case Methods::kRelaxedSimple:
      return {kRelaxed, kSimple};
    case Methods::kSimpleRelaxed:
      return {kSimple, kRelaxed};
    case Methods::kSimpleSimple:
      return {kSimple, kSimple};
  }
  return {};
}

void Declare(config::OptionTable& table, DkimOptions& options) {
  table.Choice("mode", options.mode,
               {{"sign", Mode::kSign}, {"verify", Mode::kVerify}, {"both", Mode::kBoth}},
               "Sign what our users send, verify what arrives, or both, each message by whether "
               "it counts as our users'.");
  milter::Declare(table, options.listen);
  DeclareWhoIsSigned(table, options);
  DeclareExceptions(table, options);
  DeclareSignatures(table, options);
  DeclareVerify(table, options);
}

}  // namespace gatepost::dkim
