#include "common/dns/server_address.h"

namespace gatepost::dns {
namespace {

TEST(ServerAddress, ReadsAddressesWithAndWithoutPort) {
  struct Case {
    const char* text;
    const char* want;
  };
  for (const Case& c : {Case{"127.0.0.1", "127.0.0.1:53"}, Case{"127.0.0.1:5353", "127.0.0.1:5353"},
                        Case{"::1", "[::1]:53"}, Case{"[::1]", "[::1]:53"},
                        Case{"[2001:db8::1]:65535", "[2001:db8::1]:65535"}}) {
    const auto server = ServerAddress::Parse(c.text);
    ASSERT_TRUE(server) << c.text;
    EXPECT_EQ(server->Format(), c.want);
  }
}

TEST(ServerAddress, RefusesEverythingElse) {
  for (const char* const text :
       {"", "localhost", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:53x", "[::1",
        "[::1]:", "[::1]:x", "::1]:53", "127.0.0.1 ", "fe80::1%lo"}) {
    EXPECT_FALSE(ServerAddress::Parse(text)) << text;
  }
}

}  // namespace
}  // namespace gatepost::dns
