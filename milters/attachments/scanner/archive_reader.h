// libarchive over a Content: one format at a time, which the caller knows from the signature. The
// library sees bytes by callbacks alone, and none once the budget is used up. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "milters/attachments/property.h"
#include "milters/attachments/scanner/content.h"
#include "milters/attachments/scanner/format_budget.h"

struct archive;
struct archive_entry;

namespace gatepost::attachments {

struct ArchiveMember {
  std::string name;         // "" where there is none
  std::uint64_t bytes = 0;  // as it says itself; 0 also: unknown
  bool folder = false;
  bool link = false;       // or a device
  bool leads_out = false;  // to what does not lie in the archive
  bool encrypted = false;
};

class ArchiveReader {
 public:
  enum class Step { kMember, kEnd, kStopped };
  using OnBlock = std::function<bool(std::span<const std::byte>)>;  // false: enough

  ArchiveReader(const Content& content, FormatBudget& budget);
  ~ArchiveReader();
  ArchiveReader(const ArchiveReader&) = delete;
  ArchiveReader& operator=(const ArchiveReader&) = delete;

  // `format` as content_type.h names it, or "zip-member"; "gzip" and the like are one member
  // without a name. `inner`: "tar" or "cpio" within that. False: this format is not read.
  bool Open(std::string_view format, std::string_view inner = {});

  Step Next();
  const ArchiveMember& member() const { return member_; }
  // All that is left of the member, holes as zeros, to its end or until enough. True: to its end.
  bool ReadAll(const OnBlock& on_block);
  // Only the packed bytes of a member are passed over, not unpacked.
  bool skips_cheaply() const { return skips_cheaply_; }
  void Skip();

  // How far the content was read.
  std::uint64_t packed_bytes() const { return offset_; }
  // What went wrong so far.
  const Properties& problems() const { return problems_; }

 private:
  struct Free {
    void operator()(archive* one) const;
  };

  static long OnRead(archive* one, void* self, const void** buffer);
  static std::int64_t OnSeek(archive* one, void* self, std::int64_t offset, int whence);
  static std::int64_t OnSkip(archive* one, void* self, std::int64_t count);

  bool Connect();
  Step Take(int code);
  bool FillHole(std::uint64_t end, const OnBlock& on_block);
  void ReadMember(archive_entry* entry);
  void NoteError();

  static constexpr std::size_t kBlock = 32'768;

  const Content& content_;
  FormatBudget& budget_;
  std::unique_ptr<archive, Free> archive_;
  std::unique_ptr<std::byte[]> block_;
  std::uint64_t offset_ = 0;    // in the content
  std::uint64_t unpacked_ = 0;  // of the member
  bool skips_cheaply_ = false;
  bool repeats_names_ = false;  // of a RAR 4 member called like the one before the library has none
  bool budget_left_ = true;
  ArchiveMember member_;
  Properties problems_;
};

}  // namespace gatepost::attachments
