// Failure reports (RFC 9991 on RFC 6591): one message told to the owner of its author's domain,
// with as little of the people in it as the owner can do with. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/mail/header_field.h"
#include "milters/dmarc/decision_policy.h"
#include "milters/dmarc/facts.h"

namespace gatepost::dmarc {

// Whether the record of the first author domain asks for a report of this message, by its fo=, and
// may have one. Nothing is due of mail that is itself a report (null sender), that could not be
// judged, or that names several authors.
bool IsFailureReportDue(const ReportRules& rules, const Facts& facts);

// Where reports go. Those at the policy's own organizational domain may be sent at once; the
// others only after their domain said that it takes them (RFC 9990 section 4).
struct FailureRecipients {
  std::vector<std::string> own;
  std::vector<std::string> external;
};
FailureRecipients FindFailureRecipients(const Facts& facts);

struct FailureReportFrame {
  std::string from;  // plain addresses (submit::IsPlainAddress)
  std::string to;
  std::string message_id;   // local-part@domain
  std::string authserv_id;  // ours
  base::WallTime now;
};

// The whole message with CRLF line ends: a sentence for people, the feedback report, and those
// fields of the header that help to find the cause. Local parts, display names, subject and
// recipients are left out. At most 64 kB of ASCII. `fields` are those of the message.
std::string FormatFailureReport(const FailureReportFrame& frame, const Facts& facts,
                                const Decision& decision,
                                std::span<const mail::HeaderField> fields);

}  // namespace gatepost::dmarc
