// TLS to a real redis-server: who proves to be the server of the URL is talked to, nobody else.
#include "common/store/redis_tls.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "common/store/keys.h"
#include "common/store/open.h"
#include "common/store/redis_store.h"
#include "tests/common/store/store_states.h"
#include "tests/support/redis_failover.h"

namespace gatepost::store {
namespace {

using std::chrono::steady_clock;
using support::NextOwnPort;
using support::OwnLoopbackAddress;
using support::RedisServer;
using testing::HasSubstr;
using namespace std::chrono_literals;

std::string Read(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// An authority and what it signed, in a folder that ends with this object.
class Authority {
 public:
  Authority() {
    std::string name = (std::filesystem::temp_directory_path() / "gatepost-tls-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    Run("openssl req -x509 " + NewKey("ca") + " -days 2 -subj /CN=authority -out ca.pem");
  }
  ~Authority() { std::filesystem::remove_all(folder_); }
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  // NAME.pem and NAME.key. Fewer than 0 days: it has expired.
  void Sign(const std::string& name, const std::string& alternative_name, int days = 2) const {
    Run("openssl req " + NewKey(name) + " -subj /CN=" + name +
        " -addext subjectAltName=" + alternative_name + " -out " + name + ".csr");
    Run("openssl x509 -req -in " + name + ".csr -CA ca.pem -CAkey ca.key -days " +
        std::to_string(days) + " -copy_extensions copy -out " + name + ".pem");
  }
  std::string Path(const std::string& name) const { return folder_ / name; }

 private:
  static std::string NewKey(const std::string& name) {
    return "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout " + name + ".key";
  }
  void Run(const std::string& command) const {
    const std::string quiet = "cd " + folder_.string() + " && " + command + " 2>log";
    if (std::system(quiet.c_str()) != 0) throw std::runtime_error(command);
  }

  std::filesystem::path folder_;
};

// A server that speaks TLS alone.
class TlsServer : public RedisServer {
 public:
  TlsServer(const Authority& authority, const std::string& name,
            std::vector<std::string> extra = {"--tls-auth-clients", "no"})
      : TlsServer(NextOwnPort(), authority, name, std::move(extra)) {}
  std::string url() const { return "rediss://" + OwnLoopbackAddress() + ":" + port_; }
  const std::string& port() const { return port_; }

 private:
  TlsServer(std::string port, const Authority& authority, const std::string& name,
            std::vector<std::string> extra)
      : RedisServer(Words(port, authority, name, std::move(extra))), port_(std::move(port)) {}
  static std::vector<std::string> Words(const std::string& port, const Authority& authority,
                                        const std::string& name, std::vector<std::string> extra) {
    extra.insert(extra.end(),
                 {"--bind", OwnLoopbackAddress(), "127.0.0.1", "--tls-port", port,
                  "--tls-ca-cert-file", authority.Path("ca.pem"), "--tls-cert-file",
                  authority.Path(name + ".pem"), "--tls-key-file", authority.Path(name + ".key")});
    return extra;
  }

  std::string port_;
};

class RedisTlsTest : public testing::Test {
 protected:
  RedisTlsTest() {
    authority_.Sign("server", "IP:" + OwnLoopbackAddress() + ",DNS:localhost");
    options_.ca_file = authority_.Path("ca.pem");
  }

  RedisStore& Open(const std::string& url, RedisTimes times = PatientTimes()) {
    store_ = std::make_unique<RedisStore>(RedisOptions{*RedisAddress::Parse(url),
                                                       {},
                                                       times,
                                                       states_.Listener(),
                                                       RedisTlsContext::Load(options_).value(),
                                                       {}});
    store_->WaitForFirstState(steady_clock::now() + 10s);
    return *store_;
  }
  // Why the store is not up.
  std::string Refusal(const std::string& url) {
    EXPECT_EQ(Open(url).health(), Health::kDown);
    return states_.LastReason();
  }

  Authority authority_;
  RedisTlsOptions options_;
  States states_;
  std::unique_ptr<RedisStore> store_;
};

TEST_F(RedisTlsTest, ValuesOfAnySizeGoThere) {
  const TlsServer server(authority_, "server");
  RedisStore& store = Open(server.url());
  ASSERT_EQ(store.health(), Health::kUp);
  const Key key = KeyMaker::Fact("mx", "1", "size");
  for (const std::size_t size : {0U, 1U, 16'384U, 16'385U, 1'500'000U}) {
    const std::string value(size, 'x');
    ASSERT_TRUE(store.Set(key, value, 1min, steady_clock::now() + 10s)) << size;
    EXPECT_EQ(store.Get(key, steady_clock::now() + 10s).value(), value);
  }
}

TEST_F(RedisTlsTest, ANameIsCheckedAsAnAddressIs) {
  const TlsServer server(authority_, "server");
  EXPECT_EQ(Open("rediss://localhost:" + server.port()).health(), Health::kUp);
}

TEST_F(RedisTlsTest, ComesBackAfterARestart) {
  TlsServer server(authority_, "server");
  Open(server.url());
  server.Kill();
  ASSERT_TRUE(Eventually([&] { return store_->health() == Health::kDown; }));
  server.Start();
  EXPECT_TRUE(Eventually([&] { return store_->health() == Health::kUp; }));
}

TEST_F(RedisTlsTest, AnotherAuthorityIsRefused) {
  const Authority other;
  options_.ca_file = other.Path("ca.pem");
  const TlsServer server(authority_, "server");
  EXPECT_THAT(Refusal(server.url()), HasSubstr("its certificate is refused: "));
}

TEST_F(RedisTlsTest, TheSystemsAuthoritiesDoNotKnowOurs) {
  options_.ca_file.clear();
  const TlsServer server(authority_, "server");
  EXPECT_THAT(Refusal(server.url()), HasSubstr("its certificate is refused: "));
}

TEST_F(RedisTlsTest, AnotherHostIsRefused) {
  authority_.Sign("other", "IP:192.0.2.1,DNS:redis.example.org");
  const TlsServer server(authority_, "other");
  EXPECT_EQ(Refusal(server.url()), "TLS with " + OwnLoopbackAddress() +
                                       ": its certificate is refused: IP address mismatch");
  EXPECT_THAT(Refusal("rediss://localhost:" + server.port()),
              HasSubstr("its certificate is refused: hostname mismatch"));
}

TEST_F(RedisTlsTest, AnExpiredCertificateIsRefused) {
  authority_.Sign("old", "IP:" + OwnLoopbackAddress(), -1);
  const TlsServer server(authority_, "old");
  EXPECT_THAT(Refusal(server.url()), HasSubstr("certificate has expired"));
}

TEST_F(RedisTlsTest, AServerThatWantsACertificateGetsOurs) {
  authority_.Sign("client", "DNS:mx.example.org");
  const TlsServer server(authority_, "server", {});
  EXPECT_THAT(Refusal(server.url()), HasSubstr("certificate required"));
  options_.certificate_file = authority_.Path("client.pem");
  options_.key_pem = Read(authority_.Path("client.key"));
  EXPECT_EQ(Open(server.url()).health(), Health::kUp);
}

TEST_F(RedisTlsTest, OldVersionsAreRefused) {
  const TlsServer server(authority_, "server",
                         {"--tls-auth-clients", "no", "--tls-protocols", "TLSv1.1", "--tls-ciphers",
                          "ALL:@SECLEVEL=0"});
  EXPECT_THAT(Refusal(server.url()), HasSubstr("TLS with 127."));
}

TEST_F(RedisTlsTest, AServerWithoutTlsIsGivenUp) {
  const std::string port = NextOwnPort();
  const RedisServer server({"--bind", OwnLoopbackAddress(), "--port", port});
  RedisTimes times = PatientTimes();
  times.connect = 200ms;  // it waits for the end of what it takes for a line
  EXPECT_EQ(Open("rediss://" + OwnLoopbackAddress() + ":" + port, times).health(), Health::kDown);
  EXPECT_THAT(states_.LastReason(), HasSubstr("no greeting in time"));
}

TEST_F(RedisTlsTest, AServerThatNeverShakesHandsIsGivenUp) {
  TlsServer server(authority_, "server");
  server.Freeze();
  RedisTimes times = PatientTimes();
  times.connect = 200ms;
  EXPECT_EQ(Open(server.url(), times).health(), Health::kDown);
  EXPECT_THAT(states_.LastReason(), HasSubstr("no greeting in time"));
  server.Thaw();
  EXPECT_TRUE(Eventually([&] { return store_->health() == Health::kUp; }));
}

TEST_F(RedisTlsTest, SentinelsAndThePrimaryTheyNameAreBothProven) {
  const TlsServer primary(authority_, "server");
  const std::string port = NextOwnPort();
  const auto lines = [&](const std::string& name) {
    return "bind " + OwnLoopbackAddress() + "\nport 0\ntls-port " + port +
           "\ntls-auth-clients no\ntls-ca-cert-file " + authority_.Path("ca.pem") +
           "\ntls-cert-file " + authority_.Path(name + ".pem") + "\ntls-key-file " +
           authority_.Path(name + ".key") + "\nsentinel monitor mail " + OwnLoopbackAddress() +
           " " + primary.port() + " 1\n";
  };
  const std::string url = "rediss+sentinel://" + OwnLoopbackAddress() + ":" + port + "/mail";
  {
    const RedisServer sentinel(RedisServer::SentinelLines{lines("server")});
    EXPECT_EQ(Open(url).health(), Health::kUp);
    store_.reset();
  }
  authority_.Sign("other", "IP:192.0.2.1");
  const RedisServer impostor(RedisServer::SentinelLines{lines("other")});
  EXPECT_THAT(Refusal(url), HasSubstr("IP address mismatch"));
}

TEST_F(RedisTlsTest, FilesOfNoUseAreABadConfiguration) {
  const auto refused = [](const RedisTlsOptions& options) {
    const auto context = RedisTlsContext::Load(options);
    return context ? "" : context.error().message;
  };
  const std::string pem = authority_.Path("server.pem");
  const std::string key = Read(authority_.Path("server.key"));
  EXPECT_EQ(refused({options_.ca_file, pem, key}), "");
  EXPECT_THAT(refused({"/nonexistent", "", ""}), HasSubstr("tls_ca_file: /nonexistent: "));
  EXPECT_THAT(refused({authority_.Path("server.key"), "", ""}), HasSubstr("tls_ca_file: "));
  EXPECT_THAT(refused({options_.ca_file, pem, ""}), HasSubstr("belong together"));
  EXPECT_THAT(refused({options_.ca_file, "", key}), HasSubstr("belong together"));
  EXPECT_THAT(refused({options_.ca_file, "/nonexistent", key}),
              HasSubstr("tls_certificate_file: "));
  EXPECT_THAT(refused({options_.ca_file, pem, "no key"}), HasSubstr("tls_key_file: "));
  EXPECT_THAT(refused({options_.ca_file, authority_.Path("ca.pem"), key}),
              HasSubstr("tls_key_file: "));
  StoreOptions options;
  options.url = "rediss://127.0.0.1:1";
  options.tls.ca_file = "/nonexistent";
  EXPECT_THROW(store::Open(options), std::invalid_argument);
}

}  // namespace
}  // namespace gatepost::store
