// What was sent, and what is being sent, in the store: written before and after each message, so
// that a sender that dies loses nothing and its successor repeats at most the one message whose
// fate nobody knows. Only the holder of the sender's lease writes; any thread.
//
// Administrative hashes are used because they fail while the store is away, instead of going on in
// this host's memory.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/report/report_store.h"
#include "common/store/store.h"

namespace gatepost::dmarc_report {

struct AddressMark {
  std::string address;
  std::string token;  // of its envelope sender; see bounce.h
  bool sent = false;
  std::int64_t attempts = 0;    // that failed
  std::int64_t not_before = 0;  // Unix time of the next one

  friend bool operator==(const AddressMark&, const AddressMark&) = default;
};

struct ReportMark {
  bool finished = false;  // nothing is left to send, and rows that come late are too late
  std::vector<AddressMark> addresses;

  AddressMark* Find(std::string_view address);
  // With a new token where it was not there.
  AddressMark& FindOrAdd(const std::string& address);
  friend bool operator==(const ReportMark&, const ReportMark&) = default;
};

// One line for the report and one for each address; kInvalid for what Encode did not write.
std::string Encode(const ReportMark& mark);
base::Result<ReportMark> DecodeMark(std::string_view text);

// The message that a token stands for.
struct SentMessage {
  std::string address;
  std::string message_id;
};

class ReportMarks {
 public:
  using ByDomain = std::map<std::string, ReportMark>;

  explicit ReportMarks(store::Store& store) : store_(store) {}

  // A mark that cannot be read is left out: its report goes again with the same identifiers.
  base::Result<ByDomain> Read(report::Day day, base::Deadline deadline);
  base::Result<void> Write(report::Day day, const std::string& domain, const ReportMark& mark,
                           base::Deadline deadline);
  base::Result<void> ForgetDay(report::Day day, base::Deadline deadline);

  // Tokens are known for as long as mail servers keep trying.
  base::Result<void> RememberToken(const std::string& token, const SentMessage& message,
                                   base::Deadline deadline);
  base::Result<std::optional<SentMessage>> FindToken(const std::string& token,
                                                     base::Deadline deadline);

 private:
  store::Store& store_;
};

}  // namespace gatepost::dmarc_report
