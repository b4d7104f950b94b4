#include "milters/dmarc/block_lists.h"

#include <array>
#include <chrono>
#include <thread>

#include "common/base/strings.h"
#include "tests/support/memory_resolver.h"

namespace gatepost::dmarc {
namespace {

using base::IpAddress;
using dns::Status;
using namespace std::chrono_literals;

IpAddress Ip(std::string_view text) { return IpAddress::Parse(text).value(); }
mail::Domain Name(std::string_view text) { return mail::Domain::Parse(text).value(); }
BlockList List(std::string_view row) { return BlockList::Parse(row).value(); }

// -- rows
// ------------------------------------------------------------------------------------------

struct GoodRow {
  std::string_view row;
  std::string_view want;
};

std::string Format(const BlockList& list) {
  std::string text = list.zone.ascii();
  text += list.kind == ListKind::kAddress ? " address" : " domain";
  for (const auto& code : list.codes) {
    text += " " + code.first.Format();
    if (code.last != code.first) text += "-" + code.last.Format();
    text += "=" + std::to_string(code.weight);
  }
  if (list.public_name) text += " as " + list.Name();
  return text;
}

TEST(BlockListRow, IsReadAsAZoneAKindAndWeights) {
  const std::vector<GoodRow> cases = {
      {"zen.example address 127.0.0.2=5 127.0.0.3=2 127.0.0.10-127.0.0.11=3",
       "zen.example address 127.0.0.2=5 127.0.0.3=2 127.0.0.10-127.0.0.11=3"},
      {"\tZEN.example.  domain\t127.0.1.2=+7 ", "zen.example domain 127.0.1.2=7"},
      {"wl.example address 127.0.0.0-127.0.255.255=-4",
       "wl.example address 127.0.0.0-127.0.255.255=-4"},
      {"zen.example address 127.0.0.9=1 127.0.0.2=2 127.0.0.3-127.0.0.8=3",
       "zen.example address 127.0.0.2=2 127.0.0.3-127.0.0.8=3 127.0.0.9=1"},
      {"key.zen.example address as=Zen.example 127.0.0.2=1",
       "key.zen.example address 127.0.0.2=1 as zen.example"},
      {"key.zen.example address 127.0.0.2=1 as=zen.example",
       "key.zen.example address 127.0.0.2=1 as zen.example"},
      {"_key.zen.example address 127.255.254.255=1000",
       "_key.zen.example address 127.255.254.255=1000"},
  };
  for (const GoodRow& c : cases) {
    const auto list = BlockList::Parse(c.row);
    ASSERT_TRUE(list) << c.row << ": " << list.error().message;
    EXPECT_EQ(Format(*list), c.want);
  }
}

struct BadRow {
  std::string_view row;
  std::string_view error;
};

TEST(BlockListRow, SaysWhatIsWrongWithIt) {
  const std::vector<BadRow> cases = {
      {"", "a list is: zone address|domain code=weight ..."},
      {"zen.example address", "a list is: zone address|domain code=weight ..."},
      {"key.zen.example address as=zen.example", "\"key.zen.example\" has no codes"},
      {"zen.example address as= 127.0.0.2=1", "not a domain name: "},
      {"zen.example address as=a.example as=b.example 127.0.0.2=1",
       "\"b.example\" is a second public name"},
      {"zen..example address 127.0.0.2=1", "not a domain name: zen..example"},
      {"zen.example ip 127.0.0.2=1", "\"ip\" is not a kind of list: address or domain"},
      {"zen.example address 127.0.0.2", "\"127.0.0.2\" has no weight: a code is like 127.0.0.2=5"},
      {"zen.example address 127.0.0.2=", "\"\" is not a weight from -1000 to 1000, and not 0"},
      {"zen.example address 127.0.0.2=0", "\"0\" is not a weight from -1000 to 1000, and not 0"},
      {"zen.example address 127.0.0.2=1001",
       "\"1001\" is not a weight from -1000 to 1000, and not 0"},
      {"zen.example address 127.0.0.2=-2147483648",
       "\"-2147483648\" is not a weight from -1000 to 1000, and not 0"},
      {"zen.example address 127.0.0.2=+-1",
       "\"+-1\" is not a weight from -1000 to 1000, and not 0"},
      {"zen.example address 127.0.0.2=1.5",
       "\"1.5\" is not a weight from -1000 to 1000, and not 0"},
      {"zen.example address 128.0.0.2=1", "\"128.0.0.2\" is not a return code like 127.0.0.2"},
      {"zen.example address ::1=1", "\"::1\" is not a return code like 127.0.0.2"},
      {"zen.example address ::ffff:127.0.0.2=1",
       "\"::ffff:127.0.0.2\" is not a return code like 127.0.0.2"},
      {"zen.example address 127.0.0.3-127.0.0.2=1",
       "\"127.0.0.3-127.0.0.2=1\" ends before it begins"},
      {"zen.example address 127.0.0.2-=1", "\"\" is not a return code like 127.0.0.2"},
      {"zen.example address 127.255.255.254=1",
       "\"127.255.255.254=1\" holds 127.255.255.x, by which lists tell errors"},
      {"zen.example address 127.0.0.0-127.255.255.255=1",
       "\"127.0.0.0-127.255.255.255=1\" holds 127.255.255.x, by which lists tell errors"},
      {"zen.example address 127.0.0.2=1 127.0.0.2=2", "\"127.0.0.2\" is given two weights"},
      {"zen.example address 127.0.0.2-127.0.0.9=1 127.0.0.4=2",
       "\"127.0.0.4\" is given two weights"},
  };
  for (const BadRow& c : cases) {
    const auto list = BlockList::Parse(c.row);
    ASSERT_FALSE(list) << c.row;
    EXPECT_EQ(list.error().message, c.error);
  }
}

TEST(BlockListRow, TakesABoundedNumberOfCodes) {
  std::string row = "zen.example address";
  for (int i = 0; i < 256; ++i) row += " 127.0.1." + std::to_string(i) + "=1";
  EXPECT_TRUE(BlockList::Parse(row));
  EXPECT_FALSE(BlockList::Parse(row + " 127.0.2.1=1"));
}

TEST(BlockListRow, FindsTheCodeOfAnAnswer) {
  const BlockList list = List("zen.example address 127.0.0.2=5 127.0.0.10-127.0.0.11=3");
  const std::vector<std::pair<std::string_view, int>> cases = {
      {"127.0.0.1", 0},  {"127.0.0.2", 5},  {"127.0.0.3", 0},  {"127.0.0.9", 0},
      {"127.0.0.10", 3}, {"127.0.0.11", 3}, {"127.0.0.12", 0}, {"::1", 0}};
  for (const auto& [address, weight] : cases) {
    const auto* const code = list.Find(Ip(address));
    EXPECT_EQ(code ? code->weight : 0, weight) << address;
  }
}

// -- checks
// ----------------------------------------------------------------------------------------

constexpr std::string_view kGoodEntries =
    "2.0.0.127.zen.example A 127.0.0.2\n"
    "2.0.0.127.wl.example A 127.0.0.2\n"
    "test.dbl.example A 127.0.1.2\n";

class BlockListChecks : public testing::Test {
 protected:
  std::string Run(std::string_view subjects) {
    BlockListCheck check(lists_, health_, resolver_);
    AddAll(subjects, check);
    check.Advance();
    EXPECT_TRUE(check.done());
    return Outcome(check);
  }

