// The texts of this program's notices, built in or the site's own (common/notices/templates.h).
// Loaded once; immutable, any thread.
#pragma once

#include <string>
#include <string_view>

#include "common/notices/templates.h"
#include "milters/ratelimit/notice_texts.h"

namespace gatepost::ratelimit {

class NoticeTemplates : public notices::Templates {
 public:
  // As notices::Templates have them, by the text's own name.
  static NoticeTemplates Load(const std::string& folder) {
    return NoticeTemplates(notices::Templates::Load(kNoticeCatalogue, folder));
  }
  void Add(const std::string& path, const std::string& language, NoticeText name,
           std::string text) {
    Templates::Add(path, language, static_cast<std::size_t>(name), std::move(text));
  }
  Filled Fill(NoticeText text, std::string_view language, const Values& values) const {
    return Templates::Fill(static_cast<std::size_t>(text), language, values);
  }

 private:
  explicit NoticeTemplates(notices::Templates templates) : Templates(std::move(templates)) {}
};

}  // namespace gatepost::ratelimit
