#include "common/store/limit_charges.h"

#include <algorithm>
#include <optional>

#include "common/store/message_pack.h"

namespace gatepost::store {
namespace {

constexpr std::int64_t kEnforced = 1, kOnlyNew = 2;

std::string Format(const LimitCharges& charges, bool with_flags) {
  PackWriter writer;
  for (const auto& subject : charges) {
    writer.Number(static_cast<std::int64_t>(subject.size()));
    for (const auto& charge : subject) {
      writer.Text(charge.slot);
      writer.Number(
          std::clamp<std::int64_t>(charge.window.count(), 1, LimitCharge::kLongestWindow.count()));
      writer.Number(std::min(charge.limit, LimitCharge::kMost));
      writer.Number(std::min(charge.amount, LimitCharge::kMost));
      if (with_flags) {
        writer.Number((charge.enforced ? kEnforced : 0) + (charge.only_new ? kOnlyNew : 0));
      }
    }
  }
  return writer.Take();
}

std::optional<LimitCharge> ParseOne(PackReader& reader, bool with_flags) {
  const auto slot = reader.Text();
  const auto window = slot ? reader.Number() : std::nullopt;
  const auto limit = window ? reader.Number() : std::nullopt;
  const auto amount = limit ? reader.Number() : std::nullopt;
  const auto flags = !with_flags ? kEnforced : amount ? reader.Number() : std::nullopt;
  if (!amount || !flags || *window == 0) return std::nullopt;
  return LimitCharge{std::string(*slot),
                     std::chrono::milliseconds(*window),
                     *limit,
                     *amount,
                     (*flags & kEnforced) != 0,
                     (*flags & kOnlyNew) != 0};
}

base::Result<LimitCharges> Parse(std::string_view text, bool with_flags) {
  const auto invalid = [] {
    return base::Fail(base::ErrorKind::kInvalid, "these are not the charges of limits");
  };
  LimitCharges charges;
  PackReader reader(text);
  while (!reader.done()) {
    const auto count = reader.Number();
    if (!count) return invalid();
    auto& subject = charges.emplace_back();
    for (std::int64_t i = 0; i < *count; ++i) {
      auto charge = ParseOne(reader, with_flags);
      if (!charge) return invalid();
      subject.push_back(std::move(*charge));
    }
  }
  return charges;
}

}  // namespace

std::string FormatToReserve(const LimitCharges& charges) { return Format(charges, true); }
std::string FormatToSettle(const LimitCharges& charges) { return Format(charges, false); }
base::Result<LimitCharges> ParseToReserve(std::string_view text) { return Parse(text, true); }
base::Result<LimitCharges> ParseToSettle(std::string_view text) { return Parse(text, false); }

}  // namespace gatepost::store
