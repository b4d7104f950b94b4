#include "common/reputation/reputation.h"

namespace gatepost::reputation {
namespace {

base::IpAddress Ip(const char* text) { return base::IpAddress::Parse(text).value(); }

TEST(Subject, NamesAnAddressAndItsNetwork) {
  EXPECT_EQ(Subject::Address(Ip("192.0.2.77")).text(), "ip 192.0.2.77");
  EXPECT_EQ(Subject::Network(Ip("192.0.2.77")).text(), "net 192.0.2.0/24");
  EXPECT_EQ(Subject::Address(Ip("2001:db8:1:2::3")).text(), "ip 2001:db8:1:2::3");
  EXPECT_EQ(Subject::Network(Ip("2001:db8:1:2::3")).text(), "net 2001:db8:1:2::/64");
}

TEST(Subject, AMappedAddressIsTheIpv4Address) {
  EXPECT_EQ(Subject::Address(Ip("::ffff:192.0.2.77")), Subject::Address(Ip("192.0.2.77")));
  EXPECT_EQ(Subject::Network(Ip("::ffff:192.0.2.77")), Subject::Network(Ip("192.0.2.1")));
}

TEST(Subject, AnIpv6AddressIsRememberedInItsNetworkAlone) {
  EXPECT_FALSE(Subject::Address(Ip("2001:db8:1:2::3")).is_remembered());
  EXPECT_TRUE(Subject::Network(Ip("2001:db8:1:2::3")).is_remembered());
  EXPECT_TRUE(Subject::Address(Ip("::ffff:192.0.2.77")).is_remembered());
  EXPECT_TRUE(Subject::Address(Ip("192.0.2.77")).is_remembered());
  EXPECT_TRUE(Subject::Address({}).is_remembered());
}

TEST(Subject, ALocalSocketIsOneSubjectOfItsOwn) {
  EXPECT_EQ(Subject::Address({}).text(), "ip local");
  EXPECT_EQ(Subject::Network({}).text(), "net local");
}

TEST(Subject, ADomainIsOneInEverySpelling) {
  const auto domain = [](const char* text) {
    return Subject::Domain(mail::Domain::Parse(text).value());
  };
  EXPECT_EQ(domain("Example.ORG.").text(), "domain example.org");
  EXPECT_EQ(domain("b\xc3\xbc"
                   "cher.example"),
            domain("xn--bcher-kva.example"));
}

TEST(Subject, AStreamBelongsToOneDomain) {
  const auto stream = [](const char* domain, const char* name) {
    return Subject::Stream(mail::Domain::Parse(domain).value(), name);
  };
  EXPECT_EQ(stream("Example.ORG.", "bulk").text(), "stream bulk of example.org");
  EXPECT_NE(stream("example.org", "bulk"), stream("example.org", "app"));
  EXPECT_NE(stream("example.org", "bulk"), stream("example.net", "bulk"));
  EXPECT_TRUE(stream("example.org", "bulk").is_stream());
  EXPECT_FALSE(Subject::Domain(mail::Domain::Parse("example.org").value()).is_stream());
}

}  // namespace
}  // namespace gatepost::reputation
