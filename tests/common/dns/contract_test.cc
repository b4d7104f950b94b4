// What every dns::Resolver does, run on the real one against a server and on the one in memory.
#include <chrono>
#include <memory>

#include "common/dns/cares_resolver.h"
#include "tests/support/dns_server.h"
#include "tests/support/memory_resolver.h"

namespace gatepost::dns {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kZone = R"(
ok.test          300  TXT   "v=spf1 -all"
ok.test               MX    20 Second.ok.test
ok.test               MX    10 first.OK.test.
ok.test               A     192.0.2.1
ok.test               A     192.0.2.2
ok.test               AAAA  2001:db8::1
1.2.0.192.in-addr.arpa  PTR Host.ok.test
split.test            TXT   "v=DKIM1; " "p=" "abc"
several.test          TXT   "first"
several.test          TXT   "second"
empty.test            TXT   ""
bytes.test            TXT   "\000\255;"
nullmx.test           MX    0 .
below.branch.test     A     192.0.2.3
alias.test       20   CNAME ok.test
a1.test               CNAME a2.test
a2.test               CNAME a3.test
a3.test               TXT   "three away"
dangling.test         CNAME nowhere.test
self.test             CNAME self.test
ring1.test            CNAME ring2.test
ring2.test            CNAME ring1.test
oddptr.test           PTR   a\.b.test
oddptr.test           PTR   with\032blank.test
oddptr.test           PTR   high\200.test
oddptr.test           PTR   good.test
onlyodd.test          PTR   a\.b.test
servfail.test         !servfail
refused.test          !refused
formerr.test          !formerr
notimp.test           !notimp
badvers.test          TXT   "x"
badvers.test          !badvers
timeout.test          !timeout
lie.test              TXT   "x"
lie.test              !lie
extra.test            TXT   "true"
extra.test            !extra
truncated.test        TXT   "whole"
truncated.test        !truncate
stump.test            !truncate-always
signed.test           TXT   "x"
signed.test           !ad
garbage.test          !garbage
loop.test             !loop
*.wild.test           A     192.0.2.9
blank\032in.test      A     192.0.2.10
)";

// Sixteen CNAMEs lead to deep0.test; seventeen start at deep17.test.
std::string Chains() {
  std::string zone(kZone);
  for (int i = 17; i > 0; --i) {
    zone += "deep" + std::to_string(i) + ".test CNAME deep" + std::to_string(i - 1) + ".test\n";
  }
  return zone + "deep0.test TXT \"deep\"\n";
}

class CaresBackend {
 public:
  CaresBackend() : server_(Chains()) {
    ResolverOptions options;
    options.servers = {server_.Address()};
    options.timeout = milliseconds(1000);
    resolver_ = CaresResolver::Create(options).value();
  }
  Resolver& resolver() { return *resolver_; }

 private:
  test::DnsServer server_;
  std::unique_ptr<CaresResolver> resolver_;
};

class MemoryBackend {
 public:
  Resolver& resolver() { return resolver_; }

 private:
  test::MemoryResolver resolver_{Chains()};
};

template <class Backend>
class ResolverContract : public testing::Test {
 protected:
  AnswerPtr Get(std::string_view name, RecordType type) {
    const auto deadline = std::chrono::steady_clock::now() + milliseconds(4000);
    return backend_.resolver().Ask(name, type).Wait(deadline);
  }
  Status StatusOf(std::string_view name, RecordType type = RecordType::kTxt) {
    return Get(name, type)->status;
  }
  std::vector<std::string> Texts(std::string_view name, RecordType type = RecordType::kTxt) {
    std::vector<std::string> texts;
    const AnswerPtr answer = Get(name, type);
    for (const Record& record : answer->records) texts.push_back(record.text);
    return texts;
  }
  std::vector<std::string> Addresses(std::string_view name, RecordType type) {
    std::vector<std::string> addresses;
    const AnswerPtr answer = Get(name, type);
    for (const Record& r : answer->records) addresses.push_back(r.address.Format());
    return addresses;
  }

  Backend backend_;
};

using Backends = testing::Types<CaresBackend, MemoryBackend>;
TYPED_TEST_SUITE(ResolverContract, Backends);

using testing::ElementsAre;
using testing::IsEmpty;

TYPED_TEST(ResolverContract, GivesEachTypeOfRecordInTheOrderOfTheZone) {
  EXPECT_THAT(this->Texts("ok.test"), ElementsAre("v=spf1 -all"));
  EXPECT_THAT(this->Addresses("ok.test", RecordType::kA), ElementsAre("192.0.2.1", "192.0.2.2"));
  EXPECT_THAT(this->Addresses("ok.test", RecordType::kAaaa), ElementsAre("2001:db8::1"));
  EXPECT_THAT(this->Texts("ok.test", RecordType::kMx),
              ElementsAre("second.ok.test", "first.ok.test"));
  EXPECT_EQ(this->Get("ok.test", RecordType::kMx)->records[1].preference, 10);
  EXPECT_THAT(this->Texts("1.2.0.192.in-addr.arpa", RecordType::kPtr), ElementsAre("host.ok.test"));
  EXPECT_THAT(this->Texts("alias.test", RecordType::kCname), ElementsAre("ok.test"));
}

TYPED_TEST(ResolverContract, TakesNamesInAnyCaseWithOrWithoutTrailingDot) {
  for (const char* const name : {"OK.test", "ok.test.", "Ok.TeSt."}) {
    EXPECT_THAT(this->Texts(name), ElementsAre("v=spf1 -all")) << name;
  }
}

