#include "common/mime/walker.h"

#include "common/mime/walk_level.h"

namespace gatepost::mime {

class Walker::Impl {
 public:
  Impl(PartSink& sink, WalkLimits limits) : walk_{sink, limits}, level_(walk_) {}

  WalkLevel& level() { return level_; }

 private:
  Walk walk_;
  WalkLevel level_;
};

Walker::Walker(PartSink& sink, WalkLimits limits) : impl_(std::make_unique<Impl>(sink, limits)) {}
Walker::~Walker() = default;

void Walker::Begin(const std::vector<mail::HeaderField>& fields) {
  impl_->level().Begin("", 0, &fields);
}

void Walker::Feed(std::span<const std::byte> piece) {
  impl_->level().Feed({reinterpret_cast<const char*>(piece.data()), piece.size()});
}

void Walker::Finish() { impl_->level().Finish(); }

}  // namespace gatepost::mime
