#include "tests/support/program.h"

#include <signal.h>

#include "tests/support/temp_folder.h"

namespace gatepost::support {
namespace {

using ::testing::HasSubstr;

class ProgramTest : public ::testing::Test {
 protected:
  base::Result<Program> Shell(const std::string& script) {
    return Program::Start({"/bin/sh", "-c", script}, Log());
  }
  std::filesystem::path Log() const { return folder_.path() / "log"; }
  TempFolder folder_;
};

TEST_F(ProgramTest, KeepsTheOutputAndTheExitStatus) {
  auto program = Shell("echo out; echo err >&2; exit 3");
  ASSERT_TRUE(program);
  EXPECT_EQ(program->WaitForExit(std::chrono::seconds(20)), 3);
  EXPECT_EQ(program->Log(), "out\nerr\n");
}

TEST_F(ProgramTest, StopsByTermAndTellsTheSignal) {
  auto program = Shell("echo ready; exec sleep 60");
  ASSERT_TRUE(program);
  ASSERT_TRUE(program->WaitForLog([](const std::string& log) { return log == "ready\n"; }));
  EXPECT_EQ(program->Stop(), 128 + SIGTERM);
}

TEST_F(ProgramTest, KillsWhatIgnoresTerm) {
  auto program = Shell("trap '' TERM; echo ready; while :; do sleep 1; done");
  ASSERT_TRUE(program);
  ASSERT_TRUE(program->WaitForLog([](const std::string& log) { return log == "ready\n"; }));
  EXPECT_FALSE(program->Stop(std::chrono::milliseconds(50)));
  EXPECT_EQ(program->WaitForExit(std::chrono::seconds(1)), 128 + SIGKILL);
}

TEST_F(ProgramTest, TellsTheLogOfAProgramThatEndsBeforeItsSocketIsThere) {
  auto program = Shell("echo bad configuration; exit 78");
  ASSERT_TRUE(program);
  const auto ready = program->WaitForSocket("unix:" + (folder_.path() / "none").string());
  ASSERT_FALSE(ready);
  EXPECT_THAT(ready.error().message, HasSubstr("bad configuration"));
}

TEST_F(ProgramTest, SaysWhichProgramIsNotThere) {
  EXPECT_THAT(Program::Start({"/nonexistent/program"}, Log()).error().message,
              HasSubstr("/nonexistent/program"));
}

TEST_F(ProgramTest, EndsWithItsObject) {
  pid_t pid = 0;
  {
    auto program = Shell("exec sleep 60");
    ASSERT_TRUE(program);
    pid = program->pid();
  }
  EXPECT_EQ(::kill(pid, 0), -1);
}

}  // namespace
}  // namespace gatepost::support
