// One condition of a rule: what it asks, and whether it holds. Values and pure functions; any
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ip_address.h"
#include "common/base/result.h"
#include "milters/attachments/item.h"
#include "milters/attachments/message_facts.h"

namespace gatepost::attachments {

struct Condition {
  enum class Subject {
    // of the message
    kDirection,
    kUser,
    kSender,
    kNetwork,
    kAuthentication,
    kReputation,
    // of each recipient
    kRecipient,
    // of the item
    kExtension,
    kType,
    kContent,
    kKind,
    kProperty,
    kSize,
    kMessageSize,
    kMember,
    kName,
    kSha256,
    kMalware,
  };
  enum class Relation { kIs, kIsNot, kLess, kMore };
  static constexpr std::size_t kMostBytes = 4'096;  // of one, as it is written

  Subject subject = Subject::kDirection;
  Relation relation = Relation::kIs;
  // What fits, as the subject needs it. Words are in lower case and in order.
  std::vector<std::string> words;
  std::uint64_t shapes = 0;  // of words: most look-ups end here
  std::vector<base::Network> networks;
  Properties properties;
  std::uint32_t kinds = 0;  // bits by Kind
  double number = 0;
  std::uint64_t bytes = 0;
  bool yes = false;

  // One bit for all words of this length and first byte (and for others).
  static std::uint64_t ShapeOf(std::string_view word);
  // What takes longer to find out is greater.
  int Cost() const;
  bool IsOfItem() const { return subject > Subject::kRecipient; }
  bool IsOfMessage() const { return subject < Subject::kRecipient; }

  // "extension=exe,com", "size>20MB", "direction!=in". The error says what is wrong with it.
  static base::Result<Condition> Parse(std::string_view text);
};

// An item with what conditions ask of its names, found out once.
class ItemView {
 public:
  // `item` outlives it.
  explicit ItemView(const Item& item);

  const Item& item() const { return item_; }
  const std::vector<std::string>& extensions() const { return extensions_; }
  // Each as it is and as it looks, with its folders and without, in lower case; of a long one
  // beginning and end.
  const std::vector<std::string>& folded_names() const;

 private:
  const Item& item_;
  std::vector<std::string> extensions_;
  mutable std::optional<std::vector<std::string>> folded_names_;
};

// Each for a condition of its kind. What is not known fits nothing, so "!=" holds for it; "<" and
// ">" never do.
bool Holds(const Condition& condition, const MessageFacts& facts);
bool Holds(const Condition& condition, std::string_view recipient);
bool Holds(const Condition& condition, const ItemView& view);

// What of the item the condition looked at, for the record: "extension=exe"; "" where path and
// type tell it.
std::string Evidence(const Condition& condition, const ItemView& view);

}  // namespace gatepost::attachments
