// A compound file ([MS-CFB]): a small file system within a file. Chains of sectors are followed as
// far as the file could hold them, so loops end. Reads from Content, which must outlive it; one
// thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "milters/attachments/scanner/content.h"
#include "milters/attachments/scanner/format_budget.h"

namespace gatepost::attachments {

// A stream that lies in sectors here and there.
class ChainContent final : public Content {
 public:
  // Sector n begins at `first` + n * `unit` of `base`.
  ChainContent(const Content& base, std::uint64_t first, std::uint32_t unit,
               std::vector<std::uint32_t> sectors, std::uint64_t size);
  std::uint64_t size() const override { return size_; }
  std::size_t ReadAt(std::uint64_t offset, std::span<std::byte> into) const override;

 private:
  const Content& base_;
  std::uint64_t first_;
  std::uint32_t unit_;
  std::vector<std::uint32_t> sectors_;
  std::uint64_t size_;
};

class CompoundFile {
 public:
  enum class EntryType : std::uint8_t { kNone = 0, kStorage = 1, kStream = 2, kRoot = 5 };
  static constexpr std::uint32_t kNoEntry = 0xFFFFFFFF;
  static constexpr std::size_t kMostEntries = 16'384;

  struct Entry {
    std::string name;  // UTF-8
    EntryType type = EntryType::kNone;
    std::uint32_t left = kNoEntry;
    std::uint32_t right = kNoEntry;
    std::uint32_t child = kNoEntry;
    std::uint32_t parent = kNoEntry;  // the storage that it is in; none for what nothing leads to
    std::string class_id;             // 16 bytes as they stand
    std::uint32_t start = 0;
    std::uint64_t size = 0;
  };

  // Reads tables and directory; nothing where there is no directory to be had.
  static std::optional<CompoundFile> Open(const Content& content, FormatBudget& budget);

  // The root is the first.
  const std::vector<Entry>& entries() const { return entries_; }
  // The name of the storage that `entry` is in; "" where there is none.
  std::string_view ParentName(const Entry& entry) const;
  // A stream's content, at most `most` bytes of it: shorter than the entry says where its chain
  // ends before.
  std::unique_ptr<Content> Stream(const Entry& entry, std::uint64_t most) const;
  // Its first bytes, at most `most`.
  std::string Read(const Entry& entry, std::size_t most) const;
  // Something in the tables led nowhere.
  bool damaged() const { return damaged_; }
  // There were more entries than are looked at.
  bool too_many() const { return too_many_; }

 private:
  explicit CompoundFile(const Content& content) : content_(&content) {}

  bool ReadHeader();
  bool LoadFat(FormatBudget& budget);
  void CollectFatSectors(std::vector<std::uint32_t>& sectors);
  void LoadMiniFat();
  void ReadDirectory(FormatBudget& budget);
  void LinkParents();
  void LinkChildren(std::uint32_t storage, std::vector<std::uint32_t>& storages);
  std::uint64_t MostSectors() const { return content_->size() / sector_size_ + 1; }
  std::string ReadSector(std::uint32_t sector) const;
  ChainContent Chain(std::uint32_t start, std::uint64_t size) const;

  const Content* content_;
  std::string header_;
  std::uint32_t sector_size_ = 512;
  std::vector<std::uint32_t> fat_;
  std::vector<std::uint32_t> mini_fat_;
  std::unique_ptr<ChainContent> mini_stream_;
  std::vector<Entry> entries_;
  bool damaged_ = false;
  bool too_many_ = false;
};

}  // namespace gatepost::attachments
