// What is known of a message in Postfix's hold queue that was put there for what it holds: why,
// from whom, for whom, and what became of it. Postfix itself keeps no reason. Values; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"

namespace gatepost::quarantine {

enum class Direction { kIn, kOut };
// Who may release it: for kPolicy the recipient too, for kDangerous administrators alone.
enum class HoldClass { kPolicy, kDangerous };
// kGone: it left the queue without us, delivered or deleted by hand.
enum class State { kHeld, kReleased, kDeleted, kGone };

std::string_view Name(Direction direction);   // "in"
std::string_view Name(HoldClass hold_class);  // "policy"
std::string_view Name(State state);           // "held"

struct HeldRecipient {
  std::string address;
  std::string served_by;  // who had a copy sent to this one alone; "": nobody yet
  base::WallTime served_at{};
  std::string seal{};  // of the mark, by which Releases knows its own
  friend bool operator==(const HeldRecipient&, const HeldRecipient&) = default;
};

struct HeldDecision {
  std::string rule;
  std::string path;  // "a.zip/b.exe"; "" is the message itself
  std::string evidence;
  friend bool operator==(const HeldDecision&, const HeldDecision&) = default;
};

struct HeldAttachment {
  std::string path;
  std::string type;
  std::uint64_t bytes = 0;
  friend bool operator==(const HeldAttachment&, const HeldAttachment&) = default;
};

struct HeldMessage {
  std::string queue_id;
  std::string host;        // whose queue it lies in
  base::WallTime since{};  // to the millisecond, as all times here
  State state = State::kHeld;
  std::string ended_by;  // who released or deleted it; "" while it is held
  base::WallTime ended_at{};

  HoldClass hold_class = HoldClass::kPolicy;
  Direction direction = Direction::kIn;
  std::string sender;  // of the envelope; "" is the null sender
  std::string user;    // "": nobody logged in
  std::string client;  // address
  std::vector<HeldRecipient> recipients;
  // As they stand in the header, encoded words and all; never to be trusted.
  std::string from;
  std::string to;
  std::string cc;
  std::string reply_to;
  std::string subject;
  std::string date;
  std::string message_id;
  std::vector<HeldDecision> decisions;
  std::vector<HeldAttachment> attachments;
  // How many each list has lost.
  std::size_t more_recipients = 0;
  std::size_t more_decisions = 0;
  std::size_t more_attachments = 0;

  // The longest that Format returns.
  static constexpr std::size_t kMostBytes = 4'000;

  // Lines, without queue id and host. Controls become blanks, long texts and lists are cut.
  std::string Format() const;
  // Nothing for what Format does not write; lines that a later version adds are passed over.
  static std::optional<HeldMessage> Parse(std::string_view host, std::string_view queue_id,
                                          std::string_view text);
  // When it was put on hold and what became of it, read from the first line alone.
  struct Age {
    base::WallTime since{};
    State state = State::kHeld;
    base::WallTime ended_at{};
  };
  static std::optional<Age> ParseAge(std::string_view text);

  // In any spelling of its letters; null where it is not listed.
  HeldRecipient* Find(std::string_view address);
  // Each recipient is marked as served. False where the list is cut: nobody knows.
  bool AllServed() const;

  friend bool operator==(const HeldMessage&, const HeldMessage&) = default;
};

}  // namespace gatepost::quarantine
