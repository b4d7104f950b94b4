#include "milters/dmarc/dmarc_options.h"

#include <functional>
#include <string>

#include "common/config/config_error.h"

namespace gatepost::dmarc {
namespace {

using namespace std::chrono_literals;

// "" where the text is taken, else the first complaint.
std::string Parse(const std::string& toml, DmarcOptions& options) {
  config::OptionTable table("gatepost-dmarc", "dmarc.toml");
  Declare(table, options);
  try {
    table.Parse(toml, "dmarc.toml");
  } catch (const config::ConfigError& error) {
    return error.what();
  }
  return "";
}

TEST(DmarcOptions, TheSampleIsTheDefault) {
  DmarcOptions options;
  config::OptionTable table("gatepost-dmarc", "dmarc.toml");
  Declare(table, options);
  EXPECT_NO_THROW(table.Parse(table.FormatToml(), "dmarc.toml"));
  EXPECT_THAT(table.FormatEffective(), testing::Not(testing::HasSubstr("# default")));
  EXPECT_EQ(options.budget, 10s);
  EXPECT_EQ(options.listen.socket, "inet:8893@127.0.0.1");
  EXPECT_EQ(FindContradiction(options), "");
}

struct OptionCase {
  const char* toml;
  std::function<bool(const DmarcOptions&)> took;
};

TEST(DmarcOptions, EachSetsItsOwnValue) {
  for (const OptionCase& c : {
           OptionCase{"budget = \"3s\"", [](auto& o) { return o.budget == 3s; }},
           OptionCase{"on_temperror = \"pass\"",
                      [](auto& o) { return o.on_temperror == OnTempError::kPass; }},
           OptionCase{"[exempt]\nauthenticated = false",
                      [](auto& o) { return !o.exempt.authenticated; }},
           OptionCase{"[exempt]\nnetworks = [\"192.0.2.0/24\"]",
                      [](auto& o) { return o.exempt.networks.size() == 1; }},
           OptionCase{"[spf]\nmode = \"enforce\"\nhelo_fail = \"tag\"",
                      [](auto& o) {
                        return o.spf.mode == RuleMode::kEnforce && o.spf.helo_fail == Action::kTag;
                      }},
           OptionCase{"[dkim]\nmax_signatures = 3",
                      [](auto& o) { return o.dkim.max_signatures == 3; }},
           OptionCase{"[dmarc]\ndiscovery = \"both\"\nquarantine = \"hold\"",
                      [](auto& o) {
                        return o.dmarc.discovery == Discovery::kBoth &&
                               o.dmarc.quarantine == Action::kHold;
                      }},
           OptionCase{"[author]\nmissing = \"strictest\"",
                      [](auto& o) { return o.author.missing == AuthorAction::kStrictest; }},
           OptionCase{"[forwarders]\nnames = [\"*.example.org\"]",
                      [](auto& o) { return o.forwarders.names.size() == 1; }},
           OptionCase{"[lists]\ntrusted = [\"a.example b.example\"]",
                      [](auto& o) { return o.lists.trusted.size() == 1; }},
           OptionCase{"[arc]\ntrusted_sealers = [\"example.org\"]\nevidence = \"nothing\"",
                      [](auto& o) { return o.arc.evidence == SealedEvidence::kNothing; }},
           OptionCase{"[client_no_ptr]\nmode = \"enforce\"\naction = \"defer\"\npoints = -7",
                      [](auto& o) {
                        return o.client.no_ptr.mode == RuleMode::kEnforce &&
                               o.client.no_ptr.action == Action::kDefer &&
                               o.client.no_ptr.points == -7;
                      }},
           OptionCase{"[client_helo_is_us]\nour_names = [\"mx.example.org\"]",
                      [](auto& o) { return o.client.our_names.size() == 1; }},
           OptionCase{"[block_lists]\nlists = [\"zen.example address 127.0.0.2=5\"]",
                      [](auto& o) { return o.block_lists.lists.size() == 1; }},
           OptionCase{"[trust]\ntag_below = -10", [](auto& o) { return o.trust.tag_below == -10; }},
           OptionCase{"[reputation]\nenabled = false",
                      [](auto& o) { return !o.reputation.enabled; }},
           OptionCase{"[greylist]\nmode = \"enforce\"\nmin_delay = \"1m\"",
                      [](auto& o) { return o.greylist.min_delay == 1min; }},
           OptionCase{"[results]\ntrust_header = \"X-Trust\"",
                      [](auto& o) { return o.results.trust_header == "X-Trust"; }},
           OptionCase{"[reports]\nexclude = [\"example.org\"]",
                      [](auto& o) { return o.reports.exclude.size() == 1; }},
       }) {
    DmarcOptions options;
    EXPECT_EQ(Parse(c.toml, options), "");
    EXPECT_TRUE(c.took(options)) << c.toml;
  }
}

TEST(DmarcOptions, RefusesWhatIsNoneOfItsForm) {
  for (const auto& [toml, complaint] : {
           std::pair{"[forwarders]\nnames = [\"*\"]", "must be a domain name, or *.name"},
           {"[arc]\ntrusted_sealers = [\"a..b\"]", "must be a domain name, or *.name"},
           {"[lists]\ntrusted = [\"talk.lists.example\"]",
            "must be a List-Id and the domains that may send for it"},
           {"[lists]\ntrusted = [\"a@b c.example\"]", "holds a word that is no domain or *.name"},
           {"[block_lists]\nlists = [\"zen.example\"]", "dmarc.toml:2"},
           {"[results]\ntag_header = \"Subject\"", "must be a header name that begins with X-"},
           {"[results]\ntag_header = \"X-A: b\"", "must be a header name that begins with X-"},
           {"[reports]\nfailure_sender = \"nobody\"", "must be a mail address"},
           {"[client_helo_is_us]\nour_names = [\"*.example.org\"]", "must be a domain name"},
           {"[dkim]\nmax_signatures = 20", "dmarc.toml:2"},
           {"[dmarc]\nreject = \"discard\"", "dmarc.toml:2"},
       }) {
    DmarcOptions options;
    EXPECT_THAT(Parse(toml, options), testing::HasSubstr(complaint)) << toml;
  }
}

struct ContradictionCase {
  std::function<void(DmarcOptions&)> set_up;
  const char* want;
};

TEST(FindContradiction, NamesTheOptions) {
  for (const ContradictionCase& c : {
           ContradictionCase{[](auto& o) {
                               o.dmarc.discovery = Discovery::kPublicSuffixList;
                               o.dmarc.public_suffix_list = "";
                             },
                             "dmarc.discovery"},
           ContradictionCase{[](auto& o) { o.arc.seal = true; }, "arc.seal needs"},
           ContradictionCase{[](auto& o) { o.reports.failure_reports = true; },
                             "reports.failure_reports"},
           ContradictionCase{[](auto& o) { o.greylist.min_delay = o.greylist.window; },
                             "greylist.min_delay"},
           ContradictionCase{[](auto& o) { o.block_lists.tag_at = 11; }, "block_lists.tag_at"},
           ContradictionCase{[](auto& o) { o.trust.tag_below = -90; }, "trust.tag_below"},
           ContradictionCase{[](auto& o) { o.results.trust_header = "x-gatepost-tag"; },
                             "results.tag_header"},
       }) {
    DmarcOptions options;
    c.set_up(options);
    EXPECT_THAT(FindContradiction(options), testing::StartsWith(c.want));
  }
}

}  // namespace
}  // namespace gatepost::dmarc
