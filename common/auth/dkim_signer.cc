#include "common/auth/dkim_signer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/auth/signed_fields.h"
#include "common/auth/tag_writer.h"
#include "common/base/base64.h"
#include "common/base/strings.h"

namespace gatepost::auth {
namespace {

using base::ErrorKind;
using base::Fail;

constexpr std::string_view kFieldName = "DKIM-Signature";
// More names than a legitimate message has; verifiers stop reading h= not far above.
constexpr std::size_t kMaxSignedNames = 200;

std::string_view Name(Canonicalization method) {
  return method == Canonicalization::kSimple ? "simple" : "relaxed";
}

std::string_view Name(KeyAlgorithm algorithm) {
  return algorithm == KeyAlgorithm::kRsa ? "rsa-sha256" : "ed25519-sha256";
}

bool IsNameByte(char c) {
  return base::IsAsciiAlpha(c) || base::IsAsciiDigit(c) || c == '-' || c == '_' || c == '.' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool IsDnsName(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, IsNameByte);
}

// dkim-quoted-printable (RFC 6376 section 2.11).
std::string QuoteIdentity(std::string_view identity) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string quoted;
  for (const char c : identity) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet > 0x20 && octet < 0x7f && c != ';' && c != '=') {
      quoted += c;
    } else {
      quoted += {'=', kHex[octet >> 4], kHex[octet & 15]};
    }
  }
  return quoted;
}

std::int64_t UnixSeconds(base::WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

// What h= says: every occurrence of each name, and oversigned names once more.
std::vector<std::string> NamesToSign(const HeaderSelection& selection, const FieldIndex& index) {
  std::vector<std::string> names;
  for (const std::string& name : selection.oversign) {
    names.insert(names.end(), index.Count(name) + 1, name);
  }
  for (const std::string& name : selection.sign) {
    const auto same = [&](const std::string& other) { return base::EqualsIgnoreCase(name, other); };
    if (std::ranges::any_of(selection.oversign, same)) continue;
    names.insert(names.end(), index.Count(name), name);
  }
  return names;
}

bool HoldsNul(const mail::HeaderField* field) {
  return field->value.find('\0') != std::string::npos;
}

// A signature without From protects nothing (RFC 6376 section 5.4).
bool NamesFrom(const std::vector<std::string>& names) {
  return std::ranges::any_of(
      names, [](const std::string& name) { return base::EqualsIgnoreCase(name, "From"); });
}

}  // namespace

// Oversigned is what a reader acts upon and no list adds of its own accord; the rest is signed
// where it stands. Left alone: what relays add, remove or reorder (Received, Return-Path, Sender,
// List-Id and its kin, DKIM-Signature), and what was never meant to be signed (Bcc, Comments,
// Keywords; RFC 6376 section 5.4.1).
const HeaderSelection& HeaderSelection::Default() {
  static const HeaderSelection selection{
      .sign = {"In-Reply-To", "References", "Resent-Date", "Resent-From", "Resent-To", "Resent-Cc",
               "Content-Disposition", "Autocrypt", "List-Unsubscribe", "List-Unsubscribe-Post"},
      .oversign = {"From", "To", "Cc", "Subject", "Date", "Reply-To", "Message-ID", "MIME-Version",
                   "Content-Type", "Content-Transfer-Encoding"}};
  return selection;
}

class DkimSigner::Impl {
 public:
  Impl(std::vector<SignatureRequest> requests, const HeaderSelection& selection,
       std::vector<mail::HeaderField> fields)
      : requests_(std::move(requests)), fields_(std::move(fields)) {
    const FieldIndex index(fields_);
    names_ = NamesToSign(selection, index);
    selected_ = index.Select(names_);
    for (const SignatureRequest& request : requests_) {
      auto& hasher = hashers_[Slot(request.body_method)];
      if (!hasher) hasher.emplace(request.body_method);
    }
  }

  void OnBody(std::span<const std::byte> chunk) {
    for (auto& hasher : hashers_) {
      if (hasher) hasher->Update(chunk);
    }
  }

