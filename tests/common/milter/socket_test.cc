#include "common/milter/socket.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fstream>

#include "tests/common/milter/server_process.h"

namespace gatepost::milter_test {
namespace {

using milter::ListeningSocket;
using milter::OpenListeningSocket;
using milter::ServerOptions;
using support::MilterClient;
using ::testing::HasSubstr;
using ::testing::StartsWith;

ServerOptions At(const std::string& socket) {
  ServerOptions options;
  options.socket = socket;
  return options;
}

std::string ErrorOf(const ServerOptions& options) {
  const auto opened = OpenListeningSocket(options);
  return opened ? "no error" : opened.error().message;
}

struct stat Status(const std::filesystem::path& path) {
  struct stat status {};
  ::lstat(path.c_str(), &status);
  return status;
}

TEST(Socket, ErrorsAreToldInWords) {
  const support::TempFolder folder;
  const std::string here = folder.path().string();
  std::ofstream(here + "/file") << "x";
  struct Case {
    std::string socket;
    std::string want;
  };
  const std::string long_name(200, 'x');
  for (const Case& c : {
           Case{"",
                ": not a socket: write unix:/path, inet:port@address, inet6:port@[address] or "
                "fd:3"},
           Case{"/run/x", "/run/x: not a socket: "},
           Case{"tcp:1@127.0.0.1", "tcp:1@127.0.0.1: not a socket: "},
           Case{"unix:" + here + "/none/x",
                "unix:" + here + "/none/x: folder " + here + "/none does not exist"},
           Case{"unix:" + here + "/file/x",
                "unix:" + here + "/file/x: " + here + "/file is not a folder"},
           Case{"unix:" + here + "/file",
                "unix:" + here + "/file: something that is not a socket stands there"},
           Case{"unix:x.sock", "unix:x.sock: the path is not absolute"},
           Case{"unix:/" + long_name, "unix:/" + long_name + ": the path is longer than 107 bytes"},
           Case{"inet:8891", "inet:8891: no address: write port@address, as in 8891@127.0.0.1"},
           Case{"inet:8891@", "inet:8891@: no address"},
           Case{"inet:65536@127.0.0.1", "inet:65536@127.0.0.1: \"65536\" is not a port number"},
           Case{"inet:milter@127.0.0.1", "inet:milter@127.0.0.1: \"milter\" is not a port number"},
           Case{"inet:0@::1", "inet:0@::1: \"::1\" is no address of this kind"},
           Case{"inet6:0@[127.0.0.1]", "inet6:0@[127.0.0.1]: \"127.0.0.1\" is no address of this"},
           Case{"fd:x", "fd:x: not the number of an inherited descriptor (3 or more)"},
           Case{"fd:0", "fd:0: not the number of an inherited descriptor (3 or more)"},
           Case{"fd:999", "fd:999: not open: was the program started by its socket unit?"},
       }) {
    EXPECT_THAT(ErrorOf(At(c.socket)), StartsWith(c.want));
  }
}

TEST(Socket, NeedsAGroupThatExists) {
  const support::TempFolder folder;
  const std::string path = folder.path() / "x.sock";
  ServerOptions options = At("unix:" + path);
  options.socket_group = "no-such-group";
  EXPECT_EQ(ErrorOf(options), "unix:" + path + ": group \"no-such-group\" does not exist");
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(Socket, FilesHaveTheModeAndGroupAsked) {
  const support::TempFolder folder;
  ServerOptions options = At("unix:" + (folder.path() / "x.sock").string());
  const gid_t group = ::getegid() == 0 ? ::getgrnam("mail")->gr_gid : ::getegid();
  options.socket_group = ::getgrgid(group)->gr_name;
  for (const unsigned mode : {0600U, 0660U, 0666U}) {
    options.socket_mode = mode;
    const auto opened = OpenListeningSocket(options);
    ASSERT_TRUE(opened) << opened.error().message;
    const struct stat status = Status(folder.path() / "x.sock");
    EXPECT_TRUE(S_ISSOCK(status.st_mode));
    EXPECT_EQ(status.st_mode & 0777U, mode);
    EXPECT_EQ(status.st_gid, group);
    RemoveSocketFile(*opened);
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "x.sock"));
  }
}

TEST(Socket, ReplacesAStaleFileAndNoLiveOne) {
  const support::TempFolder folder;
  const ServerOptions options = At("unix:" + (folder.path() / "x.sock").string());
  { ASSERT_TRUE(OpenListeningSocket(options)); }  // closed, and its file left behind
  ASSERT_TRUE(std::filesystem::exists(folder.path() / "x.sock"));
  const auto live = OpenListeningSocket(options);
  ASSERT_TRUE(live) << live.error().message;
  EXPECT_THAT(ErrorOf(options), HasSubstr("another program already listens there"));
  EXPECT_TRUE(MilterClient::Open(options.socket)) << "the live socket still stands";
}

TEST(Socket, LeavesASuccessorsFileAlone) {
  const support::TempFolder folder;
  const std::string path = folder.path() / "x.sock";
  const auto first = OpenListeningSocket(At("unix:" + path));
  ASSERT_TRUE(first);
  std::filesystem::rename(path, path + ".old");
  const auto second = OpenListeningSocket(At("unix:" + path));
  ASSERT_TRUE(second);
  RemoveSocketFile(*first);
  EXPECT_TRUE(MilterClient::Open("unix:" + path));
}

TEST(Socket, PortsInUseAreToldInWords) {
  const auto first = OpenListeningSocket(At("inet:0@127.0.0.1"));
  ASSERT_TRUE(first);
  EXPECT_EQ(ErrorOf(At(first->name)), first->name + ": another program already listens there");
}

TEST(Socket, DescriptorsThatDoNotListenAreRefused) {
  const base::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM, 0));
  const std::string name = "fd:" + std::to_string(fd.get());
  EXPECT_EQ(ErrorOf(At(name)), name + ": not a listening stream socket");
}

