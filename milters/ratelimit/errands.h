// What the root process (gatepost-privileged) is asked for after a suspension, again where it
// fails. One thread; an answer may take seconds.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/journal/journal.h"

namespace gatepost::ratelimit {

class Errands {
 public:
  // Asks the root process: a verb and a user. Returns what went wrong, or "".
  using Ask = std::function<std::string(const std::string& verb, const std::string& user)>;

  // `journal` and `clock` outlive it.
  Errands(Ask ask, journal::Journal& journal, const base::Clock& clock);

  // `user` is the account as the root process knows it.
  void Add(const std::string& verb, const std::string& account, const std::string& user);
  void Cancel(const std::string& account);
  // One at a time: each may take long, and a new suspension is not to wait for all of them. What
  // was tried least comes first. True when one was due.
  bool RunOne();
  void GiveUpAll(const std::string& reason);

 private:
  struct Errand {
    std::string verb;
    std::string account;  // that it is about
    std::string user;
    std::size_t tries = 0;
    base::SteadyTime due;
  };

  void Run(Errand errand);
  void GiveUp(const Errand& errand, const std::string& reason);

  const Ask ask_;
  journal::Journal& journal_;
  const base::Clock& clock_;
  std::vector<Errand> errands_;
};

}  // namespace gatepost::ratelimit
