#include "common/auth/dkim_key_record.h"

#include <utility>

#include "common/base/base64.h"
#include "common/base/strings.h"
#include "common/mail/tag_list.h"

namespace gatepost::auth {
namespace {

using base::ErrorKind;
using base::Fail;
using mail::TagList;

constexpr std::size_t kMaxTags = 30;
constexpr std::size_t kMaxRecords = 20;

auto Invalid(const char* reason) { return Fail(ErrorKind::kInvalid, reason); }

// Whether a colon-separated list names the item, in any case.
bool Lists(std::string_view list, std::string_view wanted) {
  for (const std::string_view item : base::Split(list, ':')) {
    if (base::EqualsIgnoreCase(base::Trim(item), wanted)) return true;
  }
  return false;
}

// v= may be absent; otherwise it comes first and says DKIM1.
bool HasKnownVersion(const TagList& tags) {
  const auto version = tags.Find("v");
  return !version || (*version == "DKIM1" && tags.at(0).name == "v");
}

bool IsKeyRecord(std::string_view text, std::size_t max_bytes) {
  const base::Result<TagList> tags = TagList::Parse(text, {max_bytes, kMaxTags});
  return tags && HasKnownVersion(*tags) && tags->Find("p");
}

// What the record allows its key to be used for.
base::Result<void> CheckUse(const TagList& tags) {
  if (!HasKnownVersion(tags)) return Invalid("key record of another version");
  const auto hashes = tags.Find("h");
  if (hashes && !Lists(*hashes, "sha256")) return Invalid("key is not for SHA-256");
  const auto services = tags.Find("s");
  if (services && !Lists(*services, "email") && !Lists(*services, "*")) {
    return Invalid("key is not for mail");
  }
  return {};
}

base::Result<KeyAlgorithm> ReadKeyType(const TagList& tags) {
  const std::string_view type = tags.Find("k").value_or("rsa");
  if (base::EqualsIgnoreCase(type, "rsa")) return KeyAlgorithm::kRsa;
  if (base::EqualsIgnoreCase(type, "ed25519")) return KeyAlgorithm::kEd25519;
  return Invalid("unknown key type");
}

base::Result<std::string> ReadKeyBytes(const TagList& tags) {
  const auto text = tags.Find("p");
  if (!text) return Invalid("key record without p=");
  if (text->empty()) return Invalid("key revoked");
  base::Result<std::string> bytes = base::DecodeBase64(*text);
  if (!bytes || bytes->empty()) return Invalid("p= is not base64");
  return bytes;
}

base::Result<DkimKeyRecord> MakeRecord(const TagList& tags, std::string key_bytes) {
  return ReadKeyType(tags)
      .and_then([&](KeyAlgorithm algorithm) { return PublicKey::Parse(algorithm, key_bytes); })
      .map([&](PublicKey key) {
        const std::string_view flags = tags.Find("t").value_or("");
        return DkimKeyRecord{std::move(key), std::move(key_bytes), Lists(flags, "y"),
                             Lists(flags, "s")};
      });
}

}  // namespace

base::Result<DkimKeyRecord> ParseKeyRecord(std::string_view text, std::size_t max_bytes) {
  const base::Result<TagList> tags = TagList::Parse(text, {max_bytes, kMaxTags});
  if (!tags) return Fail(tags.error().kind, "not a key record");
  return CheckUse(*tags)
      .and_then([&] { return ReadKeyBytes(*tags); })
      .and_then([&](std::string bytes) { return MakeRecord(*tags, std::move(bytes)); });
}

base::Result<DkimKeyRecord> ParseKeyRecords(std::span<const dns::Record> records,
                                            std::size_t max_bytes) {
  if (records.empty()) return Invalid("no key");
  if (records.size() > kMaxRecords) return Invalid("too many records at the key's name");
  const dns::Record* chosen = nullptr;
  for (const dns::Record& record : records) {
    if (!IsKeyRecord(record.text, max_bytes)) continue;
    if (chosen != nullptr) return Invalid("several key records");
    chosen = &record;
  }
  return ParseKeyRecord(chosen != nullptr ? chosen->text : records.front().text, max_bytes);
}

}  // namespace gatepost::auth
