// Deflate, bare as zip has it (RFC 1951) or with a head as documents have it (RFC 1950). One stream
// after the other; one thread at a time.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace gatepost::attachments {

class Inflater {
 public:
  enum class State { kGoesOn, kEnd, kDamaged, kStopped };
  // False stops it.
  using OnBlock = std::function<bool(std::span<const std::byte>)>;

  enum class Format { kBare, kZlib };

  explicit Inflater(Format format = Format::kBare) : format_(format) {}
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  bool Begin();
  // Unpacks all of `piece` or up to the stream's end; `used` gets how much of it was taken.
  State Feed(std::span<const std::byte> piece, const OnBlock& on_block, std::size_t* used);

 private:
  static constexpr std::size_t kBlock = 32'768;
  static constexpr std::size_t kFirstBlock = 4'096;  // often that is enough

  const Format format_;
  z_stream stream_{};
  bool ready_ = false;
  std::unique_ptr<std::byte[]> block_;
  std::size_t room_ = kFirstBlock;  // for the next block
};

// What a stream of kZlib holds: as much as is sound, at most `most` bytes.
std::string Inflate(std::string_view packed, std::size_t most);

}  // namespace gatepost::attachments
