#include "common/limits/limit.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <utility>

#include "common/base/strings.h"
#include "common/config/spelling.h"
#include "common/config/units.h"

namespace gatepost::limits {
namespace {

using base::ErrorKind;
using base::Result;
using std::chrono::milliseconds;

constexpr std::size_t kLongestName = 64;
constexpr std::size_t kLongestStream = 32;
constexpr std::int64_t kMostAmount = kUnlimited - 1;
constexpr milliseconds kLongestWindow = std::chrono::hours(24 * 366);

template <class Value>
struct Named {
  std::string_view name;
  Value value;
};

constexpr std::array<Named<Counted>, 4> kCounted = {{{"messages", Counted::kMessages},
                                                     {"recipients", Counted::kRecipients},
                                                     {"bytes", Counted::kBytes},
                                                     {"new-recipients", Counted::kNewRecipients}}};
constexpr std::array<Named<By>, kBys> kBy = {{{"user", By::kUser},
                                              {"user-domain", By::kUserDomain},
                                              {"client", By::kClient},
                                              {"network", By::kNetwork},
                                              {"sender", By::kSender},
                                              {"sender-domain", By::kSenderDomain},
                                              {"recipient", By::kRecipient},
                                              {"recipient-domain", By::kRecipientDomain}}};
constexpr std::array<Named<Mode>, 3> kModes = {
    {{"enforce", Mode::kEnforce}, {"shadow", Mode::kShadow}, {"off", Mode::kOff}}};
constexpr std::array<Named<Answer>, 2> kAnswers = {
    {{"defer", Answer::kDefer}, {"refuse", Answer::kRefuse}}};
// From large to small.
constexpr std::array<Named<std::int64_t>, 4> kWindows = {
    {{"week", 604'800'000}, {"day", 86'400'000}, {"hour", 3'600'000}, {"minute", 60'000}}};

tl::unexpected<base::Error> Wrong(std::string message) {
  return base::Fail(ErrorKind::kInvalid, std::move(message));
}

// "1 message" is as good as "1 messages".
std::string Plural(std::string_view counted) {
  std::string plural = std::string(counted) + "s";
  const bool known = std::ranges::any_of(
      kCounted, [&](const Named<Counted>& name) { return name.name == plural; });
  return known ? plural : std::string(counted);
}

std::string Quoted(std::string_view text) { return "\"" + base::Printable(text, 60) + "\""; }

std::string DidYouMean(std::string_view written, const std::vector<std::string>& known) {
  const auto meant = config::Closest(written, known);
  return meant ? ", did you mean \"" + *meant + "\"?" : "";
}

// The value of that name; else an error that begins with `what` and names them all.
template <class Table>
auto Find(std::string_view written, const Table& table, std::string_view what)
    -> Result<decltype(table[0].value)> {
  std::vector<std::string> known;
  std::string all;
  for (const auto& entry : table) {
    if (entry.name == written) return entry.value;
    known.emplace_back(entry.name);
    all.append(all.empty() ? "" : ", ").append(entry.name);
  }
  const std::string hint = DidYouMean(written, known);
  const std::string start = std::string(what) + " " + Quoted(written) + " is not known";
  return Wrong(start + (hint.empty() ? " (known: " + all + ")" : hint));
}

template <class Table, class Value>
std::string_view NameIn(const Table& table, Value value) {
  return std::ranges::find(table, value, [](const auto& entry) { return entry.value; })->name;
}

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || base::IsAsciiDigit(c) || c == '-' || c == '_' || c == '.';
}

bool IsName(std::string_view text, std::size_t longest) {
  return !text.empty() && text.size() <= longest && std::ranges::all_of(text, IsNameByte);
}

std::optional<std::int64_t> ParseNumber(std::string_view text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end || !base::IsAsciiDigit(text.front())) return std::nullopt;
  return number;
}

bool IsNumber(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, base::IsAsciiDigit);
}

constexpr std::array<std::string_view, 3> kSizeUnits = {"kB", "MB", "GB"};

bool IsSizeUnit(std::string_view text) {
  return std::ranges::find(kSizeUnits, text) != kSizeUnits.end();
}

// "-0.3" as -300; at most three places.
std::optional<std::int64_t> ParseThousandths(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const auto parts = base::SplitOnce(text, '.');
  const std::string_view whole = parts ? parts->first : text;
  std::string places(parts ? parts->second : "0");
  if (!IsNumber(whole) || !IsNumber(places) || places.size() > 3) return std::nullopt;
  places.resize(3, '0');
  const auto ones = ParseNumber(whole);
  if (!ones || *ones > 1) return std::nullopt;
  const std::int64_t thousandths = *ones * 1000 + *ParseNumber(places);
  return negative ? -thousandths : thousandths;
}

std::string FormatThousandths(std::int64_t thousandths) {
  std::string places = std::to_string(1000 + std::abs(thousandths) % 1000).substr(1);
  while (places.size() > 1 && places.back() == '0') places.pop_back();
  return (thousandths < 0 ? "-" : "") + std::to_string(std::abs(thousandths) / 1000) + "." + places;
}

std::string FormatSteps(std::string_view key, std::span<const ReputationStep> steps) {
  std::string text;
  for (const ReputationStep& step : steps) {
    text.append(key).append(FormatThousandths(step.below_thousandths)).append("=");
    text += std::to_string(step.percent) + "%";
  }
  return text;
}

// The words of a line; "/" and "+" are words by themselves before the first option.
std::vector<std::string_view> WordsOf(std::string_view line) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; at < line.size();) {
    if (base::IsMailSpace(line[at])) {
      ++at;
      continue;
    }
    std::size_t end = line.find_first_of(" \t\r\n", at);
    end = std::min(end, line.size());
    const std::string_view chunk = line.substr(at, end - at);
    const std::size_t mark = chunk.find('=') == chunk.npos ? chunk.find_first_of("/+") : chunk.npos;
    const std::string_view word = mark == 0 ? chunk.substr(0, 1) : chunk.substr(0, mark);
    words.push_back(word);
    at += word.size();
  }
  return words;
}

