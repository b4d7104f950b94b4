// Mail and protocol that no honest sender makes: the program answers or hangs up in bounded time,
// goes on serving, and its memory stays bounded.
#include <sys/stat.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/milter_client.h"
#include "tests/support/program.h"
#include "tests/support/temp_folder.h"

namespace gatepost::dkim {
namespace {

using support::Envelope;
using support::HeaderLine;
using support::Message;
using support::MilterClient;
using support::Outcome;
using support::Program;

// Sanitizers cost about ten times the time and memory; what is asserted must hold with them.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::chrono::milliseconds kAnswerTime{10'000};
#else
constexpr std::chrono::milliseconds kAnswerTime{1'000};
#endif

constexpr const char* kSignature =
    " v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.net; s=s;\r\n\th=From; "
    "bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA";

std::string Repeat(std::string_view text, std::size_t count) {
  std::string all;
  all.reserve(text.size() * count);
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

Message Hello() { return {{{"From", " alice@example.test"}}, "Hello\r\n"}; }

Message With(std::vector<HeaderLine> headers, std::string body = "Hello\r\n") {
  Message message = Hello();
  message.headers.insert(message.headers.begin(), headers.begin(), headers.end());
  message.body = std::move(body);
  return message;
}

// gatepost-dkim that signs for alice and verifies everybody else, as a process of its own. No name
// server answers: nothing listens on port 1.
class DkimProcess : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(support::RunToEnd(
                  {"/usr/bin/openssl", "genpkey", "-algorithm", "ed25519", "-out", Path("key.pem")},
                  Path("openssl.log"))
                  .value(),
              0);
    ASSERT_EQ(::chmod(Path("key.pem").c_str(), 0600), 0);
    Write("keys", "* s " + Path("key.pem") + "\n");
    Write("gatepost.toml",
          "[identity]\nhostname = \"mx.example.test\"\n[dns]\nservers = [\"127.0.0.1:1\"]\n"
          "timeout = \"300ms\"\nattempts = 1\n[log]\ntarget = \"stderr\"\nlevel = \"error\"\n");
    Write("dkim.toml", "mode = \"both\"\n[server]\nsocket = \"" + socket_ +
                           "\"\n[sign]\nkey_table = \"" + Path("keys") + "\"\n");
    auto program = Program::Start({std::string(GATEPOST_BIN_DIR) + "/gatepost-dkim", "-c",
                                   Path("dkim.toml"), "--site", Path("gatepost.toml")},
                                  Path("log"));
    ASSERT_TRUE(program.has_value()) << program.error().message;
    program_.emplace(*std::move(program));
    const auto ready = program_->WaitForSocket(socket_);
    ASSERT_TRUE(ready.has_value()) << ready.error().message;
  }

  void TearDown() override {
    ExpectToServe();
    std::printf("peak memory %ld MB\n", PeakMegabytes());
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    EXPECT_LT(PeakMegabytes(), 200);
#endif
    EXPECT_EQ(program_->Stop().value(), 0) << program_->Log();
  }

  std::string Path(const char* name) { return (folder_.path() / name).string(); }
  void Write(const char* name, const std::string& text) { std::ofstream(Path(name)) << text; }

  long PeakMegabytes() {
    std::ifstream status("/proc/" + std::to_string(program_->pid()) + "/status");
    std::string word;
    while (status >> word && word != "VmHWM:") continue;
    long kilobytes = 0;
    status >> kilobytes;
    return kilobytes / 1024;
  }

  MilterClient Client(bool authenticated = false) {
    auto client = MilterClient::Start(socket_, {.timeout = kAnswerTime});
    if (authenticated) client->SetMacro("{auth_authen}", "alice");
    return *std::move(client);
  }

  base::Result<Outcome> Send(const Message& message, bool authenticated) {
    MilterClient client = Client(authenticated);
    return client.Send({}, message);
  }

  // Another session is served while and after.
  void ExpectToServe() {
    const auto outcome = Send(Hello(), true);
    ASSERT_TRUE(outcome.has_value()) << outcome.error().message << "\n" << program_->Log();
    EXPECT_EQ(outcome->edits.size(), 1U);
  }

  support::TempFolder folder_;
  std::string socket_ = "unix:" + Path("socket");
  std::optional<Program> program_;
};

struct HostileMessage {
  const char* name;
  std::function<Message()> make;
};

std::vector<HeaderLine> Many(std::size_t count, const char* name, const std::string& value) {
  return std::vector<HeaderLine>(count, {name, value});
}

const std::vector<HostileMessage>& HostileMessages() {
  static const std::vector<HostileMessage> messages = {
      {"1,000 signatures", [] { return With(Many(1000, "DKIM-Signature", kSignature)); }},
      {"3,000 signatures of as many domains",
       [] {
         std::vector<HeaderLine> headers;
         for (int i = 0; i < 3000; ++i) {
           std::string value = kSignature;
           value.replace(value.find("example.net"), 11, "d" + std::to_string(i) + ".example.net");
           headers.push_back({"DKIM-Signature", value});
         }
         return With(headers);
       }},
      {"10,000 header fields", [] { return With(Many(10'000, "X-Filler", " x")); }},
      {"10,000 From fields", [] { return With(Many(10'000, "From", " a@example.test")); }},
      {"10,000 Authentication-Results of others",
       [] { return With(Many(10'000, "Authentication-Results", " mx.example.org; dkim=pass")); }},
      {"10,000 Authentication-Results of ours",
       [] { return With(Many(10'000, "Authentication-Results", " mx.example.test; dkim=pass")); }},
      {"20,000 nested comments in From",
       [] {
         return With({{"From", " " + Repeat("(", 20'000) + Repeat(")", 20'000) + " a@b.test"}});
       }},
      {"a From field of 100 kB",
       [] {
         return With({{"From", " " + Repeat("a@example.test, ", 6000) + "b@example.test"}});
       }},
      {"a header field of 100 kB",
       [] {
         return With({{"X-Long", " " + Repeat("x", 102'400)}});
       }},
      {"a signature of 1 MB",
       [] {
         return With({{"DKIM-Signature", kSignature + Repeat("A", 1 << 20)}});
       }},
      {"a signature with 10,000 tags",
       [] {
         return With({{"DKIM-Signature", Repeat(" a=b;", 10'000) + kSignature}});
       }},
      {"a signature over 10,000 fields",
       [] {
         std::string value = kSignature;
         value.replace(value.find("h=From"), 6, "h=From" + Repeat(":X", 10'000));
         return With({{"DKIM-Signature", value}});
       }},
      {"broken base64 in a signature",
       [] {
         std::string value = kSignature;
         return With({{"DKIM-Signature", value.replace(value.find("b=AAAA"), 6, "b=!!\x80=A")}});
       }},
      {"bare CR and LF in the body",
       [] {
         return With({{"DKIM-Signature", kSignature}}, Repeat("a\rb\nc\r\r\n\n", 10'000));
       }},
      {"NUL bytes in the body",
       [] {
         return With({{"DKIM-Signature", kSignature}}, std::string(100'000, '\0'));
       }},
      {"1,000,000 empty lines",
       [] {
         return With({{"DKIM-Signature", kSignature}}, Repeat("\r\n", 1'000'000));
       }},
      {"5 MB of blanks",
       [] {
         return With({{"DKIM-Signature", kSignature}}, Repeat(" ", 5 << 20));
       }},
      {"no header field at all",
       [] {
         return Message{{}, "Hello\r\n"};
       }},
      {"nothing at all", [] { return Message{}; }},
  };
  return messages;
}

TEST_F(DkimProcess, AnswersHostileMailInTimeWhetherItSignsOrVerifies) {
  for (const HostileMessage& hostile : HostileMessages()) {
    const Message message = hostile.make();
    for (const bool authenticated : {false, true}) {
      const auto began = std::chrono::steady_clock::now();
      const auto outcome = Send(message, authenticated);
      const auto took = std::chrono::steady_clock::now() - began;
      EXPECT_TRUE(outcome.has_value()) << hostile.name << ": " << outcome.error().message << "\n"
                                       << program_->Log();
      EXPECT_LT(took, kAnswerTime) << hostile.name;
      std::printf(
          "%-45s %-6s %5ld ms\n", hostile.name, authenticated ? "sign" : "verify",
          static_cast<long>(std::chrono::duration_cast<std::chrono::milliseconds>(took).count()));
    }
  }
}

TEST_F(DkimProcess, NeverSignsOrPassesAMessageWithTwoFromFields) {
  const auto outcome = Send(With({{"From", " boss@example.test"}}), true);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_TRUE(outcome->edits.empty());
}

TEST_F(DkimProcess, RemovesForgedResultsOrRefusesWhereThereAreTooMany) {
  const HeaderLine forged{"Authentication-Results", " mx.example.test; dkim=pass"};
  const auto some = Send(With(std::vector<HeaderLine>(100, forged)), false);
  ASSERT_TRUE(some.has_value());
  EXPECT_EQ(some->edits.size(), 101U);  // all of them out, ours in
  const auto many = Send(With(std::vector<HeaderLine>(101, forged)), false);
  ASSERT_TRUE(many.has_value());
  EXPECT_EQ(many->reply.verdict, support::Reply::Verdict::kReject);
}

TEST_F(DkimProcess, AFrameOfTenMegabytesClosesItsOwnConnectionAlone) {
  MilterClient bystander = Client(true);
  MilterClient client = Client();
  ASSERT_TRUE(client.Mail("<a@example.test>").has_value());
  (void)client.SendFrame('L', "X-Huge" + std::string(1, '\0') + Repeat("x", 10 << 20) + '\0');
  EXPECT_TRUE(client.WaitForClose().has_value());
  const auto outcome = bystander.Send({}, Hello());
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
  EXPECT_EQ(outcome->edits.size(), 1U);
}

TEST_F(DkimProcess, SurvivesConnectionsDroppedAtEachStep) {
  using Step = std::function<void(MilterClient&)>;
  const std::vector<Step> steps = {
      [](MilterClient& c) { (void)c.Mail("<a@example.test>"); },
      [](MilterClient& c) { (void)c.Recipient("<b@example.test>"); },
      [](MilterClient& c) { (void)c.Data(); },
      [](MilterClient& c) {
        (void)c.Header({"From", " a@example.test"});
      },
      [](MilterClient& c) { (void)c.EndOfHeaders(); },
      [](MilterClient& c) { (void)c.BodyChunk("Hello\r\n"); },
  };
  for (std::size_t last = 0; last <= steps.size(); ++last) {
    for (const bool authenticated : {false, true}) {
      MilterClient client = Client(authenticated);
      for (std::size_t i = 0; i < last; ++i) steps[i](client);
      client.channel().Reset();
    }
  }
}

TEST_F(DkimProcess, ServesBesideAThousandIdleConnections) {
  std::vector<MilterClient> idle;
  for (int i = 0; i < 1000; ++i) idle.push_back(Client());
  ExpectToServe();
}

}  // namespace
}  // namespace gatepost::dkim
