#include "common/base/ip_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "common/base/strings.h"

namespace gatepost::base {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::size_t kLongestText = INET6_ADDRSTRLEN;

}  // namespace

IpAddress IpAddress::FromBytes(Family family, const std::uint8_t* bytes) {
  IpAddress address;
  if (family == Family::kV6 && std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes)) {
    return FromBytes(Family::kV4, bytes + kMappedPrefix.size());
  }
  address.family_ = family;
  const std::size_t length = family == Family::kV4 ? 4 : family == Family::kV6 ? 16 : 0;
  std::copy_n(bytes, length, address.bytes_.begin());
  return address;
}

Result<IpAddress> IpAddress::Parse(std::string_view text) {
  std::array<char, kLongestText + 1> copy{};
  std::array<std::uint8_t, 16> bytes{};
  if (!text.empty() && text.size() <= kLongestText && text.find('\0') == text.npos) {
    std::copy(text.begin(), text.end(), copy.begin());
    if (inet_pton(AF_INET, copy.data(), bytes.data()) == 1) {
      return FromBytes(Family::kV4, bytes.data());
    }
    if (inet_pton(AF_INET6, copy.data(), bytes.data()) == 1) {
      return FromBytes(Family::kV6, bytes.data());
    }
  }
  return Fail(ErrorKind::kInvalid, "not an IP address: \"" + Printable(text, 64) + "\"");
}

IpAddress IpAddress::FromSockaddr(const sockaddr* address) {
  if (address != nullptr && address->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof v4);
    return FromBytes(Family::kV4, reinterpret_cast<const std::uint8_t*>(&v4.sin_addr));
  }
  if (address != nullptr && address->sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, address, sizeof v6);
    return FromBytes(Family::kV6, v6.sin6_addr.s6_addr);
  }
  return {};
}

bool IpAddress::IsLoopback() const {
  if (is_v4()) return bytes_[0] == 127;
  static constexpr std::array<std::uint8_t, 16> kOne = {0, 0, 0, 0, 0, 0, 0, 0,
                                                        0, 0, 0, 0, 0, 0, 0, 1};
  return is_v6() && bytes_ == kOne;
}

std::string IpAddress::Format() const {
  if (family_ == Family::kNone) return "";
  std::array<char, kLongestText + 1> text{};
  inet_ntop(is_v4() ? AF_INET : AF_INET6, bytes_.data(), text.data(), text.size());
  return text.data();
}

IpAddress IpAddress::Masked(unsigned prefix_bits) const {
  IpAddress masked = *this;
  for (unsigned i = 0; i < bits() / 8; ++i) {
    const unsigned kept = prefix_bits > i * 8 ? std::min(8U, prefix_bits - i * 8) : 0U;
    masked.bytes_[i] = static_cast<std::uint8_t>(masked.bytes_[i] & (0xff00U >> kept));
  }
  return masked;
}

Result<Network> Network::Parse(std::string_view text) {
  const auto parts = SplitOnce(text, '/');
  auto address = IpAddress::Parse(parts ? parts->first : text);
  if (!address) return tl::unexpected(address.error());
  Network network;
  network.base_ = *address;
  network.prefix_bits_ = address->bits();
  if (parts) {
    const std::string_view digits = parts->second;
    const char* const end = digits.data() + digits.size();
    const auto [rest, error] = std::from_chars(digits.data(), end, network.prefix_bits_);
    if (error != std::errc() || rest != end || network.prefix_bits_ > address->bits()) {
      return Fail(ErrorKind::kInvalid, "bad prefix length in \"" + Printable(text, 64) + "\"");
    }
  }
  if (network.base_.Masked(network.prefix_bits_) != network.base_) {
    return Fail(ErrorKind::kInvalid, "\"" + Printable(text, 64) +
                                         "\" has bits set after its prefix; did you mean \"" +
                                         network.base_.Masked(network.prefix_bits_).Format() + "/" +
                                         std::to_string(network.prefix_bits_) + "\"?");
  }
  return network;
}

bool Network::Contains(const IpAddress& address) const {
  return address.family() == base_.family() && address.Masked(prefix_bits_) == base_;
}

std::string Network::Format() const { return base_.Format() + "/" + std::to_string(prefix_bits_); }

bool AnyContains(const std::vector<Network>& networks, const IpAddress& address) {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const Network& network) { return network.Contains(address); });
}

}  // namespace gatepost::base
