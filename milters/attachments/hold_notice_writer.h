// What recipients are told of held mail: the policy of these notices. Loaded at start and reload;
// immutable, any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "common/notices/readers.h"
#include "common/notices/templates.h"
#include "common/quarantine/held_message.h"
#include "common/submit/notice.h"

namespace gatepost::attachments {

struct HoldNoticeOptions {
  // Nobody; the recipients of mail that they may release; all recipients, of dangerous mail without
  // a code.
  enum class About { kNothing, kPolicy, kAll };
  About about = About::kNothing;
  std::string from;                     // "": postmaster@hostname
  std::string contact;                  // whom recipients send their code to; "": as `from`
  std::string server = "127.0.0.1:25";  // takes the notices
  std::string languages;           // path of a table, as ratelimit's notices have it; "": English
  std::string templates;           // a folder; "": the texts that are built in
  std::int64_t most_per_day = 10;  // notices for one recipient
  // No option: how long to wait before each further try.
  std::vector<std::chrono::milliseconds> retry_after{
      std::chrono::seconds(5), std::chrono::minutes(1), std::chrono::minutes(10)};

  friend bool operator==(const HoldNoticeOptions&, const HoldNoticeOptions&) = default;
};

class HoldNoticeWriter {
 public:
  // Reads the table and the texts. Throws config::ConfigError.
  HoldNoticeWriter(HoldNoticeOptions options, const std::string& hostname);

  const HoldNoticeOptions& options() const { return options_; }
  // Who is told: recipients of arriving mail, as Postfix takes that for nobody else. Nobody where
  // the sender is null or `automatic`: that is a bounce, or a program's answer.
  std::vector<std::string> ReadersOf(const quarantine::HeldMessage& message, bool automatic) const;
  // `code`: "" where the recipient cannot release it. What the message says of itself is shown
  // without links and in one line. No host, rule or path.
  submit::Notice Write(const quarantine::HeldMessage& message, const std::string& recipient,
                       const std::string& code, base::WallTime until) const;

 private:
  const HoldNoticeOptions options_;
  const std::string from_;
  const std::string contact_;
  const notices::Templates templates_;
  const notices::Readers readers_;
};

}  // namespace gatepost::attachments
