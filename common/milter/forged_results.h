// Finds Authentication-Results fields that claim to be ours and removes them (RFC 8601 section 5).
// Belongs to one message.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "common/mail/header_field.h"
#include "common/milter/message_editor.h"

namespace gatepost::milter {

class ForgedResults {
 public:
  // More forgeries than this are no accident, and Postfix reads the whole header for each removal.
  static constexpr std::size_t kMost = 100;

  // So many of anybody's are no mail, and each may take long to look through.
  static constexpr int kMostOfAll = 1000;

  explicit ForgedResults(std::string authserv_id) : authserv_id_(std::move(authserv_id)) {}

  void OnHeader(const mail::HeaderField& field);
  std::size_t count() const { return instances_.size(); }
  bool TooMany() const { return instances_.size() > kMost || seen_ > kMostOfAll; }
  // From the highest instance down, because each removal renumbers those after it.
  [[nodiscard]] bool Remove(MessageEditor& editor) const;

 private:
  std::string authserv_id_;
  int seen_ = 0;
  std::vector<int> instances_;
};

}  // namespace gatepost::milter
