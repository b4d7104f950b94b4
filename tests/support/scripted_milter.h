// A milter made of a table: what it answers to each command. Tests of the client, of the scenario
// runner and of the load generator talk to it. Serves one connection at a time in a thread of its
// own; the public functions may be called from any thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/base/unique_fd.h"
#include "tests/support/milter_channel.h"
#include "tests/support/milter_wire.h"
#include "tests/support/temp_folder.h"

namespace gatepost::support {

struct MilterScript {
  std::uint32_t version = 6;
  std::uint32_t actions = action::kAll;
  std::uint32_t protocol = 0;
  std::string macro_lists{};  // as on the wire, behind the negotiation's three numbers
  // Whole frames for each command; a command that is not here is answered with "continue", one with
  // an empty text not at all.
  std::map<Command, std::string> answers{};
};

// One frame, for MilterScript::answers.
std::string AnswerFrame(Answer answer, std::string_view payload = {});
// The payload of a header edit.
std::string IndexedHeader(std::uint32_t index, std::string_view name, std::string_view value);

class ScriptedMilter {
 public:
  explicit ScriptedMilter(MilterScript script);
  ~ScriptedMilter();

  std::string socket() const { return "unix:" + path_; }
  std::vector<Frame> Seen() const;  // every frame so far
  // The payloads of the frames of one command so far.
  std::vector<std::string> SeenPayloads(Command command) const;

 private:
  void Serve();
  void ServeConnection(MilterChannel channel);
  bool Answers(MilterChannel& channel, const Frame& frame);
  std::string AnswerTo(const Frame& frame) const;

  MilterScript script_;
  TempFolder folder_;
  std::string path_;
  base::UniqueFd listener_;
  base::UniqueFd stop_;  // an eventfd: written once, readable for ever
  mutable std::mutex mutex_;
  std::vector<Frame> seen_;
  std::thread thread_;
};

}  // namespace gatepost::support
