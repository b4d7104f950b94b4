// What an option table prints: the sample file, --print-config, the manual page's OPTIONS.
#include <string>
#include <string_view>

#include "common/base/strings.h"
#include "common/config/option.h"
#include "common/config/option_table.h"

namespace gatepost::config {
namespace {

constexpr std::size_t kCommentWidth = 78;

// The words of `text` in lines of at most `width`, each behind `prefix`.
std::string Wrap(std::string_view text, std::string_view prefix) {
  std::string wrapped;
  std::string line(prefix);
  for (const std::string_view word : base::Split(text, ' ')) {
    if (line.size() > prefix.size() && line.size() + 1 + word.size() > kCommentWidth) {
      wrapped += line + "\n";
      line = prefix;
    }
    line.append(" ").append(word);
  }
  return wrapped + line + "\n";
}

std::string Capitalized(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') {
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  }
  return text;
}

// Puts '#' before each line: a list may take several.
std::string CommentedOut(std::string_view assignment) {
  std::string commented;
  for (const std::string_view line : base::Split(assignment, '\n')) {
    commented.append("#").append(line).append("\n");
  }
  return commented;
}

// man(7): a backslash, a hyphen (which would become a typographic one) and, at the start of a line,
// a dot or an apostrophe mean something else.
std::string EscapeManual(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    const bool line_starts = escaped.empty() || escaped.back() == '\n';
    if (line_starts && (c == '.' || c == '\'')) escaped += "\\&";
    if (c == '\\') {
      escaped += "\\e";
    } else if (c == '-') {
      escaped += "\\-";
    } else if (c == '\'') {
      escaped += "\\(aq";
    } else if (c == '^') {
      escaped += "\\(ha";
    } else if (c == '~') {
      escaped += "\\(ti";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string FormatSampleOption(const Option& option) {
  return "\n" + Wrap(option.meaning(), "#") + Wrap("Takes " + option.DescribeType() + ".", "#") +
         CommentedOut(option.key() + " = " + option.FormatDefault());
}

std::string FormatEffectiveOption(const Option& option) {
  const std::string current = option.FormatCurrent();
  const bool changed = current != option.FormatDefault();
  return option.key() + " = " + current + (changed ? "  # not the default\n" : "\n");
}

std::string FormatManualOption(const Option& option) {
  // A long list as default would break the line; words are enough there.
  std::string default_text = option.FormatDefault();
  for (char& c : default_text) {
    if (c == '\n') c = ' ';
  }
  return ".TP\n.B " + EscapeManual(option.key()) + "\n" + EscapeManual(option.meaning()) + "\n" +
         EscapeManual(Capitalized(option.DescribeType()) + "; default: ") + "\\fB" +
         EscapeManual(default_text) + "\\fR.\n";
}

}  // namespace

std::string OptionTable::FormatToml() const {
  std::string text = Wrap(file_name_ + ", read by " + program_ +
                              ". Every option stands here with its default, commented out.",
                          "#");
  for (const TomlSection& section : sections_) {
    if (!section.name.empty()) {
      text += "\n" + Wrap(section.meaning, "#") + "[" + section.name + "]\n";
    }
    for (const auto& option : section.options) text += FormatSampleOption(*option);
  }
  return text;
}

std::string OptionTable::FormatEffective() const {
  std::string text;
  for (const TomlSection& section : sections_) {
    if (!section.name.empty()) {
      text += (text.empty() ? "[" : "\n[") + section.name + "]\n";
    }
    for (const auto& option : section.options) text += FormatEffectiveOption(*option);
  }
  return text;
}

std::string OptionTable::FormatManual() const {
  std::string text;
  for (const TomlSection& section : sections_) {
    if (!section.name.empty()) {
      text += ".SS [" + EscapeManual(section.name) + "]\n" + EscapeManual(section.meaning) + "\n";
    }
    for (const auto& option : section.options) text += FormatManualOption(*option);
  }
  return text;
}

}  // namespace gatepost::config
