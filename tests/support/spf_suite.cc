#include "tests/support/spf_suite.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "tests/support/suite.h"

namespace gatepost::test {
namespace {

constexpr std::size_t kLongestString = 255;

// Escaped as zone text wants it: everything but letters, digits and what names are made of.
std::string Escape(const std::string& bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || c == '.' || c == '-' || c == '_') {
      text += c;
    } else {
      const std::string digits = std::to_string(byte);
      text += '\\' + std::string(3 - digits.size(), '0') + digits;
    }
  }
  return text;
}

// Names are compared as they are written, so blanks are quoted and nothing is escaped.
std::string ZoneName(const std::string& name) { return name.empty() ? "." : '"' + name + '"'; }

// The strings of one TXT record; none are written as an empty one.
std::string ZoneStrings(const YAML::Node& value) {
  std::string text;
  const auto add = [&text](const std::string& bytes) {
    for (std::size_t at = 0; at == 0 || at < bytes.size(); at += kLongestString) {
      text += " \"" + Escape(bytes.substr(at, kLongestString)) + '"';
    }
  };
  if (!value.IsSequence()) {
    add(SuiteBytes(value));
  } else if (value.size() == 0) {
    add("");
  }
  if (value.IsSequence()) {
    for (const YAML::Node& part : value) add(SuiteBytes(part));
  }
  return text;
}

std::string ZoneValue(const std::string& type, const YAML::Node& value) {
  if (type == "TXT") return ZoneStrings(value);
  if (type == "MX") return ' ' + SuiteBytes(value[0]) + ' ' + ZoneName(SuiteBytes(value[1]));
  if (type == "PTR" || type == "CNAME") return ' ' + ZoneName(SuiteBytes(value));
  return ' ' + SuiteBytes(value);
}

bool ListsTxt(const YAML::Node& entries) {
  return std::any_of(entries.begin(), entries.end(),
                     [](const YAML::Node& entry) { return entry.IsMap() && entry["TXT"]; });
}

// One name's entries; `listed` gathers the types that have records.
std::string ZoneEntry(const std::string& name, const YAML::Node& entry, bool lists_txt,
                      std::set<std::string>& listed) {
  std::string lines;
  if (!entry.IsMap()) {  // TIMEOUT
    for (const char* const type : {"A", "AAAA", "MX", "PTR", "TXT", "CNAME"}) {
      if (!listed.contains(type)) lines += name + ' ' + type + " !timeout\n";
    }
    return lines;
  }
  for (const auto& pair : entry) {
    std::string type = SuiteBytes(pair.first);
    if (type == "SPF" && lists_txt) continue;
    if (type == "SPF") type = "TXT";
    if (pair.second.IsScalar() && SuiteBytes(pair.second) == "NONE") continue;
    listed.insert(type);
    lines += name + ' ' + type + ZoneValue(type, pair.second) + '\n';
  }
  return lines;
}

std::string Zone(const YAML::Node& zone_data) {
  std::string zone;
  for (const auto& pair : zone_data) {
    std::set<std::string> listed;
    const std::string name = ZoneName(SuiteBytes(pair.first));
    for (const YAML::Node& entry : pair.second) {
      zone += ZoneEntry(name, entry, ListsTxt(pair.second), listed);
    }
  }
  return zone;
}

SpfSuiteCase ReadCase(const std::string& name, const YAML::Node& node) {
  SpfSuiteCase read{name,
                    SuiteBytes(node["host"]),
                    SuiteBytes(node["helo"]),
                    SuiteBytes(node["mailfrom"]),
                    {},
                    std::nullopt};
  if (node["result"].IsSequence()) {
    for (const YAML::Node& result : node["result"]) read.results.push_back(SuiteBytes(result));
  } else {
    read.results.push_back(SuiteBytes(node["result"]));
  }
  if (node["explanation"]) {
    const std::string explanation = SuiteBytes(node["explanation"]);
    read.explanation = explanation == "DEFAULT" ? "" : explanation;
  }
  return read;
}

}  // namespace

std::string SpfSuiteCase::LocalPart() const {
  const std::size_t at = mail_from.rfind('@');
  return at == std::string::npos ? "" : mail_from.substr(0, at);
}

std::string SpfSuiteCase::Domain() const {
  return mail_from.empty() ? helo : mail_from.substr(mail_from.rfind('@') + 1);
}

std::vector<SpfSuiteScenario> LoadSpfSuite(const std::string& path) {
  std::vector<SpfSuiteScenario> scenarios;
  for (const YAML::Node& document : YAML::LoadAllFromFile(path)) {
    SpfSuiteScenario scenario{SuiteBytes(document["description"]), Zone(document["zonedata"]), {}};
    for (const auto& pair : document["tests"]) {
      scenario.cases.push_back(ReadCase(SuiteBytes(pair.first), pair.second));
    }
    scenarios.push_back(std::move(scenario));
  }
  return scenarios;
}

}  // namespace gatepost::test
