#include "milters/dmarc/results.h"

#include <functional>
#include <string>

#include "common/mail/authserv_id.h"
#include "tests/milters/dmarc/example_facts.h"

namespace gatepost::dmarc {
namespace {

using auth::DkimResult;
using auth::DmarcPolicy;
using auth::DmarcResult;
using auth::SpfResult;

std::string Format(const Facts& facts) {
  return mail::FormatAuthenticationResults("mx.example.net",
                                           ToMethodResults(facts, Decide(DmarcOptions{}, facts)));
}

TEST(ToMethodResults, TellsEverythingOfAMessageThatIsInOrder) {
  EXPECT_EQ(Format(GoodFacts()),
            " mx.example.net;\n"
            "\tiprev=pass (mx.example.org) policy.iprev=192.0.2.1;\n"
            "\tspf=pass smtp.mailfrom=alice@example.org;\n"
            "\tspf=none smtp.helo=mx.example.org;\n"
            "\tdkim=pass header.d=example.org header.i=@example.org header.s=s1\n"
            "\theader.a=rsa-sha256;\n"
            "\tarc=none smtp.remote-ip=192.0.2.1;\n"
            "\tdmarc=pass (p=reject dis=none) header.from=example.org\n"
            "\tpolicy.dmarc=none polrec.p=reject;\n"
            "\tx-gatepost=pass policy.trust=50");
}

TEST(ToMethodResults, TellsOfATaggedForgery) {
  Facts facts = ForgedFacts(DmarcPolicy::kQuarantine);
  facts.dmarc[0].policy_domain = D("org.example");
  facts.dmarc[0].policy_tag = "sp";
  const std::string text = Format(facts);
  EXPECT_THAT(text, testing::HasSubstr("\tdkim=none;\n"));
  EXPECT_THAT(
      text, testing::HasSubstr("\tdmarc=fail reason=\"spf and dkim not aligned\" (sp=quarantine\n"
                               "\tdis=quarantine) header.from=example.org policy.dmarc=quarantine\n"
                               "\tpolrec.p=quarantine polrec.domain=org.example;\n"
                               "\tx-gatepost=tag policy.tag=dmarc policy.trust=-35"));
}

TEST(ToMethodResults, SaysWhyAPolicyWasNotFollowed) {
  Facts facts = ForgedFacts(DmarcPolicy::kReject);
  DmarcOptions options;
  options.forwarders.networks = {base::Network::Parse("0.0.0.0/0").value()};
  const std::string text = mail::FormatAuthenticationResults(
      "mx.example.net", ToMethodResults(facts, Decide(options, facts)));
  EXPECT_THAT(text, testing::HasSubstr("(p=reject dis=none\n\toverride=trusted_forwarder)"));
}

TEST(ToMethodResults, TellsOfEachAuthorWhatWasDoneOnHisAccount) {
  Facts facts = ForgedFacts(DmarcPolicy::kReject);
  facts.dmarc.push_back(GoodFacts().dmarc[0]);
  EXPECT_THAT(Format(facts), testing::HasSubstr("dmarc=pass (p=reject dis=none)"));
}

struct ResultCase {
  const char* name;
  std::function<void(Facts&)> set_up;  // departs from a message that is in order
  const char* want;                    // stands in the field
};

TEST(ToMethodResults, SpellsEachResult) {
  for (const ResultCase& c : {
           ResultCase{"iprev fail",
                      [](auto& f) {
                        f.iprev = {IprevResult::kFail, {D("x.example")}, {}};
                      },
                      "\tiprev=fail policy.iprev=192.0.2.1;"},
           ResultCase{"iprev could not be looked up",
                      [](auto& f) {
                        f.iprev = {IprevResult::kTempError, {}, {}};
                      },
                      "\tiprev=temperror policy.iprev=192.0.2.1;"},
           ResultCase{"an IPv6 client is quoted",
                      [](auto& f) { f.client.address = Ip("2001:db8::1"); },
                      "policy.iprev=\"2001:db8::1\";"},
           ResultCase{"spf temperror with its reason",
                      [](auto& f) {
                        f.spf.mail_from.result = SpfResult::kTempError;
                        f.spf.mail_from.reason = "DNS timeout";
                      },
                      "\tspf=temperror reason=\"DNS timeout\" smtp.mailfrom=alice@example.org;"},
           ResultCase{"spf fail", [](auto& f) { f.spf.mail_from.result = SpfResult::kFail; },
                      "\tspf=fail smtp"},
           ResultCase{"spf softfail",
                      [](auto& f) { f.spf.mail_from.result = SpfResult::kSoftfail; },
                      "\tspf=softfail smtp"},
           ResultCase{"spf neutral", [](auto& f) { f.spf.mail_from.result = SpfResult::kNeutral; },
                      "\tspf=neutral smtp"},
           ResultCase{"spf permerror",
                      [](auto& f) { f.spf.mail_from.result = SpfResult::kPermError; },
                      "\tspf=permerror smtp"},
           ResultCase{"the null sender",
                      [](auto& f) {
                        f.client.reverse_path = "";
                        f.spf.mail_from_domain = "mx.example.org";
                      },
                      "smtp.mailfrom=postmaster@mx.example.org;"},
           ResultCase{"a sender beyond ASCII",
                      [](auto& f) {
                        f.client.reverse_path =
                            "jos\xc3\xa9@b\xc3\xbc"
                            "cher.example";
                      },
                      "smtp.mailfrom=@xn--bcher-kva.example;"},
           ResultCase{"a HELO of junk", [](auto& f) { f.client.helo = "a b;\r\n c=pass"; },
                      "smtp.helo=\"a b,?? c=pass\";"},
           ResultCase{"dkim temperror",
                      [](auto& f) { f.dkim = {Signature("example.org", DkimResult::kTempError)}; },
                      "\tdkim=temperror header.d=example.org"},
           ResultCase{
               "a second signature",
               [](auto& f) { f.dkim.push_back(Signature("list.example", DkimResult::kFail)); },
               "\tdkim=fail reason=\"body hash did not verify\" header.d=list.example"},
           ResultCase{"arc pass (RFC 8617 section 10.2)",
                      [](auto& f) {
                        f.arc.result = auth::ArcResult::kPass;
                        f.arc.sets.resize(2);
                        f.arc.sets[0].instance = 1;
                        f.arc.sets[0].sealer = "a.example";
                        f.arc.sets[1].instance = 2;
                        f.arc.sets[1].sealer = "b.example";
                      },
                      "\tarc=pass (i=2 by b.example, i=1 by a.example)\n"
                      "\tsmtp.remote-ip=192.0.2.1;"},
           ResultCase{"arc fail",
                      [](auto& f) {
                        f.arc.result = auth::ArcResult::kFail;
                        f.arc.reason = "instance missing";
                      },
                      "\tarc=fail reason=\"instance missing\" smtp.remote-ip=192.0.2.1;"},
           ResultCase{"dmarc temperror",
                      [](auto& f) {
                        f.dmarc = {WithoutPolicy("example.org")};
                        f.dmarc[0].result = DmarcResult::kTempError;
                        f.dmarc[0].reason = "no answer";
                      },
                      "\tdmarc=temperror reason=\"no answer\" header.from=example.org;"},
           ResultCase{"dmarc none", [](auto& f) { f.dmarc = {WithoutPolicy("example.org")}; },
                      "\tdmarc=none header.from=example.org;"},
           ResultCase{"dmarc permerror",
                      [](auto& f) {
                        f.dmarc = {WithoutPolicy("example.org")};
                        f.dmarc[0].result = DmarcResult::kPermError;
                      },
                      "\tdmarc=permerror header.from=example.org;"},
           ResultCase{"no author",
                      [](auto& f) {
                        f.dmarc.clear();
                        f.author = {.problem = mail::AuthorProblem::kSeveralFields,
                                    .addresses = {},
                                    .domain = std::nullopt};
                      },
                      "\tdmarc=none reason=\"no author domain\" (several_fields);"},
           ResultCase{"two authors", [](auto& f) { f.dmarc.push_back(WithoutPolicy("b.example")); },
                      "\tdmarc=none header.from=b.example;"},
       }) {
    Facts facts = GoodFacts();
    c.set_up(facts);
    const std::string text = Format(facts);
    EXPECT_THAT(text, testing::HasSubstr(c.want)) << c.name;
    EXPECT_EQ(mail::ParseAuthservId(text), "mx.example.net") << c.name;
  }
}

TEST(ToMethodResults, LeavesOutWhatNeedsAClientWhereThereIsNone) {
  Facts facts = GoodFacts();
  facts.client.address = {};
  const std::string text = Format(facts);
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("iprev=")));
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("spf=")));
}

