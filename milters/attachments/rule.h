// A rule as an administrator writes it, one line of the rules file:
//
//   executables   enforce  refuse      kind=executable,script,shortcut  class=dangerous
//   macros        enforce  quarantine  property=macro direction=in
//   big-from-bob  shadow   tag         user=bob@example.org size>20MB
//   own-tool      enforce  pass        sha256=9f86d0...  network=192.0.2.0/24
//   no-programs   enforce  refuse      extension=exe  -- Please send a link to the program instead.
//
// Name, mode, action, conditions (condition.h), a class, behind "--" the text of the reply. All
// conditions must hold; of the values of one condition any. A condition with "!=" holds where none
// of its values fits. Pure functions and values; any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "milters/attachments/condition.h"
#include "milters/attachments/item.h"
#include "milters/attachments/message_facts.h"

namespace gatepost::attachments {

// From the mildest to the strictest: of several for one message the strictest holds. To refuse is
// stricter than to discard, as the sender hears of it.
enum class Action { kPass, kTag, kReplace, kQuarantine, kDiscard, kRefuse };
enum class Mode { kEnforce, kShadow, kOff };
// Who may release what a rule holds: for kPolicy the recipient too, for kDangerous administrators
// alone.
enum class HoldClass { kPolicy, kDangerous };

std::string_view Name(Action action);         // "quarantine"
std::string_view Name(Mode mode);             // "enforce"
std::string_view Name(HoldClass hold_class);  // "policy"

struct Rule {
  static constexpr std::size_t kMostNameBytes = 64;
  static constexpr std::size_t kMostTextBytes = 300;

  std::string name;
  Mode mode = Mode::kEnforce;
  Action action = Action::kPass;
  // Where a rule says nothing, nobody but an administrator releases.
  HoldClass hold_class = HoldClass::kDangerous;
  std::string text;  // "" for the usual reply; printable ASCII without "%"
  std::vector<Condition> of_message;
  std::vector<Condition> of_recipient;
  std::vector<Condition> of_item;

  // The fields of a line; the error says what is wrong with it. kDiscard only where `may_discard`.
  static base::Result<Rule> Parse(std::span<const std::string_view> fields, bool may_discard);
};

}  // namespace gatepost::attachments
