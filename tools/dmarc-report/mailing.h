// A report on its way to its addresses: each is tried, and marked in the store before it is handed
// to the mail server and after that, so that a sender that dies loses nothing, and its successor
// repeats at most the one message whose fate nobody knows, from the same envelope sender. One
// thread, which holds the sender's lease.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/base/result.h"
#include "common/log/log.h"
#include "tools/dmarc-report/report_marks.h"
#include "tools/dmarc-report/report_options.h"
#include "tools/dmarc-report/services.h"

namespace gatepost::dmarc_report {

class Mailing {
 public:
  explicit Mailing(ReportMark mark) : mark_(std::move(mark)) {}
  virtual ~Mailing() = default;
  Mailing(const Mailing&) = delete;
  Mailing& operator=(const Mailing&) = delete;

  // Without brackets.
  virtual std::string MessageId() const = 0;
  // The whole message with CRLF line ends.
  virtual base::Result<std::string> Format(const std::string& to) const = 0;
  // Writes the mark into the store.
  virtual base::Result<void> Save() = 0;
  // What the log says of it.
  virtual void Describe(log::Line& line) const = 0;

  ReportMark& mark() { return mark_; }
  const ReportMark& mark() const { return mark_; }
  bool WentToAll(const std::vector<std::string>& addresses) const;

 private:
  ReportMark mark_;
};

struct Dispatched {
  std::int64_t sent = 0;
  std::int64_t failed = 0;   // the mail server did not take it
  bool server_away = false;  // the last of them, for a reason that the next message will meet, too
};

class MailingDispatch {
 public:
  // Both outlive it.
  MailingDispatch(const ReportOptions& options, const Services& services)
      : options_(options), services_(services), marks_(services.store) {}

  // To each of the addresses that does not have it and whose time has come, until the mail server
  // is away. An error means that the store cannot be relied on: the run should end.
  base::Result<Dispatched> Send(const std::vector<std::string>& addresses, Mailing& mailing);
  // `address` was tried in vain: its next time.
  void Postpone(AddressMark& address) const;

 private:
  base::Result<void> SendTo(const std::string& address, Mailing& mailing, Dispatched& done);
  base::Result<void> Deliver(const AddressMark& address, const Mailing& mailing) const;
  void Note(const base::Result<void>& taken, AddressMark& address, Dispatched& done) const;
  bool IsServerAway(base::ErrorKind kind) const;

  const ReportOptions& options_;
  const Services& services_;
  ReportMarks marks_;
};

}  // namespace gatepost::dmarc_report
