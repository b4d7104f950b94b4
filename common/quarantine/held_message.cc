#include "common/quarantine/held_message.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "common/base/strings.h"

namespace gatepost::quarantine {
namespace {

using std::chrono::milliseconds;

constexpr std::array<std::string_view, 2> kDirections{"in", "out"};
constexpr std::array<std::string_view, 2> kClasses{"policy", "dangerous"};
constexpr std::array<std::string_view, 4> kStates{"held", "released", "deleted", "gone"};

constexpr std::size_t kMostWho = 64;
constexpr std::size_t kMostServer = 40;
constexpr std::size_t kMostSeal = 16;
constexpr std::size_t kMostAddress = 320;
constexpr std::size_t kMostUser = 160;
constexpr std::size_t kMostHeader = 150;
constexpr std::size_t kMostMinor = 100;
constexpr std::size_t kMostDate = 50;
constexpr std::size_t kMostText = 120;
constexpr std::size_t kMostInList = 16;
constexpr std::size_t kMostMore = 999'999;
// The year 2109; the clock's nanoseconds hold it.
constexpr std::int64_t kLatestMs = std::int64_t{1} << 42;

// One field of a line. What is cut ends in "...", at the end of a character.
std::string Field(std::string_view text, std::size_t most) {
  std::string field(text.substr(0, most));
  if (field.size() < text.size()) {
    field.resize(most - 3);
    while (!field.empty() && (static_cast<unsigned char>(field.back()) & 0xc0) == 0x80) {
      field.pop_back();
    }
    if (!field.empty() && static_cast<unsigned char>(field.back()) >= 0xc0) field.pop_back();
    field += "...";
  }
  std::ranges::replace_if(
      field, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return field;
}

std::string Milliseconds(base::WallTime at) {
  const auto count = std::chrono::floor<milliseconds>(at.time_since_epoch()).count();
  return std::to_string(std::clamp<std::int64_t>(count, 0, kLatestMs));
}

template <class Number>
std::optional<Number> ParseNumber(std::string_view text) {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return number;
}

std::optional<base::WallTime> ParseTime(std::string_view text) {
  const auto count = ParseNumber<std::int64_t>(text);
  if (!count || *count < 0 || *count > kLatestMs) return std::nullopt;
  return base::WallTime(milliseconds(*count));
}

template <class Enum, std::size_t N>
std::optional<Enum> ParseName(const std::array<std::string_view, N>& names, std::string_view text) {
  const auto* const found = std::ranges::find(names, text);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

using Line = std::vector<std::string_view>;

std::string Join(std::initializer_list<std::string> fields) {
  std::string line;
  for (const std::string& field : fields) line += (line.empty() ? "" : "\t") + field;
  return line + "\n";
}

// Since, state, when and by whom it ended, class, direction.
std::string FirstLine(const HeldMessage& message) {
  return Join({Milliseconds(message.since), std::string(Name(message.state)),
               Milliseconds(message.ended_at), Field(message.ended_by, kMostWho),
               std::string(Name(message.hold_class)), std::string(Name(message.direction))});
}

std::string RecipientLine(const HeldRecipient& recipient) {
  const std::string address = Field(recipient.address, kMostAddress);
  if (recipient.served_by.empty()) return Join({"rcpt", address});
  const std::string at = Milliseconds(recipient.served_at);
  const std::string by = Field(recipient.served_by, kMostServer);
  if (recipient.seal.empty()) return Join({"rcpt", address, at, by});
  return Join({"rcpt", address, at, by, Field(recipient.seal, kMostSeal)});
}

std::string DecisionLine(const HeldDecision& decision) {
  return Join({"rule", Field(decision.rule, kMostText), Field(decision.path, kMostText),
               Field(decision.evidence, kMostText)});
}

std::string AttachmentLine(const HeldAttachment& attachment) {
  return Join({"file", std::to_string(attachment.bytes), Field(attachment.type, kMostText),
               Field(attachment.path, kMostText)});
}

template <class Item>
struct ListForm {
  std::string_view name;
  std::size_t room;  // bytes of all lines; with the rest of the text less than kMostBytes
  std::string (*format)(const Item&);
  std::size_t (*left)(const Item&);  // room that the line will want later
};

// Nobody leaves the list because another one is served.
std::size_t LeftForMark(const HeldRecipient& recipient) {
  constexpr std::size_t kMark =
      kMostServer + kMostSeal + std::string_view("\t1234567890123\t\t").size();
  return recipient.served_by.empty() ? kMark : 0;
}

constexpr ListForm<HeldRecipient> kRecipients{"rcpt", 1'270, RecipientLine, LeftForMark};
constexpr ListForm<HeldDecision> kDecisions{"rule", 500, DecisionLine, nullptr};
constexpr ListForm<HeldAttachment> kAttachments{"file", 600, AttachmentLine, nullptr};

// As many lines as there is room for, then how many more there were.
template <class Item>
std::string FormatList(const ListForm<Item>& form, const std::vector<Item>& items,
                       std::size_t more) {
  std::string lines;
  std::size_t left = form.room;
  std::size_t taken = 0;
  for (; taken < std::min(items.size(), kMostInList); ++taken) {
    const std::string line = form.format(items[taken]);
    const std::size_t cost = line.size() + (form.left != nullptr ? form.left(items[taken]) : 0);
    if (cost > left) break;
    left -= cost;
    lines += line;
  }
  more = std::min(more + items.size() - taken, kMostMore);
  if (more > 0) lines += Join({"more", std::string(form.name), std::to_string(more)});
  return lines;
}

bool ReadFirst(const Line& fields, HeldMessage& message) {
  if (fields.size() < 6) return false;
  const auto since = ParseTime(fields[0]);
  const auto state = ParseName<State>(kStates, fields[1]);
  const auto ended = ParseTime(fields[2]);
  const auto hold_class = ParseName<HoldClass>(kClasses, fields[4]);
  const auto direction = ParseName<Direction>(kDirections, fields[5]);
  if (!since || !state || !ended || !hold_class || !direction) return false;
  message.since = *since;
  message.state = *state;
  message.ended_at = *ended;
  message.ended_by = Field(fields[3], kMostWho);
  message.hold_class = *hold_class;
  message.direction = *direction;
  return true;
}

bool ReadText(const Line& fields, HeldMessage& message) {
  struct Text {
    std::string_view name;
    std::string HeldMessage::*member;
    std::size_t most;
  };
  static constexpr std::array<Text, 10> kTexts{{{"sender", &HeldMessage::sender, kMostAddress},
                                                {"user", &HeldMessage::user, kMostUser},
                                                {"client", &HeldMessage::client, kMostWho},
                                                {"from", &HeldMessage::from, kMostHeader},
                                                {"to", &HeldMessage::to, kMostHeader},
                                                {"cc", &HeldMessage::cc, kMostMinor},
                                                {"reply-to", &HeldMessage::reply_to, kMostMinor},
                                                {"subject", &HeldMessage::subject, kMostHeader},
                                                {"date", &HeldMessage::date, kMostDate},
                                                {"id", &HeldMessage::message_id, kMostHeader}}};
  const auto* const text = std::ranges::find(kTexts, fields[0], &Text::name);
  if (text == kTexts.end()) return true;
  if (fields.size() != 2) return false;
  message.*text->member = Field(fields[1], text->most);
  return true;
}

bool ReadRecipient(const Line& fields, HeldMessage& message) {
  if (fields.size() != 2 && fields.size() != 4 && fields.size() != 5) return false;
  HeldRecipient recipient{Field(fields[1], kMostAddress), {}, {}};
  if (fields.size() > 2) {
    const auto at = ParseTime(fields[2]);
    if (!at || fields[3].empty()) return false;
    recipient.served_at = *at;
    recipient.served_by = Field(fields[3], kMostServer);
    if (fields.size() == 5) recipient.seal = Field(fields[4], kMostSeal);
  }
  message.recipients.push_back(std::move(recipient));
  return true;
}

bool ReadDecision(const Line& fields, HeldMessage& message) {
  if (fields.size() != 4) return false;
  message.decisions.push_back(
      {Field(fields[1], kMostText), Field(fields[2], kMostText), Field(fields[3], kMostText)});
  return true;
}

bool ReadAttachment(const Line& fields, HeldMessage& message) {
  const auto bytes = fields.size() == 4 ? ParseNumber<std::uint64_t>(fields[1]) : std::nullopt;
  if (!bytes) return false;
  message.attachments.push_back({Field(fields[3], kMostText), Field(fields[2], kMostText), *bytes});
  return true;
}

bool ReadMore(const Line& fields, HeldMessage& message) {
  const auto count = fields.size() == 3 ? ParseNumber<std::uint32_t>(fields[2]) : std::nullopt;
  if (!count || *count > kMostMore) return false;
  if (fields[1] == "rcpt") message.more_recipients = *count;
  if (fields[1] == "rule") message.more_decisions = *count;
  if (fields[1] == "file") message.more_attachments = *count;
  return true;
}

bool Read(const Line& fields, HeldMessage& message) {
  if (fields[0] == "rcpt") return ReadRecipient(fields, message);
  if (fields[0] == "rule") return ReadDecision(fields, message);
  if (fields[0] == "file") return ReadAttachment(fields, message);
  if (fields[0] == "more") return ReadMore(fields, message);
  return ReadText(fields, message);
}

}  // namespace

std::string_view Name(Direction direction) {
  return kDirections.at(static_cast<std::size_t>(direction));
}
std::string_view Name(HoldClass hold_class) {
  return kClasses.at(static_cast<std::size_t>(hold_class));
}
std::string_view Name(State state) { return kStates.at(static_cast<std::size_t>(state)); }

std::string HeldMessage::Format() const {
  std::string text = FirstLine(*this);
  const auto add = [&](const char* name, std::string_view value, std::size_t most) {
    if (!value.empty()) text += Join({name, Field(value, most)});
  };
  add("sender", sender, kMostAddress);
  add("user", user, kMostUser);
  add("client", client, kMostWho);
  add("from", from, kMostHeader);
  add("to", to, kMostHeader);
  add("cc", cc, kMostMinor);
  add("reply-to", reply_to, kMostMinor);
  add("subject", subject, kMostHeader);
  add("date", date, kMostDate);
  add("id", message_id, kMostHeader);
  return text + FormatList(kRecipients, recipients, more_recipients) +
         FormatList(kDecisions, decisions, more_decisions) +
         FormatList(kAttachments, attachments, more_attachments);
}

std::optional<HeldMessage> HeldMessage::Parse(std::string_view host, std::string_view queue_id,
                                              std::string_view text) {
  // "!": the list's own mark.
  if (queue_id.starts_with('!') || text.size() > kMostBytes || !text.ends_with('\n')) {
    return std::nullopt;
  }
  text.remove_suffix(1);
  HeldMessage message;
  message.host = host;
  message.queue_id = queue_id;
  bool first = true;
  for (const std::string_view line : base::Split(text, '\n')) {
    const auto fields = base::Split(line, '\t');
    if (!(first ? ReadFirst(fields, message) : Read(fields, message))) return std::nullopt;
    first = false;
  }
  return message;
}

std::optional<HeldMessage::Age> HeldMessage::ParseAge(std::string_view text) {
  HeldMessage message;
  const std::string_view line = text.substr(0, std::min(text.find('\n'), kMostBytes));
  if (!ReadFirst(base::Split(line, '\t'), message)) return std::nullopt;
  return Age{message.since, message.state, message.ended_at};
}

HeldRecipient* HeldMessage::Find(std::string_view address) {
  const auto found = std::ranges::find_if(recipients, [&](const HeldRecipient& one) {
    return base::EqualsIgnoreCase(one.address, address);
  });
  return found == recipients.end() ? nullptr : &*found;
}

bool HeldMessage::AllServed() const {
  return more_recipients == 0 && !recipients.empty() &&
         std::ranges::none_of(recipients, &std::string::empty, &HeldRecipient::served_by);
}

}  // namespace gatepost::quarantine