// Reads one line from the left to the right.
class LimitParser {
 public:
  explicit LimitParser(std::string_view line) : words_(WordsOf(line)) {}

  Result<Limit> Parse() {
    for (const auto step : {&LimitParser::ReadAmount, &LimitParser::ReadWindow,
                            &LimitParser::ReadSubject, &LimitParser::ReadOptions}) {
      if (auto done = (this->*step)(); !done) return tl::unexpected(done.error());
    }
    if (!limit_.stream_reputation.empty() && limit_.stream.empty()) {
      return Wrong("stream-reputation needs stream= and the stream's name beside it");
    }
    if (!answer_given_) limit_.answer = DefaultAnswer(limit_.window);
    if (limit_.name.empty()) limit_.name = MakeName();
    return std::move(limit_);
  }

 private:
  std::string_view Next() { return at_ < words_.size() ? words_[at_++] : std::string_view(); }
  std::string_view Peek() const { return at_ < words_.size() ? words_[at_] : std::string_view(); }
  bool Take(std::string_view word) {
    if (Peek() != word) return false;
    ++at_;
    return true;
  }

  // "200 recipients", "500 MB bytes", "1GB".
  Result<void> ReadAmount() {
    if (words_.empty()) return Wrong("a limit is: 200 recipients / hour by user");
    std::string text(Next());
    const bool splits = base::IsAsciiDigit(text.front()) && IsSizeUnit(Peek());
    if (splits) text += Next();
    const bool has_unit = !IsNumber(text) && base::IsAsciiDigit(text.front());
    if (has_unit && Peek() == "/") {
      limit_.counted = Counted::kBytes;
    } else {
      if (at_ == words_.size()) return Wrong("after the number comes what is counted");
      const auto counted = Find(Plural(Next()), kCounted, "what is counted:");
      if (!counted) return tl::unexpected(counted.error());
      limit_.counted = *counted;
    }
    const auto amount = ParseAmount(text, limit_.counted);
    if (!amount) return tl::unexpected(amount.error());
    if (*amount == kUncounted) return Wrong("write mode=off for a limit that is off");
    limit_.amount = *amount;
    return {};
  }

  // "/ hour", "/ 15 minutes".
  Result<void> ReadWindow() {
    if (!Take("/"))
      return Wrong("after what is counted comes \"/\" and the window, as in \"/ hour\"");
    std::int64_t count = 1;
    if (const auto number = ParseNumber(Peek())) {
      count = *number;
      ++at_;
    }
    std::string_view unit = Next();
    if (unit == "second" || unit == "seconds") return Wrong("the shortest window is a minute");
    if (unit == "month" || unit == "months") return Wrong("write \"30 days\" for a month");
    if (unit.ends_with('s')) unit.remove_suffix(1);
    const auto length = Find(unit, kWindows, "the window");
    if (!length) return tl::unexpected(length.error());
    if (count < 1 || count > kLongestWindow.count() / *length) {
      return Wrong("a window is from a minute to 366 days long");
    }
    limit_.window = milliseconds(count * *length);
    return {};
  }

