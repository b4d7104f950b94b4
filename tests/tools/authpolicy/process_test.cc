// The program itself on a real Redis: two hosts that share it, callers that behave and callers that
// do not, and its life from start to stop.
#include <signal.h>

#include <fstream>
#include <memory>
#include <optional>

#include "common/accounts/suspensions.h"
#include "common/store/open.h"
#include "tests/support/http_caller.h"
#include "tests/support/program.h"
#include "tests/support/redis_server.h"
#include "tests/support/temp_folder.h"

namespace gatepost::authpolicy {
namespace {

using namespace std::chrono_literals;
using support::HttpCaller;
using support::Program;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kSecret = "0123456789abcdef";

// One host's program.
class Host {
 public:
  Host(const std::filesystem::path& folder, const support::RedisServer& redis,
       const std::string& guessing)
      : folder_(folder) {
    std::filesystem::create_directories(folder_ / "state");
    Write("gatepost.toml", "[identity]\nhostname = \"mx.example.org\"\n[store]\nurl = \"" +
                               redis.url() + "\"\nstate_directory = \"" +
                               (folder_ / "state").string() +
                               "\"\n[accounts]\ndefault_domain = \"example.org\"\n"
                               "[log]\ntarget = \"stderr\"\n");
    Write("secret", std::string(kSecret) + "\n");
    std::filesystem::permissions(folder_ / "secret", std::filesystem::perms(0600));
    Configure(guessing);
    program_ = std::move(*Program::Start(Command(), folder_ / "log"));
    program_->WaitForLog(
        [](const std::string& log) { return log.find("listening") != std::string::npos; }, 20s);
    const std::string log = program_->Log();
    const std::string mark = "address=127.0.0.1:";
    const std::size_t at = log.find(mark);
    if (at != std::string::npos) {
      port_ = static_cast<std::uint16_t>(std::stoi(log.substr(at + mark.size())));
    }
  }

  void Configure(const std::string& guessing) const {
    Write("authpolicy.toml", "[server]\naddress = \"127.0.0.1:0\"\nsecret_file = \"" +
                                 (folder_ / "secret").string() + "\"\n[guessing]\n" + guessing);
  }
  std::vector<std::string> Command() const {
    return {std::string(GATEPOST_BIN_DIR) + "/gatepost-authpolicy", "-c",
            folder_ / "authpolicy.toml", "--site", folder_ / "gatepost.toml"};
  }

  std::uint16_t port() const { return port_; }
  Program& program() { return *program_; }

  static std::string Request(const std::string& command, const std::string& body,
                             const std::string& secret = kSecret) {
    return "POST /?command=" + command + " HTTP/1.1\r\nHost: x\r\nX-API-Key: " + secret +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  std::string Allow(const std::string& login, const std::string& client) const {
    return HttpCaller(port_).Ask(
        Request("allow", R"({"login":")" + login + R"(","remote":")" + client + "\"}"));
  }
  void Fail(const std::string& login, const std::string& client, int password) const {
    HttpCaller(port_).Ask(Request("report", R"({"login":")" + login + R"(","remote":")" + client +
                                                R"(","pwhash":")" + std::to_string(password) +
                                                R"(","success":false})"));
  }

 private:
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
  }

  std::filesystem::path folder_;
  std::optional<Program> program_;
  std::uint16_t port_ = 0;
};

constexpr const char* kRules = "free_address = 1\nblock_address = 4\n";
constexpr const char* kAllowed = "\"status\":0}";
constexpr const char* kRefused = "\"status\":-1}";

class AuthPolicyProcess : public testing::Test {
 protected:
  // Asks until the answer holds `want`; the last answer.
  static std::string AskUntil(const Host& host, const char* want) {
    const auto until = std::chrono::steady_clock::now() + 10s;
    std::string answer;
    do {
      answer = host.Allow("Alice", "192.0.2.9");
    } while (answer.find(want) == std::string::npos && std::chrono::steady_clock::now() < until);
    return answer;
  }

  support::TempFolder folder_;
  support::RedisServer redis_;
  Host first_{folder_.path() / "first", redis_, kRules};
};

TEST_F(AuthPolicyProcess, ASuspensionHoldsOnEveryHostWithinASecond) {
  const Host second(folder_.path() / "second", redis_, kRules);
  store::StoreOptions options;
  options.url = redis_.url();
  const auto store = store::Open(options);
  accounts::Suspensions suspensions(*store, {});
  EXPECT_THAT(AskUntil(first_, kAllowed), HasSubstr(kAllowed));
  const auto began = std::chrono::steady_clock::now();
  ASSERT_TRUE(suspensions.Suspend("alice@example.org", {}));
  EXPECT_THAT(AskUntil(first_, kRefused), HasSubstr(kRefused));
  EXPECT_THAT(AskUntil(second, kRefused), HasSubstr("suspended"));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);  // 1 s where the machine is not busy
  ASSERT_TRUE(suspensions.Resume("alice@example.org"));
  EXPECT_THAT(AskUntil(first_, kAllowed), HasSubstr(kAllowed));
  EXPECT_THAT(AskUntil(second, kAllowed), HasSubstr(kAllowed));
}

