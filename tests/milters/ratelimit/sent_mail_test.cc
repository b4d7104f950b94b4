#include "milters/ratelimit/sent_mail.h"

#include <gtest/gtest.h>

namespace gatepost::ratelimit {
namespace {

using namespace std::chrono_literals;

constexpr base::WallTime kBegin{1'700'000'000s};

store::Fields Message(const char* client, const char* recipients = "1",
                      const char* time = "1700000001000") {
  return {{"time", time}, {"client", client}, {"recipients", recipients}};
}

TEST(SentMail, AddsUpWhatLeftInTheDayAndFromWhere) {
  const SentMail sent =
      Summarize({Message("198.51.100.7", "20"), Message("198.51.100.9"),
                 Message("2001:db8:1:2::3", "3"), Message("192.0.2.1"), Message("2001:db8:1:9::3"),
                 Message("127.0.0.1"), Message("192.0.2.1", "50", "1699999999999")},
                kBegin);
  EXPECT_EQ(sent.messages, 6);
  EXPECT_EQ(sent.recipients, 27);
  EXPECT_EQ(sent.networks,
            "198.51.100.0/24 (2), 2001:db8:1::/48 (2), 192.0.2.0/24 (1), localhost (1)");
}

TEST(SentMail, NamesTheLargestNetworksAlone) {
  std::vector<store::Fields> messages;
  for (int i = 0; i < 20; ++i) {
    messages.push_back(Message(("192.0." + std::to_string(i) + ".1").c_str()));
  }
  messages.push_back(Message("192.0.19.1"));
  const std::string networks = Summarize(messages, kBegin).networks;
  EXPECT_TRUE(networks.starts_with("192.0.19.0/24 (2), 192.0.0.0/24 (1), ")) << networks;
  EXPECT_TRUE(networks.ends_with(" (1), ...")) << networks;
  EXPECT_LT(networks.size(), 400);
}

TEST(SentMail, PassesOverWhatItDoesNotUnderstand) {
  const SentMail sent = Summarize({Message("unknown", "x"),
                                   Message("", "-5"),
                                   Message("192.0.2.1", "99999999999999999999"),
                                   Message("192.0.2.1", "1", "soon"),
                                   {},
                                   {{"time", "1700000001000"}}},
                                  kBegin);
  EXPECT_EQ(sent.messages, 4);
  EXPECT_EQ(sent.recipients, 4);
  EXPECT_EQ(sent.networks, "192.0.2.0/24 (1)");
  EXPECT_EQ(Summarize({}, kBegin).networks, "");
}

}  // namespace
}  // namespace gatepost::ratelimit
