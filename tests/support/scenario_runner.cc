#include "tests/support/scenario_runner.h"

#include <signal.h>

#include <charconv>
#include <map>
#include <string>
#include <vector>

#include "common/base/strings.h"
#include "tests/support/scenario_conversation.h"
#include "tests/support/scenario_expect.h"
#include "tests/support/scenario_world.h"

namespace gatepost::support {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;

std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) words.push_back(TakeWord(text));
  return words;
}

// Takes "mode 0640" from the end of `words`, or gives `otherwise`.
Result<unsigned> TakeMode(std::vector<std::string>& words, unsigned otherwise) {
  if (words.size() < 2 || words[words.size() - 2] != "mode") return otherwise;
  const std::string text = words.back();
  unsigned mode = 0;
  const char* const end = text.data() + text.size();
  if (std::from_chars(text.data(), end, mode, 8).ptr != end) {
    return Fail(ErrorKind::kInvalid, "not an octal mode: " + text);
  }
  words.resize(words.size() - 2);
  return mode;
}

Result<std::uint32_t> ParseNumber(std::string_view text) {
  const bool hex = text.starts_with("0x");
  const std::string_view digits = hex ? text.substr(2) : text;
  std::uint32_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, value, hex ? 16 : 10);
  if (parsed.ec == std::errc() && parsed.ptr == end) return value;
  return Fail(ErrorKind::kInvalid, "not a number: " + std::string(text));
}

