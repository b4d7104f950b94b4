// Frames of a scanner that was broken into, and of a milter: what is taken is bounded, and written
// as bytes that are taken for the same.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "milters/attachments/scanner/scan_protocol.h"

namespace {

using namespace gatepost::attachments;

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckMember(const ScanMember& member) {
  Require(member.item.path.size() <= kMostPathBytes);
  Require(member.item.names.size() <= kMostWireNames);
  Require(member.item.sha256.empty() || member.item.sha256.size() == 64);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  if (const auto order = ParseOrder(bytes)) {
    const Frame frame = Format(*order);
    const auto again = ParseOrder(frame);
    Require(again && Format(*again) == frame);
  }
  if (const auto answer = ParseAnswer(bytes)) {
    const Frame frame = Format(*answer);
    Require(frame.size() <= kMostFrameBytes);
    const auto again = ParseAnswer(frame);
    Require(again && Format(*again) == frame);
    if (const auto* const member = std::get_if<ScanMember>(&*answer)) CheckMember(*member);
  }
  return 0;
}