  // "by user", "by client + recipient", "by user-domain pool".
  Result<void> ReadSubject() {
    if (!Take("by")) return Wrong("after the window comes whom it counts by, as in \"by user\"");
    do {
      const auto by = Find(Next(), kBy, "\"by\"");
      if (!by) return tl::unexpected(by.error());
      limit_.by.push_back(*by);
    } while (Take("+"));
    if (limit_.by.size() > 2) return Wrong("a limit counts by one thing or by a pair");
    std::ranges::sort(limit_.by);
    if (limit_.by.size() == 2 && AreOfOneKind(limit_.by[0], limit_.by[1])) {
      return Wrong("a pair of " + std::string(Name(limit_.by[0])) + " and " +
                   std::string(Name(limit_.by[1])) + " says no more than one of them");
    }
    const bool pool = limit_.by == std::vector{By::kUserDomain};
    if (Take("pool") && !pool) return Wrong("\"pool\" stands only after user-domain");
    return {};
  }

  // By stands in pairs of the narrow and the wide.
  static bool AreOfOneKind(By a, By b) {
    return static_cast<int>(a) / 2 == static_cast<int>(b) / 2;
  }

  Result<void> ReadOptions() {
    while (at_ < words_.size()) {
      const std::string_view word = Next();
      const std::size_t equals = word.rfind('=');
      if (equals == word.npos) {
        return Wrong(Quoted(word) + " is too much; options are written as name=value");
      }
      auto done = SetOption(word.substr(0, equals), word.substr(equals + 1));
      if (!done) return done;
    }
    return {};
  }

  Result<void> SetOption(std::string_view key, std::string_view value) {
    if (key == "name") return SetName(value);
    if (key == "stream") return SetStream(value);
    if (key == "mode") return Set(value, kModes, "mode", limit_.mode);
    if (key == "answer") {
      answer_given_ = true;
      return Set(value, kAnswers, "answer", limit_.answer);
    }
    const std::string_view word = key.substr(0, key.find('<'));
    const std::string_view below = key.substr(word.size());
    if (word == "reputation") return AddReputation(word, below, value, limit_.reputation);
    if (word == "stream-reputation") {
      return AddReputation(word, below, value, limit_.stream_reputation);
    }
    return Wrong(
        "option " + Quoted(word) + " is not known" +
        DidYouMean(word, {"name", "stream", "mode", "answer", "reputation", "stream-reputation"}));
  }

  template <class Table, class Value>
  static Result<void> Set(std::string_view word, const Table& table, std::string_view what,
                          Value& value) {
    const auto found = Find(word, table, what);
    if (!found) return tl::unexpected(found.error());
    value = *found;
    return {};
  }

  Result<void> SetName(std::string_view value) {
    if (!IsLimitName(value)) {
      return Wrong(
          "a limit's name has up to 64 letters in lower case, digits, \"-\", \"_\" and "
          "\".\", not " +
          Quoted(value));
    }
    limit_.name = value;
    return {};
  }

  Result<void> SetStream(std::string_view value) {
    if (!IsName(value, kLongestStream)) {
      return Wrong("stream= takes the name of a stream, not " + Quoted(value));
    }
    limit_.stream = value;
    return {};
  }

  // "<-0.3" and "50%".
  static Result<void> AddReputation(std::string_view key, std::string_view below,
                                    std::string_view share, std::vector<ReputationStep>& steps) {
    const std::string name(key);
    const auto threshold =
        below.starts_with('<') ? ParseThousandths(below.substr(1)) : std::nullopt;
    const auto percent =
        share.ends_with('%') ? ParseNumber(share.substr(0, share.size() - 1)) : std::nullopt;
    if (!threshold || std::abs(*threshold) > 1000 || !percent || *percent > 100) {
      return Wrong("write " + name + "<-0.3=50% for half the limit below a reputation of -0.3");
    }
    if (steps.size() == Limit::kMaxReputationSteps) return Wrong(name + " stands at most 4 times");
    // GCC 12 takes both for unset when it optimizes.
    steps.push_back({threshold.value_or(0), percent.value_or(100)});
    std::ranges::sort(steps, {}, &ReputationStep::below_thousandths);
    const bool twice =
        std::ranges::adjacent_find(steps, {}, &ReputationStep::below_thousandths) != steps.end();
    if (twice) return Wrong(name + "<" + FormatThousandths(*threshold) + " stands twice");
    return {};
  }

