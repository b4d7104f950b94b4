// The program itself, on a socket file and on one that it inherits.
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

#include "common/privileged/client.h"
#include "tests/support/program.h"
#include "tests/support/temp_folder.h"
#include "tools/privileged/peers.h"

namespace gatepost::privileged {
namespace {

using support::Program;
using namespace std::chrono_literals;

base::Deadline Soon() { return std::chrono::steady_clock::now() + 20s; }

class PrivilegedProcess : public testing::Test {
 protected:
  std::string Path(const std::string& name) const { return folder_.path() / name; }
  std::string socket() const { return Path("socket"); }
  void Write(const std::string& name, const std::string& text, mode_t mode = 0644) const {
    std::ofstream(Path(name)) << text;
    ASSERT_EQ(::chmod(Path(name).c_str(), mode), 0);
  }
  void WriteOptions(const std::string& server, const std::string& commands) const {
    Write("gatepost.toml", "[log]\ntarget = \"stderr\"\n");
    Write("privileged.toml", "[server]\nusers = [\"" + std::to_string(::geteuid()) +
                                 "\"]\ngroups = []\n" + server + "\n[commands]\nnew_password = \"" +
                                 Path("hook") + "\"\n" + commands + "\n");
  }
  std::vector<std::string> CommandLine() const {
    return {GATEPOST_BIN_DIR "/gatepost-privileged", "-c", Path("privileged.toml"), "--site",
            Path("gatepost.toml")};
  }
  Program StartListening(const std::string& commands = "") {
    WriteOptions("socket = \"unix:" + socket() + "\"", commands);
    auto program = Program::Start(CommandLine(), Path("log")).value();
    EXPECT_TRUE(program.WaitForSocket("unix:" + socket()));
    return program;
  }
  static bool Says(Program& program, const std::string& text) {
    return program.WaitForLog(
        [&](const std::string& log) { return log.find(text) != std::string::npos; });
  }

