// A Service that does at each event what its command line says, and writes every event as a line
// to standard output. The server tests run it in a process of its own, as libmilter serves once per
// process.
//
//   mail=listen rcpt=answer headers=no eoh=no body=listen   the stages
//   refused=1 edits=0                                       recipients that the MTA refuses; edits
//   at.rcpt=reject:550:5.7.1:No such user                   what to answer there (a line per '|')
//   at.header=throw                                         reject, tempfail, accept, discard,
//   skip,
//                                                           throw, throw-int, bad-alloc, block:PATH
//   new=null                                                NewMessage: null, throw, bad-alloc
//   edit=insert:0:X-Test: value                             edits at end of message, in this order
//   reload=fail  quiet=1  burn_us=300                       a failing reload; no lines; CPU a
//   message
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/milter/service.h"

namespace gatepost::milter_test {

class RecordingService final : public milter::Service {
 public:
  explicit RecordingService(const std::vector<std::string>& words);

  milter::Stages stages() const override { return stages_; }
  std::unique_ptr<milter::MessageHandler> NewMessage(const milter::Connection& connection,
                                                     const milter::Envelope& envelope) override;
  base::Result<void> Reload() override;

  // The value of an option, or "".
  std::string_view Option(std::string_view name) const;
  const std::vector<std::string>& edits() const { return edits_; }
  bool quiet() const { return quiet_; }
  milter::Verdict At(std::string_view stage) const;

 private:
  std::map<std::string, std::string, std::less<>> options_;
  std::vector<std::string> edits_;
  milter::Stages stages_;
  bool quiet_ = false;
};

// One line to standard output, whole even among threads.
void Record(const std::string& line);

}  // namespace gatepost::milter_test