  static void AddAll(std::string_view subjects, BlockListCheck& check) {
    for (const std::string_view subject : base::Split(subjects, ' ')) {
      if (const auto address = IpAddress::Parse(subject)) {
        check.Add(*address);
      } else {
        check.Add(Name(subject));
      }
    }
  }

  std::string Outcome(const BlockListCheck& check) {
    std::string text;
    for (const Listing& one : check.listings()) {
      text += one.zone + " " + one.subject + " " + one.code + " " + std::to_string(one.weight);
      text += "; ";
    }
    for (const auto& change : check.changes()) {
      text += change.zone + (change.on ? " on: " : " off: ") + change.reason + "; ";
    }
    return text;
  }

  const std::vector<BlockList> lists_ = {
      List("zen.example address 127.0.0.2=5 127.0.0.3=2 127.0.0.10-127.0.0.11=3"),
      List("wl.example address 127.0.0.0-127.0.255.255=-4"),
      List("dbl.example domain 127.0.1.2=7")};
  base::ManualClock clock_;
  ListHealth health_{3, clock_};
  test::MemoryResolver resolver_{kGoodEntries};
};

struct CheckCase {
  std::string_view name;
  std::string_view zone;
  std::string_view subjects;
  std::string_view outcome;
};

// RFC 5782 sections 2.1, 2.4 and 3.2.
TEST_F(BlockListChecks, SayWhatIsListedWhere) {
  const std::vector<CheckCase> cases = {
      {"nothing", "", "192.0.2.1 a.example", ""},
      {"an address", "1.2.0.192.zen.example A 127.0.0.2\n", "192.0.2.1",
       "zen.example 192.0.2.1 127.0.0.2 5; "},
      {"an address of IPv6",
       "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.zen.example A 127.0.0.3\n",
       "2001:db8::1", "zen.example 2001:db8::1 127.0.0.3 2; "},
      {"several codes, of a range only one",
       "1.2.0.192.zen.example A 127.0.0.10\n1.2.0.192.zen.example A 127.0.0.2\n"
       "1.2.0.192.zen.example A 127.0.0.11\n",
       "192.0.2.1", "zen.example 192.0.2.1 127.0.0.10 3; zen.example 192.0.2.1 127.0.0.2 5; "},
      {"a code without a weight", "1.2.0.192.zen.example A 127.0.0.4\n", "192.0.2.1", ""},
      {"an allow list beside a block list",
       "1.2.0.192.zen.example A 127.0.0.2\n1.2.0.192.wl.example A 127.0.9.1\n", "192.0.2.1",
       "zen.example 192.0.2.1 127.0.0.2 5; wl.example 192.0.2.1 127.0.9.1 -4; "},
      {"a domain", "a.example.dbl.example A 127.0.1.2\n", "192.0.2.1 a.example b.example",
       "dbl.example a.example 127.0.1.2 7; "},
      {"a domain twice is asked once", "a.example.dbl.example A 127.0.1.2\n", "a.example a.example",
       "dbl.example a.example 127.0.1.2 7; "},
      {"names of one label and numbers are not asked",
       "localhost.dbl.example A 127.0.1.2\n1.2.0.192.dbl.example A 127.0.1.2\n"
       "a.1.dbl.example A 127.0.1.2\n",
       "localhost 1.2.0.192 a.1", ""},
      {"no answer from one list",
       "1.2.0.192.zen.example !servfail\n1.2.0.192.wl.example A 127.0.0.1\n", "192.0.2.1",
       "wl.example 192.0.2.1 127.0.0.1 -4; "},
  };
  for (const CheckCase& c : cases) {
    SCOPED_TRACE(c.name);
    ListHealth health(lists_.size(), clock_);
    test::MemoryResolver resolver(std::string(kGoodEntries) + std::string(c.zone));
    BlockListCheck check(lists_, health, resolver);
    AddAll(c.subjects, check);
    EXPECT_TRUE(check.Advance());
    EXPECT_EQ(Outcome(check), c.outcome);
  }
}

TEST_F(BlockListChecks, NeverAskAboutAddressesThatAreNotPublic) {
  for (const std::string_view address :
       {"127.0.0.1", "127.0.0.2", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "169.254.1.1", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "::", "::1",
        "fe80::1", "fc00::1", "fd12::1", "ff02::1", "::ffff:10.0.0.1"}) {
    EXPECT_EQ(Run(address), "");
    EXPECT_EQ(resolver_.Total(), 0U) << address;
  }
  for (const std::string_view address :
       {"172.15.255.255", "172.32.0.0", "11.0.0.0", "2001:db8::1"}) {
    const std::size_t before = resolver_.Total();
    Run(address);
    EXPECT_GT(resolver_.Total(), before) << address;
  }
}

TEST_F(BlockListChecks, AskNothingAboutALocalSocket) {
  BlockListCheck check(lists_, health_, resolver_);
  check.Add(IpAddress());
  EXPECT_TRUE(check.Advance());
  EXPECT_EQ(resolver_.Total(), 0U);
}

TEST_F(BlockListChecks, AskABoundedNumberOfQuestions) {
  BlockListCheck check(lists_, health_, resolver_);
  for (int i = 0; i < 100; ++i) {
    check.Add(Name("d" + std::to_string(i) + ".example"));
    check.Add(Ip("192.0.2." + std::to_string(i)));
  }
  EXPECT_TRUE(check.Advance());
  EXPECT_EQ(resolver_.Total(), 2 * 4 + 20U + 3 * 3);
}

TEST_F(BlockListChecks, AskAllListsBeforeTheFirstAnswerHasCome) {
  for (const auto* const name :
       {"1.2.0.192.zen.example", "1.2.0.192.wl.example", "a.example.dbl.example"}) {
    resolver_.Hold(name);
  }
  BlockListCheck check(lists_, health_, resolver_);
  AddAll("192.0.2.1 a.example", check);
  EXPECT_EQ(resolver_.Total(), 3U + 3 * 3) << "questions leave when their subject is known";
  EXPECT_FALSE(check.Advance());
  resolver_.Release("1.2.0.192.zen.example");
  EXPECT_FALSE(check.Advance());
  resolver_.Release("1.2.0.192.wl.example");
  EXPECT_FALSE(check.Advance());
  resolver_.Release("a.example.dbl.example");
  EXPECT_TRUE(check.Advance());
  EXPECT_EQ(resolver_.Total(), 3U + 3 * 3);
}

TEST_F(BlockListChecks, KeepWhatCameWhenTheTimeIsOver) {
  resolver_.Add("1.2.0.192.zen.example A 127.0.0.2\n");
  resolver_.Hold("1.2.0.192.wl.example");
  BlockListCheck check(lists_, health_, resolver_);
  AddAll("192.0.2.1", check);
  EXPECT_FALSE(check.Advance());
  check.GiveUp();
  EXPECT_EQ(Outcome(check), "zen.example 192.0.2.1 127.0.0.2 5; ");
}

TEST_F(BlockListChecks, TakeSubjectsWhileAnswersAreUnderWay) {
  resolver_.Add("a.example.dbl.example A 127.0.1.2\n");
  resolver_.Hold("1.2.0.192.zen.example");
  BlockListCheck check(lists_, health_, resolver_);
  AddAll("192.0.2.1", check);
  EXPECT_FALSE(check.Advance());
  AddAll("a.example", check);
  resolver_.Release("1.2.0.192.zen.example");
  EXPECT_TRUE(check.Advance());
  EXPECT_EQ(Outcome(check), "dbl.example a.example 127.0.1.2 7; ");
}

// -- health
// ----------------------------------------------------------------------------------------

TEST_F(BlockListChecks, AListThatDoesNotWantToBeAskedGoesOff) {
  resolver_.Add("1.2.0.192.zen.example A 127.255.255.254\n");
  EXPECT_EQ(
      Run("192.0.2.1"),
      "zen.example off: it answers 127.255.255.254: it does not want to be asked from here; ");
  EXPECT_FALSE(health_.IsOn(0));
  EXPECT_TRUE(health_.IsOn(1));
}

TEST_F(BlockListChecks, AParkedDomainGoesOffAndItsListingsCountNothing) {
  resolver_.Add(
      "1.2.0.192.zen.example A 203.0.113.5\n1.2.0.192.zen.example A 127.0.0.2\n"
      "2.2.0.192.zen.example A 127.0.0.2\n");
  EXPECT_EQ(Run("192.0.2.2 192.0.2.1"),
            "zen.example off: it answers 203.0.113.5, which is no return code; ");
}

TEST_F(BlockListChecks, AListOfTheWholeWorldIsNeverBelieved) {
  resolver_.Add("*.zen.example A 127.0.0.2\n");
  resolver_.Hold("1.0.0.127.zen.example");
  BlockListCheck check(lists_, health_, resolver_);
  AddAll("192.0.2.1", check);
  EXPECT_FALSE(check.Advance()) << "a listing waits for the test entries";
  resolver_.Release("1.0.0.127.zen.example");
  EXPECT_TRUE(check.Advance());
  EXPECT_EQ(Outcome(check), "zen.example off: it lists everything, even 127.0.0.1; ");
}

TEST_F(BlockListChecks, AListOfAllDomainsIsNeverBelieved) {
  resolver_.Add("*.dbl.example A 127.0.1.2\n");
  EXPECT_EQ(Run("a.example"), "dbl.example off: it lists everything, even \"invalid\"; ");
}

TEST_F(BlockListChecks, NobodyWaitsForTestEntriesInVain) {
  for (const auto* const name :
       {"2.0.0.127.zen.example", "1.0.0.127.zen.example", "test.dbl.example", "dbl.example"}) {
    resolver_.Hold(name);
  }
  EXPECT_EQ(Run("192.0.2.1 a.example"), "");
}

TEST_F(BlockListChecks, AListThatLostItsTestEntryIsGone) {
  const std::vector<BlockList> lists = {List("old.example address 127.0.0.2=5"),
                                        List("old.example domain 127.0.0.2=5")};
  ListHealth health(2, clock_);
  BlockListCheck check(lists, health, resolver_);
  AddAll("192.0.2.1 a.test", check);
  EXPECT_TRUE(check.Advance());
  EXPECT_EQ(Outcome(check),
            "old.example off: it is gone: its test entry 127.0.0.2 does not exist; "
            "old.example off: it is gone: its test entry \"test\" does not exist; ");
}

TEST_F(BlockListChecks, AListOfIPv6AddressesAloneHasItsOwnTestEntry) {
  const std::vector<BlockList> lists = {List("six.example address 127.0.0.2=5")};
  ListHealth health(1, clock_);
  resolver_.Add(
      "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.six.example A 127.0.0.2\n");
  BlockListCheck check(lists, health, resolver_);
  AddAll("2001:db8::1", check);
  EXPECT_TRUE(check.Advance());
  EXPECT_EQ(Outcome(check), "");
}

TEST_F(BlockListChecks, AListOfDomainsNeedsNoTestEntryWhileItsZoneExists) {
  const std::vector<BlockList> lists = {List("live.example domain 127.0.0.2=5")};
  ListHealth health(1, clock_);
  resolver_.Add("live.example TXT here\n");
  BlockListCheck check(lists, health, resolver_);
  AddAll("a.test", check);
  EXPECT_TRUE(check.Advance());
  EXPECT_EQ(Outcome(check), "");
}

TEST_F(BlockListChecks, FiveMessagesWithoutAnAnswerSwitchAListOff) {
  const std::string_view two = "a.example b.example";
  resolver_.Fail("a.example.dbl.example", Status::kTimeout);
  resolver_.Fail("b.example.dbl.example", Status::kServFail);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(Run(two), "") << i;
  EXPECT_EQ(Run("c.example"), "") << "an answer in between begins anew";
  for (int i = 0; i < 4; ++i) EXPECT_EQ(Run(two), "") << i;
  EXPECT_EQ(Run("a.example c.example"), "") << "one answer is enough";
  for (int i = 0; i < 4; ++i) EXPECT_EQ(Run(two), "") << i;
  EXPECT_EQ(Run(two), "dbl.example off: it did not answer 5 messages in a row; ");
  const std::size_t asked = resolver_.Count("a.example.dbl.example");
  EXPECT_EQ(Run(two), "") << "told once";
  EXPECT_EQ(resolver_.Count("a.example.dbl.example"), asked) << "and not asked any more";
}

TEST_F(BlockListChecks, OurOwnBoundSaysNothingAboutAList) {
  resolver_.Fail("a.example.dbl.example", Status::kOverloaded);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Run("a.example"), "");
  EXPECT_TRUE(health_.IsOn(2));
}

TEST_F(BlockListChecks, AListComesBackWhenItsTestEntriesAreRight) {
  resolver_.Add("1.2.0.192.zen.example A 127.255.255.254\n2.2.0.192.zen.example A 127.0.0.2\n");
  Run("192.0.2.1");
  const std::size_t asked = resolver_.Count("2.0.0.127.zen.example");
  clock_.Advance(ListHealth::kOffAfterLies - 1s);
  EXPECT_EQ(Run("192.0.2.2"), "");
  EXPECT_EQ(resolver_.Count("2.0.0.127.zen.example"), asked);
  clock_.Advance(1s);
  EXPECT_EQ(Run("192.0.2.2"), "zen.example on: it answers again as it must; ");
  EXPECT_EQ(Run("192.0.2.2"), "zen.example 192.0.2.2 127.0.0.2 5; ");
}

TEST_F(BlockListChecks, AListThatIsStillWrongStaysOffSilently) {
  resolver_.Add("*.zen.example A 127.0.0.2\n");
  EXPECT_NE(Run("192.0.2.1"), "");
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(ListHealth::kOffAfterLies);
    const std::size_t asked = resolver_.Count("1.0.0.127.zen.example");
    EXPECT_EQ(Run("192.0.2.1"), "");
    EXPECT_EQ(Run("192.0.2.1"), "");
    EXPECT_EQ(resolver_.Count("1.0.0.127.zen.example"), asked + 1) << "one look at a time";
    EXPECT_FALSE(health_.IsOn(0));
  }
}

