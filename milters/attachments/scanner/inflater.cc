#include "milters/attachments/scanner/inflater.h"

#include <algorithm>

#include "milters/attachments/scanner/byte_order.h"

namespace gatepost::attachments {

Inflater::~Inflater() {
  if (ready_) ::inflateEnd(&stream_);
}

bool Inflater::Begin() {
  room_ = kFirstBlock;
  if (ready_) return ::inflateReset(&stream_) == Z_OK;
  const int window = format_ == Format::kBare ? -MAX_WBITS : MAX_WBITS;
  ready_ = ::inflateInit2(&stream_, window) == Z_OK;
  block_ = std::make_unique_for_overwrite<std::byte[]>(kBlock);
  return ready_;
}

Inflater::State Inflater::Feed(std::span<const std::byte> piece, const OnBlock& on_block,
                               std::size_t* used) {
  // zlib does not write there.
  stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(piece.data()));
  stream_.avail_in = static_cast<uInt>(piece.size());
  State state = State::kGoesOn;
  do {
    stream_.next_out = reinterpret_cast<Bytef*>(block_.get());
    stream_.avail_out = static_cast<uInt>(room_);
    const int done = ::inflate(&stream_, Z_NO_FLUSH);
    const std::size_t count = room_ - stream_.avail_out;
    room_ = stream_.avail_out == 0 ? kBlock : room_;
    if (count > 0 && !on_block(std::span(block_.get(), count))) {
      state = State::kStopped;
    } else if (done == Z_STREAM_END) {
      state = State::kEnd;
    } else if (done != Z_OK && done != Z_BUF_ERROR) {
      state = State::kDamaged;
    }
  } while (state == State::kGoesOn && (stream_.avail_in > 0 || stream_.avail_out == 0));
  *used = piece.size() - stream_.avail_in;
  return state;
}

std::string Inflate(std::string_view packed, std::size_t most) {
  std::string out;
  Inflater inflater(Inflater::Format::kZlib);
  constexpr std::size_t kMost = 1 << 30;  // zlib counts in 32 bits
  std::size_t used = 0, size = 0;
  const auto count = [&](std::span<const std::byte> block) {
    return (size += block.size()) < most;
  };
  const auto append = [&](std::span<const std::byte> block) {
    out += AsText(block.first(std::min(block.size(), most - out.size())));
    return out.size() < most;
  };
  // Much is counted first: what grows takes three times as much memory.
  constexpr std::size_t kMuch = 1 << 20;
  if (packed.size() >= kMuch && inflater.Begin()) {
    inflater.Feed(AsBytes(packed.substr(0, kMost)), count, &used);
    out.reserve(std::min(size, most));
  }
  if (inflater.Begin()) inflater.Feed(AsBytes(packed.substr(0, kMost)), append, &used);
  return out;
}

}  // namespace gatepost::attachments
