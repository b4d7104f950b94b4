// Facts for the tests of policies: a message that is in order, from which each test departs.
#pragma once

#include <string>

#include "milters/dmarc/facts.h"

namespace gatepost::dmarc {

inline mail::Domain D(const char* name) { return mail::Domain::Parse(name).value(); }
inline base::IpAddress Ip(const char* text) { return base::IpAddress::Parse(text).value(); }

inline auth::DmarcRecord Record(auth::DmarcPolicy policy) {
  auth::DmarcRecord record;
  record.policy = policy;
  record.aggregate_uris = {"rua@example.org"};
  return record;
}

inline auth::DkimSignatureResult Signature(const char* domain, auth::DkimResult result) {
  auth::DkimSignatureResult signature;
  signature.result = result;
  signature.domain = domain;
  signature.identity = std::string("@") + domain;
  signature.selector = "s1";
  signature.algorithm = "rsa-sha256";
  signature.counts_for_alignment = result == auth::DkimResult::kPass;
  if (result == auth::DkimResult::kFail) signature.reason = "body hash did not verify";
  return signature;
}

// Of a record at the domain itself; a fail asks for what the policy says.
inline auth::DmarcOutcome Dmarc(const char* domain, auth::DmarcResult result,
                                auth::DmarcPolicy policy) {
  auth::DmarcOutcome outcome{.author_domain = D(domain)};
  outcome.result = result;
  outcome.policy_domain = D(domain);
  outcome.record = Record(policy);
  outcome.organizational_domain = D(domain);
  outcome.policy_tag = "p";
  outcome.published = policy;
  if (result == auth::DmarcResult::kFail) {
    outcome.reason = "spf and dkim not aligned";
    outcome.disposition = policy;
  }
  return outcome;
}

inline auth::DmarcOutcome WithoutPolicy(const char* domain) {
  auth::DmarcOutcome outcome{.author_domain = D(domain)};
  outcome.organizational_domain = D(domain);
  return outcome;
}

// From alice@example.org by its own server at 192.0.2.1; everything passes.
inline Facts GoodFacts() {
  Facts facts;
  facts.client.address = Ip("192.0.2.1");
  facts.client.helo = "mx.example.org";
  facts.client.reverse_path = "alice@example.org";
  facts.client.recipients = {"bob@example.net"};
  facts.iprev = {IprevResult::kPass, {D("mx.example.org")}, {D("mx.example.org")}};
  facts.helo = {.is_name = true, .resolves = true, .matches = true};
  facts.spf.mail_from.result = auth::SpfResult::kPass;
  facts.spf.mail_from_domain = "example.org";
  facts.spf.helo.result = auth::SpfResult::kNone;
  facts.spf.identifier = D("example.org");
  facts.dkim = {Signature("example.org", auth::DkimResult::kPass)};
  facts.author.problem = mail::AuthorProblem::kNone;
  facts.author.domain = D("example.org");
  facts.author.addresses = {{"alice", D("example.org")}};
  auto dmarc = Dmarc("example.org", auth::DmarcResult::kPass, auth::DmarcPolicy::kReject);
  dmarc.spf_aligned = true;
  dmarc.aligned_dkim = {"example.org"};
  facts.dmarc = {dmarc};
  return facts;
}

// The same, sent by a stranger at 198.51.100.7 with his own SPF.
inline Facts ForgedFacts(auth::DmarcPolicy policy) {
  Facts facts = GoodFacts();
  facts.client.address = Ip("198.51.100.7");
  facts.client.helo = "stranger.example.net";
  facts.client.reverse_path = "x@stranger.example.net";
  facts.iprev = {IprevResult::kPass, {D("stranger.example.net")}, {D("stranger.example.net")}};
  facts.spf.mail_from_domain = "stranger.example.net";
  facts.spf.identifier = D("stranger.example.net");
  facts.dkim.clear();
  facts.dmarc = {Dmarc("example.org", auth::DmarcResult::kFail, policy)};
  return facts;
}

// From names no one domain, for this reason.
inline void SetProblem(Facts& facts, mail::AuthorProblem problem) {
  facts.author.problem = problem;
  facts.author.domain.reset();
  facts.dmarc.clear();
}

}  // namespace gatepost::dmarc
