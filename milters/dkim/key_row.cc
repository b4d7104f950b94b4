#include "milters/dkim/key_row.h"

#include <array>
#include <charconv>

#include "common/accounts/streams.h"
#include "common/base/strings.h"

namespace gatepost::dkim {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;

Result<std::chrono::seconds> ParseExpiry(std::string_view text) {
  static constexpr std::array<std::pair<char, std::int64_t>, 4> kUnits = {
      {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}}};
  static constexpr std::int64_t kShortest = 3600;  // mail may wait in a queue
  static constexpr std::int64_t kLongest = 365 * 86400;
  std::int64_t count = 0;
  const char* const end = text.data() + text.size();
  const auto [unit, error] = std::from_chars(text.data(), end, count);
  if (error == std::errc() && unit + 1 == end && count > 0) {
    for (const auto& [letter, seconds] : kUnits) {
      if (*unit == letter && count <= kLongest / seconds && count * seconds >= kShortest) {
        return std::chrono::seconds(count * seconds);
      }
    }
  }
  return Fail(ErrorKind::kInvalid,
              "expire= takes a time from an hour to a year, like 7d or 36h, not \"" +
                  base::Printable(text, 40) + "\"");
}

Result<void> SetAlgorithm(std::string_view value, KeyRow& row) {
  if (value == "rsa") {
    row.algorithm = auth::KeyAlgorithm::kRsa;
  } else if (value == "ed25519") {
    row.algorithm = auth::KeyAlgorithm::kEd25519;
  } else {
    return Fail(ErrorKind::kInvalid, "algorithm= takes rsa or ed25519");
  }
  return {};
}

Result<void> SetDomain(std::string_view value, KeyRow& row) {
  const auto domain = mail::Domain::Parse(value);
  if (!domain) return tl::unexpected(domain.error());
  row.signing_domain = domain->ascii();
  return {};
}

Result<void> SetMethods(std::string_view value, KeyRow& row) {
  const auto methods = ParseCanonicalization(value);
  if (!methods) return tl::unexpected(methods.error());
  row.header_method = methods->header;
  row.body_method = methods->body;
  return {};
}

Result<void> SetExpiry(std::string_view value, KeyRow& row) {
  const auto expiry = ParseExpiry(value);
  if (!expiry) return tl::unexpected(expiry.error());
  row.expires_after = *expiry;
  return {};
}

Result<void> SetStream(std::string_view value, KeyRow& row) {
  if (!accounts::IsStreamName(value)) {
    return Fail(ErrorKind::kInvalid,
                "stream= takes the name of a stream, not \"" + base::Printable(value, 40) + "\"");
  }
  row.stream = value;
  return {};
}

Result<void> SetOption(std::string_view option, KeyRow& row) {
  const auto parts = base::SplitOnce(option, '=');
  const std::string_view name = parts ? parts->first : option;
  const std::string_view value = parts ? parts->second : std::string_view();
  if (name == "algorithm") return SetAlgorithm(value, row);
  if (name == "domain") return SetDomain(value, row);
  if (name == "canonicalization") return SetMethods(value, row);
  if (name == "expire") return SetExpiry(value, row);
  if (name == "stream") return SetStream(value, row);
  return Fail(ErrorKind::kInvalid,
              "unknown option \"" + base::Printable(option, 60) +
                  "\" (known: algorithm=, canonicalization=, domain=, expire=, stream=)");
}

Result<void> CheckSelector(std::string_view selector) {
  // A selector is one or more labels (RFC 6376 section 3.1); it is asked for below _domainkey.
  if (const auto name = mail::Domain::Parse(selector); name && name->ascii() == selector) return {};
  return Fail(ErrorKind::kInvalid,
              "\"" + base::Printable(selector, 60) + "\" is not a selector in lower case");
}

}  // namespace

Result<std::string> NormalizePattern(std::string_view pattern) {
  if (pattern == "*") return std::string(pattern);
  const bool wildcard = pattern.starts_with("*.");
  const auto domain = mail::Domain::Parse(wildcard ? pattern.substr(2) : pattern);
  if (!domain) return tl::unexpected(domain.error());
  return (wildcard ? "*." : "") + domain->ascii();
}

Result<CanonicalizationPair> ParseCanonicalization(std::string_view text) {
  using enum auth::Canonicalization;
  if (text == "relaxed/relaxed") return CanonicalizationPair{kRelaxed, kRelaxed};
  if (text == "relaxed/simple") return CanonicalizationPair{kRelaxed, kSimple};
  if (text == "simple/relaxed") return CanonicalizationPair{kSimple, kRelaxed};
  if (text == "simple/simple") return CanonicalizationPair{kSimple, kSimple};
  return Fail(ErrorKind::kInvalid,
              "canonicalization is relaxed/relaxed, relaxed/simple, simple/relaxed or "
              "simple/simple, not \"" +
                  base::Printable(text, 40) + "\"");
}

Result<KeyRow> ParseKeyRow(std::span<const std::string_view> columns) {
  if (columns.size() < 2) {
    return Fail(ErrorKind::kInvalid, "a row is: domain selector key-file [option=value ...]");
  }
  KeyRow row;
  row.selector = columns[0];
  row.file = columns[1];
  if (const auto selector = CheckSelector(row.selector); !selector) {
    return tl::unexpected(selector.error());
  }
  if (row.file.front() != '/') {
    return Fail(ErrorKind::kInvalid, "the key file needs an absolute path");
  }
  for (const std::string_view option : columns.subspan(2)) {
    if (const auto set = SetOption(option, row); !set) return tl::unexpected(set.error());
  }
  return row;
}

}  // namespace gatepost::dkim
