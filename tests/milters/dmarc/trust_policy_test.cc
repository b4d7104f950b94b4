#include "milters/dmarc/trust_policy.h"

#include <functional>
#include <string>

#include "milters/dmarc/decision_policy.h"
#include "tests/milters/dmarc/example_facts.h"

namespace gatepost::dmarc {
namespace {

using auth::DmarcPolicy;
using auth::DmarcResult;
using auth::SpfResult;

struct TrustCase {
  const char* name;
  std::function<void(DmarcOptions&, Facts&)> set_up;  // departs from a message that is in order
  const char* want;
};

TEST(Assess, CountsAuthentication) {
  for (const TrustCase& c : {
           TrustCase{"everything passes", [](auto&, auto&) {},
                     "50 (dmarc_pass 40, spf_pass 5, dkim_pass 5)"},
           TrustCase{"aligned without a policy",
                     [](auto&, auto& f) {
                       f.dmarc = {WithoutPolicy("example.org")};
                       f.dmarc[0].spf_aligned = true;
                     },
                     "30 (aligned 20, spf_pass 5, dkim_pass 5)"},
           TrustCase{"neither alignment nor policy",
                     [](auto&, auto& f) {
                       f = ForgedFacts(DmarcPolicy::kNone);
                       f.dmarc = {WithoutPolicy("example.org")};
                     },
                     "-15 (no_policy -20, spf_pass 5)"},
           TrustCase{"p=none", [](auto&, auto& f) { f = ForgedFacts(DmarcPolicy::kNone); },
                     "-15 (dmarc_fail_none -20, spf_pass 5)"},
           TrustCase{"p=quarantine",
                     [](auto&, auto& f) { f = ForgedFacts(DmarcPolicy::kQuarantine); },
                     "-35 (dmarc_fail_quarantine -40, spf_pass 5)"},
           TrustCase{"p=reject", [](auto&, auto& f) { f = ForgedFacts(DmarcPolicy::kReject); },
                     "-55 (dmarc_fail_reject -60, spf_pass 5)"},
           TrustCase{"two domains count by the worst",
                     [](auto&, auto& f) {
                       f = ForgedFacts(DmarcPolicy::kNone);
                       f.dmarc.push_back(
                           Dmarc("b.org", DmarcResult::kFail, DmarcPolicy::kQuarantine));
                     },
                     "-45 (dmarc_fail_quarantine -40, several_authors -10, spf_pass 5)"},
           TrustCase{"a look-up that failed counts nothing",
                     [](auto&, auto& f) {
                       f = ForgedFacts(DmarcPolicy::kReject);
                       f.dmarc[0].result = DmarcResult::kTempError;
                       f.spf.mail_from.result = SpfResult::kTempError;
                       f.iprev = {IprevResult::kTempError, {}, {}};
                       f.helo = {.is_name = true, .unknown = true};
                     },
                     "0"},
           TrustCase{"no author",
                     [](auto&, auto& f) {
                       f.dmarc.clear();
                       f.author.domain.reset();
                     },
                     "-30 (no_author -40, spf_pass 5, dkim_pass 5)"},
           TrustCase{"a hidden address",
                     [](auto&, auto& f) { f.author.display_name_holds_address = true; },
                     "30 (dmarc_pass 40, hidden_address -20, spf_pass 5, dkim_pass 5)"},
           TrustCase{"softfail",
                     [](auto&, auto& f) { f.spf.mail_from.result = SpfResult::kSoftfail; },
                     "40 (dmarc_pass 40, spf_softfail -5, dkim_pass 5)"},
           TrustCase{"permerror",
                     [](auto&, auto& f) { f.spf.mail_from.result = SpfResult::kPermError; },
                     "40 (dmarc_pass 40, spf_permerror -5, dkim_pass 5)"},
           TrustCase{"SPF fails for both identities",
                     [](auto&, auto& f) {
                       f.spf.mail_from.result = f.spf.helo.result = SpfResult::kFail;
                     },
                     "20 (dmarc_pass 40, spf_fail -15, helo_fail -10, dkim_pass 5)"},
       }) {
    DmarcOptions options;
    Facts facts = GoodFacts();
    c.set_up(options, facts);
    EXPECT_EQ(FormatTrust(Assess(options, facts)), c.want) << c.name;
  }
}

TEST(Assess, CountsPathsClientsListsAndThePast) {
  for (const TrustCase& c : {
           TrustCase{"a trusted forwarder",
                     [](auto&o, auto&f) {
                       f = ForgedFacts(DmarcPolicy::kReject);
                       f.spf.mail_from.result = SpfResult::kFail;
                       o.forwarders.names = {"stranger.example.net"};
                     },
                     "20 (forwarders 20)"},
           TrustCase{"a forwarder in shadow",
                     [](auto&o, auto&f) {
                       f = ForgedFacts(DmarcPolicy::kReject);
                       o.forwarders = {RuleMode::kShadow, {"stranger.example.net"}, {}, {}};
                     },
                     "-55 (dmarc_fail_reject -60, spf_pass 5)"},
           TrustCase{"client rules count in shadow",
                     [](auto&, auto&f) {
                       f.iprev = {IprevResult::kPermError, {}, {}};
                       f.helo = {};
                     },
                     "30 (dmarc_pass 40, spf_pass 5, dkim_pass 5, client_no_ptr -10, "
                     "client_helo_no_name -10)"},
           TrustCase{"and not when off",
                     [](auto&o, auto&f) {
                       f.iprev = {IprevResult::kPermError, {}, {}};
                       o.client.no_ptr.mode = RuleMode::kOff;
                     },
                     "50 (dmarc_pass 40, spf_pass 5, dkim_pass 5)"},
           TrustCase{"points of a client rule",
                     [](auto&o, auto&f) {
                       f.iprev = {IprevResult::kFail, {D("x.example")}, {}};
                       o.client.unconfirmed.points = -33;
                     },
                     "17 (dmarc_pass 40, spf_pass 5, dkim_pass 5, client_unconfirmed -33)"},
           TrustCase{"an exempt client's names do not count",
                     [](auto&, auto&f) {
                       f.iprev = {IprevResult::kPermError, {}, {}};
                       f.client.authenticated = true;
                     },
                     "50 (dmarc_pass 40, spf_pass 5, dkim_pass 5)"},
           TrustCase{"listings",
                     [](auto&, auto&f) {
                       f.listings = {{"a", "b", "c", 4}, {"a", "b", "c", -1}};
                     },
                     "32 (dmarc_pass 40, spf_pass 5, dkim_pass 5, block_lists -18)"},
           TrustCase{"reputation",
                     [](auto&, auto&f) {
                       f.reputation = {true, 0.5, 0.25, 0.1, true};  // 0.3 + 0.1 + 0.1
                     },
                     "65 (dmarc_pass 40, spf_pass 5, dkim_pass 5, reputation 15)"},
           TrustCase{"reputation is cut",
                     [](auto&, auto&f) {
                       f.reputation = {true, -1, -1, -1, true};
                     },
                     "20 (dmarc_pass 40, spf_pass 5, dkim_pass 5, reputation -30)"},
           TrustCase{"reputation switched off",
                     [](auto&o, auto&f) {
                       f.reputation = {true, -1, -1, -1, true};
                       o.reputation.enabled = false;
                     },
                     "50 (dmarc_pass 40, spf_pass 5, dkim_pass 5)"},
           TrustCase{"the sum is cut at -100",
                     [](auto&, auto&f) {
                       f = ForgedFacts(DmarcPolicy::kReject);
                       f.listings = {{"a", "b", "c", 2'000'000'000}};
                     },
                     "-100 (dmarc_fail_reject -60, spf_pass 5, block_lists -100)"},
       }) {
    DmarcOptions options;
    Facts facts = GoodFacts();
    c.set_up(options, facts);
    EXPECT_EQ(FormatTrust(Assess(options, facts)), c.want) << c.name;
  }
}

}  // namespace
}  // namespace gatepost::dmarc
