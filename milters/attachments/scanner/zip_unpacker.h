// Unpacks one member of a zip: stored and deflated ones here, what is rare through libarchive. One
// thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "milters/attachments/property.h"
#include "milters/attachments/scanner/content_cursor.h"
#include "milters/attachments/scanner/format_budget.h"
#include "milters/attachments/scanner/inflater.h"
#include "milters/attachments/scanner/zip_records.h"

namespace gatepost::attachments {

class ZipUnpacker {
 public:
  using OnBlock = Inflater::OnBlock;

  // Both outlive it.
  ZipUnpacker(const Content& content, FormatBudget& budget) : content_(content), budget_(budget) {}

  struct Outcome {
    Properties problems;    // kDamaged, kTruncated, kUnreadable
    std::uint64_t end = 0;  // behind the packed content, as far as it was read
    bool whole = false;     // it was read to its end
  };
  // `member`: its local record, with the sizes that hold. Content beyond `limit` is another's.
  Outcome Unpack(const ZipMember& member, std::uint64_t limit, const OnBlock& on_block);

  // While a member is unpacked: where its packed content was read to.
  std::uint64_t read_to() const { return read_to_; }

 private:
  Outcome UnpackStored(const ZipMember& member, std::uint64_t limit, const OnBlock& on_block);
  Outcome UnpackDeflated(const ZipMember& member, std::uint64_t limit, const OnBlock& on_block);
  Outcome UnpackRare(const ZipMember& member, std::uint64_t limit, const OnBlock& on_block);
  std::span<const std::byte> ReadBlock(std::uint64_t offset, std::uint64_t end);

  static constexpr std::size_t kBlock = 32'768;

  const Content& content_;
  FormatBudget& budget_;
  Inflater inflater_;
  std::uint64_t read_to_ = 0;
  std::unique_ptr<std::byte[]> block_;
};

}  // namespace gatepost::attachments