TEST_F(BlockListChecks, TestEntriesThatFailDoNotBringAListBack) {
  resolver_.Add("1.2.0.192.zen.example A 127.255.255.254\n");
  Run("192.0.2.1");
  resolver_.Fail("1.0.0.127.zen.example", Status::kTimeout);
  clock_.Advance(ListHealth::kOffAfterLies);
  EXPECT_EQ(Run("192.0.2.2"), "");
  EXPECT_FALSE(health_.IsOn(0));
}

TEST_F(BlockListChecks, TestEntriesAreAskedAgainAfterAWhile) {
  Run("192.0.2.1");
  EXPECT_EQ(resolver_.Count("1.0.0.127.zen.example"), 1U);
  clock_.Advance(ListHealth::kProofLasts - 1s);
  Run("192.0.2.1");
  EXPECT_EQ(resolver_.Count("1.0.0.127.zen.example"), 1U);
  clock_.Advance(1s);
  Run("192.0.2.1");
  EXPECT_EQ(resolver_.Count("1.0.0.127.zen.example"), 2U);
  resolver_.Add("*.zen.example A 127.0.0.2\n");
  clock_.Advance(ListHealth::kProofLasts);
  EXPECT_EQ(Run("192.0.2.1"), "zen.example off: it lists everything, even 127.0.0.1; ");
}

