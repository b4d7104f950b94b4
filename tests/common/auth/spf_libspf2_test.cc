#include "common/auth/spf_libspf2.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

namespace gatepost::auth {
namespace {

using base::IpAddress;

IpAddress Ip(std::string_view text) { return IpAddress::Parse(text).value(); }

SpfTerm Network(const IpAddress& address, unsigned prefix) {
  SpfTerm term;
  term.kind = address.is_v4() ? SpfTermKind::kIp4 : SpfTermKind::kIp6;
  std::memcpy(term.network.data(), address.bytes(), address.bits() / 8);
  term.prefix4 = term.prefix6 = prefix;
  return term;
}

dns::AnswerPtr Addresses(const std::vector<IpAddress>& addresses) {
  auto answer = std::make_shared<dns::Answer>();
  answer->status = dns::Status::kOk;
  for (const IpAddress& address : addresses) answer->records.push_back({"", address, 0});
  return answer;
}

dns::AnswerPtr Failed(dns::Status status) {
  auto answer = std::make_shared<dns::Answer>();
  answer->status = status;
  return answer;
}

SpfTerm Mechanism(SpfTermKind kind, unsigned prefix4 = 32, unsigned prefix6 = 128) {
  SpfTerm term;
  term.kind = kind;
  term.prefix4 = prefix4;
  term.prefix6 = prefix6;
  return term;
}

// Flips one bit of an address.
IpAddress Flip(const IpAddress& address, unsigned bit) {
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), address.bytes(), address.bits() / 8);
  bytes[bit / 8] ^= static_cast<std::uint8_t>(0x80U >> (bit % 8));
  return IpAddress::FromBytes(address.family(), bytes.data());
}

// Section 5.6: the first `prefix` bits and no others count.
TEST(SpfLibspf2, ComparesExactlyThePrefixOfEveryLength) {
  for (const IpAddress& client : {Ip("203.0.113.77"), Ip("2001:db8:1234:5678:9abc:def0:1:2")}) {
    for (unsigned prefix = 0; prefix <= client.bits(); ++prefix) {
      for (unsigned bit = 0; bit < client.bits(); ++bit) {
        const IpAddress other = Flip(client, bit);
        const SpfTerm network[] = {Network(other, prefix)};
        EXPECT_EQ(FirstMatchWithLibspf2(network, client) != nullptr, bit >= prefix)
            << other.Format() << '/' << prefix;
      }
    }
  }
}

TEST(SpfLibspf2, AppliesThePrefixToAddressesOfNamesToo) {
  const IpAddress v4 = Ip("203.0.113.77");
  const IpAddress v6 = Ip("2001:db8:1234:5678:9abc:def0:1:2");
  for (const unsigned prefix : {0U, 1U, 8U, 24U, 31U, 32U}) {
    for (unsigned bit = 0; bit < 32; ++bit) {
      const SpfFacts facts{Addresses({Ip("10.0.0.1"), Flip(v4, bit)}), {}};
      const SpfMatch want = bit >= prefix ? SpfMatch::kYes : SpfMatch::kNo;
      if (prefix > 0) {
        EXPECT_EQ(MatchWithLibspf2(Mechanism(SpfTermKind::kA, prefix), v4, facts, 10), want);
      }
    }
  }
  for (const unsigned prefix : {1U, 33U, 64U, 127U, 128U}) {
    for (unsigned bit = 0; bit < 128; ++bit) {
      const SpfFacts facts{nullptr, {{false, Addresses({Flip(v6, bit)})}}};
      const SpfMatch want = bit >= prefix ? SpfMatch::kYes : SpfMatch::kNo;
      EXPECT_EQ(MatchWithLibspf2(Mechanism(SpfTermKind::kMx, 8, prefix), v6, facts, 10), want);
    }
  }
}

