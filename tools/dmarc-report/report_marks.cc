#include "tools/dmarc-report/report_marks.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <utility>

#include "common/base/strings.h"
#include "common/store/keys.h"
#include "tools/dmarc-report/bounce.h"

namespace gatepost::dmarc_report {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;
using store::KeyMaker;

constexpr std::chrono::hours kTokenTime{24 * 14};
constexpr std::size_t kMaxAddresses = 100;

store::Key DayKey(report::Day day) {
  return KeyMaker::Admin("dmarc-report-day-" + std::to_string(day));
}

store::Key TokenKey(const std::string& token) {
  return KeyMaker::Admin("dmarc-report-token-" + token);
}

tl::unexpected<base::Error> NoMark() { return Fail(ErrorKind::kInvalid, "not a report's mark"); }

std::optional<std::int64_t> ParseNumber(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

std::string FormatLine(const AddressMark& mark) {
  return std::string(mark.sent ? "sent" : "tried") + " " + std::to_string(mark.attempts) + " " +
         std::to_string(mark.not_before) + " " + mark.token + " " + mark.address + "\n";
}

Result<AddressMark> ParseLine(std::string_view line) {
  const auto words = base::Split(line, ' ');
  if (words.size() != 5 || (words[0] != "sent" && words[0] != "tried")) return NoMark();
  const auto attempts = ParseNumber(words[1]);
  const auto not_before = ParseNumber(words[2]);
  if (!attempts || !not_before) return NoMark();
  return AddressMark{std::string(words[4]), std::string(words[3]), words[0] == "sent", *attempts,
                     *not_before};
}

}  // namespace

AddressMark* ReportMark::Find(std::string_view address) {
  const auto found = std::ranges::find(addresses, address, &AddressMark::address);
  return found == addresses.end() ? nullptr : &*found;
}

AddressMark& ReportMark::FindOrAdd(const std::string& address) {
  AddressMark* const known = Find(address);
  return known != nullptr ? *known
                          : addresses.emplace_back(AddressMark{address, MakeToken(), false, 0, 0});
}

std::string Encode(const ReportMark& mark) {
  std::string text = mark.finished ? "finished\n" : "open\n";
  for (const AddressMark& address : mark.addresses) text += FormatLine(address);
  return text;
}

Result<ReportMark> DecodeMark(std::string_view text) {
  const auto lines = base::Split(text, '\n');
  if (lines.size() > kMaxAddresses + 2 || !lines.back().empty()) return NoMark();
  if (lines[0] != "finished" && lines[0] != "open") return NoMark();
  ReportMark mark{lines[0] == "finished", {}};
  for (std::size_t i = 1; i + 1 < lines.size(); ++i) {
    auto address = ParseLine(lines[i]);
    if (!address) return tl::unexpected(address.error());
    mark.addresses.push_back(*std::move(address));
  }
  return mark;
}

Result<ReportMarks::ByDomain> ReportMarks::Read(report::Day day, base::Deadline deadline) {
  const auto fields = store_.GetFields(DayKey(day), deadline);
  if (!fields) return tl::unexpected(fields.error());
  ByDomain marks;
  for (const auto& [domain, text] : *fields) {
    if (auto mark = DecodeMark(text)) marks.emplace(domain, *std::move(mark));
  }
  return marks;
}

Result<void> ReportMarks::Write(report::Day day, const std::string& domain, const ReportMark& mark,
                                base::Deadline deadline) {
  return store_.SetField(DayKey(day), domain, Encode(mark), deadline);
}

Result<void> ReportMarks::ForgetDay(report::Day day, base::Deadline deadline) {
  return store_.Erase(DayKey(day), deadline);
}

Result<void> ReportMarks::RememberToken(const std::string& token, const SentMessage& message,
                                        base::Deadline deadline) {
  return store_.Set(TokenKey(token), message.message_id + " " + message.address, kTokenTime,
                    deadline);
}

Result<std::optional<SentMessage>> ReportMarks::FindToken(const std::string& token,
                                                          base::Deadline deadline) {
  const auto value = store_.Get(TokenKey(token), deadline);
  if (!value) return tl::unexpected(value.error());
  // Get answers from this host's memory while the store is away, and there is no token.
  if (store_.health() != store::Health::kUp) {
    return Fail(ErrorKind::kUnavailable, "the store is away");
  }
  if (!*value) return std::nullopt;
  const auto parts = base::SplitOnce(**value, ' ');
  if (!parts) return std::nullopt;
  return SentMessage{std::string(parts->second), std::string(parts->first)};
}

}  // namespace gatepost::dmarc_report
