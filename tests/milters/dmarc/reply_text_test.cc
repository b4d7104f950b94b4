#include "milters/dmarc/reply_text.h"

#include <functional>
#include <string>

#include "tests/milters/dmarc/decision_text.h"
#include "tests/milters/dmarc/example_facts.h"

namespace gatepost::dmarc {
namespace {

using auth::DkimResult;
using auth::DmarcPolicy;
using auth::DmarcResult;
using auth::SpfResult;
using mail::AuthorProblem;

struct ReplyCase {
  const char* name;
  std::function<void(DmarcOptions&, Facts&)> set_up;  // departs from a forgery under p=reject
  const char* want;
};

void ExpectReplies(std::initializer_list<ReplyCase> cases) {
  for (const ReplyCase& c : cases) {
    DmarcOptions options;
    Facts facts = ForgedFacts(DmarcPolicy::kReject);
    c.set_up(options, facts);
    EXPECT_EQ(Reply(Decide(options, facts)), c.want) << c.name;
  }
}

TEST(Reply, SaysWhichPolicyAndWhatFailed) {
  ExpectReplies({
      {"unaligned SPF, no signature", [](auto&, auto&) {},
       "550 5.7.1 Mail from example.org must pass DMARC (policy of example.org: reject)\n"
       "550 5.7.1 SPF pass for stranger.example.net, which is not aligned; no DKIM signature\n"},
      {"both fail (RFC 7372 section 3.4)",
       [](auto&, auto& f) {
         f.spf.mail_from.result = SpfResult::kFail;
         f.dkim = {Signature("example.org", DkimResult::kFail)};
       },
       "550 5.7.26 Mail from example.org must pass DMARC (policy of example.org: reject)\n"
       "550 5.7.26 SPF fail for stranger.example.net; DKIM fail for example.org (body hash did "
       "not verify)\n"},
      {"no SPF record, a foreign signature, a policy from above",
       [](auto&, auto& f) {
         f.spf.mail_from.result = SpfResult::kNone;
         f.dkim = {Signature("list.example", DkimResult::kPass)};
         f.dmarc[0].author_domain = D("mail.example.org");
       },
       "550 5.7.1 Mail from mail.example.org must pass DMARC (policy of example.org: reject)\n"
       "550 5.7.1 no SPF record for stranger.example.net; DKIM pass for list.example, which is "
       "not aligned\n"},
      {"the explanation is quoted where told",
       [](auto& o, auto& f) {
         o.spf.quote_explanation = true;
         f.spf.mail_from.result = SpfResult::kFail;
         f.spf.mail_from.explanation = "see http://example.net/why";
       },
       "550 5.7.1 Mail from example.org must pass DMARC (policy of example.org: reject)\n"
       "550 5.7.1 SPF fail for stranger.example.net; no DKIM signature\n"
       "550 5.7.1 The owner of stranger.example.net says: \"see http://example.net/why\"\n"},
      {"temperror", [](auto&, auto& f) { f.dmarc[0].result = DmarcResult::kTempError; },
       "451 4.7.0 DMARC for example.org cannot be checked now, because a DNS look-up failed; "
       "please try again later\n"},
      {"a tag says nothing", [](auto& o, auto&) { o.dmarc.reject = Action::kTag; }, ""},
      {"reject = defer", [](auto& o, auto&) { o.dmarc.reject = Action::kDefer; },
       "451 4.7.1 Mail from example.org must pass DMARC (policy of example.org: reject)\n"
       "451 4.7.1 SPF pass for stranger.example.net, which is not aligned; no DKIM signature\n"},
  });
}

TEST(Reply, OfTheOtherRulesHasTheCodesOfRfc7372) {
  const auto without_policy = [](Facts& f) { f.dmarc = {WithoutPolicy("example.org")}; };
  ExpectReplies({
      {"author", [](auto&, auto& f) { SetProblem(f, AuthorProblem::kSeveralFields); },
       "550 5.7.1 The message has several From fields\n"},
      {"spf",
       [&](auto& o, auto& f) {
         without_policy(f);
         o.spf.mode = RuleMode::kEnforce;
         o.spf.quote_explanation = true;
         f.spf.mail_from.result = SpfResult::kFail;
         f.spf.mail_from.explanation = "no";
       },
       "550 5.7.23 SPF: 198.51.100.7 may not send mail for stranger.example.net\n"
       "550 5.7.23 The owner of stranger.example.net says: \"no\"\n"},
      {"no PTR",
       [&](auto& o, auto& f) {
         without_policy(f);
         f.iprev = {IprevResult::kPermError, {}, {}};
         o.client.no_ptr.mode = RuleMode::kEnforce;
       },
       "550 5.7.25 The address 198.51.100.7 has no PTR record\n"},
      {"no PTR, deferred",
       [&](auto& o, auto& f) {
         without_policy(f);
         f.iprev = {IprevResult::kPermError, {}, {}};
         o.client.no_ptr = {RuleMode::kEnforce, Action::kDefer, 0};
       },
       "451 4.7.25 The address 198.51.100.7 has no PTR record\n"},
      {"HELO is us",
       [&](auto&, auto& f) {
         without_policy(f);
         f.helo_is_us = true;
         f.helo.matches = false;
         f.client.helo = "mx.example.net";
       },
       "550 5.7.1 HELO gave a name that belongs to this site: mx.example.net\n"},
      {"listed",
       [&](auto&, auto& f) {
         without_policy(f);
         f.listings = {{"zen.example", "198.51.100.7", "127.0.0.2", 6, true},
                       {"good.example", "198.51.100.7", "127.0.0.2", -1},
                       {"uri.example", "stranger.example.net", "127.0.0.2", 6, true}};
       },
       "550 5.7.1 198.51.100.7 is listed at zen.example\n"
       "550 5.7.1 stranger.example.net is listed at uri.example\n"},
      {"listed, where the zone may hold a key",
       [&](auto&, auto& f) {
         without_policy(f);
         f.listings = {{"secretkey.zen.example", "198.51.100.7", "127.0.0.2", 10}};
       },
       "550 5.7.1 198.51.100.7 is on a block list\n"},
  });
}

TEST(Reply, HoldsForeignBytesBoundedAndPrintable) {
  DmarcOptions options;
  options.client.helo_no_name.mode = RuleMode::kEnforce;
  Facts facts = GoodFacts();
  facts.helo = {};
  facts.client.helo = "a\r\n250 ok\xff" + std::string(100'000, 'x');
  const std::string reply = Reply(Decide(options, facts));
  EXPECT_THAT(reply, testing::HasSubstr("not a??250 ok?xxx"));
  EXPECT_LT(reply.size(), 250U);
}

}  // namespace
}  // namespace gatepost::dmarc
