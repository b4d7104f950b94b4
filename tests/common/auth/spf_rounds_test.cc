// When a check asks: how many dependent rounds it needs, what it asks early, and that what it asked
// early changes nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <random>

#include "tests/common/auth/spf_fixture.h"

namespace gatepost::auth {
namespace {

using testing::Request;

// Answers nothing until it is told to, and then all that was asked so far: a round.
class RoundResolver final : public dns::Resolver {
 public:
  explicit RoundResolver(std::string_view zone) : zone_(zone) {}

  dns::Query Ask(std::string_view name, dns::RecordType type) override {
    auto state = std::make_shared<dns::Query::State>();
    waiting_.push_back({state, zone_.Ask(name, type).Peek(), std::string(name)});
    names_.emplace_back(name);
    return dns::Query(std::move(state));
  }
  void AnswerAll() {
    for (auto& [state, answer, name] : std::exchange(waiting_, {})) state->Complete(answer);
  }
  // One question, any of those that wait.
  void AnswerOne(std::size_t number) {
    const auto chosen = waiting_.begin() + static_cast<std::ptrdiff_t>(number % waiting_.size());
    const Waiting taken = *chosen;
    waiting_.erase(chosen);
    taken.state->Complete(taken.answer);
  }
  bool idle() const { return waiting_.empty(); }
  const std::vector<std::string>& names() const { return names_; }

 private:
  struct Waiting {
    std::shared_ptr<dns::Query::State> state;
    dns::AnswerPtr answer;
    std::string name;
  };
  test::MemoryResolver zone_;
  std::vector<Waiting> waiting_;
  std::vector<std::string> names_;
};

int Rounds(SpfCheck& check, RoundResolver& resolver) {
  int rounds = 0;
  while (!check.Advance()) {
    if (resolver.idle()) return -1;
    resolver.AnswerAll();
    ++rounds;
  }
  return rounds;
}

int Rounds(std::string_view zone, SpfResult want) {
  RoundResolver resolver(zone);
  SpfCheck check(Request(), SpfLimits{}, resolver);
  const int rounds = Rounds(check, resolver);
  EXPECT_EQ(check.outcome().result, want) << check.outcome().reason;
  return rounds;
}

TEST(SpfRounds, ThreeIncludesCostTheTimeOfOne) {
  EXPECT_EQ(Rounds(R"(
    example.org TXT "v=spf1 include:a.example include:b.example include:c.example -all"
    a.example TXT "v=spf1 ip4:198.51.100.1 -all"
    b.example TXT "v=spf1 ip4:198.51.100.2 -all"
    c.example TXT "v=spf1 ip4:192.0.2.1 -all"
)",
                   SpfResult::kPass),
            2);
}

TEST(SpfRounds, WhatIncludesNeedIsAskedTogetherToo) {
  EXPECT_EQ(Rounds(R"(
    example.org TXT "v=spf1 include:a.example include:b.example mx redirect=c.example"
    example.org MX 10 mx.example.org
    mx.example.org A 198.51.100.7
    a.example TXT "v=spf1 a:a1.example exists:a2.example ?all"
    a1.example A 198.51.100.1
    b.example TXT "v=spf1 include:b1.example a:b2.example ?all"
    b1.example TXT "v=spf1 ip4:198.51.100.2 -all"
    b2.example A 198.51.100.2
    c.example TXT "v=spf1 mx -all"
    c.example MX 10 mx.c.example
    mx.c.example A 192.0.2.1
)",
                   SpfResult::kPass),
            4);  // record, includes and redirect, c's MX, its address
}

TEST(SpfRounds, MailExchangersAreAskedForTogether) {
  EXPECT_EQ(Rounds(R"(
    example.org TXT "v=spf1 mx -all"
    example.org MX 10 a.example
    example.org MX 20 b.example
    example.org MX 30 c.example
    a.example A 198.51.100.1
    b.example A 198.51.100.2
    c.example A 192.0.2.1
)",
                   SpfResult::kPass),
            3);
}

TEST(SpfRounds, AnEarlierMatchDoesNotWaitForWhatComesBehind) {
  test::MemoryResolver resolver(R"(
    example.org TXT "v=spf1 mx include:slow.example -all"
    example.org MX 10 a.example
    example.org MX 20 slow.example
    a.example A 192.0.2.1
)");
  resolver.Hold("slow.example");
  SpfCheck check(Request(), SpfLimits{}, resolver);
  EXPECT_TRUE(check.Advance());
  EXPECT_EQ(check.outcome().mechanism, "mx");
}

TEST(SpfRounds, NothingIsAskedBehindAnAddressThatMatches) {
  RoundResolver resolver("example.org TXT \"v=spf1 ip4:192.0.2.1 a include:a.example -all\"");
  SpfCheck check(Request(), SpfLimits{}, resolver);
  EXPECT_EQ(Rounds(check, resolver), 1);
  EXPECT_EQ(resolver.names().size(), 1U);
}

TEST(SpfRounds, AnswersThatCameEarlyAreNoVoidLookups) {
  test::MemoryResolver resolver(
      "example.org TXT \"v=spf1 include:pass.example a:n1.example a:n2.example a:n3.example\"\n"
      "pass.example TXT \"v=spf1 +all\"");
  resolver.Hold("pass.example");
  SpfCheck check(Request(), SpfLimits{}, resolver);
  EXPECT_FALSE(check.Advance());
  EXPECT_EQ(resolver.Count("n3.example"), 1U);
  resolver.Release("pass.example");
  EXPECT_TRUE(check.Advance());
  EXPECT_EQ(check.outcome().result, SpfResult::kPass);
  EXPECT_EQ(check.outcome().void_lookups, 0U);
}

