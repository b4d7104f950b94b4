#include "common/limits/subject.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatepost::limits {
namespace {

using testing::HasSubstr;

const accounts::AccountNames& Names() {
  static const auto names = [] {
    config::AccountOptions options;
    options.default_domain = "example.org";
    return accounts::AccountNames::Load(options);
  }();
  return *names;
}

struct Message {
  const char* user = "";  // "": nobody is logged in
  const char* sender = "";
  const char* recipient = "";
  const char* client = "192.0.2.7";
};

Subjects SubjectsOf(const Message& message) {
  Facts facts;
  if (*message.user != '\0') facts.account = Names().Canonicalize(message.user);
  facts.reverse_path = message.sender;
  if (*message.client != '\0') facts.client = base::IpAddress::Parse(message.client).value();
  Subjects subjects(facts, Names());
  if (*message.recipient != '\0') subjects.SetRecipient(message.recipient);
  return subjects;
}

struct Case {
  const char* name;
  Message message;
  std::vector<By> by;
  const char* want;
};

void Check(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    EXPECT_EQ(SubjectsOf(c.message).Text(c.by), c.want) << c.name;
  }
}

TEST(SubjectsTest, NamesWhomAMessageCountsFor) {
  const Message full{"Alice+x", "<alice@example.org>", "<Bob+y@Example.NET>", "192.0.2.7"};
  Check({
      {"user", full, {By::kUser}, "user alice@example.org"},
      {"pool", full, {By::kUserDomain}, "pool example.org"},
      {"client", full, {By::kClient}, "client 192.0.2.7"},
      {"network", full, {By::kNetwork}, "network 192.0.2.0/24"},
      {"sender", full, {By::kSender}, "sender alice@example.org"},
      {"sender's domain", full, {By::kSenderDomain}, "sender-domain example.org"},
      {"recipient", full, {By::kRecipient}, "recipient bob@example.net"},
      {"recipient's domain", full, {By::kRecipientDomain}, "recipient-domain example.net"},
      {"a pair",
       full,
       {By::kUser, By::kRecipient},
       "user alice@example.org + recipient bob@example.net"},
      {"a pair with a client",
       full,
       {By::kClient, By::kRecipientDomain},
       "client 192.0.2.7 + recipient-domain example.net"},
  });
}

TEST(SubjectsTest, WhatAMessageDoesNotHaveIsNoSubject) {
  Check({
      {"no user", {"", "bob@example.net"}, {By::kUser}, ""},
      {"no pool", {"", "bob@example.net"}, {By::kUserDomain}, ""},
      {"no recipient yet", {"alice"}, {By::kRecipient}, ""},
      {"half a pair", {"alice"}, {By::kUser, By::kRecipient}, ""},
      {"the other half", {"", "", "bob@example.net"}, {By::kUser, By::kRecipient}, ""},
      {"a user without a domain", {"example\\eva"}, {By::kUserDomain}, ""},
      {"that user", {"Example\\Eva"}, {By::kUser}, "user example\\eva"},
      {"a recipient without a domain",
       {"", "", "<postmaster>"},
       {By::kRecipient},
       "recipient postmaster@example.org"},
  });
}

TEST(SubjectsTest, AForgedSenderNeverBurnsSomebodyElsesBudget) {
  Check({
      {"the user's own address",
       {"alice", "<Alice+x@example.org>"},
       {By::kSender},
       "sender alice@example.org"},
      {"a colleague's",
       {"alice", "bob@example.org"},
       {By::kSender},
       "sender bob@example.org by user alice@example.org"},
      {"a colleague's: the domain is the user's own",
       {"alice", "bob@example.org"},
       {By::kSenderDomain},
       "sender-domain example.org"},
      {"a stranger's",
       {"alice", "bob@example.net"},
       {By::kSender},
       "sender bob@example.net by user alice@example.org"},
      {"a stranger's domain",
       {"alice", "bob@example.net"},
       {By::kSenderDomain},
       "sender-domain example.net by user alice@example.org"},
      {"nobody logged in",
       {"", "bob@example.net"},
       {By::kSender},
       "sender bob@example.net from network 192.0.2.0/24"},
      {"nobody logged in, with our address",
       {"", "alice@example.org"},
       {By::kSenderDomain},
       "sender-domain example.org from network 192.0.2.0/24"},
      {"from elsewhere",
       {"", "bob@example.net", "", "2001:db8:1:2::3"},
       {By::kSender},
       "sender bob@example.net from network 2001:db8:1:2::/64"},
      {"no mailbox",
       {"", "<bob@[192.0.2.1]>"},
       {By::kSender},
       "sender bob@[192.0.2.1] from network 192.0.2.0/24"},
  });
}

TEST(SubjectsTest, ANullSenderOfAUserCountsForTheUser) {
  Check({
      {"as a user", {"alice", "<>"}, {By::kUser}, "user alice@example.org"},
      {"as a sender", {"alice", "<>"}, {By::kSender}, "sender alice@example.org"},
      {"as Postfix shows it", {"alice", ""}, {By::kSenderDomain}, "sender-domain example.org"},
      {"a bounce", {"", "<>"}, {By::kSender}, ""},
      {"a bounce's client", {"", "<>"}, {By::kClient}, "client 192.0.2.7"},
  });
}

