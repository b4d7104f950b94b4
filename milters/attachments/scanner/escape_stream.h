// Characters that are written as something else, in HTML (&#99;), scripts (\x63, \u0063) and URIs
// (%63), one after another. One thread at a time; bounded memory.
#pragma once

#include <string>

namespace gatepost::attachments {

class EscapeStream {
 public:
  // Calls `put` with each character that is complete with `c`: none, one or some.
  template <typename PutCharacter>
  void Feed(char c, const PutCharacter& put) {
    if (pending_.empty() && c != '&' && c != '\\' && c != '%') return put(c);
    pending_ += c;
    if (!Resolve()) return;
    for (const char resolved : resolved_) put(resolved);
    resolved_.clear();
  }

  // Nothing is waited for.
  bool idle() const { return pending_.empty(); }

 private:
  // Whether what was waited for is now known, and stands in resolved_.
  bool Resolve();
  bool Complete(unsigned character);
  bool NotAnEscape();

  std::string pending_;
  std::string resolved_;
};

}  // namespace gatepost::attachments
