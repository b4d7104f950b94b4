// Prints the CPU time of signing and verifying a 10 kB message and of SPF checks: auth_bench
// [seconds a line]
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <unordered_map>

#include "common/auth/arc_sealer.h"
#include "common/auth/arc_verifier.h"
#include "common/auth/crypto_public_key.h"
#include "common/auth/dkim_signer.h"
#include "common/auth/dkim_verifier.h"
#include "common/auth/spf.h"
#include "common/base/base64.h"
#include "common/dns/query.h"
#include "tests/common/auth/test_keys.h"
#include "tests/support/memory_resolver.h"

namespace {

using namespace gatepost;
using namespace gatepost::auth;
using Key = std::shared_ptr<const PrivateKey>;
using Fields = std::vector<mail::HeaderField>;

double seconds_a_line = 0.5;

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void Measure(const char* name, const std::function<void()>& work) {
  work();
  const double start = CpuSeconds();
  int rounds = 0;
  double spent = 0;
  do {
    for (int i = 0; i < 20; ++i) work();
    rounds += 20;
    spent = CpuSeconds() - start;
  } while (spent < seconds_a_line);
  std::printf("%-44s %9.1f us CPU\n", name, spent / rounds * 1e6);
}

Key ReadKey(const char* pem) {
  return std::make_shared<const PrivateKey>(PrivateKey::ParsePem(pem).value());
}

std::string TextBody() {
  std::string body;
  unsigned random = 1;
  while (body.size() < 10'240) {
    random = random * 1'103'515'245 + 12'345;
    body +=
        std::string(1 + random / 65'536 % 9, 'w') + (random / 1'048'576 % 12 == 0 ? "\r\n" : " ");
  }
  return body + "\r\n";
}

Fields TypicalFields() {
  return {{"Received", " from a.example.org (a.example.org [192.0.2.1])\n\tby b.example.org"},
          {"From", " Joe <joe@example.org>"},
          {"To", " Suzie <suzie@example.net>"},
          {"Subject", " A subject of ordinary length"},
          {"Date", " Fri, 11 Jul 2003 21:01:54 -0700"},
          {"Message-ID", " <20030712040037.46341.5F8J@example.org>"},
          {"MIME-Version", " 1.0"},
          {"Content-Type", " text/plain; charset=utf-8"},
          {"Content-Transfer-Encoding", " 8bit"},
          {"User-Agent", " some program"},
          {"X-One", " 1"},
          {"X-Two", " 2"}};
}

std::vector<std::string> Sign(const std::vector<Key>& keys, const Fields& fields,
                              std::string_view body) {
  std::vector<SignatureRequest> requests;
  for (const Key& key : keys) {
    SignatureRequest request;
    request.domain = "example.org";
    request.selector = key->algorithm() == KeyAlgorithm::kRsa ? "rsa" : "ed";
    request.key = key;
    requests.push_back(std::move(request));
  }
  DkimSigner signer(std::move(requests), HeaderSelection::Default(), fields);
  signer.OnBody(std::as_bytes(std::span(body)));
  return signer.Finish(base::SystemClock::Instance().Wall()).value();
}

void Verify(VerificationEngine engine, dns::Resolver& resolver, const Fields& fields,
            std::string_view body) {
  VerifierLimits limits;
  limits.engine = engine;
  DkimVerifier verifier(limits, resolver, base::SystemClock::Instance());
  for (const auto& field : fields) verifier.OnHeader(field);
  verifier.OnEndOfHeaders(std::nullopt);
  verifier.OnBody(std::as_bytes(std::span(body)));
  for (const auto& result : verifier.Finish(std::chrono::steady_clock::now())) {
    if (result.result != DkimResult::kPass) std::abort();
  }
}

void MeasureVerifying(const std::vector<Key>& keys, const char* what, std::string_view body) {
  test::MemoryResolver resolver;
  for (const Key& key : keys) {
    const bool rsa = key->algorithm() == KeyAlgorithm::kRsa;
    resolver.AddTxt(rsa ? "rsa._domainkey.example.org" : "ed._domainkey.example.org",
                    (rsa ? "k=rsa; p=" : "k=ed25519; p=") + key->PublicKeyForDns());
  }
  Fields fields = TypicalFields();
  for (const std::string& value : Sign(keys, fields, body)) {
    fields.insert(fields.begin(), {"DKIM-Signature", value});
  }
  const std::string name(what);
  Measure((name + ", own engine").c_str(),
          [&] { Verify(VerificationEngine::kOwn, resolver, fields, body); });
  Measure((name + ", libopendkim").c_str(),
          [&] { Verify(VerificationEngine::kOpendkim, resolver, fields, body); });
}

Fields WithSet(Fields fields, const Key& key, ArcResult status, std::string_view body) {
  ArcSealer sealer({"example.org", "rsa", key, {"From", "To", "Subject", "Date", "Message-ID"}},
                   base::SystemClock::Instance());
  sealer.OnBody(std::as_bytes(std::span(body)));
  ArcOutcome claimed;
  claimed.result = status;
  const ArcSeal seal = sealer.Seal(fields, claimed, " mx.example.org; spf=pass").value();
  for (const auto& field : {seal.authentication_results, seal.message_signature, seal.seal}) {
    fields.insert(fields.begin(), field);
  }
  return fields;
}

ArcResult VerifyChain(dns::Resolver& resolver, const Fields& fields, std::string_view body) {
  ArcVerifier verifier({}, resolver, base::SystemClock::Instance());
  verifier.OnEndOfHeaders(fields);
  verifier.OnBody(std::as_bytes(std::span(body)));
  return verifier.Finish(std::chrono::steady_clock::now()).result;
}

void MeasureChain(const char* name, unsigned sets, const Key& key, std::string_view body) {
  test::MemoryResolver resolver;
  resolver.AddTxt("rsa._domainkey.example.org", "p=" + key->PublicKeyForDns());
  Fields fields = TypicalFields();
  for (unsigned i = 0; i < sets; ++i) {
    fields = WithSet(fields, key, i == 0 ? ArcResult::kNone : ArcResult::kPass, body);
  }
  const ArcResult want = sets == 0 ? ArcResult::kNone : ArcResult::kPass;
  Measure(name, [&] {
    if (VerifyChain(resolver, fields, body) != want) std::abort();
  });
}

// What a sender may add to keep us busy: sets as large as they may be, all of whose seals are
// hashed because no key can be had for now; and more fields than are read.
void MeasureHostileChains() {
  Fields large;
  const std::string padding(16'000, 'x');
  for (unsigned i = 1; i <= 50; ++i) {
    const std::string number = " i=" + std::to_string(i);
    const std::string tags = number + "; a=rsa-sha256; d=example.org; s=gone; b=AAAA; z=" + padding;
    large.push_back({"ARC-Seal", tags + (i == 1 ? "; cv=none" : "; cv=pass")});
    large.push_back({"ARC-Message-Signature", tags + "; h=From; bh=" + std::string(43, 'A') + "="});
    large.push_back({"ARC-Authentication-Results", number + "; mx (" + padding});
  }
  Fields many;
  many.insert(many.end(), 3000, large.front());
  test::MemoryResolver resolver;
  resolver.Fail("gone._domainkey.example.org", dns::Status::kServFail);
  Measure("ARC, 50 forged sets of 48 kB", [&] { VerifyChain(resolver, large, ""); });
  Measure("ARC, 3,000 fields of 16 kB", [&] { VerifyChain(resolver, many, ""); });
}

void MeasureInThreads(const char* name, unsigned threads, const std::function<void()>& work) {
  constexpr int kRounds = 2000;
  const auto start = std::chrono::steady_clock::now();
  const double cpu = CpuSeconds();
  std::vector<std::thread> running;
  for (unsigned i = 0; i < threads; ++i) {
    running.emplace_back([&] {
      for (int n = 0; n < kRounds; ++n) work();
    });
  }
  for (std::thread& thread : running) thread.join();
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  const double all = kRounds * static_cast<double>(threads);
  std::printf("%-32s %2u threads %9.1f us CPU, %.0f/s\n", name, threads,
              (CpuSeconds() - cpu) / all * 1e6, all / wall.count());
}

void MeasureRaw(const Key& rsa, const Key& ed25519) {
  const Sha256Digest digest{};
  const auto half = [](const Key& key) {
    return PublicKey::Parse(key->algorithm(), base::DecodeBase64(key->PublicKeyForDns()).value())
        .value();
  };
  const std::string rsa_signature = rsa->Sign(digest).value();
  const std::string ed25519_signature = ed25519->Sign(digest).value();
  Measure("parse an RSA-2048 PEM key", [] { ReadKey(testing::kRsa2048Pkcs8); });
  Measure("RSA-2048 signature alone", [&] { (void)rsa->Sign(digest); });
  Measure("ed25519 signature alone", [&] { (void)ed25519->Sign(digest); });
  Measure("RSA-2048 key and verification alone",
          [&, key = half(rsa)] { (void)key.Verify(digest, rsa_signature); });
  Measure("ed25519 key and verification alone",
          [&, key = half(ed25519)] { (void)key.Verify(digest, ed25519_signature); });
  for (const unsigned threads : {1u, 2u, 16u}) {
    MeasureInThreads("RSA-2048 signature", threads, [&] { (void)rsa->Sign(digest); });
    MeasureInThreads("ed25519 signature", threads, [&] { (void)ed25519->Sign(digest); });
  }
}

void MeasureBody(Canonicalization method, const char* name, std::string_view body) {
  Measure(name, [&] {
    BodyHasher hasher(method);
    hasher.Update(std::as_bytes(std::span(body)));
    hasher.Finish();
  });
}

// Answers out of a table, as a warm cache does; or holds them back, to be released one by one.
class TableResolver final : public dns::Resolver {
 public:
  explicit TableResolver(std::string_view zone) : zone_(zone) {}
  dns::Query Ask(std::string_view name, dns::RecordType type) override {
    std::string key(name);
    key += static_cast<char>(type);
    const auto known = answers_.find(key);
    const dns::AnswerPtr answer = known != answers_.end() ? known->second : Read(name, type, key);
    if (!holds) return dns::Query::Answered(answer);
    held_.emplace_back(std::make_shared<dns::Query::State>(), answer);
    return dns::Query(held_.back().first);
  }
  void ReleaseOne() {
    held_.back().first->Complete(held_.back().second);
    held_.pop_back();
  }
  bool holds = false;

 private:
  dns::AnswerPtr Read(std::string_view name, dns::RecordType type, std::string& key) {
    return answers_[std::move(key)] = zone_.Ask(name, type).Peek();
  }
  test::MemoryResolver zone_;
  std::unordered_map<std::string, dns::AnswerPtr> answers_;
  std::vector<std::pair<std::shared_ptr<dns::Query::State>, dns::AnswerPtr>> held_;
};

// Nine look-ups: four records, an MX with two hosts, an address, an exists with macros.
constexpr const char* kSpfZone = R"(
    example.org TXT "v=spf1 include:a.example include:b.example include:c.example mx a:web.example.org exists:%{ir}.%{v}._spf.%{d2} ip4:192.0.2.0/24 -all"
    a.example TXT "v=spf1 ip4:198.51.100.0/26 ip4:198.51.100.64/26 ip6:2001:db8:1::/48 ~all"
    b.example TXT "v=spf1 ip4:203.0.113.0/25 ip4:203.0.113.128/26 ip4:198.18.0.0/15 ~all"
    c.example TXT "v=spf1 ip4:10.0.0.0/8 ip4:172.16.0.0/12 ip6:2001:db8:2::/48 -all"
    example.org MX 10 mx1.example.org
    example.org MX 20 mx2.example.org
    mx1.example.org A 198.51.100.1
    mx2.example.org A 198.51.100.2
    web.example.org A 198.51.100.3
    1.2.0.192.in-addr._spf.example.org TXT "not an address"
)";

SpfRequest SpfRequestOf(const char* client) {
  SpfRequest request;
  request.client = base::IpAddress::Parse(client).value();
  request.local_part = "alice";
  request.domain = "example.org";
  request.helo = "mail.example.org";
  return request;
}

void MeasureSpf() {
  TableResolver resolver(kSpfZone);
  const SpfRequest request = SpfRequestOf("192.0.2.1");
  Measure("SPF check, 9 look-ups", [&] {
    SpfCheck check(request, SpfLimits{}, resolver);
    if (!check.Advance() || check.outcome().result != SpfResult::kPass) std::abort();
  });
  resolver.holds = true;
  Measure("the same, evaluated anew at each answer", [&] {
    SpfCheck check(request, SpfLimits{}, resolver);
    while (!check.Advance()) resolver.ReleaseOne();
  });
}

void MeasureLargeSpfRecord() {
  std::string record = "v=spf1";
  while (record.size() < 16'000) record += " ip4:198.51.100.1";
  test::MemoryResolver zone;
  zone.AddTxt("example.org", record + " -all");
  const SpfRequest request = SpfRequestOf("192.0.2.1");
  Measure("SPF check, 16 kB of ip4 mechanisms", [&] {
    SpfCheck check(request, SpfLimits{}, zone);
    if (!check.Advance() || check.outcome().result != SpfResult::kFail) std::abort();
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) seconds_a_line = std::atof(argv[1]);
  const Key rsa = ReadKey(testing::kRsa2048Pkcs8);
  const Key ed25519 = ReadKey(testing::kEd25519);
  const std::string body = TextBody();
  const Fields fields = TypicalFields();
  MeasureSpf();
  MeasureLargeSpfRecord();
  MeasureRaw(rsa, ed25519);
  MeasureBody(Canonicalization::kSimple, "hash 10 kB, simple", body);
  MeasureBody(Canonicalization::kRelaxed, "hash 10 kB, relaxed", body);
  Measure("sign, RSA-2048", [&] { Sign({rsa}, fields, body); });
  Measure("sign, ed25519", [&] { Sign({ed25519}, fields, body); });
  Measure("sign, both", [&] { Sign({rsa, ed25519}, fields, body); });
  MeasureVerifying({rsa}, "verify, RSA-2048", body);
  MeasureVerifying({ed25519}, "verify, ed25519", body);
  MeasureVerifying({rsa, ed25519}, "verify, both", body);
  MeasureChain("ARC, no chain", 0, rsa, body);
  MeasureChain("ARC, chain of 2", 2, rsa, body);
  MeasureChain("ARC, chain of 50", 50, rsa, body);
  Measure("ARC, seal", [&] { WithSet(fields, rsa, ArcResult::kNone, body); });
  MeasureHostileChains();
  return 0;
}
