#include "milters/dkim/signing_policy.h"

#include <functional>
#include <string>

#include "common/config/config_error.h"

namespace gatepost::dkim {
namespace {

mail::Domain D(const char* name) { return mail::Domain::Parse(name).value(); }

const KeyTable& Keys() {
  static const KeyTable table =
      KeyTable::Load(config::TableFile("example.org s /k.pem\n"
                                       "envelope.example s /k.pem\n"
                                       "host.example s /k.pem\n"
                                       "host.example b /k.pem stream=bulk\n",
                                       "keys.table"));
  return table;
}

struct OriginCase {
  const char* name;
  std::function<void(SigningRules&, milter::Connection&, milter::Envelope&)> set_up;
  const char* want;
};

TEST(Origin, SaysWhyMailCountsAsOurUsers) {
  for (const OriginCase& c : {
           OriginCase{"a stranger", [](auto&, auto&, auto&) {}, ""},
           OriginCase{"a user who logged in", [](auto&, auto&, auto&e) { e.sasl_user = "alice"; },
                      "authenticated"},
           OriginCase{"a user, where users are not signed",
                      [](auto&r, auto&, auto&e) {
                        r.authenticated = false;
                        e.sasl_user = "alice";
                      },
                      ""},
           OriginCase{"sendmail(1)", [](auto&, auto&, auto&e) { e.local_submission = true; },
                      "local"},
           OriginCase{"a client in a configured network",
                      [](auto&r, auto&c, auto&) {
                        r.networks = {base::Network::Parse("192.0.2.0/24").value()};
                        c.client = base::IpAddress::Parse("192.0.2.9").value();
                      },
                      "network"},
           OriginCase{
               "a client on this host, which no network names",
               [](auto&, auto&c, auto&) { c.client = base::IpAddress::Parse("127.0.0.1").value(); },
               ""},
           OriginCase{"the submission service",
                      [](auto&r, auto&c, auto&) {
                        r.daemons = {"ORIGINATING"};
                        c.daemon_name = "ORIGINATING";
                      },
                      "daemon"},
           OriginCase{"another service",
                      [](auto&r, auto&c, auto&) {
                        r.daemons = {"ORIGINATING"};
                        c.daemon_name = "mx.example.org";
                      },
                      ""},
       }) {
    SigningRules rules;
    milter::Connection connection;
    milter::Envelope envelope;
    c.set_up(rules, connection, envelope);
    EXPECT_EQ(Origin(rules, connection, envelope), c.want) << c.name;
  }
}

SenderFacts From(const char* domain) {
  SenderFacts facts;
  facts.author_domain = D(domain);
  return facts;
}

TEST(DecideSigning, TheFromDomainsKeysSign) {
  const auto decision = DecideSigning({}, Keys(), nullptr, From("example.org"));
  ASSERT_EQ(decision.kind, SigningDecision::Kind::kSign);
  EXPECT_EQ(decision.keys.front().signing_domain, "example.org");
}

TEST(DecideSigning, ABadFromIsNeverSignedAndTheOptionSaysWhetherItPasses) {
  SenderFacts facts;
  facts.author_problem = "several From fields";
  facts.envelope_domain = D("envelope.example");
  SigningRules rules;
  rules.envelope_fallback = true;
  EXPECT_EQ(DecideSigning(rules, Keys(), nullptr, facts).kind, SigningDecision::Kind::kPass);
  rules.bad_author = Unsigned::kRefuse;
  const auto refused = DecideSigning(rules, Keys(), nullptr, facts);
  EXPECT_EQ(refused.kind, SigningDecision::Kind::kRefuse);
  EXPECT_EQ(refused.rule, "bad_author");
  EXPECT_EQ(refused.reason, "several From fields");
  EXPECT_FALSE(refused.reply.empty());
}

TEST(DecideSigning, WithoutAKeyTheEnvelopesDomainSignsByOption) {
  SenderFacts facts = From("unknown.example");
  facts.envelope_domain = D("envelope.example");
  SigningRules rules;
  EXPECT_EQ(DecideSigning(rules, Keys(), nullptr, facts).kind, SigningDecision::Kind::kPass);
  rules.envelope_fallback = true;
  const auto decision = DecideSigning(rules, Keys(), nullptr, facts);
  ASSERT_EQ(decision.kind, SigningDecision::Kind::kSign);
  EXPECT_EQ(decision.keys.front().signing_domain, "envelope.example");
}

TEST(DecideSigning, ADomainWithoutAKeyFollowsTheOption) {
  SigningRules rules;
  EXPECT_EQ(DecideSigning(rules, Keys(), nullptr, From("unknown.example")).kind,
            SigningDecision::Kind::kPass);
  rules.unknown_domain = UnknownDomain::kRefuse;
  const auto refused = DecideSigning(rules, Keys(), nullptr, From("unknown.example"));
  EXPECT_EQ(refused.kind, SigningDecision::Kind::kRefuse);
  EXPECT_EQ(refused.reply, "This server does not send mail from addresses in unknown.example");
  rules.unknown_domain = UnknownDomain::kDefaultDomain;
  rules.default_domain = "host.example";
  const auto third_party = DecideSigning(rules, Keys(), nullptr, From("unknown.example"));
  ASSERT_EQ(third_party.kind, SigningDecision::Kind::kSign);
  EXPECT_EQ(third_party.keys.front().signing_domain, "host.example");
}

TEST(DecideSigning, AStreamSignsWithItsOwnKeys) {
  SenderFacts facts = From("host.example");
  EXPECT_EQ(DecideSigning({}, Keys(), nullptr, facts).keys.front().selector, "s");
  facts.stream = "bulk";
  EXPECT_EQ(DecideSigning({}, Keys(), nullptr, facts).keys.front().selector, "b");
  SigningRules rules;
  rules.unknown_domain = UnknownDomain::kDefaultDomain;
  rules.default_domain = "host.example";
  facts.author_domain = D("unknown.example");
  EXPECT_EQ(DecideSigning(rules, Keys(), nullptr, facts).keys.front().selector, "b");
}

class SenderTableTest : public testing::Test {
 protected:
  SenderTable table_ =
      SenderTable::Load(config::TableFile("Alice@Example.org example.org *.lists.example.org\n"
                                          "alice@example.org extra.example\n"
                                          "robot * # everything\n",
                                          "senders.table"));
};

TEST_F(SenderTableTest, GivesUsersTheirDomains) {
  EXPECT_TRUE(table_.MaySignFor("alice@example.org", D("example.org")));
  EXPECT_TRUE(table_.MaySignFor("ALICE@example.org", D("a.lists.example.org")));
  EXPECT_TRUE(table_.MaySignFor("alice@example.org", D("extra.example")));
  EXPECT_FALSE(table_.MaySignFor("alice@example.org", D("lists.example.org")));
  EXPECT_FALSE(table_.MaySignFor("alice@example.org", D("badlists.example.org")));
  EXPECT_FALSE(table_.MaySignFor("alice", D("example.org")));
  EXPECT_TRUE(table_.MaySignFor("robot", D("anything.example")));
}

TEST_F(SenderTableTest, ARowWithoutADomainIsAnError) {
  try {
    SenderTable::Load(config::TableFile("alice\nbob a..b\n", "senders.table"));
    FAIL() << "no error";
  } catch (const config::ConfigError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("senders.table:1: "));
    EXPECT_THAT(error.what(), testing::HasSubstr("senders.table:2: "));
  }
}

TEST_F(SenderTableTest, AUserMaySignOnlyForTheDomainsOfTheTable) {
  SenderFacts facts = From("host.example");
  facts.sasl_user = "alice@example.org";
  const auto refused = DecideSigning({}, Keys(), &table_, facts);
  EXPECT_EQ(refused.kind, SigningDecision::Kind::kRefuse);
  EXPECT_EQ(refused.rule, "unlisted_sender");
  SigningRules passing;
  passing.unlisted_sender = Unsigned::kPass;
  EXPECT_EQ(DecideSigning(passing, Keys(), &table_, facts).kind, SigningDecision::Kind::kPass);
  facts.author_domain = D("example.org");
  EXPECT_EQ(DecideSigning({}, Keys(), &table_, facts).kind, SigningDecision::Kind::kSign);
}

TEST_F(SenderTableTest, TheEnvelopeFallbackIsNoWayAroundTheTable) {
  SenderFacts facts = From("extra.example");
  facts.sasl_user = "alice@example.org";
  facts.envelope_domain = D("envelope.example");
  SigningRules rules;
  rules.envelope_fallback = true;
  EXPECT_EQ(DecideSigning(rules, Keys(), &table_, facts).kind, SigningDecision::Kind::kPass);
}

TEST_F(SenderTableTest, MailThatNoUserSentIsNotBoundByTheTable) {
  EXPECT_EQ(DecideSigning({}, Keys(), &table_, From("example.org")).kind,
            SigningDecision::Kind::kSign);
}

}  // namespace
}  // namespace gatepost::dkim
