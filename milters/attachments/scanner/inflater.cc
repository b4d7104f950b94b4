#include "milters/attachments/scanner/inflater.h"

namespace gatepost::attachments {

Inflater::~Inflater() {
  if (ready_) ::inflateEnd(&stream_);
}

bool Inflater::Begin() {
  room_ = kFirstBlock;
  if (ready_) return ::inflateReset(&stream_) == Z_OK;
  ready_ = ::inflateInit2(&stream_, -MAX_WBITS) == Z_OK;
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

}  // namespace gatepost::attachments