TEST(SpfRounds, TheClientsNameCostsNothingBeforeItsTurn) {
  RoundResolver resolver(
      "example.org TXT \"v=spf1 include:a.example exists:%{p}.example.org -all\"\n"
      "a.example TXT \"v=spf1 +all\"");
  SpfCheck check(Request(), SpfLimits{}, resolver);
  EXPECT_EQ(Rounds(check, resolver), 2);
  EXPECT_THAT(resolver.names(), ::testing::ElementsAre("example.org", "a.example"));
}

TEST(SpfRounds, OnlyTermsWhoseTurnMayComeAreAskedEarly) {
  std::string record = "example.org TXT \"v=spf1";
  for (int i = 0; i < 20; ++i) record += " a:n" + std::to_string(i) + ".example";
  RoundResolver resolver(record + " -all\"");
  SpfCheck check(Request(), {.max_void_lookups = 20}, resolver);
  EXPECT_EQ(Rounds(check, resolver), 2);
  EXPECT_EQ(resolver.names().size(), 11U);
}

TEST(SpfRounds, LookingAheadIntoAForestOfIncludesIsBounded) {
  const char* const record =
      "v=spf1 include:0.%{d} include:1.%{d} include:2.%{d} include:3.%{d} include:4.%{d} "
      "include:5.%{d} include:6.%{d} include:7.%{d} include:8.%{d} include:9.%{d} -all";
  RoundResolver resolver("example.org TXT \"" + std::string(record) + "\"\n*.example.org TXT \"" +
                         std::string(record) + "\"\n");
  SpfCheck check(Request(), SpfLimits{}, resolver);
  EXPECT_GT(Rounds(check, resolver), 0);
  EXPECT_EQ(check.outcome().reason, "too many DNS look-ups");
  EXPECT_LE(resolver.names().size(), 41U);
}

TEST(SpfRounds, TenTermsOfTenNamesStayWithinTheQuestions) {
  std::string zone = "example.org TXT \"v=spf1";
  std::string hosts;
  for (int i = 0; i < 10; ++i) {
    const std::string domain = "d" + std::to_string(i) + ".example";
    zone += " mx:" + domain;
    for (int j = 0; j < 10; ++j) {
      const std::string host = "h" + std::to_string(j) + '.' + domain;
      hosts += domain + " MX 10 " + host + '\n' + host + " A 198.51.100.1\n";
    }
  }
  RoundResolver resolver(zone + " -all\"\n" + hosts);
  SpfCheck check(Request(), SpfLimits{}, resolver);
  EXPECT_GT(Rounds(check, resolver), 0);
  EXPECT_EQ(check.outcome().result, SpfResult::kFail) << check.outcome().reason;
  EXPECT_LE(resolver.names().size(), SpfLimits{}.max_questions);
}

constexpr const char* kWide = R"(
    example.org TXT "v=spf1 ip4:198.51.100.0/24 include:a.example include:b.example mx a:n.example exists:%{i}.%{p} redirect=c.example"
    example.org MX 10 a.mx.example
    example.org MX 20 b.mx.example
    a.mx.example A 198.51.100.1
    b.mx.example A 198.51.100.2
    a.example TXT "v=spf1 a:n1.example mx:example.org ?all"
    b.example TXT "v=spf1 include:a.example ~all"
    c.example TXT "v=spf1 ptr -all exp=why.example"
    why.example TXT "no, %{p}"
    1.2.0.192.in-addr.arpa PTR h.example
    h.example A 192.0.2.1
)";

// The outcome depends on what the answers say, never on when they come.
TEST(SpfRounds, AnyOrderOfAnswersGivesTheSameOutcome) {
  const SpfLimits limits{.max_terms = 12, .max_void_lookups = 4};
  const SpfOutcome want = testing::Check(kWide, Request(), limits);
  EXPECT_EQ(want.result, SpfResult::kFail) << want.reason;
  EXPECT_EQ(want.explanation, "no, h.example");
  std::mt19937 random(1);
  for (int i = 0; i < 300; ++i) {
    RoundResolver resolver(kWide);
    SpfCheck check(Request(), limits, resolver);
    while (!check.Advance()) resolver.AnswerOne(random());
    EXPECT_EQ(check.outcome().result, want.result);
    EXPECT_EQ(check.outcome().mechanism, want.mechanism);
    EXPECT_EQ(check.outcome().explanation, want.explanation);
    EXPECT_EQ(check.outcome().terms, want.terms);
    EXPECT_EQ(check.outcome().void_lookups, want.void_lookups);
  }
}

TEST(SpfRounds, GivingUpIsATemporaryError) {
  test::MemoryResolver resolver(kWide);
  for (const char* const held : {"example.org", "b.example", "a.mx.example"}) {
    resolver.Hold(held);
    SpfCheck check(Request(), SpfLimits{}, resolver);
    EXPECT_FALSE(check.Advance());
    check.GiveUp();
    EXPECT_EQ(check.outcome().result, SpfResult::kTempError);
    resolver.Release(held);
  }
}

TEST(SpfRounds, AFailWaitsForItsExplanationAndStandsWithoutIt) {
  test::MemoryResolver resolver("example.org TXT \"v=spf1 -all exp=why.example\"");
  resolver.Hold("why.example");
  SpfCheck check(Request(), SpfLimits{}, resolver);
  EXPECT_FALSE(check.Advance());
  check.GiveUp();
  EXPECT_EQ(check.outcome().result, SpfResult::kFail);
  EXPECT_EQ(check.outcome().explanation, "");
}

}  // namespace
}  // namespace gatepost::auth