  // "recipients-hour-user", "bytes-day-user-domain-bulk": says what the line says but the number.
  std::string MakeName() const {
    std::string name(Name(limit_.counted));
    name.append("-").append(NameOfWindow(limit_.window));
    for (const By by : limit_.by) name.append("-").append(Name(by));
    if (!limit_.stream.empty()) name.append("-").append(limit_.stream);
    if (limit_.mode == Mode::kShadow) name += "-shadow";
    std::ranges::replace(name, ' ', '-');
    if (name.size() > kLongestName) name.resize(kLongestName);
    return name;
  }

  std::vector<std::string_view> words_;
  std::size_t at_ = 0;
  Limit limit_;
  bool answer_given_ = false;
};

}  // namespace

Answer DefaultAnswer(milliseconds window) {
  return window <= std::chrono::hours(24) ? Answer::kDefer : Answer::kRefuse;
}

std::string_view Name(Counted counted) { return NameIn(kCounted, counted); }
std::string_view Name(By by) { return kBy[static_cast<std::size_t>(by)].name; }
std::string_view Name(Mode mode) { return NameIn(kModes, mode); }
std::string_view Name(Answer answer) { return NameIn(kAnswers, answer); }

std::string NameOfWindow(milliseconds window) {
  // "30 days", not "4 weeks and 2 days"; "week", but "14 days" is no less clear than "2 weeks".
  for (const auto& unit : kWindows) {
    if (window.count() % unit.value != 0) continue;
    const std::int64_t count = window.count() / unit.value;
    return count == 1 ? std::string(unit.name)
                      : std::to_string(count) + " " + std::string(unit.name) + "s";
  }
  return config::FormatDuration(window);
}

bool IsLimitName(std::string_view text) { return IsName(text, kLongestName); }

Result<std::int64_t> ParseAmount(std::string_view text, Counted counted) {
  if (text == "unlimited" || text == "none") return kUnlimited;
  if (text == "off") return kUncounted;
  const bool sized = counted == Counted::kBytes && !IsNumber(text);
  const auto amount = text.empty() ? std::nullopt
                      : sized      ? config::ParseBytes(text)
                                   : ParseNumber(text);
  if (amount && *amount <= kMostAmount) return *amount;
  if (counted == Counted::kBytes) {
    return Wrong(
        "an amount of bytes is a whole number, alone or with kB, MB or GB, \"unlimited\" "
        "or \"off\", not " +
        Quoted(text));
  }
  return Wrong("an amount is a whole number, \"unlimited\" or \"off\", not " + Quoted(text));
}

std::string FormatAmount(std::int64_t amount, Counted counted) {
  if (amount == kUncounted) return "off";
  if (amount >= kUnlimited) return "unlimited";
  return counted == Counted::kBytes ? config::FormatBytes(amount) : std::to_string(amount);
}

Result<Limit> Limit::Parse(std::string_view line) {
  if (line.size() > kMaxLineBytes) return Wrong("a limit has at most 512 bytes");
  return LimitParser(line).Parse();
}

std::string Limit::Format() const {
  std::string line = FormatAmount(amount, counted) + " " + std::string(Name(counted)) + " / " +
                     NameOfWindow(window) + " by ";
  for (std::size_t i = 0; i < by.size(); ++i) line.append(i == 0 ? "" : "+").append(Name(by[i]));
  line += " name=" + name;
  if (!stream.empty()) line += " stream=" + stream;
  if (mode != Mode::kEnforce) line.append(" mode=").append(Name(mode));
  if (answer != DefaultAnswer(window)) line.append(" answer=").append(Name(answer));
  return line + FormatSteps(" reputation<", reputation) +
         FormatSteps(" stream-reputation<", stream_reputation);
}

// "r1h", "b1d/bulk", "m1m!": short, as the store holds it for every subject.
std::string Limit::slot() const {
  std::string slot(1, Name(counted).front());
  slot += config::FormatDuration(window);
  if (!stream.empty()) slot += "/" + stream;
  if (mode == Mode::kShadow) slot += "!";
  return slot;
}

}  // namespace gatepost::limits
