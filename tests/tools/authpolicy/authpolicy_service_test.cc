// Requests as Dovecot sends them, and the replies.
#include "tools/authpolicy/authpolicy_service.h"

#include "common/store/memory_store.h"
#include "tests/support/journals.h"

namespace gatepost::authpolicy {
namespace {

using testing::HasSubstr;

class AuthPolicyServiceTest : public testing::Test {
 protected:
  AuthPolicyServiceTest() {
    options_.guessing.address = {1, 3};
    options_.guessing.account = {2, 0};
    options_.exempt_networks = {*base::Network::Parse("203.0.113.0/24")};
  }

  AuthPolicyService& service() {
    if (!service_) {
      auto configuration = std::make_shared<AuthPolicyConfiguration>();
      configuration->options = options_;
      configuration->secret = secret_;
      configuration->account_of = [](std::string_view login) { return base::ToLower(login); };
      service_.emplace(
          configuration,
          [this](std::string_view account) {
            return account == suspended_ ? std::optional<std::string>("ref") : std::nullopt;
          },
          store_, journal_, std::chrono::seconds(1));
    }
    return *service_;
  }

  std::string Ask(const std::string& command, const std::string& login, const std::string& client,
                  const std::string& more = {}) {
    return service()
        .Handle({"POST",
                 "/",
                 {{"command", command}},
                 {{"x-api-key", "s3cret"}},
                 R"({"login":")" + login + R"(","remote":")" + client + "\"" + more + "}"})
        .body;
  }
  std::string Allow(const std::string& login, const std::string& client) {
    return Ask("allow", login, client);
  }
  void Fail(const std::string& login, const std::string& client, const std::string& pwhash,
            const std::string& more = {}) {
    Ask("report", login, client, R"(,"success":false,"pwhash":")" + pwhash + "\"" + more);
  }

  AuthPolicyOptions options_;
  std::string secret_;
  std::string suspended_ = "mallory@example.org";
  base::ManualClock clock_;
  store::MemoryStore store_{clock_};
  support::RecordingJournal journal_;
  std::optional<AuthPolicyService> service_;
};

constexpr const char* kAllowed = R"({"msg":"","status":0})";

TEST_F(AuthPolicyServiceTest, RefusesASuspendedAccountInAnySpelling) {
  EXPECT_THAT(Allow("Mallory@example.org", "192.0.2.1"), HasSubstr("\"status\":-1"));
  EXPECT_THAT(Allow("mallory@example.org", ""), HasSubstr("suspended"));
  EXPECT_THAT(Allow("mallory@example.org", "203.0.113.1"), HasSubstr("\"status\":-1"));
  EXPECT_EQ(Allow("alice@example.org", "192.0.2.1"), kAllowed);
  EXPECT_EQ(journal_.count("rejected_suspended"), 3U);
}

TEST_F(AuthPolicyServiceTest, DelaysThenRefusesWhoGuesses) {
  Fail("alice@example.org", "192.0.2.1", "1");
  EXPECT_EQ(Allow("alice@example.org", "192.0.2.1"), kAllowed);
  Fail("bob@example.org", "192.0.2.1", "2");
  EXPECT_EQ(Allow("alice@example.org", "192.0.2.1"), R"({"msg":"","status":1})");
  Fail("bob@example.org", "192.0.2.1", "3");
  EXPECT_THAT(Allow("alice@example.org", "192.0.2.1"), HasSubstr("\"status\":-1"));
  EXPECT_EQ(Allow("alice@example.org", "198.51.100.1"), kAllowed);
  ASSERT_EQ(journal_.events().size(), 1U);
  EXPECT_EQ(journal_.events()[0].subject, "ip 192.0.2.1");
}

TEST_F(AuthPolicyServiceTest, TheOwnerIsNotTouchedWhereHeIsKnown) {
  Ask("report", "alice@example.org", "198.51.100.1", R"(,"success":true,"pwhash":"ok")");
  for (int i = 0; i < 30; ++i) {
    Fail("alice@example.org", "192.0.2." + std::to_string(i), std::to_string(i));
  }
  EXPECT_EQ(Allow("alice@example.org", "198.51.100.1"), kAllowed);
  EXPECT_EQ(Allow("alice@example.org", "203.0.114.1"), R"({"msg":"","status":5})");
}

TEST_F(AuthPolicyServiceTest, WhatItRefusedItselfOrDovecotCouldNotCheckIsNoGuess) {
  for (int i = 0; i < 5; ++i) {
    const std::string hash = std::to_string(i);
    Fail("alice@example.org", "192.0.2.1", hash, R"(,"policy_reject":true)");
    Fail("alice@example.org", "192.0.2.1", hash, R"(,"fail_type":"internal")");
  }
  EXPECT_EQ(Allow("alice@example.org", "192.0.2.1"), kAllowed);
}

TEST_F(AuthPolicyServiceTest, ExemptNetworksNeitherCountNorWait) {
  for (int i = 0; i < 9; ++i) Fail("alice@example.org", "203.0.113.1", std::to_string(i));
  EXPECT_EQ(Allow("alice@example.org", "203.0.113.1"), kAllowed);
  EXPECT_EQ(Allow("alice@example.org", "192.0.2.1"), kAllowed);
}

TEST_F(AuthPolicyServiceTest, ShadowCountsAndLetsPass) {
  options_.guessing.mode = Mode::kShadow;
  options_.suspension_mode = Mode::kShadow;
  for (int i = 0; i < 9; ++i) Fail("alice@example.org", "192.0.2.1", std::to_string(i));
  EXPECT_EQ(Allow("alice@example.org", "192.0.2.1"), kAllowed);
  EXPECT_EQ(Allow("mallory@example.org", "198.51.100.1"), kAllowed);
  EXPECT_EQ(journal_.count("rejected_guessing"), 1U);
}

TEST_F(AuthPolicyServiceTest, AsksForTheSecret) {
  secret_ = "another";
  const http::Request request{
      "POST", "/", {{"command", "allow"}}, {{"X-API-Key", "anothex"}}, "{}"};
  EXPECT_EQ(service().Handle(request).status, 401);
  EXPECT_EQ(service().Handle({"POST", "/", {}, {}, "{}"}).status, 401);
}

TEST_F(AuthPolicyServiceTest, AnswersOnlyWhatDovecotAsks) {
  const std::string good = R"({"login":"a"})";
  EXPECT_EQ(service().Handle({"GET", "/", {}, {}, ""}).status, 405);
  EXPECT_EQ(service().Handle({"POST", "/x", {}, {}, good}).status, 404);
  EXPECT_EQ(service().Handle({"POST", "/", {{"command", "reset"}}, {}, good}).status, 400);
  EXPECT_EQ(service().Handle({"POST", "/", {{"command", "allow"}}, {}, "{"}).status, 400);
  EXPECT_EQ(service().Handle({"POST", "/", {{"command", "allow"}}, {}, good}).status, 200);
}

}  // namespace
}  // namespace gatepost::authpolicy
