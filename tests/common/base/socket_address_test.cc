#include "common/base/socket_address.h"

#include <netinet/in.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>
#include <string>

#include "common/base/unique_fd.h"
#include "tests/support/temp_folder.h"

namespace gatepost::base {
namespace {

// At the same place in both families.
std::uint16_t PortOf(const SocketAddress& address) {
  in_port_t port = 0;
  std::memcpy(&port, reinterpret_cast<const char*>(address.get()) + offsetof(sockaddr_in, sin_port),
              sizeof port);
  return ntohs(port);
}

TEST(SocketAddressTest, HoldsTheAddressAndPortThatItWasMadeOf) {
  struct Case {
    const char* text;
    std::uint16_t port;
    int family;
    std::size_t size;
  };
  for (const Case& c : {Case{"192.0.2.1", 25, AF_INET, sizeof(sockaddr_in)},
                        Case{"127.0.0.1", 65'535, AF_INET, sizeof(sockaddr_in)},
                        Case{"0.0.0.0", 0, AF_INET, sizeof(sockaddr_in)},
                        Case{"::1", 3'310, AF_INET6, sizeof(sockaddr_in6)},
                        Case{"2001:db8::a:b", 256, AF_INET6, sizeof(sockaddr_in6)},
                        // A mapped one is what it stands for.
                        Case{"::ffff:192.0.2.1", 25, AF_INET, sizeof(sockaddr_in)}}) {
    const IpAddress address = *IpAddress::Parse(c.text);
    const SocketAddress made = SocketAddress::Inet(address, c.port);
    EXPECT_EQ(made.family(), c.family) << c.text;
    EXPECT_EQ(made.size(), c.size) << c.text;
    EXPECT_EQ(IpAddress::FromSockaddr(made.get()), address) << c.text;
    EXPECT_EQ(PortOf(made), c.port) << c.text;
  }
}

TEST(SocketAddressTest, HoldsAPathOfUpTo107Bytes) {
  for (const std::size_t size : {std::size_t{1}, SocketAddress::kLongestPath}) {
    const std::string path = "/" + std::string(size - 1, 'x');
    const auto made = SocketAddress::Local(path);
    ASSERT_TRUE(made) << size;
    EXPECT_EQ(made->family(), AF_UNIX);
    sockaddr_un local{};
    ASSERT_EQ(made->size(), sizeof local);
    std::memcpy(&local, made->get(), sizeof local);
    EXPECT_EQ(std::string(local.sun_path), path);
  }
  const auto long_path = SocketAddress::Local("/" + std::string(107, 'x'));
  ASSERT_FALSE(long_path);
  EXPECT_EQ(long_path.error().message, "the path is longer than 107 bytes");
  EXPECT_FALSE(SocketAddress::Local(""));
}

TEST(SocketAddressTest, IsOneThatTheSystemTakes) {
  const support::TempFolder folder;
  const auto local = SocketAddress::Local((folder.path() / "socket").string());
  ASSERT_TRUE(local);
  for (const SocketAddress& address :
       {*local, SocketAddress::Inet(*IpAddress::Parse("127.0.0.1"), 0)}) {
    const UniqueFd fd(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::bind(fd.get(), address.get(), address.size()), 0) << address.family();
  }
}

}  // namespace
}  // namespace gatepost::base
