// What releasing and deleting held messages means: the root process is asked, the list of held
// messages is marked, and the message's record says who did it. Used by the command line, for the
// messages of its own host. One thread at a time.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/quarantine/held_list.h"
#include "common/quarantine/held_message.h"
#include "common/store/store.h"

namespace gatepost::quarantine {

class Releases {
 public:
  // privileged::Ask with its socket and deadline: {"release", "4XyZ0123"}.
  using Ask = std::function<base::Result<void>(const std::vector<std::string>& words)>;

  struct Site {
    HeldList& list;  // of this host, refreshed
    store::Store& store;
    const base::Clock& clock;
    std::string secret;  // "": there are no copies for one recipient
    Ask ask;
    std::string by;  // who does it: "root", "alice@example.org by code"
    // Lets a moment pass, for Postfix to accept a copy; empty: nobody waits.
    std::function<void()> pause = {};
  };
  // All that is referred to outlives it.
  explicit Releases(Site site) : site_(std::move(site)) {}

  // Each changes `message` and the list. kNotFound: it is not on hold any more, or nobody knows
  // this recipient; kInvalid: it cannot be done like this; other kinds as privileged::Ask has them.
  // What comes from the store begins with "it was released, but".
  //
  // To all who have not had it yet.
  base::Result<void> ToAll(HeldMessage& message);
  // To one recipient alone; the message stays held for the others. After the last one it is
  // deleted, but stays held, with all served, while Postfix has not accepted every copy.
  base::Result<void> ToOne(HeldMessage& message, const std::string& recipient);
  // Each recipient has had a copy, by marks that the site's secret sealed: whoever else can write
  // to the store makes none.
  bool AllServed(const HeldMessage& message) const;
  // Deletes such a message as soon as it can be. kInvalid for others.
  base::Result<void> Finish(HeldMessage& message);
  base::Result<void> Delete(HeldMessage& message);

  // Marks it as gone where it is not on hold any more. False where that is so.
  base::Result<bool> StillHeld(HeldMessage& message);
  // The same for a message that was held a moment ago: Postfix may be about to put it on hold.
  static bool IsFresh(const HeldMessage& message, base::WallTime now);

 private:
  std::string SealOf(const HeldMessage& message, const HeldRecipient& recipient) const;
  bool HasHadIt(const HeldMessage& message, const HeldRecipient& recipient) const;
  void Mark(HeldMessage& message, const std::string& recipient, base::WallTime now) const;
  base::Result<void> AskFor(HeldMessage& message, const std::vector<std::string>& words);
  base::Result<void> AreAccepted(const HeldMessage& message);
  base::Result<void> SendCopy(HeldMessage& message, const std::string& recipient);
  base::Result<void> End(HeldMessage& message, State state, const std::string& by);
  base::Result<void> Write(HeldMessage& message, const HeldList::Edit& change);
  base::Result<void> Note(const HeldMessage& message, const std::string& outcome,
                          const std::string& evidence);
  base::Deadline Deadline() const;

  const Site site_;
};

}  // namespace gatepost::quarantine
