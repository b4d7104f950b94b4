#include "milters/dmarc/sealed_results.h"

#include <optional>
#include <string>

#include "common/base/strings.h"

namespace gatepost::dmarc {
namespace {

// What stands between comments and white space. "=" and ";" are tokens of their own.
class Tokens {
 public:
  explicit Tokens(std::string_view text) : text_(text) {}

  struct Token {
    char sign = 0;  // '=' or ';', and 0 for a word
    std::string word;
  };

  std::optional<Token> Next() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (base::IsMailSpace(c)) {
        ++at_;
      } else if (c == '(') {
        SkipComment();
      } else if (c == '=' || c == ';') {
        ++at_;
        return Token{c, ""};
      } else {
        return Token{0, c == '"' ? ReadQuoted() : ReadWord()};
      }
    }
    return std::nullopt;
  }

 private:
  void SkipComment() {
    int depth = 0;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\\') {
        ++at_;
      } else if (text_[at_] == '(') {
        ++depth;
      } else if (text_[at_] == ')' && --depth == 0) {
        break;
      }
    }
    at_ = std::min(at_ + 1, text_.size());
  }

  std::string ReadQuoted() {
    std::string word;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      word += text_[at_];
    }
    at_ = std::min(at_ + 1, text_.size());
    return word;
  }

  std::string ReadWord() {
    const std::size_t end = std::min(text_.find_first_of(" \t\r\n(=;\"", at_), text_.size());
    const std::string word(text_.substr(at_, end - at_));
    at_ = end;
    return word;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

// The words of one result: "name = value" pairs; a word that stands alone is passed over.
using Pairs = std::vector<std::pair<std::string, std::string>>;

// Reads up to the next ";" or the end; false at the end.
bool ReadPairs(Tokens& tokens, Pairs& pairs) {
  std::string name;
  bool value_follows = false;
  while (auto token = tokens.Next()) {
    if (token->sign == ';') return true;
    if (token->sign == '=') {
      value_follows = !name.empty();
    } else if (value_follows) {
      if (pairs.size() < kMaxSealedResults) pairs.emplace_back(name, std::move(token->word));
      name.clear();
      value_follows = false;
    } else {
      name = base::ToLower(token->word);
    }
  }
  return false;
}

mail::MethodResult ToResult(const Pairs& pairs) {
  mail::MethodResult result;
  result.method = pairs.front().first.substr(0, pairs.front().first.find('/'));  // "spf/1"
  result.result = base::ToLower(pairs.front().second);
  for (const auto& [name, value] : pairs) {
    const auto parts = base::SplitOnce(name, '.');
    if (!parts) continue;
    result.properties.push_back({std::string(parts->first), std::string(parts->second), value});
  }
  return result;
}

const std::string* FindProperty(const mail::MethodResult& result, std::string_view type,
                                std::string_view name) {
  for (const mail::Property& property : result.properties) {
    if (property.type == type && property.name == name) return &property.value;
  }
  return nullptr;
}

bool IsDmarcOf(const mail::MethodResult& result, const mail::Domain& author) {
  if (result.method != "dmarc") return false;
  const std::string* const from = FindProperty(result, "header", "from");
  if (from == nullptr) return false;
  const auto domain = mail::Domain::Parse(*from);
  return domain && *domain == author;
}

}  // namespace

std::vector<mail::MethodResult> ParseSealedResults(std::string_view text) {
  std::vector<mail::MethodResult> results;
  if (text.size() > kMaxSealedBytes) return results;
  Tokens tokens(text);
  Pairs before_first;  // the authserv-id and its version
  bool more = ReadPairs(tokens, before_first);
  while (more && results.size() < kMaxSealedResults) {
    Pairs pairs;
    more = ReadPairs(tokens, pairs);
    if (!pairs.empty()) results.push_back(ToResult(pairs));
  }
  return results;
}

bool SaysDmarcPass(const std::vector<mail::MethodResult>& results, const mail::Domain& author) {
  bool passes = false;
  for (const mail::MethodResult& result : results) {
    if (!IsDmarcOf(result, author)) continue;
    if (result.result != "pass") return false;
    passes = true;
  }
  return passes;
}

std::string_view RemoteIpOf(const std::vector<mail::MethodResult>& results) {
  for (const mail::MethodResult& result : results) {
    if (const std::string* const ip = FindProperty(result, "smtp", "remote-ip")) return *ip;
  }
  return "";
}

}  // namespace gatepost::dmarc
