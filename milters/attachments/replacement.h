// Exchanges parts of a message for short texts; all else stays byte for byte. What lies in an
// encoding or in text cannot be exchanged by itself: the nearest part around it that stands in the
// body goes. One thread at a time; memory for the places of parts, bounded by WalkLimits::parts.
//
//   plan.Take(part);               // at each part's end
//   plan.Replace("1.2", text);     // before or after it
//   for (const auto& change : plan.HeaderChanges(fields)) ...
//   plan.Write(body, [&](auto chunk) { return editor.ReplaceBody(chunk); });
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/mail/header_field.h"
#include "common/mime/part.h"
#include "milters/attachments/spool_file.h"
#include "milters/attachments/stand_in.h"

namespace gatepost::attachments {

class ReplacementPlan {
 public:
  using Writer = std::function<bool(std::span<const std::byte>)>;
  // Kept of what is to stand in one place; what comes beyond is not told there.
  static constexpr std::size_t kMostText = 8'192;

  // Remembers where it stands, if it does. May be left out for parts that nobody will want to
  // replace: instead of those the part around them goes.
  void Take(const mime::Part& part);

  // The part at `path`, as mime::Part tells it, is to go. Several texts for one part, or for what
  // is within it, stand below each other, equal ones once.
  void Replace(std::string_view path, std::string_view text);
  bool empty() const { return wanted_.empty(); }

  // The path of what really goes for `path`; "" is the message as a whole.
  std::string Goes(std::string_view path) const;
  // The message as a whole becomes a text.
  bool replaces_all() const;
  // Changes of the message's header: none unless it goes as a whole.
  std::vector<FieldChange> HeaderChanges(const std::vector<mail::HeaderField>& fields) const;

  // The new body, in chunks; false once `write` says so or `body` cannot be read.
  [[nodiscard]] bool Write(const SpoolFile& body, const Writer& write) const;

 private:
  struct Exchange {
    mime::Extent extent;
    std::vector<std::string_view> texts;
  };

  std::vector<Exchange> Exchanges() const;
  std::string WholeText() const;

  std::map<std::string, mime::Extent, std::less<>> extents_;
  std::map<std::string, std::vector<std::string>> wanted_;  // texts, by path
};

}  // namespace gatepost::attachments
