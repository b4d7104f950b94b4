// An account that sends mail in a simulated world: the real script on the store in memory, the real
// policy, a clock moved by hand. Known recipients are kept as the ledger keeps them.
#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "common/limits/recipient_hash.h"
#include "common/store/keys.h"
#include "common/store/memory_store.h"
#include "milters/ratelimit/detector_policy.h"
#include "milters/ratelimit/watch.h"

namespace gatepost::ratelimit {

struct SimulatedMessage {
  std::vector<std::string> recipients;
  Whereabouts where;
  std::size_t refused = 0;  // the first so many are unknown to Postfix
};

class SimulatedAccount {
 public:
  SimulatedAccount(store::Store& store, std::string subject, AccountTerms terms = {},
                   DetectorRules rules = {})
      : store_(store),
        subject_(std::move(subject)),
        terms_(terms),
        rules_(std::move(rules)),
        known_(store::KeyMaker::KnownRecipients(subject_)) {}

  // What the account was thought of at its worst while this message passed. A suspended account's
  // message does not pass.
  Step Send(const SimulatedMessage& message) {
    Step worst = Step::kNone;
    AcceptedMail mail;
    for (std::size_t i = 0; i < message.recipients.size() && !suspended_; ++i) {
      const bool refused = i < message.refused;
      const Signals signals =
          Run(WatchCall::AtRecipient(subject_, message.where, message.recipients[i], refused));
      assessment_ = Assess(rules_, signals, terms_);
      worst = std::max(worst, assessment_.step);
      mail.usual = mail.usual && assessment_.usual;
      suspended_ = assessment_.step == Step::kSuspend;
      mail.recipients += refused ? 0 : 1;
      mail.new_recipients += !refused && signals.new_recipient ? 1 : 0;
    }
    worst_ = std::max(worst_, worst);
    if (!suspended_) Commit(message, mail);
    return worst;
  }

  // A recipient of a message that is then refused for another reason.
  void Try(const Whereabouts& where, const std::string& recipient) {
    const Signals signals = Run(WatchCall::AtRecipient(subject_, where, recipient, false));
    assessment_ = Assess(rules_, signals, terms_);
    worst_ = std::max(worst_, assessment_.step);
  }

  Signals Run(const WatchCall& call) {
    const auto script = call.script();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    const auto result = store_.Run(script.script, script.keys, script.arguments, deadline);
    return result.value().empty() ? Signals() : ReadSignals(result).value();
  }

  const Assessment& assessment() const { return assessment_; }  // of the last recipient
  Step worst() const { return worst_; }
  bool suspended() const { return suspended_; }
  std::int64_t passed() const { return passed_; }
  void Begin() {  // counts anew what passes, and how bad it gets
    passed_ = 0;
    worst_ = Step::kNone;
  }
  void Resume() {
    suspended_ = false;
    Run(WatchCall::Forgive(subject_));
  }

 private:
  void Commit(const SimulatedMessage& message, const AcceptedMail& mail) {
    passed_ += mail.recipients;
    Run(WatchCall::AtCommit(subject_, message.where, mail));
    for (std::size_t i = message.refused; i < message.recipients.size(); ++i) {
      const auto hash = std::to_string(limits::RecipientHash(message.recipients[i]));
      static_cast<void>(store_.SetField(known_, hash, "", {}));
    }
  }

  store::Store& store_;
  std::string subject_;
  AccountTerms terms_;
  DetectorRules rules_;
  store::Key known_;
  Assessment assessment_;
  Step worst_ = Step::kNone;
  bool suspended_ = false;
  std::int64_t passed_ = 0;
};

}  // namespace gatepost::ratelimit
