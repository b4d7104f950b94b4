#include "milters/attachments/type_by_name.h"

#include <algorithm>
#include <array>
#include <string>

#include "common/base/strings.h"

namespace gatepost::attachments {
namespace {

struct ByExtension {
  std::string_view extension;  // in lower case
  std::string_view name;
  Kind kind;
};

constexpr std::array kExtensions{
    ByExtension{"js", "javascript", Kind::kScript},
    ByExtension{"jse", "encoded-script", Kind::kScript},
    ByExtension{"mjs", "javascript", Kind::kScript},
    ByExtension{"vbs", "vbs", Kind::kScript},
    ByExtension{"vbe", "encoded-script", Kind::kScript},
    ByExtension{"vb", "vbs", Kind::kScript},
    ByExtension{"ws", "wsf", Kind::kScript},
    ByExtension{"wsf", "wsf", Kind::kScript},
    ByExtension{"wsh", "wsf", Kind::kScript},
    ByExtension{"wsc", "scriptlet", Kind::kScript},
    ByExtension{"sct", "scriptlet", Kind::kScript},
    ByExtension{"hta", "hta", Kind::kScript},
    ByExtension{"bat", "batch", Kind::kScript},
    ByExtension{"cmd", "batch", Kind::kScript},
    ByExtension{"btm", "batch", Kind::kScript},
    ByExtension{"ps1", "powershell", Kind::kScript},
    ByExtension{"psm1", "powershell", Kind::kScript},
    ByExtension{"psd1", "powershell", Kind::kScript},
    ByExtension{"ps1xml", "powershell", Kind::kScript},
    ByExtension{"psc1", "powershell", Kind::kScript},
    ByExtension{"reg", "reg", Kind::kScript},
    ByExtension{"inf", "inf", Kind::kScript},
    ByExtension{"ins", "inf", Kind::kScript},
    ByExtension{"sh", "shell-script", Kind::kScript},
    ByExtension{"command", "shell-script", Kind::kScript},
    ByExtension{"tool", "shell-script", Kind::kScript},
    ByExtension{"csh", "shell-script", Kind::kScript},
    ByExtension{"ksh", "shell-script", Kind::kScript},
    ByExtension{"py", "python", Kind::kScript},
    ByExtension{"pyw", "python", Kind::kScript},
    ByExtension{"pl", "perl", Kind::kScript},
    ByExtension{"rb", "ruby", Kind::kScript},
    ByExtension{"applescript", "applescript", Kind::kScript},
    ByExtension{"au3", "autoit", Kind::kScript},
    ByExtension{"ahk", "autohotkey", Kind::kScript},
    ByExtension{"msh", "powershell", Kind::kScript},
    ByExtension{"slk", "sylk", Kind::kScript},
    ByExtension{"iqy", "web-query", Kind::kShortcut},
    ByExtension{"url", "url", Kind::kShortcut},
    ByExtension{"website", "url", Kind::kShortcut},
    ByExtension{"scf", "scf", Kind::kShortcut},
    ByExtension{"desktop", "desktop", Kind::kShortcut},
    ByExtension{"webloc", "webloc", Kind::kShortcut},
    ByExtension{"inetloc", "webloc", Kind::kShortcut},
    ByExtension{"fileloc", "webloc", Kind::kShortcut},
    ByExtension{"library-ms", "library-ms", Kind::kShortcut},
    ByExtension{"search-ms", "search-ms", Kind::kShortcut},
    ByExtension{"settingcontent-ms", "settingcontent-ms", Kind::kShortcut},
    ByExtension{"appref-ms", "appref-ms", Kind::kShortcut},
    ByExtension{"application", "clickonce", Kind::kShortcut},
    ByExtension{"jnlp", "jnlp", Kind::kShortcut},
    ByExtension{"rdp", "rdp", Kind::kShortcut},
};

std::string Extension(std::string_view name) {
  // "a.js:x" and "a.js::$DATA" are a.js.
  const std::size_t colon = name.find(':', 2);
  name = name.substr(0, colon);
  const std::size_t end = name.find_last_not_of(". ");
  if (end == name.npos) return {};
  name = name.substr(0, end + 1);
  const std::size_t dot = name.rfind('.');
  return dot == name.npos ? std::string() : base::ToLower(name.substr(dot + 1));
}

}  // namespace

ContentType TypeByName(std::string_view name, const ContentType& type) {
  if (type.kind != Kind::kText && type.kind != Kind::kUnknown && type.name != "html") return type;
  const std::string extension = Extension(name);
  const auto found = std::ranges::find(kExtensions, extension, &ByExtension::extension);
  // A page is one by its content, unless it is run as a program.
  if (found == kExtensions.end() || (type.name == "html" && extension != "hta")) return type;
  return {found->name, found->kind};
}

ContentType TypeByName(const std::vector<std::string>& names, const ContentType& type) {
  for (const std::string& name : names) {
    const ContentType told = TypeByName(name, type);
    if (told.name != type.name) return told;
  }
  return type;
}

}  // namespace gatepost::attachments
