// What lies in an S/MIME message (RFC 5652, BER): mail clients show the content of one that is only
// signed like any other mail. Pure functions over Content; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "milters/attachments/property.h"
#include "milters/attachments/scanner/content.h"
#include "milters/attachments/scanner/format_budget.h"

namespace gatepost::attachments {

// Content that lies in pieces within another.
class PiecedContent final : public Content {
 public:
  explicit PiecedContent(const Content& whole) : whole_(whole) {}
  void Add(std::uint64_t offset, std::uint64_t size);
  std::size_t pieces() const { return pieces_.size(); }

  std::uint64_t size() const override { return size_; }
  std::size_t ReadAt(std::uint64_t offset, std::span<std::byte> into) const override;

 private:
  struct Piece {
    std::uint64_t start;   // in this content
    std::uint64_t offset;  // in the whole
  };
  const Content& whole_;
  std::vector<Piece> pieces_;
  std::uint64_t size_ = 0;
};

// kEncryptedMail; kOpaqueSignature, whose content (a MIME entity) goes to `on_content`; kUnreadable
// for compressed content and other kinds; kDamaged, kTruncated.
Properties InspectCms(const Content& content, FormatBudget& budget,
                      const std::function<void(const Content& entity)>& on_content);

}  // namespace gatepost::attachments
