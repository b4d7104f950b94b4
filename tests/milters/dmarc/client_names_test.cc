#include "milters/dmarc/client_names.h"

#include <chrono>
#include <span>

#include "tests/support/memory_resolver.h"

namespace gatepost::dmarc {
namespace {

using base::IpAddress;

IpAddress Ip(std::string_view text) { return IpAddress::Parse(text).value(); }

std::string Joined(const std::vector<mail::Domain>& names) {
  std::string text;
  for (const mail::Domain& name : names) text += (text.empty() ? "" : " ") + name.ascii();
  return text;
}

TEST(ReverseName, TurnsAddressesAround) {
  EXPECT_EQ(ReverseName(Ip("192.0.2.1"), "in-addr.arpa", "ip6.arpa"), "1.2.0.192.in-addr.arpa");
  EXPECT_EQ(ReverseName(Ip("192.0.2.1"), "", ""), "1.2.0.192");
  EXPECT_EQ(ReverseName(Ip("2001:db8::567:89ab"), "in-addr.arpa", "ip6.arpa"),
            "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
  EXPECT_EQ(ReverseName(Ip("::1"), "", ""),
            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0");
  EXPECT_EQ(ReverseName(Ip("::ffff:192.0.2.1"), "in-addr.arpa", "ip6.arpa"),
            "1.2.0.192.in-addr.arpa");
  EXPECT_EQ(ReverseName(IpAddress(), "in-addr.arpa", "ip6.arpa"), "");
}

struct IprevCase {
  std::string_view name;
  std::string_view client;
  std::string_view zone;
  std::string_view result;
  std::string_view claimed;
  std::string_view confirmed;
};

// RFC 8601 sections 2.7.3 and 3.
TEST(IprevCheck, ConfirmsTheNamesThatHaveTheClientsAddress) {
  const std::vector<IprevCase> cases = {
      {"a name that points back", "192.0.2.1",
       "1.2.0.192.in-addr.arpa PTR mx.example.\nmx.example A 192.0.2.9\nmx.example A 192.0.2.1\n",
       "pass", "mx.example", "mx.example"},
      {"one of several names points back", "192.0.2.1",
       "1.2.0.192.in-addr.arpa PTR a.example.\n1.2.0.192.in-addr.arpa PTR b.example.\n"
       "a.example A 192.0.2.2\nb.example A 192.0.2.1\n",
       "pass", "a.example b.example", "b.example"},
      {"a name that points elsewhere", "192.0.2.1",
       "1.2.0.192.in-addr.arpa PTR mx.example.\nmx.example A 192.0.2.9\n", "fail", "mx.example",
       ""},
      {"a name that does not exist", "192.0.2.1", "1.2.0.192.in-addr.arpa PTR gone.example.\n",
       "fail", "gone.example", ""},
      {"an address of the other family does not count", "192.0.2.1",
       "1.2.0.192.in-addr.arpa PTR mx.example.\nmx.example AAAA 2001:db8::1\n", "fail",
       "mx.example", ""},
      {"no PTR record", "192.0.2.1", "", "permerror", "", ""},
      {"the reverse name has no PTR", "192.0.2.1", "1.2.0.192.in-addr.arpa TXT nothing\n",
       "permerror", "", ""},
      {"the PTR look-up fails", "192.0.2.1", "1.2.0.192.in-addr.arpa !servfail\n", "temperror", "",
       ""},
      {"the address look-up fails", "192.0.2.1",
       "1.2.0.192.in-addr.arpa PTR mx.example.\nmx.example !servfail\n", "temperror", "mx.example",
       ""},
      {"one address look-up fails, and another name is confirmed", "192.0.2.1",
       "1.2.0.192.in-addr.arpa PTR a.example.\n1.2.0.192.in-addr.arpa PTR b.example.\n"
       "a.example !servfail\nb.example A 192.0.2.1\n",
       "pass", "a.example b.example", "b.example"},
      {"one address look-up fails, and another name points elsewhere", "192.0.2.1",
       "1.2.0.192.in-addr.arpa PTR a.example.\n1.2.0.192.in-addr.arpa PTR b.example.\n"
       "a.example !servfail\nb.example A 192.0.2.7\n",
       "temperror", "a.example b.example", ""},
      {"a PTR that is no domain is passed over", "192.0.2.1",
       "1.2.0.192.in-addr.arpa PTR -bad-.example.\n1.2.0.192.in-addr.arpa PTR b.example.\n"
       "b.example A 192.0.2.1\n",
       "pass", "b.example", "b.example"},
      {"a PTR that is no domain is a PTR", "192.0.2.1",
       "1.2.0.192.in-addr.arpa PTR -bad-.example.\n", "fail", "", ""},
      {"a v4-mapped client is an IPv4 client", "::ffff:192.0.2.1",
       "1.2.0.192.in-addr.arpa PTR mx.example.\nmx.example A 192.0.2.1\n", "pass", "mx.example",
       "mx.example"},
      {"the reverse name is an alias (RFC 2317)", "192.0.2.1",
       "1.2.0.192.in-addr.arpa CNAME 1.0-127.2.0.192.in-addr.arpa.\n"
       "1.0-127.2.0.192.in-addr.arpa PTR mx.example.\nmx.example A 192.0.2.1\n",
       "pass", "mx.example", "mx.example"},
  };
  for (const IprevCase& c : cases) {
    SCOPED_TRACE(c.name);
    test::MemoryResolver resolver(c.zone);
    IprevCheck check(Ip(c.client), resolver);
    ASSERT_TRUE(check.Advance());
    EXPECT_EQ(Name(check.outcome().result), c.result);
    EXPECT_EQ(Joined(check.outcome().claimed), c.claimed);
    EXPECT_EQ(Joined(check.outcome().confirmed), c.confirmed);
  }
}

TEST(IprevCheck, AsksForAddressesOfTheClientsFamily) {
  test::MemoryResolver resolver("mx.example AAAA 2001:db8::1\nmx.example A 192.0.2.1\n");
  resolver.Add(ReverseName(Ip("2001:db8::1"), "", "ip6.arpa") + " PTR mx.example.\n");
  IprevCheck check(Ip("2001:db8::1"), resolver);
  EXPECT_TRUE(check.Advance());
  EXPECT_EQ(check.outcome().result, IprevResult::kPass);
  EXPECT_EQ(resolver.Total(), 2U);
}

TEST(IprevCheck, AsksNothingForALocalSocket) {
  test::MemoryResolver resolver;
  IprevCheck check(IpAddress(), resolver);
  EXPECT_TRUE(check.Advance());
  EXPECT_EQ(check.outcome().result, IprevResult::kPermError);
  EXPECT_EQ(resolver.Total(), 0U);
}

TEST(IprevCheck, TakesTenNamesAtMost) {
  test::MemoryResolver resolver;
  for (int i = 0; i < 30; ++i) {
    const std::string name = "mx" + std::to_string(10 + i) + ".example";
    resolver.Add("1.2.0.192.in-addr.arpa PTR " + name + ".\n" + name + " A 192.0.2.9\n");
  }
  IprevCheck check(Ip("192.0.2.1"), resolver);
  EXPECT_TRUE(check.Advance());
  EXPECT_EQ(check.outcome().claimed.size(), 10U);
  EXPECT_EQ(check.outcome().result, IprevResult::kFail) << "what is left out is no trouble of DNS";
  EXPECT_EQ(resolver.Total(), 11U);
}

TEST(IprevCheck, AsksForAllAddressesBeforeTheFirstHasCome) {
  test::MemoryResolver resolver(
      "1.2.0.192.in-addr.arpa PTR a.example.\n1.2.0.192.in-addr.arpa PTR b.example.\n"
      "a.example A 192.0.2.1\nb.example A 192.0.2.1\n");
  resolver.Hold("a.example");
  resolver.Hold("b.example");
  IprevCheck check(Ip("192.0.2.1"), resolver);
  EXPECT_FALSE(check.Advance());
  EXPECT_EQ(resolver.Count("a.example") + resolver.Count("b.example"), 2U);
  resolver.Release("b.example");
  EXPECT_FALSE(check.Advance());
  resolver.Release("a.example");
  EXPECT_TRUE(check.Advance());
  EXPECT_EQ(Joined(check.outcome().confirmed), "a.example b.example");
}

TEST(IprevCheck, KeepsWhatWasConfirmedWhenTheTimeIsOver) {
  test::MemoryResolver resolver(
      "1.2.0.192.in-addr.arpa PTR a.example.\n1.2.0.192.in-addr.arpa PTR b.example.\n"
      "a.example A 192.0.2.1\nb.example A 192.0.2.1\n");
  resolver.Hold("a.example");
  IprevCheck check(Ip("192.0.2.1"), resolver);
  EXPECT_FALSE(check.Advance());
  check.GiveUp();
  EXPECT_EQ(check.outcome().result, IprevResult::kPass);
  EXPECT_EQ(Joined(check.outcome().confirmed), "b.example");
}

TEST(IprevCheck, GivingUpBeforeAnythingCameIsATempError) {
  test::MemoryResolver resolver("1.2.0.192.in-addr.arpa !timeout\n");
  IprevCheck check(Ip("192.0.2.1"), resolver);
  EXPECT_FALSE(check.Advance());
  check.GiveUp();
  EXPECT_EQ(check.outcome().result, IprevResult::kTempError);
}

struct HeloCase {
  std::string_view name;
  std::string_view helo;
  std::string_view client;
  std::string_view zone;
  std::string_view outcome;  // those that are true
};

std::string True(const HeloOutcome& outcome) {
  std::string text;
  for (const auto& [is, word] :
       std::initializer_list<std::pair<bool, std::string_view>>{{outcome.is_name, "name"},
                                                                {outcome.is_literal, "literal"},
                                                                {outcome.resolves, "resolves"},
                                                                {outcome.matches, "matches"},
                                                                {outcome.unknown, "unknown"}}) {
    if (is) text.append(text.empty() ? "" : " ").append(word);
  }
  return text;
}

TEST(HeloCheck, TellsWhatIsTrueOfTheName) {
  const std::vector<HeloCase> cases = {
      {"the name has the client's address", "mx.example", "192.0.2.1", "mx.example A 192.0.2.1\n",
       "name resolves matches"},
      {"upper case and a last dot", "MX.Example.", "192.0.2.1", "mx.example A 192.0.2.1\n",
       "name resolves matches"},
      {"an IPv6 client", "mx.example", "2001:db8::1",
       "mx.example AAAA 2001:db8::1\nmx.example A 192.0.2.1\n", "name resolves matches"},
      {"another address", "mx.example", "192.0.2.1", "mx.example A 192.0.2.2\n", "name resolves"},
      {"an address of the other family alone", "mx.example", "192.0.2.1",
       "mx.example AAAA 2001:db8::1\n", "name resolves"},
      {"an MX alone", "mx.example", "192.0.2.1", "mx.example MX 10 in.example.\n", "name resolves"},
      {"an MX that says there is no mail (RFC 7505)", "mx.example", "192.0.2.1",
       "mx.example MX 0 .\n", "name"},
      {"a name without any of them", "mx.example", "192.0.2.1", "mx.example TXT nothing\n", "name"},
      {"a name that does not exist", "mx.example", "192.0.2.1", "", "name"},
      {"DNS fails", "mx.example", "192.0.2.1", "mx.example !servfail\n", "name unknown"},
      {"DNS fails for the other family alone", "mx.example", "192.0.2.1",
       "mx.example A 192.0.2.1\nmx.example AAAA !servfail\n", "name resolves matches"},
      {"DNS fails for the other family, and the own does not match", "mx.example", "192.0.2.1",
       "mx.example A 192.0.2.2\nmx.example AAAA !servfail\n", "name resolves"},
      {"DNS fails for the own family alone", "mx.example", "192.0.2.1",
       "mx.example AAAA 2001:db8::1\nmx.example A !servfail\n", "name resolves unknown"},
      {"an underscore", "mx_1.example", "192.0.2.1", "mx_1.example A 192.0.2.1\n",
       "name resolves matches"},
      {"U-labels",
       "b\xc3\xbc"
       "cher.example",
       "192.0.2.1", "xn--bcher-kva.example A 192.0.2.1\n", "name resolves matches"},
      {"one label", "localhost", "192.0.2.1", "localhost A 127.0.0.1\n", ""},
      {"one label and a dot", "mx.", "192.0.2.1", "", ""},
      {"nothing", "", "192.0.2.1", "", ""},
      {"a blank within", "mx example.org", "192.0.2.1", "", ""},
      {"an address without brackets", "192.0.2.1", "192.0.2.1", "", ""},
      {"part of an address without brackets", "0.2.1", "192.0.2.1", "", ""},
      {"a number at the end", "mx.example.7", "192.0.2.1", "", ""},
      {"an IPv6 address without brackets", "2001:db8::1", "2001:db8::1", "", ""},
      {"a literal of the client", "[192.0.2.1]", "192.0.2.1", "", "literal"},
      {"a literal of somebody else", "[192.0.2.2]", "192.0.2.1", "", ""},
      {"a literal of an IPv6 client", "[IPv6:2001:DB8::1]", "2001:db8::1", "", "literal"},
      {"the tag in another case", "[ipv6:2001:db8::1]", "2001:db8::1", "", "literal"},
      {"an IPv6 literal without its tag", "[2001:db8::1]", "2001:db8::1", "", ""},
      {"an IPv4 literal with IPv6's tag", "[IPv6:192.0.2.1]", "192.0.2.1", "", ""},
      {"a v4-mapped literal of an IPv4 client", "[IPv6:::ffff:192.0.2.1]", "192.0.2.1", "",
       "literal"},
      {"a literal without its end", "[192.0.2.1", "192.0.2.1", "", ""},
      {"an empty literal", "[]", "192.0.2.1", "", ""},
      {"a bracket", "[", "192.0.2.1", "", ""},
      {"a name in brackets", "[mx.example]", "192.0.2.1", "mx.example A 192.0.2.1\n", ""},
  };
  for (const HeloCase& c : cases) {
    SCOPED_TRACE(c.name);
    test::MemoryResolver resolver(c.zone);
    HeloCheck check(c.helo, Ip(c.client), resolver);
    ASSERT_TRUE(check.Advance());
    EXPECT_EQ(True(check.outcome()), c.outcome);
    EXPECT_EQ(resolver.Total(), check.outcome().is_name ? 3U : 0U);
  }
}

TEST(HeloCheck, IsUnknownWhenTheTimeIsOver) {
  test::MemoryResolver resolver("mx.example A 192.0.2.1\n");
  resolver.Hold("mx.example");
  HeloCheck check("mx.example", Ip("192.0.2.1"), resolver);
  EXPECT_FALSE(check.Advance());
  EXPECT_EQ(check.pending().size(), 3U) << "all is asked at once";
  check.GiveUp();
  EXPECT_EQ(True(check.outcome()), "name unknown");
}

TEST(HeloCheck, TakesAnyLengthOfHelo) {
  test::MemoryResolver resolver;
  std::string helo(100'000, 'a');
  helo += ".example";
  HeloCheck check(helo, Ip("192.0.2.1"), resolver);
  EXPECT_TRUE(check.Advance());
  EXPECT_EQ(True(check.outcome()), "");
}

}  // namespace
}  // namespace gatepost::dmarc