TEST(FormatReceivedSpf, HasTheFormOfRfc7208Section91) {
  Facts facts = GoodFacts();
  facts.spf.mail_from.mechanism = "ip4:192.0.2.0/24";
  EXPECT_EQ(FormatReceivedSpf(facts, "mx.example.net"),
            " pass (mx.example.net: example.org lets 192.0.2.1 send)\n"
            "\treceiver=mx.example.net; client-ip=192.0.2.1; helo=mx.example.org;\n"
            "\tenvelope-from=\"alice@example.org\"; identity=mailfrom;\n"
            "\tmechanism=\"ip4:192.0.2.0/24\"");
}

TEST(FormatReceivedSpf, QuotesForeignText) {
  Facts facts = GoodFacts();
  facts.client.address = Ip("2001:db8::1");
  facts.client.helo = "a\"b\\c";
  facts.client.reverse_path = "\"x; helo=evil\"@example.org";
  facts.spf.mail_from.result = SpfResult::kPermError;
  facts.spf.mail_from.reason = "bad (term)\r\nX: y";
  const std::string text = FormatReceivedSpf(facts, "mx.example.net");
  EXPECT_THAT(text, testing::HasSubstr("client-ip=\"2001:db8::1\";"));
  EXPECT_THAT(text, testing::HasSubstr(R"(helo="a\"b\\c";)"));
  EXPECT_THAT(text, testing::HasSubstr(R"(envelope-from="\"x; helo=evil\"@example.org";)"));
  EXPECT_THAT(text, testing::HasSubstr("problem=\"bad (term)??X: y\""));
}

TEST(FormatReceivedSpf, NamesEachResult) {
  for (const auto& [result, word] : {std::pair{SpfResult::kNone, " none"},
                                     {SpfResult::kNeutral, " neutral"},
                                     {SpfResult::kPass, " pass"},
                                     {SpfResult::kFail, " fail"},
                                     {SpfResult::kSoftfail, " softfail"},
                                     {SpfResult::kTempError, " temperror"},
                                     {SpfResult::kPermError, " permerror"}}) {
    Facts facts = GoodFacts();
    facts.spf.mail_from.result = result;
    EXPECT_THAT(FormatReceivedSpf(facts, "mx.example.net"), testing::StartsWith(word));
  }
}

}  // namespace
}  // namespace gatepost::dmarc
