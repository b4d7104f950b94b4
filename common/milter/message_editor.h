// The changes that a milter may make at end of message. Valid during OnEndOfMessage alone.
// A false return: the mail server did not take the change (the handler answers with a 4xx).
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace gatepost::milter {

class MessageEditor {
 public:
  virtual ~MessageEditor() = default;
  // `index` headers stand above the new one; 0 is above the mail server's own Received. `value`
  // begins with its leading space and folds with "\n".
  [[nodiscard]] virtual bool InsertHeader(int index, std::string_view name,
                                          std::string_view value) = 0;
  [[nodiscard]] virtual bool AddHeader(std::string_view name, std::string_view value) = 0;
  // `instance` counts from 1 among the headers of this name, as they were shown to the handler.
  // Delete from the highest instance down: each deletion renumbers the later ones.
  [[nodiscard]] virtual bool ChangeHeader(std::string_view name, int instance,
                                          std::string_view value) = 0;
  [[nodiscard]] virtual bool DeleteHeader(std::string_view name, int instance) = 0;
  [[nodiscard]] virtual bool ReplaceBody(std::span<const std::byte> chunk) = 0;  // may be repeated
  [[nodiscard]] virtual bool Quarantine(std::string_view reason) = 0;
  // Tells the mail server that we are alive; restarts its time-out.
  virtual bool Progress() = 0;
};

}  // namespace gatepost::milter
