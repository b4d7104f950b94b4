#include "common/store/keys.h"

#include <algorithm>
#include <cstddef>

#include "common/base/strings.h"

namespace gatepost::store {
namespace {

constexpr std::size_t kMaxPartBytes = 128;
constexpr std::size_t kKeptBytes = 80;
constexpr std::string_view kHexDigits = "0123456789abcdef";

bool StaysAsItIs(char c) {
  return base::IsAsciiAlpha(c) || base::IsAsciiDigit(c) ||
         std::string_view("._-@+=").find(c) != std::string_view::npos;
}

void AppendEncoded(char c, std::string& out) {
  if (StaysAsItIs(c)) {
    out += c;
    return;
  }
  const auto byte = static_cast<unsigned char>(c);
  out += '%';
  out += kHexDigits[byte >> 4];
  out += kHexDigits[byte & 0x0f];
}

std::string Fnv1a128(std::string_view input) {
  __extension__ using Wide = unsigned __int128;
  constexpr Wide kOffset = (Wide{0x6c62272e07bb0142U} << 64) | 0x62b821756295c58dU;
  constexpr Wide kPrime = (Wide{1} << 88) | 0x13bU;
  Wide hash = kOffset;
  for (const char c : input) hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  std::string hex;
  for (int shift = 124; shift >= 0; shift -= 4) {
    hex += kHexDigits[static_cast<std::size_t>(hash >> shift) & 0x0f];
  }
  return hex;
}

std::string Joined(std::string_view first, std::string_view second) {
  return EncodeKeyPart(first) + ":" + EncodeKeyPart(second);
}

}  // namespace

std::string EncodeKeyPart(std::string_view input) {
  std::string encoded;
  for (const char c : input) {
    AppendEncoded(c, encoded);
    if (encoded.size() > kMaxPartBytes) {
      return encoded.substr(0, kKeptBytes) + "~" + Fnv1a128(input);
    }
  }
  return encoded;
}

std::string DecodeKeyPart(std::string_view encoded) {
  std::string input;
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    const std::size_t high = encoded[i] == '%' && i + 2 < encoded.size()
                                 ? kHexDigits.find(encoded[i + 1])
                                 : std::string_view::npos;
    const std::size_t low = high == std::string_view::npos ? high : kHexDigits.find(encoded[i + 2]);
    if (low == std::string_view::npos) {
      input += encoded[i];
      continue;
    }
    input += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return input;
}

std::string_view HashTag(std::string_view key) {
  const std::size_t open = key.find('{');
  if (open == std::string_view::npos) return key;
  const std::size_t close = key.find('}', open);
  if (close == std::string_view::npos || close == open + 1) return key;
  return key.substr(open + 1, close - open - 1);
}

bool ShareHashTag(std::span<const Key> keys) {
  return !keys.empty() && std::ranges::all_of(keys, [&](const Key& key) {
    return HashTag(key.text()) == HashTag(keys[0].text());
  });
}

Key KeyMaker::Make(std::string_view kind, const std::string& subject, const std::string& rest) {
  std::string text = "gp:";
  text.append(kind).append(":{").append(subject).append("}");
  if (!rest.empty()) text.append(":").append(rest);
  return Key(std::move(text));
}

Key KeyMaker::Counter(std::string_view program, std::string_view metric, std::int64_t minute) {
  return Make("count", EncodeKeyPart(program),
              EncodeKeyPart(metric) + ":" + std::to_string(minute));
}

Key KeyMaker::Records(std::string_view host, std::string_view queue_id) {
  return Make("records", Joined(host, queue_id));
}

Key KeyMaker::Fact(std::string_view host, std::string_view queue_id, std::string_view name) {
  return Make("fact", Joined(host, queue_id), EncodeKeyPart(name));
}

Key KeyMaker::AccountMessages(std::string_view account) {
  return Make("accountmessages", EncodeKeyPart(account));
}

Key KeyMaker::Evidence(std::string_view reference) {
  return Make("evidence", EncodeKeyPart(reference));
}

Key KeyMaker::RecordFeed() { return Make("feed", "records"); }
Key KeyMaker::EventFeed() { return Make("feed", "events"); }
Key KeyMaker::Hosts() { return Make("hosts", "all"); }
Key KeyMaker::Lease(std::string_view name) { return Make("lease", EncodeKeyPart(name)); }
Key KeyMaker::Used(std::string_view name) { return Make("used", EncodeKeyPart(name)); }
Key KeyMaker::ReleaseTries(std::string_view who) {
  return Make("releasetries", EncodeKeyPart(who));
}
Key KeyMaker::HoldNotices(std::string_view recipient) {
  return Make("holdnotices", EncodeKeyPart(recipient));
}
Key KeyMaker::Admin(std::string_view kind) { return Make("admin", EncodeKeyPart(kind)); }
Key KeyMaker::GreylistProofs(std::string_view network) {
  return Make("greylist_proofs", EncodeKeyPart(network));
}

Key KeyMaker::GreylistWait(std::string_view network, std::string_view sender,
                           std::string_view recipient) {
  return Make("greylist_wait", EncodeKeyPart(network), Joined(sender, recipient));
}

Key KeyMaker::Probe(unsigned place) { return Make("probe", "store" + std::to_string(place)); }

Key KeyMaker::Reputation(std::string_view subject) {
  return Make("reputation", EncodeKeyPart(subject));
}

Key KeyMaker::ReportDomains(std::int64_t day, unsigned part) {
  return Make("reportdomains", std::to_string(day) + ":" + std::to_string(part));
}

Key KeyMaker::Report(std::string_view domain, std::int64_t day) {
  return Make("report", EncodeKeyPart(domain), std::to_string(day));
}

Key KeyMaker::ReportRows(std::string_view domain, std::int64_t day, unsigned part) {
  return Make("report", EncodeKeyPart(domain),
              std::to_string(day) + ":rows:" + std::to_string(part));
}

Key KeyMaker::FailureReports(std::int64_t slot) {
  return Make("failurereports", std::to_string(slot));
}

Key KeyMaker::FailureRate(std::string_view domain, std::int64_t hour) {
  return Make("failurerate", EncodeKeyPart(domain) + ":" + std::to_string(hour));
}

Key KeyMaker::Guesses(std::string_view subject) { return Make("guesses", EncodeKeyPart(subject)); }

Key KeyMaker::PlaceGuesses(std::string_view account_subject, std::string_view network) {
  return Make("guesses", EncodeKeyPart(account_subject), EncodeKeyPart(network));
}

Key KeyMaker::KnownPlace(std::string_view account_subject, std::string_view network) {
  return Make("place", EncodeKeyPart(account_subject), EncodeKeyPart(network));
}

Key KeyMaker::OutbreakDomains(std::string_view sha256) {
  return Make("outbreak", EncodeKeyPart(sha256), "domains");
}
Key KeyMaker::OutbreakNetworks(std::string_view sha256) {
  return Make("outbreak", EncodeKeyPart(sha256), "networks");
}

Key KeyMaker::Limits(std::string_view subject) { return Make("limits", EncodeKeyPart(subject)); }

Key KeyMaker::LimitLines() { return Make("limitlines", "all"); }
Key KeyMaker::WarmUpSchedules() { return Make("warmupschedules", "all"); }

Key KeyMaker::KnownRecipients(std::string_view account_subject) {
  return Make("known", EncodeKeyPart(account_subject));
}

Key KeyMaker::Settled(const Key& beside, std::string_view id) {
  return Make("settled", std::string(HashTag(beside.text())), EncodeKeyPart(id));
}

Key KeyMaker::Watch(std::string_view account_subject) {
  return Make("watch", EncodeKeyPart(account_subject));
}

}  // namespace gatepost::store
