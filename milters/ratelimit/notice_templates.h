// The texts of notices: those that are built in, and in their place those of a folder of one's own,
// LANGUAGE/NAME.txt. The first line is the subject; {account} and the like are filled in. Loaded
// once; immutable, any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "milters/ratelimit/notice_texts.h"

namespace gatepost::ratelimit {

class NoticeTemplates {
 public:
  static constexpr std::size_t kMaxBytes = 16'384;  // of one text

  using Values = std::vector<std::pair<std::string, std::string>>;
  struct Filled {
    std::string subject;
    std::string text;
  };

  // "": those that are built in. A folder may bring languages of its own; what it lacks is English
  // there. Throws config::ConfigError with file and line for what cannot be filled in.
  static NoticeTemplates Load(const std::string& folder);
  // One text of a language, which stands at `path`. Throws as Load does.
  void Add(const std::string& path, const std::string& language, NoticeText name, std::string text);

  bool Knows(std::string_view language) const;
  std::vector<std::string> languages() const;
  // A placeholder without a value becomes "-".
  Filled Fill(NoticeText text, std::string_view language, const Values& values) const;

 private:
  using Texts = std::map<std::string, std::string, std::less<>>;  // by "LANGUAGE/NAME"

  void LoadLanguage(const std::string& folder, const std::string& language);
  std::string_view Find(NoticeText text, std::string_view language) const;

  Texts own_;
  std::vector<std::string> languages_{kNoticeLanguages.begin(), kNoticeLanguages.end()};
};

}  // namespace gatepost::ratelimit
