#include "common/auth/dkim_signature.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "common/base/base64.h"
#include "common/base/strings.h"

namespace gatepost::auth {
namespace {

using base::ErrorKind;
using base::Fail;
using mail::TagList;

constexpr std::size_t kMaxClaimBytes = 320;  // the longest mail address

// field-name of RFC 5322 section 3.6.8; the tag list knows no ";".
bool IsFieldName(std::string_view name) {
  return !name.empty() &&
         std::ranges::all_of(name, [](char c) { return c > 0x20 && c < 0x7f && c != ':'; });
}

std::optional<std::uint64_t> ParseNumber(std::string_view digits) {
  std::uint64_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value);
  if (digits.empty() || error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<Canonicalization> ParseMethod(std::string_view name) {
  if (base::EqualsIgnoreCase(name, "simple")) return Canonicalization::kSimple;
  if (base::EqualsIgnoreCase(name, "relaxed")) return Canonicalization::kRelaxed;
  return std::nullopt;
}

// Reads one tag after the other. Each step returns what is wrong, or nullptr.
class SignatureReader {
 public:
  SignatureReader(const TagList& tags, const SignatureLimits& limits)
      : tags_(tags), limits_(limits) {}

  base::Result<DkimSignature> ReadDkim() {
    using R = SignatureReader;
    return Read({&R::ReadVersion, &R::ReadAlgorithm, &R::ReadMethods, &R::ReadDomain,
                 &R::ReadSelector, &R::ReadIdentity, &R::ReadQueryMethods, &R::ReadSigningTime,
                 &R::ReadExpiry, &R::ReadBodyLength, &R::ReadBodyHash, &R::ReadSignature})
        .and_then([this] { return ReadSignedNames(); })
        .map([this] { return std::move(signature_); });
  }

  base::Result<DkimSignature> ReadArcMessage() {
    using R = SignatureReader;
    return Read({&R::ReadAlgorithm, &R::ReadArcMethods, &R::ReadDomain, &R::ReadSelector,
                 &R::ReadQueryMethods, &R::ReadSigningTime, &R::ReadExpiry, &R::ReadBodyHash,
                 &R::ReadSignature})
        .and_then([this] { return ReadArcSignedNames(); })
        .map([this] { return std::move(signature_); });
  }

  base::Result<DkimSignature> ReadArcSeal() {
    using R = SignatureReader;
    return Read({&R::RefuseSignedNames, &R::ReadAlgorithm, &R::ReadDomain, &R::ReadSelector,
                 &R::ReadSigningTime, &R::ReadSignature})
        .map([this] { return std::move(signature_); });
  }

 private:
  using Step = const char* (SignatureReader::*)();

  base::Result<void> Read(std::initializer_list<Step> steps) {
    for (const Step step : steps) {
      if (const char* const problem = (this->*step)()) return Fail(ErrorKind::kInvalid, problem);
    }
    return {};
  }

  const char* ReadVersion() { return tags_.Find("v") == "1" ? nullptr : "v= is not 1"; }

  const char* ReadAlgorithm() {
    const std::string_view name = tags_.Find("a").value_or("");
    if (name.empty()) return "no a=";
    if (base::EqualsIgnoreCase(name, "rsa-sha1")) return "rsa-sha1 is not accepted";  // RFC 8301
    if (base::EqualsIgnoreCase(name, "ed25519-sha256")) {
      signature_.algorithm = KeyAlgorithm::kEd25519;
    } else if (!base::EqualsIgnoreCase(name, "rsa-sha256")) {
      return "unknown algorithm in a=";
    }
    return nullptr;
  }

  const char* ReadMethods() { return ReadMethodsOr("simple/simple"); }
  // ARC's own fields know relaxed alone, and sealers that leave c= out mean that.
  const char* ReadArcMethods() { return ReadMethodsOr("relaxed/relaxed"); }

  // The body's method is simple where only the header's is given.
  const char* ReadMethodsOr(std::string_view absent) {
    const std::string_view both = tags_.Find("c").value_or(absent);
    const auto split = base::SplitOnce(both, '/');
    const auto header = ParseMethod(split ? split->first : both);
    const auto body = ParseMethod(split ? split->second : "simple");
    if (!header || !body) return "unknown canonicalization in c=";
    signature_.header_method = *header;
    signature_.body_method = *body;
    return nullptr;
  }

  const char* ReadDomain() {
    const std::string_view text = tags_.Find("d").value_or("");
    base::Result<mail::Domain> domain = mail::Domain::Parse(text);
    if (!domain || domain->label_count() < 2 || text.ends_with('.')) return "d= is not a domain";
    signature_.domain = std::move(*domain);
    return nullptr;
  }

  const char* ReadSelector() {
    const std::string_view text = tags_.Find("s").value_or("");
    const base::Result<mail::Domain> selector = mail::Domain::Parse(text);
    if (!selector || text.ends_with('.')) return "s= is not a selector";
    const std::string name = selector->ascii() + "._domainkey." + signature_.domain->ascii();
    if (!mail::Domain::Parse(name)) return "s= and d= are too long for a DNS name";
    signature_.query_name = name;
    return nullptr;
  }

  const char* ReadIdentity() {
    const std::optional<std::string_view> tag = tags_.Find("i");
    if (!tag) return nullptr;
    const std::string identity = mail::RemoveWhiteSpace(*tag);  // folds, RFC 6376 section 2.11
    const std::size_t at = identity.rfind('@');
    if (at == std::string::npos) return "i= has no domain";
    const auto domain = mail::Domain::Parse(std::string_view(identity).substr(at + 1));
    if (!domain || !domain->IsWithin(*signature_.domain)) return "i= is not within d=";
    signature_.identity_is_below = *domain != *signature_.domain;
    return nullptr;
  }

  // Methods that we do not know are ignored (RFC 6376 section 3.5).
  const char* ReadQueryMethods() {
    const auto methods = tags_.Find("q");
    if (!methods) return nullptr;
    for (const std::string_view method : base::Split(*methods, ':')) {
      if (base::EqualsIgnoreCase(base::Trim(method), "dns/txt")) return nullptr;
    }
    return "q= without dns/txt";
  }

  const char* ReadSigningTime() {
    return ReadNumber("t", signature_.signed_at) ? nullptr : "t= is not a number";
  }

  const char* ReadExpiry() {
    if (!ReadNumber("x", signature_.expires_at)) return "x= is not a number";
    const bool both = signature_.signed_at && signature_.expires_at;
    return both && *signature_.expires_at <= *signature_.signed_at ? "x= is not after t=" : nullptr;
  }

  const char* ReadBodyLength() {
    return ReadNumber("l", signature_.body_length) ? nullptr : "l= is not a number";
  }

  bool ReadNumber(std::string_view tag, std::optional<std::uint64_t>& number) const {
    const auto digits = tags_.Find(tag);
    if (!digits) return true;
    number = ParseNumber(*digits);
    return number.has_value();
  }

  const char* ReadBodyHash() {
    const auto hash = base::DecodeBase64(tags_.Find("bh").value_or(""));
    if (!hash || hash->size() != signature_.body_hash.size()) return "bh= is not a SHA-256 hash";
    std::ranges::copy(std::as_bytes(std::span(*hash)), signature_.body_hash.begin());
    return nullptr;
  }

  const char* ReadSignature() {
    auto signature = base::DecodeBase64(tags_.Find("b").value_or(""));
    if (!signature || signature->empty()) return "b= is not base64";
    signature_.signature = std::move(*signature);
    return nullptr;
  }

  base::Result<void> ReadSignedNames() {
    return ReadNames(tags_.Find("h").value_or("")).and_then([this]() -> base::Result<void> {
      if (!Signs("From")) return Fail(ErrorKind::kInvalid, "From is not signed");
      return {};
    });
  }

  // Sealers leave items empty, and the list.
  base::Result<void> ReadArcSignedNames() {
    const auto list = tags_.Find("h");
    if (!list) return Fail(ErrorKind::kInvalid, "no h=");
    return ReadNames(*list, true).and_then([this]() -> base::Result<void> {
      if (Signs("ARC-Seal")) return Fail(ErrorKind::kInvalid, "ARC-Seal in h=");
      return {};
    });
  }

  base::Result<void> ReadNames(std::string_view list, bool skip_empty = false) {
    if (static_cast<std::size_t>(std::ranges::count(list, ':')) >= limits_.max_signed_fields) {
      return Fail(ErrorKind::kLimit, "too many fields in h=");
    }
    for (const std::string_view item : base::Split(list, ':')) {
      const std::string_view name = base::Trim(item);
      if (skip_empty && name.empty()) continue;
      if (!IsFieldName(name)) return Fail(ErrorKind::kInvalid, "h= is not a list of field names");
      signature_.signed_names.emplace_back(name);
    }
    return {};
  }

  bool Signs(std::string_view wanted) const {
    return std::ranges::any_of(signature_.signed_names, [&](const std::string& name) {
      return base::EqualsIgnoreCase(name, wanted);
    });
  }

  const char* RefuseSignedNames() { return tags_.Find("h") ? "h= in a seal" : nullptr; }

  const TagList& tags_;
  const SignatureLimits& limits_;
  DkimSignature signature_;
};

base::Result<DkimSignature> ReadTags(SignatureKind kind, SignatureReader reader) {
  switch (kind) {
    case SignatureKind::kArcMessage:
      return reader.ReadArcMessage();
    case SignatureKind::kArcSeal:
      return reader.ReadArcSeal();
    case SignatureKind::kDkim:
      break;
  }
  return reader.ReadDkim();
}

std::string Claim(const TagList& tags, std::string_view tag) {
  const std::string_view value = tags.Find(tag).value_or("");
  return value.size() <= kMaxClaimBytes ? mail::RemoveWhiteSpace(value) : std::string();
}

SignatureClaims ReadClaims(const TagList& tags) {
  SignatureClaims claims;
  const std::string_view domain = tags.Find("d").value_or("");
  if (mail::Domain::Parse(domain)) claims.domain = domain;
  claims.identity = Claim(tags, "i");
  if (claims.identity.empty() && !claims.domain.empty()) claims.identity = "@" + claims.domain;
  claims.selector = Claim(tags, "s");
  claims.algorithm = Claim(tags, "a");
  claims.signature = mail::RemoveWhiteSpace(tags.Find("b").value_or(""));
  return claims;
}

mail::HeaderField WithoutSignature(const mail::HeaderField& field, const TagList& tags) {
  mail::HeaderField bare = field;
  const TagList::Span b = tags.ValueSpan("b").value_or(TagList::Span{});
  bare.value.erase(b.begin, b.size());
  return bare;
}

}  // namespace

ScannedSignature ScanSignature(const mail::HeaderField& field, const SignatureLimits& limits) {
  const base::Result<TagList> tags =
      TagList::Parse(field.value, {limits.max_bytes, limits.max_tags});
  if (!tags) {
    const bool large = tags.error().kind == ErrorKind::kLimit;
    return {{}, Fail(tags.error().kind, large ? "signature too large" : "not a tag list")};
  }
  return {ReadClaims(*tags), ReadSignature(SignatureKind::kDkim, *tags, field, limits)};
}

base::Result<DkimSignature> ReadSignature(SignatureKind kind, const TagList& tags,
                                          const mail::HeaderField& field,
                                          const SignatureLimits& limits) {
  return ReadTags(kind, SignatureReader(tags, limits)).map([&](DkimSignature signature) {
    signature.without_b = WithoutSignature(field, tags);
    return signature;
  });
}

}  // namespace gatepost::auth