TEST_F(BlockListChecks, TestEntriesAreAskedAgainWhenAllMessagesAreListed) {
  Run("192.0.2.77");
  resolver_.Add("*.zen.example A 127.0.0.2\n");
  for (int i = 0; i < ListHealth::kListedInARow; ++i) {
    EXPECT_EQ(Run("192.0.2.1"), "zen.example 192.0.2.1 127.0.0.2 5; ");
  }
  EXPECT_EQ(Run("192.0.2.1"), "zen.example off: it lists everything, even 127.0.0.1; ");
}

// A paid list's zone may hold its customer's key.
TEST(BlockListNames, APublicNameStandsForTheZoneInAllThatIsTold) {
  const std::vector<BlockList> lists{
      *BlockList::Parse("secret.zen.example address as=zen.example 127.0.0.2=5")};
  base::ManualClock clock;
  ListHealth health(lists.size(), clock);
  test::MemoryResolver resolver(
      "2.0.0.127.secret.zen.example A 127.0.0.2\n1.2.0.192.secret.zen.example A 127.0.0.2\n");
  BlockListCheck check(lists, health, resolver);
  check.Add(*base::IpAddress::Parse("192.0.2.1"));
  EXPECT_TRUE(check.Advance());
  ASSERT_EQ(check.listings().size(), 1U);
  EXPECT_EQ(check.listings()[0].zone, "zen.example");
  EXPECT_TRUE(check.listings()[0].has_public_name);
  dns::Answer refused;
  refused.status = dns::Status::kOk;
  refused.records.push_back({"", *base::IpAddress::Parse("127.255.255.254"), 0});
  EXPECT_EQ(health.Saw(lists[0], 0, refused)->zone, "zen.example");
}

TEST_F(BlockListChecks, MessagesOfManyThreadsTellAChangeOnce) {
  resolver_.Add("*.zen.example A 127.255.255.255\n");
  std::array<std::size_t, 8> changes{};
  std::vector<std::thread> threads;
  for (std::size_t& count : changes) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        BlockListCheck check(lists_, health_, resolver_);
        check.Add(Ip("192.0.2.1"));
        check.Advance();
        count += check.changes().size();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::size_t sum = 0;
  for (const std::size_t count : changes) sum += count;
  EXPECT_EQ(sum, 1U);
}

}  // namespace
}  // namespace gatepost::dmarc