TEST(Server, ExitsWith78OnABadSocket) {
  ServerProcess server({.socket = "unix:/no/such/folder/x.sock", .listens = false}, {});
  EXPECT_EQ(server.WaitForExit(), 78);
  EXPECT_THAT(server.WaitFor("cannot listen"), HasSubstr("folder /no/such/folder does not exist"));
}

TEST(Server, ServesOnEveryKindOfSocket) {
  for (const std::string socket : {"", "inet:0@127.0.0.1", "inet:0@localhost", "inet6:0@[::1]"}) {
    ServerProcess server({.socket = socket}, {});
    EXPECT_TRUE(server.Client().Send({}, support::Message::Parse("From: a\n\nx\n"))) << socket;
  }
}

TEST(Server, ServesOnAnInheritedSocketAndLeavesItToItsSuccessor) {
  const support::TempFolder folder;
  const std::string path = folder.path() / "x.sock";
  auto activated = OpenListeningSocket(At("unix:" + path));
  ASSERT_TRUE(activated);
  ServerProcess server({.socket = "fd:3", .inherited_fd = activated->fd.get()}, {});
  auto client = MilterClient::Start("unix:" + path);
  ASSERT_TRUE(client) << client.error().message;
  EXPECT_TRUE(client->Send({}, support::Message::Parse("From: a\n\nx\n")));
  server.Signal(SIGTERM);
  EXPECT_EQ(server.WaitForExit(), 0);
  auto waiting = MilterClient::Open("unix:" + path);  // nobody accepts at the moment
  ASSERT_TRUE(waiting) << waiting.error().message;
  ServerProcess successor({.socket = "fd:3", .inherited_fd = activated->fd.get()}, {});
  EXPECT_TRUE(waiting->Negotiate());
}

}  // namespace
}  // namespace gatepost::milter_test
