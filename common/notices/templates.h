// The texts of a program's notices: those that are built into it, and in their place those of a
// folder of the site's own, LANGUAGE/NAME.txt. The first line is the subject; {account} and the
// like are filled in. Loaded once; immutable, any thread.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatepost::notices {

// What is built in; constants of the program.
struct Catalogue {
  std::span<const std::string_view> names;      // of the texts; a text is known by its place here
  std::span<const std::string_view> languages;  // "en" among them
  std::string_view (*text)(std::size_t name, std::string_view language);  // "": not built in
  std::string_view (*placeholders)(std::size_t name);  // that it may have, with blanks between
};

class Templates {
 public:
  static constexpr std::size_t kMaxBytes = 16'384;  // of one text

  using Values = std::vector<std::pair<std::string, std::string>>;
  struct Filled {
    std::string subject;
    std::string text;
  };

  explicit Templates(const Catalogue& catalogue);
  // "": those that are built in. A folder may bring languages of its own; what it lacks is English
  // there. Throws config::ConfigError with file and line for what cannot be filled in.
  static Templates Load(const Catalogue& catalogue, const std::string& folder);
  // One text of a language, which stands at `path`. Throws as Load does.
  void Add(const std::string& path, const std::string& language, std::size_t name,
           std::string text);

  bool Knows(std::string_view language) const;
  std::vector<std::string> languages() const { return languages_; }
  // A placeholder without a value becomes "-".
  Filled Fill(std::size_t name, std::string_view language, const Values& values) const;

 private:
  using Texts = std::map<std::string, std::string, std::less<>>;  // by "LANGUAGE/NAME"

  void LoadLanguage(const std::string& folder, const std::string& language);
  std::string_view Find(std::size_t name, std::string_view language) const;

  const Catalogue* catalogue_;
  Texts own_;
  std::vector<std::string> languages_;
};

}  // namespace gatepost::notices
