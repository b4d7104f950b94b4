#include "tests/support/scenario_expect.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string>

#include "common/base/strings.h"
#include "tests/support/scenario.h"
#include "tests/support/scenario_pattern.h"

namespace gatepost::support {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;

struct Scene {
  ScenarioWorld& world;
  ScenarioConversation& conversation;
};
using Check = Result<void> (*)(std::string_view, Scene&);

std::string Quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::string ListEdits(const ScenarioConversation& conversation) {
  std::string out;
  for (const Edit& edit : conversation.edits()) out += "\n    " + Describe(edit);
  return out.empty() ? " none" : out;
}

Result<void> MatchText(std::string_view pattern, std::string_view text) {
  const auto parsed = ScenarioPattern::Parse(pattern);
  if (!parsed) return tl::unexpected(parsed.error());
  if (parsed->Matches(text)) return {};
  return Fail(ErrorKind::kInvalid, "not so: it was " + Quoted(text));
}

std::string DescribeReply(const ScenarioConversation& conversation) {
  const auto& reply = conversation.reply();
  if (!reply) return "nothing yet";
  return std::string(VerdictName(reply->verdict)) + (reply->text.empty() ? "" : " ") + reply->text;
}

Result<void> ExpectVerdict(Reply::Verdict verdict, ScenarioConversation& conversation) {
  const auto& reply = conversation.reply();
  if (!reply || reply->verdict != verdict) {
    return Fail(ErrorKind::kInvalid, "the milter answered: " + DescribeReply(conversation));
  }
  conversation.MarkReplyExpected();
  return {};
}

Result<void> ExpectReply(std::string_view pattern, Scene& scene) {
  const auto& reply = scene.conversation.reply();
  if (!reply) return Fail(ErrorKind::kInvalid, "the milter answered nothing yet");
  scene.conversation.MarkReplyExpected();
  return MatchText(pattern, reply->text);
}

// "NAME: pattern" after an optional number.
struct EditPattern {
  Edit::Kind kind;
  std::optional<std::uint32_t> index;
  std::string name;
  ScenarioPattern value;
};

bool Fits(const Edit& edit, const EditPattern& pattern) {
  return edit.kind == pattern.kind && (!pattern.index || edit.index == *pattern.index) &&
         base::EqualsIgnoreCase(edit.name, pattern.name) && pattern.value.Matches(edit.value);
}

Result<void> ExpectEdit(const EditPattern& pattern, Scene& scene) {
  ScenarioConversation& conversation = scene.conversation;
  for (std::size_t i = 0; i < conversation.edits().size(); ++i) {
    if (conversation.IsExpected(i) || !Fits(conversation.edits()[i], pattern)) continue;
    conversation.MarkEditExpected(i);
    return {};
  }
  return Fail(ErrorKind::kInvalid, "no such edit; the edits were:" + ListEdits(conversation));
}

Result<EditPattern> ParseEditPattern(Edit::Kind kind, std::string_view rest) {
  std::optional<std::uint32_t> index;
  if (kind != Edit::Kind::kAddHeader) {
    const std::string number = TakeWord(rest);
    std::uint32_t value = 0;
    const char* const end = number.data() + number.size();
    if (std::from_chars(number.data(), end, value).ptr != end || number.empty()) {
      return Fail(ErrorKind::kInvalid, "a number is missing before the header's name");
    }
    index = value;
  }
  const auto parts = base::SplitOnce(rest, ':');
  auto value = ScenarioPattern::Parse(parts ? base::Trim(parts->second) : "*");
  if (!value) return tl::unexpected(value.error());
  return EditPattern{kind, index, std::string(base::Trim(parts ? parts->first : rest)),
                     *std::move(value)};
}

template <Edit::Kind kind>
Result<void> ExpectHeaderEdit(std::string_view rest, Scene& scene) {
  const auto pattern = ParseEditPattern(kind, rest);
  return pattern ? ExpectEdit(*pattern, scene) : tl::unexpected(pattern.error());
}

Result<void> ExpectQuarantine(std::string_view rest, Scene& scene) {
  auto value = ScenarioPattern::Parse(rest);
  if (!value) return tl::unexpected(value.error());
  return ExpectEdit({Edit::Kind::kQuarantine, {}, "", *std::move(value)}, scene);
}

Result<void> ExpectBody(std::string_view rest, Scene& scene) {
  return MatchText(rest, scene.conversation.Queued().body);
}

// Some header of this name in the queued message.
Result<void> ExpectHeader(std::string_view rest, Scene& scene) {
  const auto parts = base::SplitOnce(rest, ':');
  const std::string_view name = parts ? parts->first : rest;
  const auto pattern = ScenarioPattern::Parse(parts ? base::Trim(parts->second) : "*");
  if (!pattern) return tl::unexpected(pattern.error());
  const Message queued = scene.conversation.Queued();
  const bool found =
      std::any_of(queued.headers.begin(), queued.headers.end(), [&](const HeaderLine& header) {
        return base::EqualsIgnoreCase(header.name, name) && pattern->Matches(header.value);
      });
  if (found) return {};
  return Fail(ErrorKind::kInvalid, "no such header in the message:\n" + queued.Format());
}

Result<void> ExpectNoHeader(std::string_view rest, Scene& scene) {
  if (!ExpectHeader(rest, scene)) return {};
  return Fail(ErrorKind::kInvalid,
              "there is such a header:\n" + scene.conversation.Queued().Format());
}

// "NUMBER NAME": so many headers of this name in the queued message.
Result<void> ExpectCount(std::string_view rest, Scene& scene) {
  const std::string number = TakeWord(rest);
  const int count = scene.conversation.Queued().Count(rest);
  if (std::to_string(count) == number) return {};
  return Fail(ErrorKind::kInvalid, "there are " + std::to_string(count));
}

Result<void> ExpectNoEdits(std::string_view, Scene& scene) {
  if (scene.conversation.edits().empty()) return {};
  return Fail(ErrorKind::kInvalid, "the edits were:" + ListEdits(scene.conversation));
}

Result<void> ExpectNoOtherEdits(std::string_view, Scene& scene) {
  const auto& edits = scene.conversation.edits();
  for (std::size_t i = 0; i < edits.size(); ++i) {
    if (!scene.conversation.IsExpected(i)) {
      return Fail(ErrorKind::kInvalid, "there is one more edit: " + Describe(edits[i]));
    }
  }
  return {};
}

Result<void> ExpectLog(std::string_view rest, Scene& scene) {
  const auto pattern = ScenarioPattern::Parse(rest);
  if (!pattern) return tl::unexpected(pattern.error());
  const auto matches = [&](const std::string& log) { return pattern->MatchesAnyLine(log); };
  Program* const program = scene.world.program();
  if (program != nullptr && program->WaitForLog(matches)) return {};
  return Fail(ErrorKind::kInvalid, "no such line in the log");
}

Result<void> ExpectNoLog(std::string_view rest, Scene& scene) {
  const auto pattern = ScenarioPattern::Parse(rest);
  if (!pattern) return tl::unexpected(pattern.error());
  if (!pattern->MatchesAnyLine(scene.world.Log())) return {};
  return Fail(ErrorKind::kInvalid, "there is such a line in the log");
}

Result<void> ExpectOutput(std::string_view rest, Scene& scene) {
  const auto pattern = ScenarioPattern::Parse(rest);
  if (!pattern) return tl::unexpected(pattern.error());
  if (pattern->MatchesAnyLine(scene.world.Output())) return {};
  return Fail(ErrorKind::kInvalid, "no such line; the output was:\n" + scene.world.Output());
}

Result<void> ExpectExit(std::string_view rest, Scene& scene) {
  const auto status = scene.world.exit_status();
  if (status && std::to_string(*status) == rest) return {};
  return Fail(ErrorKind::kInvalid, status ? "the exit status was " + std::to_string(*status) +
                                                "; the output was:\n" + scene.world.Output()
                                          : "no program has ended");
}

Result<void> ExpectClosed(std::string_view, Scene& scene) {
  return scene.conversation.WaitForClose();
}

const std::map<std::string, Reply::Verdict, std::less<>>& Verdicts() {
  using Verdict = Reply::Verdict;
  static const std::map<std::string, Verdict, std::less<>> verdicts = {
      {"continue", Verdict::kContinue}, {"accept", Verdict::kAccept},
      {"reject", Verdict::kReject},     {"tempfail", Verdict::kTempFail},
      {"discard", Verdict::kDiscard},   {"skip", Verdict::kSkip},
      {"shutdown", Verdict::kShutdown}, {"silence", Verdict::kNotAwaited}};
  return verdicts;
}

const std::map<std::string, Check, std::less<>>& Checks() {
  using Kind = Edit::Kind;
  static const std::map<std::string, Check, std::less<>> checks = {
      {"reply", ExpectReply},
      {"insert", ExpectHeaderEdit<Kind::kInsertHeader>},
      {"add", ExpectHeaderEdit<Kind::kAddHeader>},
      {"change", ExpectHeaderEdit<Kind::kChangeHeader>},
      {"delete", ExpectHeaderEdit<Kind::kDeleteHeader>},
      {"quarantine", ExpectQuarantine},
      {"body", ExpectBody},
      {"header", ExpectHeader},
      {"no header", ExpectNoHeader},
      {"count", ExpectCount},
      {"no edits", ExpectNoEdits},
      {"no other edits", ExpectNoOtherEdits},
      {"log", ExpectLog},
      {"no log", ExpectNoLog},
      {"output", ExpectOutput},
      {"exit", ExpectExit},
      {"closed", ExpectClosed}};
  return checks;
}

// The name of the check at the front of `what`: one word, or more after "no".
std::string TakeCheckName(std::string_view& what) {
  std::string name = TakeWord(what);
  if (name == "no") name += " " + TakeWord(what);
  if (name == "no other") name += " " + TakeWord(what);
  return name;
}

}  // namespace

Result<void> Expect(std::string_view what, ScenarioWorld& world,
                    ScenarioConversation& conversation) {
  const std::string name = TakeCheckName(what);
  const auto verdict = Verdicts().find(name);
  if (verdict != Verdicts().end()) return ExpectVerdict(verdict->second, conversation);
  const auto check = Checks().find(name);
  if (check == Checks().end()) {
    return Fail(ErrorKind::kInvalid, "unknown expectation " + Quoted(name));
  }
  Scene scene{world, conversation};
  return check->second(what, scene);
}

}  // namespace gatepost::support