TYPED_TEST(ResolverContract, JoinsTheStringsOfARecordAndKeepsRecordsApart) {
  EXPECT_THAT(this->Texts("split.test"), ElementsAre("v=DKIM1; p=abc"));  // RFC 6376 3.6.2.2
  EXPECT_THAT(this->Texts("several.test"), ElementsAre("first", "second"));
  EXPECT_THAT(this->Texts("empty.test"), ElementsAre(""));
  EXPECT_THAT(this->Texts("bytes.test"), ElementsAre(std::string("\0\xff;", 3)));
}

TYPED_TEST(ResolverContract, TellsAMissingTypeFromAMissingName) {
  EXPECT_EQ(this->StatusOf("split.test", RecordType::kMx), Status::kNoData);
  EXPECT_EQ(this->StatusOf("missing.test"), Status::kNxDomain);
  EXPECT_EQ(this->StatusOf("branch.test"), Status::kNoData);  // RFC 8020: a name stands below it
  EXPECT_EQ(this->StatusOf("any.wild.test", RecordType::kA), Status::kOk);
}

TYPED_TEST(ResolverContract, FollowsCnamesToTheirEnd) {
  EXPECT_THAT(this->Texts("alias.test"), ElementsAre("v=spf1 -all"));
  EXPECT_THAT(this->Texts("a1.test"), ElementsAre("three away"));
  EXPECT_EQ(this->StatusOf("a1.test", RecordType::kMx), Status::kNoData);
  EXPECT_EQ(this->StatusOf("dangling.test"), Status::kNxDomain);
  EXPECT_EQ(this->Get("alias.test", RecordType::kTxt)->ttl.count(), 20);  // the least of the chain
}

TYPED_TEST(ResolverContract, GivesUpLoopsAndChainsOfMoreThanSixteenCnames) {
  EXPECT_EQ(this->StatusOf("self.test"), Status::kServFail);
  EXPECT_EQ(this->StatusOf("ring1.test"), Status::kServFail);
  EXPECT_THAT(this->Texts("deep16.test"), ElementsAre("deep"));
  EXPECT_EQ(this->StatusOf("deep17.test"), Status::kServFail);
}

TYPED_TEST(ResolverContract, LeavesOutNamesThatAreNotVisibleAscii) {
  EXPECT_THAT(this->Texts("oddptr.test", RecordType::kPtr), ElementsAre("good.test"));
  EXPECT_EQ(this->StatusOf("onlyodd.test", RecordType::kPtr), Status::kNoData);
}

TYPED_TEST(ResolverContract, GivesANullMxAsTheEmptyName) {  // RFC 7505
  EXPECT_THAT(this->Texts("nullmx.test", RecordType::kMx), ElementsAre(""));
}

TYPED_TEST(ResolverContract, ReportsServersThatFail) {
  for (const char* const name : {"servfail.test", "refused.test", "formerr.test", "notimp.test",
                                 "badvers.test", "stump.test", "garbage.test", "loop.test"}) {
    EXPECT_EQ(this->StatusOf(name), Status::kServFail) << name;
  }
}

TYPED_TEST(ResolverContract, DoesNotBelieveRecordsOfOtherNames) {
  EXPECT_EQ(this->StatusOf("lie.test"), Status::kServFail);
  EXPECT_THAT(this->Texts("extra.test"), ElementsAre("true"));
}

TYPED_TEST(ResolverContract, WaitsNoLongerThanTheDeadline) {
  const Query query = this->backend_.resolver().Ask("timeout.test", RecordType::kTxt);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(query.Ready());
  EXPECT_EQ(query.Wait(start + milliseconds(30))->status, Status::kTimeout);
  EXPECT_EQ(query.Wait(start)->status, Status::kTimeout);
  EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(900));
}

TYPED_TEST(ResolverContract, GetsWholeAnswersWhereUdpTruncatesThem) {
  EXPECT_THAT(this->Texts("truncated.test"), ElementsAre("whole"));
}

TYPED_TEST(ResolverContract, PassesOnThatTheRecursorAuthenticatedTheAnswer) {  // RFC 4035 3.2.3
  EXPECT_TRUE(this->Get("signed.test", RecordType::kTxt)->authenticated);
  EXPECT_FALSE(this->Get("ok.test", RecordType::kTxt)->authenticated);
}

TYPED_TEST(ResolverContract, RefusesNamesThatDnsCannotCarry) {
  const std::string label(63, 'a');
  const std::string longest = label + "." + label + "." + label + "." + std::string(61, 'a');
  EXPECT_EQ(this->StatusOf(longest), Status::kNxDomain);
  const std::vector<std::string> bad = {"",
                                        ".",
                                        "a..test",
                                        ".test",
                                        "test..",
                                        "b\xc3\xbc.test",
                                        longest + "a",
                                        label + "a.test",
                                        "tab\t.test",
                                        std::string("nul\0.test", 9),
                                        "del\x7f.test"};
  for (const std::string& name : bad) EXPECT_EQ(this->StatusOf(name), Status::kBadName) << name;
}

TYPED_TEST(ResolverContract, AsksForAnyPrintableByte) {
  for (const char* const name : {"a b.test", "a\\b.test", "\\.test", "\"*$@\".test", "a\\.test"}) {
    EXPECT_EQ(this->StatusOf(name), Status::kNxDomain) << name;
  }
}

TYPED_TEST(ResolverContract, CopiesOfAQueryShareTheAnswer) {
  const Query query = this->backend_.resolver().Ask("ok.test", RecordType::kTxt);
  const Query copy = query;
  const auto deadline = std::chrono::steady_clock::now() + milliseconds(4000);
  EXPECT_EQ(query.Wait(deadline), copy.Wait(deadline));
  EXPECT_TRUE(copy.Ready());
}

}  // namespace
}  // namespace gatepost::dns