TEST_F(AuthPolicyProcess, GuessesCountOnAllHostsTogether) {
  const Host second(folder_.path() / "second", redis_, kRules);
  for (int i = 0; i < 4; ++i) (i % 2 ? first_ : second).Fail("bob@example.org", "192.0.2.1", i);
  EXPECT_THAT(first_.Allow("carol@example.org", "192.0.2.1"), HasSubstr(kRefused));
  EXPECT_THAT(second.Allow("carol@example.org", "192.0.2.1"), HasSubstr(kRefused));
  EXPECT_THAT(second.Allow("carol@example.org", "198.51.100.1"), HasSubstr(kAllowed));
}

TEST_F(AuthPolicyProcess, WhileTheStoreIsAwayThisHostCountsAndKeepsNobodyOut) {
  redis_.Freeze();
  EXPECT_THAT(first_.Allow("bob@example.org", "192.0.2.1"), HasSubstr(kAllowed));
  for (int i = 0; i < 4; ++i) first_.Fail("bob@example.org", "192.0.2.1", i);
  EXPECT_THAT(first_.Allow("bob@example.org", "192.0.2.1"), HasSubstr(kRefused));
  EXPECT_THAT(first_.Allow("bob@example.org", "198.51.100.1"), HasSubstr(kAllowed));
  redis_.Thaw();
}

TEST_F(AuthPolicyProcess, HostileCallersGetNothingAndStopNobody) {
  const std::string good = R"({"login":"a","remote":"192.0.2.1"})";
  const struct {
    const char* name;
    std::string input;
    const char* want;
  } cases[] = {
      {"no secret", "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", "HTTP/1.1 401"},
      {"a wrong secret", Host::Request("allow", good, "0123456789abcdeX"), "HTTP/1.1 401"},
      {"bad JSON", Host::Request("allow", "{\"login\":"), "HTTP/1.1 400"},
      {"deep JSON", Host::Request("allow", std::string(50'000, '[')), "HTTP/1.1 400"},
      {"no command", Host::Request("", good), "HTTP/1.1 400"},
      {"a huge body", "POST / HTTP/1.1\r\nContent-Length: 70000\r\n\r\n", "HTTP/1.1 413"},
  };
  std::vector<std::unique_ptr<HttpCaller>> silent;
  for (int i = 0; i < 1'000; ++i) {
    silent.push_back(std::make_unique<HttpCaller>(first_.port()));
    silent.back()->Send("POST / HTTP");
  }
  for (const auto& each : cases) {
    HttpCaller caller(first_.port());
    EXPECT_THAT(caller.Ask(each.input), StartsWith(each.want)) << each.name;
  }
  HttpCaller caller(first_.port());
  caller.Send(Host::Request("allow", good) + Host::Request("allow", good));
  EXPECT_THAT(caller.Reply(), HasSubstr(kAllowed));
  EXPECT_THAT(caller.Reply(), HasSubstr(kAllowed));
}

TEST_F(AuthPolicyProcess, ReloadsAllOrNothingAndStopsCleanly) {
  const auto reload = [&](const std::string& rules, const char* word) {
    first_.Configure(rules);
    first_.program().Signal(SIGHUP);
    return first_.program().WaitForLog(
        [&](const std::string& log) { return log.find(word) != std::string::npos; });
  };
  first_.Fail("bob@example.org", "192.0.2.1", 1);
  EXPECT_TRUE(reload("block_adress = 1\n", "did you mean \\\"block_address\\\""));
  EXPECT_THAT(first_.Allow("bob@example.org", "192.0.2.1"), HasSubstr(kAllowed));
  EXPECT_TRUE(reload("block_address = 1\n", "configuration reloaded"));
  EXPECT_THAT(first_.Allow("bob@example.org", "192.0.2.1"), HasSubstr(kRefused));
  EXPECT_EQ(first_.program().Stop().value(), 0);
}

TEST_F(AuthPolicyProcess, SaysWhatIsWrongWithItsConfiguration) {
  first_.Configure("");
  std::ofstream(folder_.path() / "first" / "authpolicy.toml")
      << "[server]\naddress = \"192.0.2.1:4001\"\n";
  auto command = first_.Command();
  command.emplace_back("--check-config");
  const auto log = folder_.path() / "check";
  EXPECT_EQ(support::RunToEnd(command, log).value(), 78);
  EXPECT_THAT(support::ReadWholeFile(log), HasSubstr("must be a loopback address"));
}

}  // namespace
}  // namespace gatepost::authpolicy
