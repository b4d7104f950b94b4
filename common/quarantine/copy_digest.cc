#include "common/quarantine/copy_digest.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "common/base/strings.h"

namespace gatepost::quarantine {
namespace {

constexpr std::array<std::string_view, 7> kRead{"From", "Sender",  "Reply-To",    "To",
                                                "Cc",   "Subject", "MIME-Version"};

bool IsRead(const mail::HeaderField& field) {
  return base::StartsWithIgnoreCase(field.name, "Content-") ||
         std::ranges::any_of(kRead, [&](std::string_view name) { return field.Is(name); });
}

}  // namespace

void CopyDigest::OnHeader(const mail::HeaderField& field) {
  if (!IsRead(field)) return;
  // With its length, so that no field reads like another, nor like the body.
  hash_.Update(std::to_string(field.name.size()) + ":" + std::to_string(field.value.size()) + ":");
  hash_.Update(field.name);
  hash_.Update(field.value);
}

void CopyDigest::OnBody(std::span<const std::byte> chunk) {
  if (!std::exchange(in_body_, true)) hash_.Update("0:0:");
  hash_.Update(chunk);
}

std::string CopyDigest::Finish() {
  const auto digest = hash_.Finish();
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace gatepost::quarantine
