// A member of a container while it is unpacked: keeps its beginning, which tells what it is, puts
// aside what must be looked into as a whole, and tells the member at its end. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "common/auth/crypto.h"
#include "milters/attachments/item.h"
#include "milters/attachments/scanner/scan_run.h"
#include "milters/attachments/scanner/stream_watch.h"
#include "milters/attachments/zip_watch.h"

namespace gatepost::attachments {

class MemberStream {
 public:
  // `item`: with names and path. `depth`: containers around the member.
  MemberStream(ScanRun& run, Item item, std::size_t depth);
  ~MemberStream();
  MemberStream(const MemberStream&) = delete;
  MemberStream& operator=(const MemberStream&) = delete;

  // The next piece. False: nothing more is wanted, what is left need not be unpacked.
  bool Feed(std::span<const std::byte> piece);
  // Looks into it and completes item(), all but telling it.
  void Finish();

  Item& item() { return item_; }

 private:
  bool TellsEarly(const ContentType& type) const;
  void TakeBeginning(std::span<const std::byte> piece);
  void Decide(const ContentType& type);
  void Pass(std::span<const std::byte> piece);
  void LookBehind(std::span<const std::byte> piece);
  void Keep(std::span<const std::byte> piece);
  void InspectKept();
  bool wants_more() const { return !decided_ || kept_ || behind_ || watch_.watches() || hash_; }

  ScanRun& run_;
  Item item_;
  const std::size_t depth_;
  std::vector<std::byte> head_;
  std::uint64_t bytes_ = 0;
  bool decided_ = false;
  bool kept_ = false;  // looked into as a whole
  // Of media and pages: until an archive may have begun, which alone is kept then.
  std::optional<ZipWatch> behind_;
  bool hidden_ = false;  // it has
  ScratchFile* scratch_ = nullptr;
  StreamWatch watch_;  // while it streams by
  std::optional<auth::Sha256> hash_;
};

// Lower case hex.
std::string ToHex(const auth::Sha256Digest& digest);

}  // namespace gatepost::attachments
