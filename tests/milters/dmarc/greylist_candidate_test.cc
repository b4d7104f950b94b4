#include <functional>
#include <string>

#include "milters/dmarc/decision_policy.h"
#include "tests/milters/dmarc/decision_text.h"
#include "tests/milters/dmarc/example_facts.h"

namespace gatepost::dmarc {
namespace {

using auth::DmarcPolicy;

struct GreylistCase {
  const char* name;
  std::function<void(DmarcOptions&, Facts&)> set_up;  // departs from a stranger without a policy
  bool want;
};

Facts Stranger() {
  Facts facts = ForgedFacts(DmarcPolicy::kNone);
  facts.dmarc = {WithoutPolicy("example.org")};
  return facts;
}

TEST(Greylist, AsksOnlyWhatIsUnauthenticatedUnknownAndOfLittleTrust) {
  for (const GreylistCase& c : {
           GreylistCase{"a stranger", [](auto&, auto&) {}, true},
           GreylistCase{"shadow", [](auto&o, auto&) { o.greylist.mode = RuleMode::kShadow; }, true},
           GreylistCase{"off", [](auto&o, auto&) { o.greylist.mode = RuleMode::kOff; }, false},
           GreylistCase{"enough trust", [](auto&o, auto&) { o.greylist.below = -50; }, false},
           GreylistCase{"DMARC passes", [](auto&, auto&f) { f.dmarc = GoodFacts().dmarc; }, false},
           GreylistCase{"aligned without a policy",
                        [](auto&o, auto&f) {
                          f.dmarc[0].spf_aligned = true;
                          o.greylist.below = 100;
                        },
                        false},
           GreylistCase{"a good past",
                        [](auto&o, auto&f) {
                          f.reputation = {.asked = true, .network = 0.1, .known = true};
                          o.greylist.below = 100;
                        },
                        false},
           GreylistCase{"a bad address in a good network",
                        [](auto&, auto&f) {
                          f.reputation = {
                              .asked = true, .address = -0.1, .network = 0.9, .known = true};
                          f.dmarc[0] = WithoutPolicy("example.org");
                        },
                        true},
           GreylistCase{"a bad past",
                        [](auto&, auto&f) {
                          f.reputation = {.asked = true, .network = -0.1, .known = true};
                        },
                        true},
           GreylistCase{"on an allow list",
                        [](auto&o, auto&f) {
                          f.listings = {{"good.example", "198.51.100.7", "127.0.0.2", -1}};
                          o.greylist.below = 100;
                        },
                        false},
           GreylistCase{"a trusted forwarder",
                        [](auto&o, auto&) {
                          o.forwarders.names = {"stranger.example.net"};
                          o.greylist.below = 100;
                        },
                        false},
           GreylistCase{"exempt",
                        [](auto&o, auto&) {
                          o.exempt.networks = {base::Network::Parse("198.51.100.7").value()};
                        },
                        false},
           GreylistCase{"refused anyhow",
                        [](auto&, auto&f) {
                          f.helo_is_us = true;
                          f.helo.matches = false;
                        },
                        false},
           GreylistCase{"a bounce to postmaster",
                        [](auto&, auto&f) {
                          f.client.reverse_path = "";
                          f.client.recipients = {"Postmaster@example.net"};
                        },
                        false},
           GreylistCase{"a bounce to abuse without a domain",
                        [](auto&, auto&f) {
                          f.client.reverse_path = "";
                          f.client.recipients = {"abuse"};
                        },
                        false},
           GreylistCase{"a bounce to somebody", [](auto&, auto&f) { f.client.reverse_path = ""; },
                        true},
       }) {
    DmarcOptions options;
    options.greylist.mode = RuleMode::kEnforce;
    Facts facts = Stranger();
    c.set_up(options, facts);
    EXPECT_EQ(Decide(options, facts).greylist_candidate, c.want) << c.name;
  }
}

TEST(Greylist, AFindingAfterTheOthersDefers) {
  DmarcOptions options;
  options.greylist.mode = RuleMode::kEnforce;
  Decision decision = Decide(options, Stranger());
  AddFinding(AskToComeBack(options.greylist, "seconds_left=60"), decision);
  EXPECT_EQ(Describe(decision), "defer by greylist: greylist=defer");
  EXPECT_THAT(Reply(decision), testing::StartsWith("451 4.7.1 "));

  options.greylist.mode = RuleMode::kShadow;
  decision = Decide(options, Stranger());
  AddFinding(AskToComeBack(options.greylist, "seconds_left=60"), decision);
  EXPECT_EQ(Describe(decision), "pass: greylist=defer(shadow)");
}

}  // namespace
}  // namespace gatepost::dmarc
