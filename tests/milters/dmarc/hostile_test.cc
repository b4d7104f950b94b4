// Mail and DNS answers that no honest sender makes: the program answers in bounded time with a
// bounded number of questions, goes on serving, and its memory stays bounded.
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/dns_server.h"
#include "tests/support/milter_client.h"
#include "tests/support/program.h"
#include "tests/support/temp_folder.h"

namespace gatepost::dmarc {
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
constexpr std::size_t kMostQuestions = 200;

std::string Repeat(std::string_view text, std::size_t count) {
  std::string all;
  all.reserve(text.size() * count);
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

// One mail: who sends it, what it holds, and what its sender's DNS says.
struct Arrival {
  std::string from = "<alice@sender.example>";
  std::string helo = "mx.sender.example";
  Message message{{{"From", " alice@sender.example"}}, "Hello\r\n"};
  std::string zone;
};

Arrival WithZone(std::string zone) {
  Arrival arrival;
  arrival.zone = std::move(zone);
  return arrival;
}

Arrival WithSpf(const std::string& record, std::string more = "") {
  return WithZone("sender.example TXT " + record + "\n" + std::move(more));
}

Arrival WithHeaders(std::vector<HeaderLine> headers) {
  Arrival arrival;
  auto& all = arrival.message.headers;
  all.insert(all.begin(), std::make_move_iterator(headers.begin()),
             std::make_move_iterator(headers.end()));
  return arrival;
}

Arrival WithFrom(std::string value) {
  Arrival arrival;
  arrival.message.headers = {{"From", std::move(value)}};
  return arrival;
}

std::string Strings(const std::string& text) {
  std::string all;
  for (std::size_t i = 0; i < text.size(); i += 250) {
    all += " \"" + text.substr(i, 250) + "\"";
  }
  return all;
}

std::vector<HeaderLine> ArcSets(int count) {
  std::vector<HeaderLine> headers;
  for (int i = 1; i <= count; ++i) {
    const std::string instance = " i=" + std::to_string(i);
    const std::string tail =
        "; a=rsa-sha256; d=d" + std::to_string(i % 60) + ".example; s=s; t=1700000000; b=AAAA";
    headers.push_back({"ARC-Seal", instance + "; cv=" + (i == 1 ? "none" : "pass") + tail});
    headers.push_back(
        {"ARC-Message-Signature", instance +
                                      "; c=relaxed/relaxed; h=From; "
                                      "bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" +
                                      tail});
    headers.push_back({"ARC-Authentication-Results", instance + "; other.example; spf=pass"});
  }
  return headers;
}

std::string ManyAuthors(int count, const char* domain) {
  std::string value;
  for (int i = 0; i < count; ++i) {
    value += (i == 0 ? " a@" : ", a@") + std::string("d") + std::to_string(i) + domain;
  }
  return value;
}

// Ten includes of ten includes of ...: eleven thousand names in four levels.
std::string IncludeTree() {
  std::string zone;
  for (int level = 1; level <= 4; ++level) {
    std::string record = "v=spf1";
    for (char c = 'a'; c < 'k'; ++c) {
      record += std::string(" include:") + c + ".tree" + std::to_string(level + 1) + ".example";
    }
    zone += "*.tree" + std::to_string(level) + ".example TXT" + Strings(record + " -all") + "\n";
  }
  return zone;
}

struct HostileArrival {
  const char* name;
  std::function<Arrival()> make;
};

const std::vector<HostileArrival>& HostileArrivals() {
  static const std::vector<HostileArrival> arrivals = {
      {"an SPF record of 60 kB",
       [] { return WithSpf(Strings("v=spf1 " + Repeat("ip4:192.0.2.1 ", 4200) + "-all")); }},
      {"an SPF record of 1,000 strings",
       [] { return WithSpf("\"v=spf1 \"" + Repeat(" \"ip4:192.0.2.1 \"", 1000) + " \"-all\""); }},
      {"an SPF record that includes itself",
       [] { return WithSpf("\"v=spf1 include:sender.example -all\""); }},
      {"SPF records that redirect to each other",
       [] {
         return WithSpf("\"v=spf1 redirect=b.example\"",
                        "b.example TXT \"v=spf1 redirect=sender.example\"\n");
       }},
      {"a tree of SPF includes",
       [] { return WithSpf("\"v=spf1 include:a.tree1.example -all\"", IncludeTree()); }},
      {"SPF macros that grow",
       [] {
         Arrival arrival =
             WithSpf(Strings("v=spf1 exists:" + Repeat("%{l}.%{S}.", 80) + "example.org -all"));
         arrival.from = "<" + Repeat("l", 400) + "@sender.example>";
         return arrival;
       }},
      {"an SPF explanation made of macros",
       [] {
         return WithSpf("\"v=spf1 exp=why.example -all\"",
                        "why.example TXT" + Strings(Repeat("%{d}", 127) + "%{H}%{c}") + "\n");
       }},
      {"an SPF record with NUL and bytes beyond ASCII",
       [] { return WithSpf("\"v=spf1 a:\\000\\255\\200.example -all\""); }},
      {"a name of 500 labels in MAIL FROM",
       [] {
         Arrival arrival;
         arrival.from = "<a@" + Repeat("x.", 500) + "example>";
         return arrival;
       }},
      {"a name of 500 labels in From",
       [] { return WithFrom(" a@" + Repeat("x.", 500) + "example"); }},
      {"a name of 120 labels in From",
       [] { return WithFrom(" a@" + Repeat("x.", 120) + "example"); }},
      {"an U-label in MAIL FROM and From",
       [] {
         Arrival arrival = WithFrom(
             " a@b\xc3\xbc"
             "cher.example");
         arrival.from =
             "<a@b\xc3\xbc"
             "cher.example>";
         return arrival;
       }},
      {"broken UTF-8 in MAIL FROM, HELO and From",
       [] {
         Arrival arrival = WithFrom(" a@\xff\xfe.example");
         arrival.from = "<\xff@\xff\xfe.example>";
         arrival.helo = "\xff\xfe.example";
         return arrival;
       }},
      {"NUL in From", [] { return WithFrom(std::string(" a@sender.example\0b", 19)); }},
      {"a DMARC record of 60 kB",
       [] {
         return WithZone("_dmarc.sender.example TXT" +
                         Strings("v=DMARC1; p=reject; " + Repeat("x=y; ", 12'000)) + "\n");
       }},
      {"a DMARC record with 1,000 addresses",
       [] {
         return WithZone("_dmarc.sender.example TXT" +
                         Strings("v=DMARC1; p=none; rua=" + Repeat("mailto:a@b.example,", 1000)) +
                         "\n");
       }},
      {"1,000 DMARC records of one name",
       [] { return WithZone(Repeat("_dmarc.sender.example TXT \"v=DMARC1; p=reject\"\n", 1000)); }},
      {"100 authors of one domain",
       [] { return WithFrom(Repeat(" a@sender.example,", 99) + " a@sender.example"); }},
      {"100 authors of 100 domains", [] { return WithFrom(ManyAuthors(100, ".example")); }},
      {"100 authors of 100 deep domains",
       [] { return WithFrom(ManyAuthors(100, ".a.b.c.d.e.f.g.h.example")); }},
      {"10,000 From fields",
       [] {
         return WithHeaders(std::vector<HeaderLine>(10'000, {"From", " a@b.example"}));
       }},
      {"20,000 nested comments in From",
       [] { return WithFrom(" " + Repeat("(", 20'000) + Repeat(")", 20'000) + " a@b.example"); }},
      {"1,000 ARC sets", [] { return WithHeaders(ArcSets(1000)); }},
      {"50 ARC sets", [] { return WithHeaders(ArcSets(50)); }},
      {"an ARC-Seal of 1 MB",
       [] {
         return WithHeaders({{"ARC-Seal", " i=1; cv=none; b=" + Repeat("A", 1 << 20)}});
       }},
      {"1,000 DKIM signatures of as many domains",
       [] {
         std::vector<HeaderLine> headers;
         for (int i = 0; i < 1000; ++i) {
           headers.push_back(
               {"DKIM-Signature", " v=1; a=rsa-sha256; d=d" + std::to_string(i) +
                                      ".example; s=s; h=From; "
                                      "bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA"});
         }
         return WithHeaders(headers);
       }},
      {"10,000 List-Id fields",
       [] {
         return WithHeaders(std::vector<HeaderLine>(10'000, {"List-Id", " <a.b.example>"}));
       }},
      {"100 PTR names", [] { return WithZone("66.100.51.198.in-addr.arpa !huge 100\n"); }},
      {"a hundred kilobytes of HELO",
       [] {
         Arrival arrival;
         arrival.helo = Repeat("helo.", 20'000);
         return arrival;
       }},
  };
  return arrivals;
}

void ReplaceAll(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
    text.replace(at, from.size(), to);
    at += to.size();
  }
}

// The same mail of a domain that nothing is known of yet.
Arrival OfDomain(Arrival arrival, const std::string& domain) {
  for (std::string* text : {&arrival.from, &arrival.helo, &arrival.zone}) {
    ReplaceAll(*text, "sender.example", domain);
  }
  for (HeaderLine& line : arrival.message.headers) ReplaceAll(line.value, "sender.example", domain);
  return arrival;
}

class DmarcProcess : public testing::Test {
 protected:
  void SetUp() override {
    Write("gatepost.toml",
          "[identity]\nhostname = \"mx.example.test\"\n[dns]\nservers = [\"" + dns_.Address() +
              "\"]\ntimeout = \"300ms\"\nattempts = 1\n[log]\ntarget = \"stderr\"\n"
              "level = \"error\"\n");
    Write("dmarc.toml",
          "budget = \"1s\"\non_temperror = \"pass\"\n[server]\nsocket = \"" + socket_ + "\"\n");
    auto program = Program::Start({std::string(GATEPOST_BIN_DIR) + "/gatepost-dmarc", "-c",
                                   Path("dmarc.toml"), "--site", Path("gatepost.toml")},
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

  base::Result<Outcome> Send(const Arrival& arrival) {
    dns_.Replace(arrival.zone);
    auto client = MilterClient::Open(socket_, {.timeout = kAnswerTime});
    if (!client) return tl::unexpected(client.error());
    if (auto done = client->Negotiate(); !done) return tl::unexpected(done.error());
    if (auto done = client->Connect("unknown", "198.51.100.66"); !done) {
      return tl::unexpected(done.error());
    }
    if (auto done = client->Helo(arrival.helo); !done) return tl::unexpected(done.error());
    Envelope envelope;
    envelope.from = arrival.from;
    return client->Send(envelope, arrival.message);
  }

  void ExpectToServe() {
    const auto outcome = Send({});
    ASSERT_TRUE(outcome.has_value()) << outcome.error().message << "\n" << program_->Log();
    EXPECT_EQ(outcome->edits.size(), 1U);
  }

  support::TempFolder folder_;
  test::DnsServer dns_;
  std::string socket_ = "unix:" + Path("socket");
  std::optional<Program> program_;
};

TEST_F(DmarcProcess, AnswersHostileMailInTimeWithABoundedNumberOfQuestions) {
  int number = 0;
  for (const HostileArrival& hostile : HostileArrivals()) {
    const Arrival arrival =
        OfDomain(hostile.make(), "sender" + std::to_string(++number) + ".example");
    const std::size_t asked_before = dns_.Total();
    const auto began = std::chrono::steady_clock::now();
    const auto outcome = Send(arrival);
    const auto took = std::chrono::steady_clock::now() - began;
    const std::size_t asked = dns_.Total() - asked_before;
    EXPECT_TRUE(outcome.has_value()) << hostile.name << ": " << outcome.error().message << "\n"
                                     << program_->Log();
    EXPECT_LT(took, kAnswerTime) << hostile.name;
    EXPECT_LE(asked, kMostQuestions) << hostile.name;
    std::printf(
        "%-48s %5ld ms %4zu questions\n", hostile.name,
        static_cast<long>(std::chrono::duration_cast<std::chrono::milliseconds>(took).count()),
        asked);
  }
}

// Ten domains of a stranger's own align; the eleventh is the bank.
TEST_F(DmarcProcess, RefusesMoreAuthorsThanItLooksAt) {
  Arrival arrival = WithFrom(ManyAuthors(10, ".evil.example") + ", ceo@bank.example");
  arrival.zone =
      "evil.example TXT \"v=spf1 +all\"\n_dmarc.bank.example TXT \"v=DMARC1; p=reject\"\n";
  arrival.from = "<a@evil.example>";
  const auto outcome = Send(arrival);
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
  EXPECT_EQ(outcome->reply.verdict, support::Reply::Verdict::kReject);
}

TEST_F(DmarcProcess, FollowsTheStrictestPolicyOfAllAuthors) {
  Arrival arrival = WithFrom(ManyAuthors(9, ".evil.example") + ", ceo@bank.example");
  arrival.zone =
      "evil.example TXT \"v=spf1 +all\"\n_dmarc.bank.example TXT \"v=DMARC1; p=reject\"\n";
  arrival.from = "<a@evil.example>";
  const auto outcome = Send(arrival);
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
  EXPECT_EQ(outcome->reply.verdict, support::Reply::Verdict::kReject);
  EXPECT_NE(outcome->reply.text.find("bank.example"), std::string::npos) << outcome->reply.text;
}

TEST_F(DmarcProcess, SurvivesConnectionsDroppedWhileItWaitsForDns) {
  dns_.Replace("* !timeout\n");
  for (int i = 0; i < 20; ++i) {
    auto client = MilterClient::Start(socket_, {.timeout = kAnswerTime});
    ASSERT_TRUE(client.has_value());
    (void)client->Mail("<a@b" + std::to_string(i) + ".example>");
    (void)client->Recipient("<b@example.test>");
    (void)client->Data();
    (void)client->Header({"From", " a@c" + std::to_string(i) + ".example"});
    (void)client->EndOfHeaders();
    client->channel().Reset();
  }
}

}  // namespace
}  // namespace gatepost::dmarc