TEST(SubjectsTest, AClientIsAnAddressOrItsSlash64) {
  Check({
      {"IPv6", {"", "", "", "2001:db8::25"}, {By::kClient}, "client 2001:db8::/64"},
      {"its network", {"", "", "", "2001:db8::25"}, {By::kNetwork}, "network 2001:db8::/64"},
      {"mapped", {"", "", "", "::ffff:192.0.2.7"}, {By::kClient}, "client 192.0.2.7"},
      {"mapped network", {"", "", "", "::ffff:192.0.2.7"}, {By::kNetwork}, "network 192.0.2.0/24"},
  });
}

TEST(SubjectsTest, WebMailOnThisHostIsNoClientButItsUsersAre) {
  for (const char* client : {"127.0.0.1", "::1", "127.1.2.3", ""}) {
    const Message message{"alice", "", "bob@example.net", client};
    EXPECT_EQ(SubjectsOf(message).Text(std::vector{By::kClient}), "") << client;
    EXPECT_EQ(SubjectsOf(message).Text(std::vector{By::kNetwork}), "") << client;
    EXPECT_EQ(SubjectsOf(message).Text(std::vector{By::kClient, By::kRecipient}), "") << client;
    EXPECT_EQ(SubjectsOf(message).Text(std::vector{By::kUser}), "user alice@example.org");
  }
  Check({
      {"a pair with the user",
       {"alice", "", "", "127.0.0.1"},
       {By::kUser, By::kClient},
       "user alice@example.org + client 127.0.0.1"},
      {"by sendmail(1)",
       {"", "bob@example.net", "", ""},
       {By::kSender},
       "sender bob@example.net from network local"},
  });
}

TEST(SubjectsTest, NoNameReadsAsAPair) {
  Check({
      {"blanks", {"a recipient b"}, {By::kUser}, "user a%20recipient%20b@example.org"},
      {"percent", {"a%20b@example.net"}, {By::kUser}, "user a%2520b@example.net"},
      {"quoted",
       {"", "", "<\"a b\"@example.net>"},
       {By::kRecipient},
       "recipient a%20b@example.net"},
  });
}

struct ScopeCase {
  const char* text;
  const char* want;
  Scope::Kind kind;
};

TEST(ScopeTest, ReadsSubjectsInAnySpelling) {
  using Kind = Scope::Kind;
  for (const ScopeCase& c : {
           ScopeCase{"user Alice+x@Example.ORG", "user alice@example.org", Kind::kUser},
           ScopeCase{"user alice", "user alice@example.org", Kind::kUser},
           ScopeCase{"domain Example.ORG.", "domain example.org", Kind::kDomain},
           ScopeCase{"pool example.org", "pool example.org", Kind::kPool},
           ScopeCase{"client 192.0.2.1", "network 192.0.2.1/32", Kind::kNetwork},
           ScopeCase{"client ::ffff:192.0.2.1", "network 192.0.2.1/32", Kind::kNetwork},
           ScopeCase{"client 2001:db8::25", "network 2001:db8::/64", Kind::kNetwork},
           ScopeCase{"client 2001:db8::/64", "network 2001:db8::/64", Kind::kNetwork},
           ScopeCase{"network 10.0.0.0/8", "network 10.0.0.0/8", Kind::kNetwork},
           ScopeCase{"recipient  Bob@example.net", "recipient bob@example.net", Kind::kRecipient},
           ScopeCase{"recipient-domain example.net", "recipient-domain example.net",
                     Kind::kRecipientDomain},
           ScopeCase{"sender bob@example.net", "sender bob@example.net", Kind::kSubject},
           ScopeCase{"sender Bob@example.net from network 192.0.2.77",
                     "sender bob@example.net from network 192.0.2.0/24", Kind::kSubject},
           ScopeCase{"sender-domain example.net by user Alice",
                     "sender-domain example.net by user alice@example.org", Kind::kSubject},
           ScopeCase{"recipient bob@example.net + user alice",
                     "user alice@example.org + recipient bob@example.net", Kind::kSubject},
           ScopeCase{"user a%20b", "user a%20b@example.org", Kind::kUser},
       }) {
    const auto scope = Scope::Parse(c.text, Names());
    ASSERT_TRUE(scope) << c.text << ": " << scope.error().message;
    EXPECT_EQ(scope->text, c.want) << c.text;
    EXPECT_EQ(scope->kind, c.kind) << c.text;
    EXPECT_EQ(Scope::Parse(scope->text, Names())->text, c.want);
  }
}

TEST(ScopeTest, SaysWhatIsWrong) {
  for (const auto& [text, error] : {
           std::pair{"", "two words"},
           std::pair{"user", "two words"},
           std::pair{"usr alice", "did you mean \"user\"?"},
           std::pair{"network 192.0.2.1/24", "did you mean \"192.0.2.0/24\"?"},
           std::pair{"client example.org", "not an IP address"},
           std::pair{"client 192.0.2.0/24", "write \"network 192.0.2.0/24\""},
           std::pair{"domain a..b", "not a domain name"},
           std::pair{"user alice bob", "\"bob\" is too much"},
           std::pair{"user alice by user bob", "\"by\" is too much"},
           std::pair{"sender a@b.example by", "\"by\" is too much"},
           std::pair{"user alice +", "two words"},
           std::pair{"domain example.org + user alice", "none of"},
       }) {
    const auto scope = Scope::Parse(text, Names());
    ASSERT_FALSE(scope) << text;
    EXPECT_THAT(scope.error().message, HasSubstr(error)) << text;
  }
  EXPECT_FALSE(Scope::Parse(std::string(3000, 'a'), Names()));
}

}  // namespace
}  // namespace gatepost::limits
