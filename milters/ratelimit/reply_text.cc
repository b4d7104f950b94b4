#include "milters/ratelimit/reply_text.h"

#include <algorithm>
#include <array>
#include <ctime>

namespace gatepost::ratelimit {
namespace {

using namespace std::chrono_literals;
using limits::By;
using limits::Counted;
using limits::Limit;
using std::chrono::milliseconds;

struct Unit {
  milliseconds length;
  std::string_view name;
  std::string_view per;  // after an amount
};
constexpr std::array kUnits{Unit{24h, "day", "a day"}, Unit{1h, "hour", "an hour"},
                            Unit{1min, "minute", "a minute"}, Unit{1s, "second", "a second"}};

std::string Count(std::int64_t count, std::string_view unit) {
  std::string text = std::to_string(count) + " ";
  text += unit;
  if (count != 1) text += 's';
  return text;
}

std::string WithCommas(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (std::ptrdiff_t at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), 1, ',');
  }
  return digits;
}

std::string_view Noun(Counted counted, bool one) {
  switch (counted) {
    case Counted::kMessages:
      return one ? "message" : "messages";
    case Counted::kRecipients:
      return one ? "recipient" : "recipients";
    case Counted::kBytes:
      return one ? "byte" : "bytes";
    case Counted::kNewRecipients:
      return one ? "new recipient" : "new recipients";
  }
  return "messages";
}

// "an hour"; "in 15 minutes" where it is not one whole unit.
std::string DescribeWindow(milliseconds window) {
  for (const Unit& unit : kUnits) {
    if (window == unit.length) return std::string(unit.per);
    if (window % unit.length == 0ms) return "in " + Count(window / unit.length, unit.name);
  }
  return "in " + Count(window.count(), "millisecond");
}

// Rounded up to the minute.
std::string Time(base::WallTime at, const char* format) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(at + 59s);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 48> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), format, &parts);
  return {text.data(), length};
}

bool Names(const Limit& limit, By by) { return std::ranges::count(limit.by, by) != 0; }

std::string Subject(const Limit& limit) {
  if (Names(limit, By::kUser)) return "your account";
  if (Names(limit, By::kUserDomain)) return "your domain";
  if (Names(limit, By::kSender) || Names(limit, By::kSenderDomain)) return "this sender";
  if (Names(limit, By::kRecipient)) return "this recipient";
  if (Names(limit, By::kRecipientDomain)) return "this recipient's domain";
  return "your network";
}

std::string Ending(const Addressee& addressee) {
  std::string text;
  if (addressee.own_user && !addressee.contact.empty()) {
    text.append(" Questions: ").append(addressee.contact).append(".");
  }
  if (!addressee.reference.empty()) text.append(" (reference ").append(addressee.reference) += ")";
  return text;
}

// A time of day alone means the next one to everybody up to half a day, wherever he lives.
std::string RoomAgain(milliseconds wait, const Addressee& addressee) {
  const char* const format = wait > 12h ? "on %Y-%m-%d at %H:%M UTC" : "at %H:%M UTC";
  return "There is room again in " + DescribeWait(wait) + ", " +
         Time(addressee.now + wait, format) + ".";
}

milter::Reply Answer(const Limit& limit, std::vector<std::string> lines) {
  if (limit.answer == limits::Answer::kRefuse) return {550, "5.7.1", std::move(lines)};
  return {450, "4.7.1", std::move(lines)};
}

milter::Reply ReplyToStranger(const Shortage& shortage, const Addressee& addressee) {
  const bool about_recipient =
      Names(shortage.limit, By::kRecipient) || Names(shortage.limit, By::kRecipientDomain);
  std::string text = about_recipient ? "Too much mail for this recipient at the moment"
                                     : "Too much mail from you at the moment";
  const milliseconds wait = shortage.outcome.room_in;
  text += wait > 0ms ? "; try again in " + DescribeWait(wait) + "." : ".";
  return Answer(shortage.limit, {text + Ending(addressee)});
}

// A limit of none, which may be one for now (reputation, an override).
std::string NothingAllowed(const Shortage& shortage) {
  return "Nothing may be sent at the moment: the limit of " + Subject(shortage.limit) + " is " +
         DescribeAmount(0, shortage.limit) + ".";
}

// More than the whole limit, in one message. Not 552, which clients take for "too many recipients"
// and come back (RFC 5321 section 4.5.3.1.10).
milter::Reply NeverFitsReply(const Shortage& shortage, const Addressee& addressee) {
  const std::string allowed = DescribeAmount(shortage.amount, shortage.limit);
  std::vector<std::string> lines{"This message alone is over the limit of " +
                                 Subject(shortage.limit) + ": " + allowed + "." +
                                 Ending(addressee)};
  if (shortage.limit.counted == Counted::kBytes) return {550, "5.3.4", std::move(lines)};
  return {550, "5.7.1", std::move(lines)};
}

}  // namespace

std::string DescribeWait(milliseconds wait) {
  for (const Unit& unit : kUnits) {
    // Two units at least, so that rounding up stays small: "90 minutes", not "2 hours".
    if (wait > 2 * unit.length || (wait > 0ms && unit.length == 1s)) {
      return Count((wait + unit.length - 1ms) / unit.length, unit.name);
    }
  }
  return Count(1, "second");
}

std::string DescribeAmount(std::int64_t amount, const Limit& limit) {
  return WithCommas(amount) + " " + std::string(Noun(limit.counted, amount == 1)) + " " +
         DescribeWindow(limit.window);
}

milter::Reply ShortageReply(const Shortage& shortage, const Addressee& addressee) {
  if (!addressee.own_user) return ReplyToStranger(shortage, addressee);
  if (shortage.amount == 0)
    return Answer(shortage.limit, {NothingAllowed(shortage) + Ending(addressee)});
  if (shortage.outcome.room_in < 0ms) return NeverFitsReply(shortage, addressee);
  return Answer(shortage.limit,
                {"The limit of " + Subject(shortage.limit) +
                     " is reached: " + DescribeAmount(shortage.amount, shortage.limit) + ", " +
                     WithCommas(shortage.outcome.used) + " used.",
                 RoomAgain(shortage.outcome.room_in, addressee) + Ending(addressee)});
}

milter::Reply TooManyRecipientsReply(std::int64_t most, const Addressee& addressee) {
  return {452,
          "4.5.3",
          {"A message may have " + WithCommas(most) +
           " recipients here; send the others in another." + Ending(addressee)}};
}

milter::Reply NeedsUserReply(const Addressee& addressee) {
  return {550, "5.7.1", {"Mail from this host needs a user who is logged in." + Ending(addressee)}};
}

milter::Reply NoAnswerReply(const Addressee& addressee) {
  return {450, "4.3.0", {"The message cannot be taken at the moment." + Ending(addressee)}};
}

milter::Reply WarmUpReply(const Shortage& shortage, const Addressee& addressee) {
  const milliseconds wait = std::max(shortage.outcome.room_in, 1000ms);
  return {450,
          "4.7.1",
          {"As much mail as is planned for a day has gone to this recipient's provider.",
           RoomAgain(wait, addressee) + Ending(addressee)}};
}

milter::Reply ThrottledReply(const Shortage& shortage, const Addressee& addressee) {
  const milliseconds wait = std::max(shortage.outcome.room_in, 1000ms);
  return {450,
          "4.7.1",
          {"Your account may send slowly only at the moment: " +
               DescribeAmount(shortage.amount, shortage.limit) + ".",
           RoomAgain(wait, addressee) + Ending(addressee)}};
}

}  // namespace gatepost::ratelimit