// \0, \r, \n, \t, \\ and \xNN in the text of `raw` and `body` lines.
std::string Unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    static constexpr std::string_view kLetters = "0rnt\\";
    static constexpr std::string_view kBytes("\0\r\n\t\\", 5);
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    const std::size_t known = kLetters.find(next);
    int byte = 0;
    if (text[i] == '\\' && next == 'x' && i + 3 < text.size() &&
        std::from_chars(&text[i + 2], &text[i] + 4, byte, 16).ec == std::errc()) {
      out.push_back(static_cast<char>(byte));
      i += 3;
    } else if (text[i] == '\\' && next != '\0' && known != std::string_view::npos) {
      out.push_back(kBytes[known]);
      ++i;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

class Run {
 public:
  explicit Run(const std::filesystem::path& programs) : world_(programs) {}

  Result<void> Step(const ScenarioStep& step) {
    const auto& verbs = Verbs();
    const auto verb = verbs.find(step.verb);
    if (verb == verbs.end()) return Fail(ErrorKind::kInvalid, "unknown line \"" + step.verb + "\"");
    if (!step.block.empty() && !verb->second.takes_block) {
      return Fail(ErrorKind::kInvalid, "nothing can be indented below \"" + step.verb + "\"");
    }
    const auto rest = world_.Expand(step.rest);
    if (!rest) return tl::unexpected(rest.error());
    return (this->*verb->second.act)(*rest, step.block);
  }

  std::string Log() const { return world_.Log(); }

 private:
  using Block = std::vector<std::string>;
  using Act = Result<void> (Run::*)(std::string_view, const Block&);
  struct Verb {
    Act act;
    bool takes_block = false;
  };

  static const std::map<std::string, Verb, std::less<>>& Verbs();

  // --- The world.
  Result<void> File(std::string_view rest, const Block& block) {
    if (rest.ends_with(':')) rest.remove_suffix(1);
    auto words = Words(rest);
    const auto mode = TakeMode(words, 0644);
    if (!mode) return tl::unexpected(mode.error());
    if (words.size() != 1) return Fail(ErrorKind::kInvalid, "file NAME [mode 0644]:");
    return world_.WriteFile(words[0], block, *mode);
  }

  Result<void> Key(std::string_view rest, const Block&) {
    auto words = Words(rest);
    const auto mode = TakeMode(words, 0600);
    if (!mode) return tl::unexpected(mode.error());
    const bool pkcs1 = words.size() == 3 && words[2] == "pkcs1";
    if (words.size() != (pkcs1 ? 3U : 2U)) {
      return Fail(ErrorKind::kInvalid, "key NAME rsa2048|ed25519 [pkcs1] [mode 0600]");
    }
    return world_.MakeKey(words[0], words[1], pkcs1, *mode);
  }

  Result<void> Zone(std::string_view, const Block& block) { return world_.ServeZone(block); }

  Result<void> Socket(std::string_view rest, const Block&) {
    world_.UseSocket(std::string(rest));
    return {};
  }

  Result<void> Start(std::string_view rest, const Block&) { return world_.StartProgram(rest); }
  Result<void> RunOnce(std::string_view rest, const Block&) { return world_.RunProgram(rest); }
  Result<void> Stop(std::string_view, const Block&) { return world_.StopProgram(); }

  Result<void> Reload(std::string_view, const Block&) {
    if (world_.program() == nullptr) return Fail(ErrorKind::kInvalid, "no program was started");
    world_.program()->Signal(SIGHUP);
    return {};
  }

  // --- The conversation.
  Result<void> Offer(std::string_view rest, const Block&) {
    const auto actions = ParseNumber(TakeWord(rest));
    const auto protocol = ParseNumber(rest);
    if (!actions || !protocol) return Fail(ErrorKind::kInvalid, "offer ACTIONS PROTOCOL");
    return conversation_.Offer(*actions, *protocol);
  }

  Result<void> Connect(std::string_view rest, const Block&) {
    const std::string name = TakeWord(rest);
    return conversation_.Connect(world_.socket(), name, rest);
  }

  Result<void> NewConnection(std::string_view rest, const Block&) {
    const std::string name = TakeWord(rest);
    return conversation_.NewConnection(name, rest);
  }

  Result<void> Helo(std::string_view rest, const Block&) { return conversation_.Helo(rest); }

  Result<void> Macro(std::string_view rest, const Block&) {
    const std::string name = TakeWord(rest);
    return conversation_.SetMacro(name, rest);
  }

  Result<void> QueueId(std::string_view rest, const Block&) {
    return conversation_.SetQueueId(rest);
  }

  Result<void> Mail(std::string_view rest, const Block&) {
    const std::string from = TakeWord(rest);
    return conversation_.Mail(from, Words(rest));
  }

  Result<void> Recipient(std::string_view rest, const Block&) {
    const std::string to = TakeWord(rest);
    return conversation_.Recipient(to, Words(rest));
  }

  Result<void> Refused(std::string_view rest, const Block&) {
    const std::string to = TakeWord(rest);
    return conversation_.RefusedRecipient(to, rest);
  }

  Result<void> Data(std::string_view, const Block&) { return conversation_.Data(); }

  // Everything behind the first colon is the value; indented lines are its folds.
  Result<void> Header(std::string_view rest, const Block& block) {
    const auto parts = base::SplitOnce(rest, ':');
    if (!parts) return Fail(ErrorKind::kInvalid, "header NAME: VALUE");
    std::string value = Unescape(parts->second);
    for (const std::string& line : block) {
      const bool indented = line.starts_with(' ') || line.starts_with('\t');
      value.append("\r\n").append(indented ? "" : " ").append(Unescape(line));
    }
    return conversation_.Header({std::string(parts->first), value});
  }

  Result<void> EndOfHeaders(std::string_view, const Block&) { return conversation_.EndOfHeaders(); }

  // "body:" with its lines below, or "body 200000 x": so many bytes in lines of 78.
  Result<void> Body(std::string_view rest, const Block& block) {
    std::string body;
    if (!rest.empty()) {
      const auto bytes = ParseNumber(TakeWord(rest));
      if (!bytes) return tl::unexpected(bytes.error());
      while (body.size() + 80 <= *bytes)
        body.append(78, rest.empty() ? 'x' : rest[0]).append("\r\n");
    }
    for (const std::string& line : block) body.append(Unescape(line)).append("\r\n");
    return conversation_.Body(body);
  }

  // "message FILE", or "message queued": the last one, as it was queued.
  Result<void> WholeMessage(std::string_view rest, const Block&) {
    if (rest == "queued") return conversation_.Content(Message(conversation_.last_queued()));
    const std::string text = ReadWholeFile(rest);
    if (text.empty()) return Fail(ErrorKind::kInvalid, "cannot read " + std::string(rest));
    return conversation_.Content(Message::Parse(text));
  }

  Result<void> Save(std::string_view rest, const Block&) {
    return world_.WriteBytes(rest, conversation_.last_queued().Format(), 0644);
  }

  Result<void> End(std::string_view, const Block&) { return conversation_.EndOfMessage(); }
  Result<void> Unknown(std::string_view rest, const Block&) { return conversation_.Unknown(rest); }
  Result<void> Abort(std::string_view, const Block&) { return conversation_.Abort(); }
  Result<void> Quit(std::string_view, const Block&) { return conversation_.Quit(); }
  Result<void> Drop(std::string_view, const Block&) { return conversation_.Drop(); }

  // "raw M <alice@example.test>\0" is a whole frame; "raw bytes \0\0\0" is anything.
  Result<void> Raw(std::string_view rest, const Block&) {
    const std::string letter = TakeWord(rest);
    const std::string bytes = Unescape(rest);
    if (letter == "bytes") return conversation_.SendRaw(bytes);
    if (letter.size() != 1) return Fail(ErrorKind::kInvalid, "raw LETTER TEXT, or raw bytes TEXT");
    return conversation_.SendRaw(EncodeFrame(letter[0], bytes));
  }

  Result<void> Await(std::string_view, const Block&) { return conversation_.AwaitReply(); }

  Result<void> Expectation(std::string_view rest, const Block&) {
    return Expect(rest, world_, conversation_);
  }

  ScenarioWorld world_;
  ScenarioConversation conversation_;
};

const std::map<std::string, Run::Verb, std::less<>>& Run::Verbs() {
  static const std::map<std::string, Verb, std::less<>> verbs = {
      {"file", {&Run::File, true}},
      {"key", {&Run::Key}},
      {"zone", {&Run::Zone, true}},
      {"socket", {&Run::Socket}},
      {"start", {&Run::Start}},
      {"run", {&Run::RunOnce}},
      {"stop", {&Run::Stop}},
      {"reload", {&Run::Reload}},
      {"offer", {&Run::Offer}},
      {"connect", {&Run::Connect}},
      {"reconnect", {&Run::NewConnection}},
      {"helo", {&Run::Helo}},
      {"macro", {&Run::Macro}},
      {"queue-id", {&Run::QueueId}},
      {"mail", {&Run::Mail}},
      {"rcpt", {&Run::Recipient}},
      {"refused-rcpt", {&Run::Refused}},
      {"data", {&Run::Data}},
      {"header", {&Run::Header, true}},
      {"end-of-headers", {&Run::EndOfHeaders}},
      {"body", {&Run::Body, true}},
      {"message", {&Run::WholeMessage}},
      {"end", {&Run::End}},
      {"save", {&Run::Save}},
      {"unknown", {&Run::Unknown}},
      {"abort", {&Run::Abort}},
      {"quit", {&Run::Quit}},
      {"drop", {&Run::Drop}},
      {"raw", {&Run::Raw}},
      {"await", {&Run::Await}},
      {"expect", {&Run::Expectation}}};
  return verbs;
}

std::string LogTail(const std::string& log) {
  constexpr std::size_t kBytes = 4000;
  if (log.empty()) return "";
  return "\n  the program's log:\n" + log.substr(log.size() > kBytes ? log.size() - kBytes : 0);
}

}  // namespace

Result<void> RunScenario(const Scenario& scenario, const std::filesystem::path& programs) {
  Run run(programs);
  for (const ScenarioStep& step : scenario.steps) {
    const auto done = run.Step(step);
    if (!done) {
      const std::string line = step.verb + (step.rest.empty() ? "" : " ") + step.rest;
      return Fail(
          ErrorKind::kInvalid,
          AtLine(scenario, step, line + "\n  " + done.error().message + LogTail(run.Log())));
    }
  }
  return {};
}

Result<void> RunScenarioFile(const std::filesystem::path& file,
                             const std::filesystem::path& programs) {
  const auto scenario = ParseScenario(file.string(), ReadWholeFile(file));
  if (!scenario) return tl::unexpected(scenario.error());
  return RunScenario(*scenario, programs);
}

}  // namespace gatepost::support
