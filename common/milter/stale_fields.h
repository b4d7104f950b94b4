// Finds fields of a name that is ours and removes them: a stranger may not speak for us. Belongs to
// one message.
#pragma once

#include <string>
#include <utility>

#include "common/mail/header_field.h"
#include "common/milter/message_editor.h"

namespace gatepost::milter {

class StaleFields {
 public:
  // "" finds nothing.
  explicit StaleFields(std::string name) : name_(std::move(name)) {}

  void OnHeader(const mail::HeaderField& field) {
    if (!name_.empty() && field.Is(name_)) ++count_;
  }
  // Postfix reads the whole header for each removal.
  bool TooMany() const { return count_ > 100; }
  // From the lowest up, because each removal renumbers those after it.
  [[nodiscard]] bool Remove(MessageEditor& editor) const {
    for (int instance = count_; instance > 0; --instance) {
      if (!editor.DeleteHeader(name_, instance)) return false;
    }
    return true;
  }

 private:
  const std::string name_;
  int count_ = 0;
};

}  // namespace gatepost::milter
