// Text that its name makes a script or a shortcut, and text that stays what it is.
#include "milters/attachments/type_by_name.h"

namespace gatepost::attachments {
namespace {

struct Case {
  std::string_view name;
  ContentType type;
  std::string_view want;
  Kind kind;
};

constexpr ContentType kText{"text", Kind::kText};
constexpr ContentType kUnknown{};
constexpr ContentType kPdf{"pdf", Kind::kDocument};
constexpr ContentType kHtml{"html", Kind::kDocument};

const Case kCases[] = {
    {"a.js", kText, "javascript", Kind::kScript},
    {"A.VBS", kText, "vbs", Kind::kScript},
    {"a.txt.bat", kText, "batch", Kind::kScript},
    {"a.ps1. .", kText, "powershell", Kind::kScript},
    {"a.js::$DATA", kText, "javascript", Kind::kScript},
    {"a.url", kText, "url", Kind::kShortcut},
    {"a.webloc", kUnknown, "webloc", Kind::kShortcut},
    {"a.hta", kHtml, "hta", Kind::kScript},
    {"a.js", kHtml, "html", Kind::kDocument},
    {"a.js", kPdf, "pdf", Kind::kDocument},
    {"a.txt", kText, "text", Kind::kText},
    {"js", kText, "text", Kind::kText},
    {"", kText, "text", Kind::kText},
    {"...", kUnknown, "unknown", Kind::kUnknown},
};

TEST(TypeByName, IsThatOfTextThatSystemsRun) {
  for (const Case& test : kCases) {
    const ContentType type = TypeByName(test.name, test.type);
    EXPECT_EQ(type.name, test.want) << test.name;
    EXPECT_EQ(type.kind, test.kind) << test.name;
  }
}

}  // namespace
}  // namespace gatepost::attachments
