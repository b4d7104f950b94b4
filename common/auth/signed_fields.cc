#include "common/auth/signed_fields.h"

#include <algorithm>
#include <cstdint>

#include "common/auth/crypto.h"
#include "common/base/strings.h"

namespace gatepost::auth {
namespace {

bool LessIgnoreCase(std::string_view a, std::string_view b) {
  return std::ranges::lexicographical_compare(a, b, {}, base::AsciiLower, base::AsciiLower);
}

}  // namespace

FieldIndex::FieldIndex(std::span<const mail::HeaderField> fields) {
  entries_.reserve(fields.size());
  for (const mail::HeaderField& field : fields) {
    entries_.push_back({base::Trim(field.name), &field});
  }
  std::ranges::stable_sort(entries_, LessIgnoreCase, &Entry::name);
}

std::span<const FieldIndex::Entry> FieldIndex::Find(std::string_view name) const {
  // Not std::ranges::equal_range, whose subrange clang 14 cannot compile.
  const auto first = std::ranges::lower_bound(entries_, name, LessIgnoreCase, &Entry::name);
  const auto last = std::ranges::upper_bound(entries_, name, LessIgnoreCase, &Entry::name);
  return {first, last};
}

std::size_t FieldIndex::Count(std::string_view name) const { return Find(name).size(); }

std::vector<const mail::HeaderField*> FieldIndex::Select(std::span<const std::string> names,
                                                         const mail::HeaderField* self) const {
  std::vector<const mail::HeaderField*> selected;
  std::vector<std::uint32_t> taken(entries_.size());  // at the first entry of a name
  for (const std::string& name : names) {
    const std::span<const Entry> same = Find(name);
    if (same.empty()) continue;
    std::uint32_t& count = taken[static_cast<std::size_t>(same.data() - entries_.data())];
    if (count < same.size() && same[same.size() - 1 - count].field == self) ++count;
    if (count < same.size()) selected.push_back(same[same.size() - ++count].field);
  }
  return selected;
}

std::string CanonicalFields(Canonicalization method,
                            std::span<const mail::HeaderField* const> fields) {
  std::string text;
  for (const mail::HeaderField* field : fields) CanonicalizeHeader(method, *field, text);
  return text;
}

Sha256Digest HashHeader(Canonicalization method, std::string_view canonical_fields,
                        const mail::HeaderField& signature_without_b) {
  std::string signature;
  CanonicalizeHeader(method, signature_without_b, signature);
  signature.resize(signature.size() - 2);
  Sha256 hash;
  hash.Update(canonical_fields);
  hash.Update(signature);
  return hash.Finish();
}

}  // namespace gatepost::auth