  base::Result<std::vector<std::string>> Finish(base::WallTime now) {
    if (auto checked = CheckFields(); !checked) return tl::unexpected(checked.error());
    FinishBodies();
    std::vector<std::string> signatures;
    for (const SignatureRequest& request : requests_) {
      base::Result<std::string> signature = MakeSignature(request, now);
      if (!signature) return tl::unexpected(signature.error());
      signatures.push_back(std::move(*signature));
    }
    return signatures;
  }

 private:
  static std::size_t Slot(Canonicalization method) { return static_cast<std::size_t>(method); }

  base::Result<void> CheckFields() const {
    if (!NamesFrom(names_)) return Fail(ErrorKind::kInvalid, "From is not among the signed fields");
    if (names_.size() > kMaxSignedNames) {
      return Fail(ErrorKind::kLimit, "signed fields are repeated too often in this message");
    }
    if (std::ranges::any_of(selected_, HoldsNul)) {
      return Fail(ErrorKind::kInvalid, "a field to be signed holds a NUL octet");
    }
    return {};
  }

  void FinishBodies() {
    for (std::size_t slot = 0; slot < hashers_.size(); ++slot) {
      if (!hashers_[slot]) continue;
      const Sha256Digest digest = hashers_[slot]->Finish();
      body_hashes_[slot] = base::EncodeBase64(digest);
    }
  }

  base::Result<std::string> MakeSignature(const SignatureRequest& request, base::WallTime now) {
    if (!request.key || !IsDnsName(request.domain) || !IsDnsName(request.selector)) {
      return Fail(ErrorKind::kInvalid, "a signature needs a key, a domain and a selector");
    }
    TagWriter tags = WriteTags(request, now);
    const Canonicalization method = request.header_method;
    const Sha256Digest digest =
        HashHeader(method, Canonical(method), {std::string(kFieldName), tags.text()});
    return request.key->Sign(digest).map([&](const std::string& signature) {
      tags.AppendBase64(base::EncodeBase64(std::as_bytes(std::span(signature))));
      return tags.text();
    });
  }

  TagWriter WriteTags(const SignatureRequest& request, base::WallTime now) const {
    TagWriter tags(kFieldName.size() + 1);
    const std::int64_t signed_at = UnixSeconds(now);
    tags.Add("v", "1");
    tags.Add("a", Name(request.key->algorithm()));
    tags.Add("c", std::string(Name(request.header_method)) + "/" +
                      std::string(Name(request.body_method)));
    tags.Add("d", request.domain);
    tags.Add("s", request.selector);
    if (!request.identity.empty()) tags.Add("i", QuoteIdentity(request.identity));
    tags.Add("t", std::to_string(signed_at));
    if (request.expires_after) {
      tags.Add("x", std::to_string(signed_at + request.expires_after->count()));
    }
    tags.AddList("h", names_);
    tags.Add("bh", body_hashes_[Slot(request.body_method)]);
    tags.AddLast("b");
    return tags;
  }

  // Made once for each method that is asked for.
  const std::string& Canonical(Canonicalization method) {
    std::optional<std::string>& text = canonical_[Slot(method)];
    if (!text) text = CanonicalFields(method, selected_);
    return *text;
  }

  std::vector<SignatureRequest> requests_;
  std::vector<mail::HeaderField> fields_;
  std::vector<std::string> names_;                  // h=
  std::vector<const mail::HeaderField*> selected_;  // in fields_
  // By canonicalization method:
  std::array<std::optional<BodyHasher>, 2> hashers_;
  std::array<std::string, 2> body_hashes_;
  std::array<std::optional<std::string>, 2> canonical_;
};

DkimSigner::DkimSigner(std::vector<SignatureRequest> requests, const HeaderSelection& selection,
                       std::vector<mail::HeaderField> fields)
    : impl_(std::make_unique<Impl>(std::move(requests), selection, std::move(fields))) {}
DkimSigner::~DkimSigner() = default;
DkimSigner::DkimSigner(DkimSigner&&) noexcept = default;

void DkimSigner::OnBody(std::span<const std::byte> chunk) { impl_->OnBody(chunk); }
base::Result<std::vector<std::string>> DkimSigner::Finish(base::WallTime now) {
  return impl_->Finish(now);
}

}  // namespace gatepost::auth
