#include "common/quarantine/release_code.h"

#include <set>

#include "common/base/strings.h"
#include "tests/common/quarantine/held_examples.h"
#include "tests/support/switched_store.h"

namespace gatepost::quarantine {
namespace {

using base::ErrorKind;
using namespace std::chrono_literals;

constexpr const char* kSecret = "a secret of the tests";
constexpr const char* kBob = "bob@example.org";

class ReleaseCodeTest : public testing::Test {
 protected:
  ReleaseCodeTest() {
    HeldMessage dangerous = Example("4XyZ02");
    dangerous.hold_class = HoldClass::kDangerous;
    HeldMessage released = Example("4XyZ03");
    released.state = State::kReleased;
    HeldMessage served = Example("4XyZ04");
    served.recipients[1].served_by = "root";
    held_ = {Example(), dangerous, released, served, Example("4XyZ05")};
  }
  base::Result<ReleaseCodes::Match> Use(const std::string& code, base::WallTime now,
                                        const std::string& who = "admin eva") {
    return codes_.Use(code, who, held_, now, Soon());
  }
  base::Result<ReleaseCodes::Match> Use(const std::string& code) {
    return Use(code, Example().since + 1h, "client " + std::to_string(++clients_));
  }
  static base::Deadline Soon() { return std::chrono::steady_clock::now() + 5s; }

  support::SwitchedStore store_;
  ReleaseCodes codes_{store_, {kSecret, 7 * 24h}};
  std::vector<HeldMessage> held_;
  int clients_ = 0;
};

TEST_F(ReleaseCodeTest, CanBeTyped) {
  const std::string code = codes_.Make(held_[0], kBob);
  ASSERT_EQ(code.size(), 24U) << code;
  for (std::size_t i = 0; i < code.size(); ++i) EXPECT_EQ(code[i] == '-', i % 5 == 4) << code;
  EXPECT_EQ(code.find_first_of("ILOUilou"), std::string::npos);
  EXPECT_EQ(codes_.Make(held_[0], "BOB@example.org"), code);
}

TEST_F(ReleaseCodeTest, IsAnotherForEachMessageAndRecipient) {
  std::set<std::string> codes;
  for (int i = 0; i < 100; ++i) {
    const HeldMessage message = Example("4XyZ" + std::to_string(10 + i));
    for (const char* recipient : {kBob, "alice@example.org"}) {
      codes.insert(codes_.Make(message, recipient));
    }
  }
  HeldMessage other_host = Example();
  other_host.host = "mx2.example.org";
  HeldMessage later = Example();
  later.since += 1ms;
  codes.insert({codes_.Make(Example(), kBob), codes_.Make(other_host, kBob),
                codes_.Make(later, kBob),
                ReleaseCodes(store_, {"another secret of ours"}).Make(Example(), kBob)});
  EXPECT_EQ(codes.size(), 204U);
}

TEST_F(ReleaseCodeTest, WorksOnce) {
  const std::string code = codes_.Make(held_[0], kBob);
  const auto match = Use(code);
  ASSERT_TRUE(match) << match.error().message;
  EXPECT_EQ(match->message, held_[0]);
  EXPECT_EQ(match->recipient, kBob);
  EXPECT_EQ(Use(code).error().kind, ErrorKind::kNotFound);
  EXPECT_TRUE(Use(codes_.Make(held_[0], "alice@example.org")));
  EXPECT_TRUE(Use(codes_.Make(held_[4], kBob)));
}

TEST_F(ReleaseCodeTest, WorksAgainWhereNothingWasReleased) {
  const auto match = Use(codes_.Make(held_[0], kBob));
  ASSERT_TRUE(match);
  ASSERT_TRUE(codes_.GiveBack(*match, Soon()));
  EXPECT_TRUE(Use(codes_.Make(held_[0], kBob)));
}

TEST_F(ReleaseCodeTest, IsReadAsPeopleTypeIt) {
  const std::string code = codes_.Make(held_[0], kBob);
  std::string sloppy = base::ToLower(code);
  for (char& c : sloppy) {
    if (c == '0') c = 'O';
    if (c == '1') c = 'l';
    if (c == '-') c = ' ';
  }
  EXPECT_TRUE(Use(" " + sloppy + "\n")) << sloppy;
}

TEST_F(ReleaseCodeTest, ReleasesNothingElse) {
  const std::string good = codes_.Make(held_[0], kBob);
  for (const std::string& code :
       {codes_.Make(held_[1], kBob), codes_.Make(held_[2], kBob), codes_.Make(held_[3], kBob),
        codes_.Make(Example("4XyZ99"), kBob), codes_.Make(held_[0], "eva@example.org"),
        std::string(), std::string("----"), good.substr(1), good + "A", std::string(10'000, 'A'),
        std::string("AAAA-AAAA-AAAA-AAAA-AAAA")}) {
    const auto match = Use(code);
    ASSERT_FALSE(match) << code;
    EXPECT_EQ(match.error().kind, ErrorKind::kNotFound);
  }
}

TEST_F(ReleaseCodeTest, Expires) {
  const std::string code = codes_.Make(held_[0], kBob);
  EXPECT_FALSE(Use(code, Example().since + 7 * 24h));
  EXPECT_TRUE(Use(code, Example().since + 7 * 24h - 1s));
}

TEST_F(ReleaseCodeTest, WhoGuessesIsStopped) {
  const auto now = Example().since + 1h;
  for (int i = 0; i < kMostTries; ++i) {
    EXPECT_EQ(Use("AAAA-AAAA-AAAA-AAAA-AAAA", now).error().kind, ErrorKind::kNotFound);
  }
  const std::string code = codes_.Make(held_[0], kBob);
  EXPECT_EQ(Use(code, now).error().kind, ErrorKind::kLimit);
  EXPECT_TRUE(Use(code, now, "client 192.0.2.1"));
}

TEST_F(ReleaseCodeTest, WithoutTheStoreNoCodeWorks) {
  const std::string code = codes_.Make(held_[0], kBob);
  store_.away = true;
  EXPECT_EQ(Use(code).error().kind, ErrorKind::kUnavailable);
  store_.away = false;
  EXPECT_TRUE(Use(code));
}

}  // namespace
}  // namespace gatepost::quarantine
