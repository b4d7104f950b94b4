// Frames of a scanner that was broken into, and of a milter: what is taken is bounded, and written
// as bytes that are taken for the same.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "milters/attachments/content_names.h"
#include "milters/attachments/scanner/packet_channel.h"
#include "milters/attachments/scanner/scan_protocol.h"

namespace {

using namespace gatepost::attachments;

void Require(bool holds) {
  if (!holds) std::abort();
}

// No more than a scanner may find.
void CheckFound(const ContentType& type, const Properties& properties) {
  Require(KnownContentName(type.name).has_value());
  Require(!properties.HasAny({Property::kMalware, Property::kOutbreak, Property::kListed}));
}

void CheckMember(const ScanMember& member) {
  Require(member.item.path.size() <= kMostPathBytes);
  Require(member.item.names.size() <= kMostWireNames);
  CheckFound(member.item.type, member.item.properties);
  Require(member.item.sha256.empty() || member.item.sha256.size() == 64);
}

void CheckOrder(std::span<const std::byte> bytes) {
  const auto order = ParseOrder(bytes);
  if (!order) return;
  const Frame frame = Format(*order);
  const auto again = ParseOrder(frame);
  Require(again && Format(*again) == frame);
}

void CheckAnswer(std::span<const std::byte> bytes) {
  const auto answer = ParseAnswer(bytes);
  if (!answer) return;
  const Frame frame = Format(*answer);
  Require(frame.size() <= kMostFrameBytes);
  const auto again = ParseAnswer(frame);
  Require(again && Format(*again) == frame);
  if (const auto* const member = std::get_if<ScanMember>(&*answer)) CheckMember(*member);
  if (const auto* const end = std::get_if<ScanEnd>(&*answer)) {
    CheckFound(end->result.type, end->result.properties);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  CheckOrder(bytes);
  CheckAnswer(bytes);
  auto packet = bytes;
  while (!packet.empty()) {
    const std::size_t before = packet.size();
    const auto frame = TakeFrame(packet);
    if (!frame) break;
    Require(packet.size() < before);
    CheckAnswer(*frame);
  }
  return 0;
}
