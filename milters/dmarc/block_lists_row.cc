// Reads a configured list.
#include <algorithm>
#include <charconv>

#include "common/base/strings.h"
#include "milters/dmarc/block_lists.h"

namespace gatepost::dmarc {
namespace {

using base::ErrorKind;
using base::Fail;
using base::IpAddress;
using base::Result;

constexpr int kHeaviest = 1000;
constexpr std::string_view kPublicName = "as=";

std::vector<std::string_view> Words(std::string_view row) {
  constexpr std::string_view kBlanks = " \t";
  std::vector<std::string_view> words;
  while (true) {
    row.remove_prefix(std::min(row.find_first_not_of(kBlanks), row.size()));
    if (row.empty()) return words;
    const std::size_t end = std::min(row.find_first_of(kBlanks), row.size());
    words.push_back(row.substr(0, end));
    row.remove_prefix(end);
  }
}

tl::unexpected<base::Error> Wrong(std::string_view word, std::string_view what) {
  return Fail(ErrorKind::kInvalid, "\"" + base::Printable(word, 80) + "\" " + std::string(what));
}

Result<int> ParseWeight(std::string_view text) {
  std::string_view digits = text;
  if (digits.starts_with('+') && !digits.starts_with("+-")) digits.remove_prefix(1);
  int weight = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, weight);
  if (error != std::errc() || rest != end || weight == 0 || weight < -kHeaviest ||
      weight > kHeaviest) {
    return Wrong(text, "is not a weight from -1000 to 1000, and not 0");
  }
  return weight;
}

Result<IpAddress> ParseCodeAddress(std::string_view text) {
  const auto address = IpAddress::Parse(text);
  // In IPv4's own spelling, as lists answer with it.
  if (!address || !address->is_v4() || address->bytes()[0] != 127 || address->Format() != text) {
    return Wrong(text, "is not a return code like 127.0.0.2");
  }
  return *address;
}

bool HoldsErrorCode(const BlockList::Code& code) {
  static const IpAddress kFirstError = *IpAddress::Parse("127.255.255.0");
  return code.last >= kFirstError;
}

// "127.0.0.2=5" or "127.0.0.10-127.0.0.11=3".
Result<BlockList::Code> ParseCode(std::string_view word) {
  const auto parts = base::SplitOnce(word, '=');
  if (!parts) return Wrong(word, "has no weight: a code is like 127.0.0.2=5");
  const auto range = base::SplitOnce(parts->first, '-');
  const auto first = ParseCodeAddress(range ? range->first : parts->first);
  if (!first) return tl::unexpected(first.error());
  const auto last = range ? ParseCodeAddress(range->second) : first;
  if (!last) return tl::unexpected(last.error());
  const auto weight = ParseWeight(parts->second);
  if (!weight) return tl::unexpected(weight.error());
  const BlockList::Code code{*first, *last, *weight};
  if (code.last < code.first) return Wrong(word, "ends before it begins");
  if (HoldsErrorCode(code)) return Wrong(word, "holds 127.255.255.x, by which lists tell errors");
  return code;
}

Result<ListKind> ParseKind(std::string_view word) {
  if (word == "address") return ListKind::kAddress;
  if (word == "domain") return ListKind::kDomain;
  return Wrong(word, "is not a kind of list: address or domain");
}

Result<void> SetPublicName(std::string_view name, BlockList& list) {
  auto domain = mail::Domain::Parse(name);
  if (!domain) return tl::unexpected(domain.error());
  if (list.public_name) return Wrong(name, "is a second public name");
  list.public_name = *std::move(domain);
  return {};
}

Result<void> AddWords(std::span<const std::string_view> words, BlockList& list) {
  for (const std::string_view word : words) {
    if (word.starts_with(kPublicName)) {
      const auto set = SetPublicName(word.substr(kPublicName.size()), list);
      if (!set) return set;
      continue;
    }
    const auto code = ParseCode(word);
    if (!code) return tl::unexpected(code.error());
    list.codes.push_back(*code);
  }
  std::ranges::sort(list.codes, {}, &BlockList::Code::first);
  const auto twice = std::ranges::adjacent_find(
      list.codes, [](const auto& one, const auto& next) { return next.first <= one.last; });
  if (twice == list.codes.end()) return {};
  return Wrong(std::next(twice)->first.Format(), "is given two weights");
}

}  // namespace

Result<BlockList> BlockList::Parse(std::string_view row) {
  const std::vector<std::string_view> words = Words(row);
  if (words.size() < 3) {
    return Fail(ErrorKind::kInvalid, "a list is: zone address|domain code=weight ...");
  }
  if (words.size() > 2 + kMostCodes) return Wrong(words[0], "has more than 256 codes");
  const auto zone = mail::Domain::Parse(words[0]);
  if (!zone) return tl::unexpected(zone.error());
  const auto kind = ParseKind(words[1]);
  if (!kind) return tl::unexpected(kind.error());
  BlockList list{*zone, *kind, {}};
  const auto added = AddWords(std::span(words).subspan(2), list);
  if (!added) return tl::unexpected(added.error());
  if (list.codes.empty()) return Wrong(words[0], "has no codes");
  return list;
}

std::string BlockList::Name() const { return public_name ? public_name->ascii() : zone.ascii(); }

const BlockList::Code* BlockList::Find(const IpAddress& address) const {
  const auto after = std::ranges::upper_bound(codes, address, {}, &Code::first);
  if (after == codes.begin()) return nullptr;
  const Code& code = *std::prev(after);
  return address <= code.last ? &code : nullptr;
}

}  // namespace gatepost::dmarc