  support::TempFolder folder_;
};

TEST_F(PrivilegedProcess, RunsTheSitesHookWithTheUserAlone) {
  Write("hook", "#!/bin/sh\necho \"$#:$1\" >>" + Path("asked") + "\n", 0755);
  Program program = StartListening();
  EXPECT_TRUE(Ask(socket(), "new-password", "eva@example.org", Soon()));
  EXPECT_EQ(support::ReadWholeFile(Path("asked")), "1:eva@example.org\n");
  EXPECT_TRUE(Says(program, "done request=\"new-password eva@example.org\" pid="));
  EXPECT_EQ(program.Stop().value(), 0);
  EXPECT_NE(::access(socket().c_str(), F_OK), 0);
}

TEST_F(PrivilegedProcess, SaysWhyItRefuses) {
  Program program = StartListening("doveadm = \"\"\n");
  EXPECT_EQ(Ask(socket(), "kick", "eva", Soon()).error().message,
            "not configured: commands.doveadm");
  EXPECT_EQ(Ask(socket(), "kick", "*", Soon()).error().message,
            "not allowed as an argument of kick");
  EXPECT_EQ(Ask(socket(), "reboot", "now", Soon()).error().message, "unknown verb");
  EXPECT_TRUE(Says(program, "refused request=\"reboot now\""));
}

TEST_F(PrivilegedProcess, NoPassIsLoggedWhateverIsWrongWithTheRequest) {
  Program program = StartListening("postcat = \"\"\n");
  using Words = std::vector<std::string>;
  const std::string pass = "v1:1763797200:4XyZ0123:mail.example.org:9f86d081";
  for (const Words& words :
       {Words{"release-to", "0123AB", "bob@example.org", pass}, Words{"release-to", "0123AB", pass},
        Words{"release-to", pass}, Words{"release-to", "0123AB", pass, "bob@example.org"},
        Words{"release-to", "", "0123AB", pass}, Words{"release-to", "ALL", "bob", pass},
        Words{"release-to", "0123AB", "bob@example.org", pass, pass},
        Words{"release-to", "0123AB", "bob@example.org", pass + "/"},
        Words{"release-to:" + pass, "0123AB"}}) {
    EXPECT_FALSE(Ask(socket(), words, Soon()));
  }
  EXPECT_TRUE(Says(program, "request=\"release-to 0123AB bob@example.org\""));
  EXPECT_EQ(Ask(socket(), "reboot", "now", Soon()).error().message, "unknown verb");
  EXPECT_TRUE(Says(program, "request=\"reboot now\""));
  EXPECT_THAT(support::ReadWholeFile(Path("log")), testing::Not(testing::HasSubstr("9f86d081")));
}

TEST_F(PrivilegedProcess, ReloadsAndKeepsTheOldConfigurationWhereTheNewIsWrong) {
  Write("hook", "#!/bin/sh\nexit 0\n", 0755);
  Program program = StartListening();
  WriteOptions("socket = \"unix:" + socket() + "\"\nnonsense = 1", "");
  program.Signal(SIGHUP);
  EXPECT_TRUE(Says(program, "reload_failed"));
  EXPECT_TRUE(Ask(socket(), "new-password", "eva", Soon()));
  Write("privileged.toml", "[server]\ngroups = []\n");
  program.Signal(SIGHUP);
  EXPECT_TRUE(Says(program, "reloaded"));
  EXPECT_EQ(Ask(socket(), "new-password", "eva", Soon()).error().message,
            ::geteuid() == 0 ? "not configured: commands.new_password" : "this user may not ask");
}

TEST_F(PrivilegedProcess, EndsWhenNobodyAsksWhereTheServiceManagerListens) {
  Write("hook", "#!/bin/sh\nexit 0\n", 0755);
  WriteOptions("socket = \"fd:3\"\nidle_exit = \"300ms\"", "");
  // systemd-socket-activate would not close its own end; this shell's listener is the program's.
  const std::string listen =
      "import os,socket,sys\n"
      "s=socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(5)\n"
      "os.dup2(s.fileno(),9,True); os.dup2(9,3,True); os.execv(sys.argv[2],sys.argv[2:])\n";
  std::vector<std::string> command{"/usr/bin/python3", "-c", listen, socket()};
  for (const std::string& word : CommandLine()) command.push_back(word);
  Program program = Program::Start(command, Path("log")).value();
  ASSERT_TRUE(Says(program, "listening"));
  EXPECT_TRUE(Ask(socket(), "new-password", "eva", Soon()));
  EXPECT_EQ(program.WaitForExit(20s).value(), 0);
}

TEST_F(PrivilegedProcess, WantsALocalSocket) {
  WriteOptions("socket = \"inet:1234@127.0.0.1\"", "");
  EXPECT_EQ(support::RunToEnd(CommandLine(), Path("log")).value(), 78);
  EXPECT_THAT(support::ReadWholeFile(Path("log")),
              testing::HasSubstr("must be unix:/path or fd:3"));
}

TEST(AllowedPeersTest, KnowsThePeerAndItsGroups) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  const base::UniqueFd here(ends[0]);
  const base::UniqueFd there(ends[1]);
  const auto peer = PeerOf(here.get());
  ASSERT_TRUE(peer);
  EXPECT_EQ(peer->pid, ::getpid());
  EXPECT_EQ(peer->uid, ::geteuid());
  EXPECT_THAT(peer->groups, testing::Contains(::getegid()));
}

TEST(AllowedPeersTest, RootAndWhoIsNamedMayAsk) {
  const AllowedPeers allowed({"1234"}, {"5678", "root"});
  EXPECT_TRUE(allowed.Allows({1, 0, {}}));
  EXPECT_TRUE(allowed.Allows({1, 1234, {}}));
  EXPECT_TRUE(allowed.Allows({1, 99, {7, 5678}}));
  EXPECT_TRUE(allowed.Allows({1, 99, {0}}));
  EXPECT_FALSE(allowed.Allows({1, 99, {7, 1234}}));
  EXPECT_FALSE(allowed.Allows({1, 5678, {}}));
}

}  // namespace
}  // namespace gatepost::privileged
