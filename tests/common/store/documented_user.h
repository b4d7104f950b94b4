// A user of Redis with the rights that the manual asks for (store.username), and no others.
#pragma once

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/store/redis_greeting.h"

namespace gatepost::store {

// "~gp:*", "+get" ...: from the sample file, which another test compares with the option's text.
inline std::vector<std::string> DocumentedRights() {
  std::ifstream sample(std::string(GATEPOST_SOURCE_DIR) + "/deploy/config/gatepost.toml");
  std::string text;
  for (std::string line; std::getline(sample, line);) {
    text += line.starts_with("# ") ? line.substr(2) + " " : "\n";
  }
  const std::size_t start = text.find("\"~gp:*");
  if (start == std::string::npos) throw std::runtime_error("the sample names no rights");
  std::istringstream rights(text.substr(start + 1, text.find('"', start + 1) - start - 1));
  std::vector<std::string> words;
  for (std::string word; rights >> word;) words.push_back(word);
  return words;
}

inline RedisLogin DocumentedLogin() { return {"eva", "word"}; }

// For RedisServer.
inline std::vector<std::string> WithDocumentedUser() {
  std::vector<std::string> options{"--user", "eva", "on", ">word", "-@all"};
  for (auto& right : DocumentedRights()) options.push_back(std::move(right));
  return options;
}

}  // namespace gatepost::store
