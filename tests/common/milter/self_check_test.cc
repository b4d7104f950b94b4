#include "common/milter/self_check.h"

#include "common/milter/socket.h"
#include "tests/support/temp_folder.h"

namespace gatepost::milter {
namespace {

using std::chrono::milliseconds;

ListeningSocket Listen(const std::string& name) {
  ServerOptions options;
  options.socket = name;
  auto opened = OpenListeningSocket(options);
  if (!opened) throw std::runtime_error(opened.error().message);
  return *std::move(opened);
}

TEST(SelfCheck, FailsWhereNobodyAccepts) {
  const support::TempFolder folder;
  for (const std::string& name :
       {"unix:" + (folder.path() / "x.sock").string(), std::string("inet:0@127.0.0.1")}) {
    const ListeningSocket socket = Listen(name);
    const auto checked = CheckOwnSocket(socket.fd.get(), milliseconds(50));
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().kind, base::ErrorKind::kTimeout) << name;
  }
}

TEST(SelfCheck, TellsASocketThatIsOutOfReachFromASilentOne) {
  const support::TempFolder folder;
  const std::string path = folder.path() / "x.sock";
  const ListeningSocket socket = Listen("unix:" + path);
  std::filesystem::remove(path);
  const auto checked = CheckOwnSocket(socket.fd.get(), milliseconds(50));
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().kind, base::ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace gatepost::milter