TEST(SpfLibspf2, NeedsAnAddressOfTheFamilyEvenForPrefixZero) {
  const SpfTerm any = Mechanism(SpfTermKind::kA, 0, 0);
  const IpAddress client = Ip("192.0.2.1");
  EXPECT_EQ(MatchWithLibspf2(any, client, {Addresses({}), {}}, 10), SpfMatch::kNo);
  EXPECT_EQ(MatchWithLibspf2(any, client, {Addresses({Ip("::1")}), {}}, 10), SpfMatch::kNo);
  EXPECT_EQ(MatchWithLibspf2(any, client, {Addresses({Ip("10.0.0.1")}), {}}, 10), SpfMatch::kYes);
  EXPECT_EQ(MatchWithLibspf2(any, Ip("2001:db8::1"), {Addresses({Ip("::1")}), {}}, 10),
            SpfMatch::kYes);
}

// Sections 5.4 and 5.5.
TEST(SpfLibspf2, TakesHostsInTheirOrderAndNoMoreThanAllowed) {
  const IpAddress client = Ip("192.0.2.1");
  const SpfFacts::Host other{false, Addresses({Ip("192.0.2.2")})};
  const SpfFacts::Host ours{false, Addresses({client})};
  const SpfFacts::Host failed{false, Failed(dns::Status::kServFail)};
  const SpfTerm mx = Mechanism(SpfTermKind::kMx);
  EXPECT_EQ(MatchWithLibspf2(mx, client, {nullptr, {other, ours}}, 10), SpfMatch::kYes);
  EXPECT_EQ(MatchWithLibspf2(mx, client, {nullptr, {ours, failed}}, 10), SpfMatch::kYes);
  EXPECT_EQ(MatchWithLibspf2(mx, client, {nullptr, {failed, ours}}, 10), SpfMatch::kTempError);
  EXPECT_EQ(MatchWithLibspf2(mx, client, {nullptr, {other, other, ours}}, 2),
            SpfMatch::kTooManyHosts);
  EXPECT_EQ(MatchWithLibspf2(mx, client, {nullptr, {other, ours, other}}, 2), SpfMatch::kYes);
  EXPECT_EQ(MatchWithLibspf2(mx, client, {}, 10), SpfMatch::kNo);
}

TEST(SpfLibspf2, MatchesPtrOnlyWithinTheTarget) {
  const IpAddress client = Ip("192.0.2.1");
  const SpfTerm ptr = Mechanism(SpfTermKind::kPtr);
  const SpfFacts::Host within{true, Addresses({client})};
  const SpfFacts::Host outside{false, Addresses({client})};
  const SpfFacts::Host elsewhere{true, Addresses({Ip("192.0.2.2")})};
  EXPECT_EQ(MatchWithLibspf2(ptr, client, {nullptr, {elsewhere, within}}, 10), SpfMatch::kYes);
  EXPECT_EQ(MatchWithLibspf2(ptr, client, {nullptr, {outside, elsewhere}}, 10), SpfMatch::kNo);
}

TEST(SpfLibspf2, FindsTheFirstOfManyMechanisms) {
  const IpAddress client = Ip("2001:db8::1");
  std::vector<SpfTerm> terms;
  for (int i = 0; i < 1000; ++i) terms.push_back(Network(Ip("2001:db8::ffff"), 128));
  EXPECT_EQ(FirstMatchWithLibspf2(terms, client), nullptr);
  for (const std::size_t at : {999U, 500U, 48U, 47U, 24U, 23U, 0U}) {
    terms[at] = at == 999 ? Mechanism(SpfTermKind::kAll) : Network(client, 64);
    EXPECT_EQ(FirstMatchWithLibspf2(terms, client), &terms[at]);
  }
}

TEST(SpfLibspf2, NeverMatchesTheOtherFamily) {
  const SpfTerm mapped[] = {Network(Ip("2001:db8::1"), 0)};
  EXPECT_EQ(FirstMatchWithLibspf2(mapped, Ip("::ffff:192.0.2.1")), nullptr);
  const SpfTerm v4[] = {Network(Ip("192.0.2.1"), 0)};
  EXPECT_EQ(FirstMatchWithLibspf2(v4, Ip("2001:db8::1")), nullptr);
}

}  // namespace
}  // namespace gatepost::auth
