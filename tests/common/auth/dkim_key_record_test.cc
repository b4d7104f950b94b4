#include "common/auth/dkim_key_record.h"

#include "tests/common/auth/dkim_fixture.h"

namespace gatepost::auth {
namespace {

using namespace testing;

constexpr std::size_t kMaxBytes = 8192;

std::string P() { return "p=" + RsaKey()->PublicKeyForDns(); }
std::string EdP() { return "p=" + Ed25519Key()->PublicKeyForDns(); }

TEST(ParseKeyRecord, SaysWhatIsWrong) {
  const struct {
    std::string text;
    const char* reason;  // "" where nothing is
  } cases[] = {
      {"v=DKIM1; k=rsa; " + P(), ""},
      {P(), ""},
      {P() + ";", ""},
      {"k=ed25519; " + EdP(), ""},
      {"v=DKIM1; h=sha1:sha256; s=x:email; t=y:s:other; n=notes; g=*; k=RSA; " + P(), ""},
      {"v=DKIM1; s=*; " + P(), ""},
      {"v=DKIM1;\t" + P().substr(0, 40) + " \t" + P().substr(40), ""},
      {"", "not a key record"},
      {"v=spf1 -all", "key record of another version"},
      {"some text", "not a key record"},
      {std::string("p=\0", 3), "not a key record"},
      {P() + "; p=", "not a key record"},
      {P() + "; v=DKIM1", "key record of another version"},
      {"v=DKIM2; " + P(), "key record of another version"},
      {"v=dkim1; " + P(), "key record of another version"},
      {"v=; " + P(), "key record of another version"},
      {"v=DKIM1; k=rsa", "key record without p="},
      {"v=DKIM1; p=", "key revoked"},
      {"v=DKIM1; p= ; t=y", "key revoked"},
      {"v=DKIM1; k=dsa; " + P(), "unknown key type"},
      {"v=DKIM1; k=; " + P(), "unknown key type"},
      {"v=DKIM1; h=sha1; " + P(), "key is not for SHA-256"},
      {"v=DKIM1; h=; " + P(), "key is not for SHA-256"},
      {"v=DKIM1; s=tlsrpt; " + P(), "key is not for mail"},
      {"v=DKIM1; s=; " + P(), "key is not for mail"},
      {"v=DKIM1; p=!!!!", "p= is not base64"},
      {"v=DKIM1; p====", "p= is not base64"},
      {"v=DKIM1; p=AAAA", "the key is not an RSA public key"},
      {"v=DKIM1; " + EdP(), "the key is not an RSA public key"},
      {"v=DKIM1; k=ed25519; " + P(), "an ed25519 key has 32 octets"},
  };
  for (const auto& c : cases) {
    const auto record = ParseKeyRecord(c.text, kMaxBytes);
    EXPECT_EQ(record ? "" : record.error().message, c.reason) << c.text;
  }
}

TEST(ParseKeyRecord, ReadsFlags) {
  EXPECT_FALSE(ParseKeyRecord(P(), kMaxBytes)->testing);
  EXPECT_FALSE(ParseKeyRecord(P(), kMaxBytes)->exact_domain);
  EXPECT_TRUE(ParseKeyRecord("t=y;" + P(), kMaxBytes)->testing);
  EXPECT_TRUE(ParseKeyRecord("t=x : s;" + P(), kMaxBytes)->exact_domain);
  EXPECT_FALSE(ParseKeyRecord("t=ys;" + P(), kMaxBytes)->testing);
}

TEST(ParseKeyRecord, StopsAtItsLimits) {
  const auto record = ParseKeyRecord(P() + ";n=" + std::string(kMaxBytes, 'x'), kMaxBytes);
  EXPECT_EQ(record.error().kind, base::ErrorKind::kLimit);
  std::string many = P();
  for (int i = 0; i < 30; ++i) many += ";x" + std::to_string(i) + "=";
  EXPECT_EQ(ParseKeyRecord(many, kMaxBytes).error().kind, base::ErrorKind::kLimit);
}

TEST(ParseKeyRecords, TakesTheOnlyKeyAmongOtherRecords) {
  const auto choose = [](std::vector<std::string> texts) {
    std::vector<dns::Record> records;
    for (const std::string& text : texts) records.push_back({.text = text, .address = {}});
    const auto record = ParseKeyRecords(records, kMaxBytes);
    return record ? std::string("key") : record.error().message;
  };
  EXPECT_EQ(choose({}), "no key");
  EXPECT_EQ(choose({P()}), "key");
  EXPECT_EQ(choose({"v=spf1 -all", P(), "", "junk"}), "key");
  EXPECT_EQ(choose({"v=DKIM1; " + P(), P()}), "several key records");
  EXPECT_EQ(choose({P(), "v=DKIM1; p="}), "several key records");
  EXPECT_EQ(choose({"v=DKIM1; p=", "junk"}), "key revoked");
  EXPECT_EQ(choose({"junk", "v=DKIM1"}), "not a key record");
  EXPECT_EQ(choose(std::vector<std::string>(21, "junk")), "too many records at the key's name");
}

}  // namespace
}  // namespace gatepost::auth
