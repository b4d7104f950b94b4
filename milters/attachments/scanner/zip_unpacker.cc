#include "milters/attachments/scanner/zip_unpacker.h"

#include <algorithm>

#include "milters/attachments/scanner/archive_reader.h"

namespace gatepost::attachments {
namespace {

// What stands behind content whose sizes follow it, at most.
constexpr std::uint64_t kMostDescriptor = 24;

// Where the content should end, as its record says, and may at most.
std::uint64_t EndOf(const ZipMember& member, std::uint64_t limit) {
  if (member.content_offset >= limit) return limit;
  const bool unknown = member.sizes_follow() && member.compressed == 0;
  return unknown
             ? limit
             : member.content_offset + std::min(member.compressed, limit - member.content_offset);
}

bool IsCut(const ZipMember& member, std::uint64_t limit) {
  return member.content_offset > limit || member.compressed > limit - member.content_offset;
}

}  // namespace

ZipUnpacker::Outcome ZipUnpacker::Unpack(const ZipMember& member, std::uint64_t limit,
                                         const OnBlock& on_block) {
  constexpr unsigned kStored = 0;
  constexpr unsigned kDeflated = 8;
  Outcome outcome;
  if (member.method == kStored) {
    outcome = UnpackStored(member, limit, on_block);
  } else if (member.method == kDeflated) {
    outcome = UnpackDeflated(member, limit, on_block);
  } else {
    outcome = UnpackRare(member, limit, on_block);
  }
  if (IsCut(member, limit)) outcome.problems.Add(Property::kTruncated);
  return outcome;
}

std::span<const std::byte> ZipUnpacker::ReadBlock(std::uint64_t offset, std::uint64_t end) {
  if (!block_) block_ = std::make_unique_for_overwrite<std::byte[]>(kBlock);
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(kBlock, end - offset));
  read_to_ = offset + wanted;
  return {block_.get(), content_.ReadAt(offset, std::span(block_.get(), wanted))};
}

ZipUnpacker::Outcome ZipUnpacker::UnpackStored(const ZipMember& member, std::uint64_t limit,
                                               const OnBlock& on_block) {
  std::uint64_t end = EndOf(member, limit);
  if (member.sizes_follow() && member.compressed == 0) {
    ContentCursor cursor(content_);
    end = FindText(cursor, kZipDescriptorSignature, member.content_offset, limit).value_or(limit);
  }
  std::uint64_t at = member.content_offset;
  while (at < end) {
    const auto block = ReadBlock(at, end);
    if (block.empty() || !on_block(block)) break;
    at += block.size();
  }
  return {{}, end, at >= end && !IsCut(member, limit)};
}

ZipUnpacker::Outcome ZipUnpacker::UnpackDeflated(const ZipMember& member, std::uint64_t limit,
                                                 const OnBlock& on_block) {
  using State = Inflater::State;
  const std::uint64_t end = EndOf(member, limit);
  std::uint64_t at = member.content_offset;
  State state = inflater_.Begin() ? State::kGoesOn : State::kStopped;
  while (state == State::kGoesOn && at < end) {
    const auto block = ReadBlock(at, end);
    if (block.empty() || !budget_.Spend(0)) break;
    std::size_t used = 0;
    state = inflater_.Feed(block, on_block, &used);
    at += used;
  }
  Outcome outcome{{}, at, state == State::kEnd};
  const bool nothing = member.content_offset == end && member.size == 0;
  if (state == State::kDamaged || (state == State::kGoesOn && !nothing)) {
    outcome.problems.Add(Property::kDamaged);
  }
  return outcome;
}

ZipUnpacker::Outcome ZipUnpacker::UnpackRare(const ZipMember& member, std::uint64_t limit,
                                             const OnBlock& on_block) {
  const std::uint64_t end = EndOf(member, limit);
  const std::uint64_t with_sizes = end + std::min(limit - end, kMostDescriptor);
  const ContentWindow window(content_, member.header_offset, with_sizes - member.header_offset);
  ArchiveReader reader(window, budget_);
  read_to_ = end;
  Outcome outcome{{}, end, false};
  if (reader.Open("zip-member") && reader.Next() == ArchiveReader::Step::kMember) {
    outcome.whole = reader.ReadAll(on_block);
  }
  outcome.problems.Add(reader.problems());
  return outcome;
}

}  // namespace gatepost::attachments
