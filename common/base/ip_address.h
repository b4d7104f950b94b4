// IPv4 and IPv6 addresses and networks. A v4-mapped IPv6 address (::ffff:192.0.2.1) is the IPv4
// address that it stands for, everywhere. Values; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

struct sockaddr;

namespace gatepost::base {

class IpAddress {
 public:
  enum class Family : std::uint8_t { kNone, kV4, kV6 };  // kNone: a local socket, or not known

  IpAddress() = default;
  // Without brackets, scope or prefix length.
  static Result<IpAddress> Parse(std::string_view text);
  static IpAddress FromSockaddr(const sockaddr* address);  // kNone for other families
  static IpAddress FromBytes(Family family, const std::uint8_t* bytes);

  Family family() const { return family_; }
  bool is_v4() const { return family_ == Family::kV4; }
  bool is_v6() const { return family_ == Family::kV6; }
  // 4 or 16 bytes in network order.
  const std::uint8_t* bytes() const { return bytes_.data(); }
  unsigned bits() const { return is_v4() ? 32U : is_v6() ? 128U : 0U; }
  bool IsLoopback() const;
  std::string Format() const;  // "" for kNone

  // The address with all bits after the first `prefix_bits` cleared.
  IpAddress Masked(unsigned prefix_bits) const;

  friend bool operator==(const IpAddress&, const IpAddress&) = default;
  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  Family family_ = Family::kNone;
  std::array<std::uint8_t, 16> bytes_{};
};

// An address with a prefix length, "192.0.2.0/24" or "2001:db8::/32"; a bare address is the
// network of that address alone. Set bits after the prefix are an error, as they hide typing
// mistakes.
class Network {
 public:
  static Result<Network> Parse(std::string_view text);
  bool Contains(const IpAddress& address) const;
  const IpAddress& base() const { return base_; }
  unsigned prefix_bits() const { return prefix_bits_; }
  std::string Format() const;
  friend bool operator==(const Network&, const Network&) = default;

 private:
  IpAddress base_;
  unsigned prefix_bits_ = 0;
};

bool AnyContains(const std::vector<Network>& networks, const IpAddress& address);

}  // namespace gatepost::base
