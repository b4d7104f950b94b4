// Who reads a notice in which language, and who looks after a domain. A table, one a line:
//
//   alice@example.org  de
//   example.org        fr  mail-admin@example.org
//   *                  en
//
// The address comes before its domain, that before "*". Loaded once; immutable, any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "common/config/table_file.h"
#include "common/notices/templates.h"

namespace gatepost::notices {

class Readers {
 public:
  // "": everybody reads English. Throws config::ConfigError.
  static Readers Load(const std::string& path, const Templates& templates);
  static Readers Load(const config::TableFile& file, const Templates& templates);

  std::string LanguageOf(std::string_view address) const;
  // "": nobody is named.
  std::string AdministratorOf(std::string_view address) const;

 private:
  struct Row {
    std::string language;
    std::string administrator;
  };
  // The rows that fit, the nearest first.
  std::vector<const Row*> Find(std::string_view address) const;

  std::map<std::string, Row, std::less<>> rows_;  // by address, domain or "*"
};

}  // namespace gatepost::notices
