// The bytes of one file as the scanner reads them, from any place in it: in memory, or in a file
// that has no name. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace gatepost::attachments {

class Content {
 public:
  virtual ~Content() = default;
  virtual std::uint64_t size() const = 0;
  // Copies what there is from `offset` on; returns how many bytes: fewer than asked for at the end
  // or where they cannot be read.
  virtual std::size_t ReadAt(std::uint64_t offset, std::span<std::byte> into) const = 0;
};

class MemoryContent final : public Content {
 public:
  explicit MemoryContent(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::uint64_t size() const override { return bytes_.size(); }
  std::size_t ReadAt(std::uint64_t offset, std::span<std::byte> into) const override;

 private:
  std::span<const std::byte> bytes_;
};

// Reads with pread(2); does not own the descriptor.
class FileContent final : public Content {
 public:
  FileContent(int fd, std::uint64_t size) : fd_(fd), size_(size) {}
  std::uint64_t size() const override { return size_; }
  std::size_t ReadAt(std::uint64_t offset, std::span<std::byte> into) const override;

 private:
  int fd_;
  std::uint64_t size_;
};

// A part of another.
class ContentWindow final : public Content {
 public:
  ContentWindow(const Content& content, std::uint64_t offset, std::uint64_t size);
  std::uint64_t size() const override { return size_; }
  std::size_t ReadAt(std::uint64_t offset, std::span<std::byte> into) const override;

 private:
  const Content& content_;
  std::uint64_t offset_;
  std::uint64_t size_;
};

}  // namespace gatepost::attachments
