// What a program hands to the server: which events it wants, and who handles a message.
#pragma once

#include <memory>

#include "common/base/result.h"
#include "common/milter/connection.h"
#include "common/milter/message_handler.h"

namespace gatepost::milter {

// The events a program wants, and those at which it may answer with anything but "continue".
// Nothing else is asked of the mail server, and no reply is sent where none is needed.
struct Stages {
  enum class Want : unsigned char {
    kNo,      // never shown to us
    kListen,  // shown, no reply: the verdict there must be Continue (or SkipBody), as nobody waits
    kAnswer,  // shown, and the mail server waits for the verdict
  };
  Want mail_from = Want::kListen;  // always shown: it begins the message; kNo is as kListen
  Want recipient = Want::kNo;
  bool refused_recipients = false;  // show recipients that the mail server refuses, too
  Want headers = Want::kNo;
  Want end_of_headers = Want::kNo;
  Want body = Want::kNo;
  // End of message is always answered.

  // Edits it may make; asked for at negotiation.
  bool adds_headers = false;
  bool changes_headers = false;
  bool replaces_body = false;
  bool quarantines = false;

  // Header and body are listened to and nothing is answered before the end, which may add and
  // change fields: one round trip a message.
  static Stages Listening() {
    Stages stages;
    stages.headers = stages.end_of_headers = stages.body = Want::kListen;
    stages.adds_headers = stages.changes_headers = true;
    return stages;
  }
};

class Service {
 public:
  virtual ~Service() = default;
  virtual Stages stages() const = 0;
  // Any thread. Both references outlive the handler; the envelope's queue id may be filled later.
  // nullptr: this message is none of our business, accept it unseen.
  virtual std::unique_ptr<MessageHandler> NewMessage(const Connection& connection,
                                                     const Envelope& envelope) = 0;
  // SIGHUP, in a thread of its own. All or nothing: on failure the old configuration stays.
  virtual base::Result<void> Reload() = 0;
};

}  // namespace gatepost::milter
