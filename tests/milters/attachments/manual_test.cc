// The manual tells of all that rules may ask for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "milters/attachments/condition.h"

namespace gatepost::attachments {
namespace {

using testing::HasSubstr;

std::string Manual() {
  std::ifstream page(std::string(GATEPOST_SOURCE_DIR) +
                     "/milters/attachments/gatepost-attachments.8.in");
  std::string text{std::istreambuf_iterator<char>(page), {}};
  std::erase(text, '\\');
  return text;
}

// From its heading to the next one.
std::string Section(const std::string& heading) {
  const std::string manual = Manual();
  const std::size_t start = manual.find(".SS " + heading + "\n");
  EXPECT_NE(start, manual.npos) << heading;
  return manual.substr(start, manual.find("\n.S", start) - start);
}

TEST(AttachmentsManualTest, TellsWhatEachPropertyMeans) {
  const std::string section = Section("Properties");
  for (std::size_t i = 0; i < static_cast<std::size_t>(Property::kProperties); ++i) {
    const std::string name(Name(static_cast<Property>(i)));
    const std::size_t entry = section.find(".TP\n.B " + name + "\n");
    ASSERT_NE(entry, section.npos) << name;
    const std::size_t meaning = section.find('\n', entry + 4) + 1;
    EXPECT_NE(section[meaning], '.') << name;
  }
}

TEST(AttachmentsManualTest, NamesEachKind) {
  const std::string conditions = Section("Conditions");
  for (unsigned kind = 0; kind <= static_cast<unsigned>(Kind::kMail); ++kind) {
    const std::string name(Name(static_cast<Kind>(kind)));
    EXPECT_THAT(conditions,
                testing::AnyOf(HasSubstr(" " + name + " "), HasSubstr(" " + name + "\n")));
  }
}

TEST(AttachmentsManualTest, HasAnEntryForEachCondition) {
  const std::string section = Section("Conditions");
  for (const char* name : {"direction", "user", "sender", "network", "authentication", "reputation",
                           "recipient", "extension", "name", "type", "content", "kind", "property",
                           "size", "member", "sha256", "malware"}) {
    const bool found = section.find(std::string(" ") + name + "= ") != section.npos ||
                       section.find(std::string(" ") + name + "< ") != section.npos ||
                       section.find(std::string(" ") + name + "> ") != section.npos;
    EXPECT_TRUE(found) << name;
  }
}

}  // namespace
}  // namespace gatepost::attachments
