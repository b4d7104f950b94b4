// Walks through a message as it streams by and tells of each part all that any mail client may see
// in it: where clients differ, every reading is told. Multiparts, attached messages, composites in
// an encoding that is forbidden there, files in text; boundaries of all that is open, preambles and
// epilogues too. Memory is bounded by the limits, time is linear in the message.
//
//   Walker walker(sink, limits);
//   walker.Begin(fields);  // of the message; then its body in pieces of any size
//   walker.Feed(piece);
//   walker.Finish();
//
// One thread at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "common/mail/header_field.h"
#include "common/mime/part.h"

namespace gatepost::mime {

enum class WalkLimit { kDepth, kParts };

struct WalkLimits {
  std::size_t depth = 50;
  std::size_t parts = 10'000;
  std::size_t header_bytes = 65'536;  // of one part
};

// Told in the order of the message. A part is begun before what it holds and ended after it.
class PartSink {
 public:
  virtual ~PartSink() = default;
  virtual void OnPart(const Part& part) = 0;
  // Decoded by part.encodings[encoding]. Nothing for what only holds other parts.
  virtual void OnContent(const Part& part, std::size_t encoding,
                         std::span<const std::byte> content) = 0;
  virtual void OnPartEnd(const Part& part) = 0;
  // Once for each kind: what comes beyond is not looked at.
  virtual void OnWalkLimit(WalkLimit limit) = 0;
};

class Walker {
 public:
  explicit Walker(PartSink& sink, WalkLimits limits = {});  // `sink` outlives it
  ~Walker();

  void Begin(const std::vector<mail::HeaderField>& fields);
  void Feed(std::span<const std::byte> piece);
  void Finish();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatepost::mime
