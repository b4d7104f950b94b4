#include "common/base/ip_address.h"

#include <string>

namespace gatepost::base {
namespace {

bool Contains(const char* network, const char* address) {
  return Network::Parse(network).value().Contains(IpAddress::Parse(address).value());
}

TEST(IpAddress, FormatsWhatItParses) {
  for (const char* text : {"192.0.2.1", "2001:db8::7", "::1"}) {
    EXPECT_EQ(IpAddress::Parse(text).value().Format(), text);
  }
}

TEST(IpAddress, AMappedAddressIsTheIpv4AddressThatItStandsFor) {
  EXPECT_EQ(IpAddress::Parse("::ffff:192.0.2.1").value(), IpAddress::Parse("192.0.2.1").value());
}

TEST(IpAddress, RefusesEverythingElse) {
  for (const char* text : {"", "192.0.2", "192.0.2.1/24", "[::1]", "fe80::1%eth0", "x",
                           "1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19.20.21.22"}) {
    EXPECT_FALSE(IpAddress::Parse(text).has_value()) << text;
  }
}

TEST(Network, ContainsTheAddressesBelowItsPrefix) {
  EXPECT_TRUE(Contains("192.0.2.0/24", "192.0.2.255"));
  EXPECT_FALSE(Contains("192.0.2.0/24", "192.0.3.0"));
  EXPECT_TRUE(Contains("192.0.2.128/25", "192.0.2.128"));
  EXPECT_FALSE(Contains("192.0.2.128/25", "192.0.2.127"));
  EXPECT_TRUE(Contains("0.0.0.0/0", "198.51.100.1"));
  EXPECT_FALSE(Contains("0.0.0.0/0", "::1"));
  EXPECT_TRUE(Contains("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(Contains("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_TRUE(Contains("192.0.2.7", "192.0.2.7"));
}

TEST(Network, RefusesBitsAfterThePrefixAndSaysWhatWasMeant) {
  const auto network = Network::Parse("192.0.2.1/24");
  ASSERT_FALSE(network.has_value());
  EXPECT_THAT(network.error().message, testing::HasSubstr("did you mean \"192.0.2.0/24\"?"));
  EXPECT_FALSE(Network::Parse("192.0.2.0/33").has_value());
  EXPECT_FALSE(Network::Parse("192.0.2.0/").has_value());
  EXPECT_FALSE(Network::Parse("192.0.2.0/-1").has_value());
}

}  // namespace
}  // namespace gatepost::base
