#include "common/journal/record_fields.h"

#include <chrono>

namespace gatepost::journal {
namespace {

using namespace std::chrono_literals;
using store::Fields;

constexpr Origin kOrigin{"dkim", "mx1"};
const base::WallTime kAt{1'700'000'000'123ms};

TEST(RecordFields, HoldWhatWasDecidedAndWhy) {
  const DecisionRecord record{
      "4XYZ",
      "eva",
      "192.0.2.1",
      "eva@example.org",
      "accept",
      "",
      {{"sign", "signed", "d=example.org s=s1", false}, {"limit", "refuse", "a\tb", true}},
      1500us,
      ""};
  EXPECT_EQ(RecordFields(record, kOrigin, kAt),
            (Fields{{"time", "1700000000123"},
                    {"program", "dkim"},
                    {"host", "mx1"},
                    {"queue_id", "4XYZ"},
                    {"user", "eva"},
                    {"client", "192.0.2.1"},
                    {"from", "eva@example.org"},
                    {"verdict", "accept"},
                    {"spent_us", "1500"},
                    {"rule.sign", "signed\tenforce\td=example.org s=s1"},
                    {"rule.limit", "refuse\tshadow\ta b"}}));
}

TEST(RecordFields, AreBounded) {
  DecisionRecord record;
  record.envelope_from = std::string(100'000, 'x');
  record.rules.resize(1'000, {"r", std::string(100'000, 'o'), std::string(100'000, 'e'), false});
  std::size_t bytes = 0;
  for (const auto& [name, value] : RecordFields(record, kOrigin, kAt)) {
    bytes += name.size() + value.size();
  }
  EXPECT_LT(bytes, 80'000U);
}

TEST(AccountFields, AreFewAsTheMessagesAreMany) {
  DecisionRecord record;
  record.queue_id = "4XYZ";
  record.client = "192.0.2.1";
  record.verdict = "pass";
  record.account = "eva@example.org";
  EXPECT_EQ(AccountFields(record, kOrigin, kAt), (Fields{{"time", "1700000000123"},
                                                         {"program", "dkim"},
                                                         {"host", "mx1"},
                                                         {"queue_id", "4XYZ"},
                                                         {"client", "192.0.2.1"},
                                                         {"verdict", "pass"}}));
}

TEST(EventFields, HoldTheSentence) {
  EXPECT_EQ(EventFields({"key_unreadable", "example.org", "The key cannot be read."}, kOrigin, kAt),
            (Fields{{"time", "1700000000123"},
                    {"program", "dkim"},
                    {"host", "mx1"},
                    {"kind", "key_unreadable"},
                    {"subject", "example.org"},
                    {"text", "The key cannot be read."}}));
}

}  // namespace
}  // namespace gatepost::journal
