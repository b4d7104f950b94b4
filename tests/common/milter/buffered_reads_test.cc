#include "common/milter/buffered_reads.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <thread>

#include "tests/support/temp_folder.h"

namespace {

using gatepost::support::TempFolder;

// A listening socket as libmilter has one, and sessions on it.
class BufferedReads : public testing::Test {
 protected:
  struct Session {
    int mail_server = -1;
    int milter = -1;  // as accepted
  };

  BufferedReads() {
    const std::string path = folder_.path() / "socket";
    address_.sun_family = AF_UNIX;
    std::memcpy(address_.sun_path, path.c_str(), path.size() + 1);
    EXPECT_EQ(::bind(listener_, Address(), sizeof address_), 0);
    EXPECT_EQ(::listen(listener_, 8), 0);
  }
  ~BufferedReads() override { ::close(listener_); }

  sockaddr* Address() { return reinterpret_cast<sockaddr*>(&address_); }

  Session Connect() {
    Session session;
    session.mail_server = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::connect(session.mail_server, Address(), sizeof address_), 0);
    session.milter = gatepost_milter_accept(listener_, nullptr, nullptr);
    EXPECT_GE(session.milter, 0);
    return session;
  }

  static void Write(const Session& session, const std::string& bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t written =
          ::write(session.mail_server, bytes.data() + done, bytes.size() - done);
      ASSERT_GT(written, 0);
      done += static_cast<std::size_t>(written);
    }
  }
  static std::string Read(int fd, std::size_t most) {
    std::string bytes(most, '\0');
    const ssize_t got = gatepost_milter_read(fd, bytes.data(), bytes.size());
    EXPECT_GE(got, 0);
    return bytes.substr(0, static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  }
  static bool IsReady(int fd) {
    pollfd watched{fd, POLLIN, 0};
    const int ready = gatepost_milter_poll(&watched, 1, 0);
    EXPECT_EQ(ready == 1, (watched.revents & POLLIN) != 0);
    return ready == 1;
  }
  static bool KernelHasMore(int fd) {
    pollfd watched{fd, POLLIN, 0};
    return ::poll(&watched, 1, 0) == 1;
  }
  static void Close(const Session& session) {
    EXPECT_EQ(::close(session.mail_server), 0);
    EXPECT_EQ(gatepost_milter_close(session.milter), 0);
  }

  TempFolder folder_;
  sockaddr_un address_{};
  int listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

TEST_F(BufferedReads, GiveTheBytesInOrderWhateverThePieces) {
  const Session session = Connect();
  Write(session, "0123456789");
  EXPECT_EQ(Read(session.milter, 5), "01234");
  EXPECT_FALSE(KernelHasMore(session.milter));
  EXPECT_EQ(Read(session.milter, 3), "567");
  Write(session, "abc");
  EXPECT_EQ(Read(session.milter, 100), "89");
  EXPECT_EQ(Read(session.milter, 100), "abc");
  Close(session);
}

TEST_F(BufferedReads, ASessionIsReadyWhileBytesWaitHere) {
  const Session session = Connect();
  EXPECT_FALSE(IsReady(session.milter));
  Write(session, "ab");
  EXPECT_TRUE(IsReady(session.milter));
  EXPECT_EQ(Read(session.milter, 1), "a");
  EXPECT_TRUE(IsReady(session.milter));
  EXPECT_EQ(Read(session.milter, 1), "b");
  EXPECT_FALSE(IsReady(session.milter));
  Close(session);
}

TEST_F(BufferedReads, AmongSeveralThoseThatWaitHereAreReady) {
  const Session first = Connect();
  const Session second = Connect();
  Write(second, "ab");
  EXPECT_EQ(Read(second.milter, 1), "a");
  pollfd watched[2] = {{first.milter, POLLIN, POLLIN}, {second.milter, POLLIN, 0}};
  EXPECT_EQ(gatepost_milter_poll(watched, 2, 60'000), 1);
  EXPECT_EQ(watched[0].revents, 0);
  EXPECT_EQ(watched[1].revents, POLLIN);
  Close(first);
  Close(second);
}

TEST_F(BufferedReads, WhatIsAskedForAWriteIsTheKernelsAffair) {
  const Session session = Connect();
  Write(session, "ab");
  EXPECT_EQ(Read(session.milter, 1), "a");
  pollfd watched{session.milter, POLLOUT, 0};
  EXPECT_EQ(gatepost_milter_poll(&watched, 1, 0), 1);
  EXPECT_EQ(watched.revents, POLLOUT);
  Close(session);
}

TEST_F(BufferedReads, ANewSessionWithTheSameNumberHasNothingOfTheOldOne) {
  const Session old = Connect();
  Write(old, "the old one's");
  EXPECT_EQ(Read(old.milter, 3), "the");
  Close(old);
  const Session next = Connect();
  ASSERT_EQ(next.milter, old.milter);
  EXPECT_FALSE(IsReady(next.milter));
  Write(next, "new");
  EXPECT_EQ(Read(next.milter, 100), "new");
  Close(next);
}

TEST_F(BufferedReads, TheEndComesAfterWhatWaits) {
  const Session session = Connect();
  Write(session, "ab");
  EXPECT_EQ(::shutdown(session.mail_server, SHUT_WR), 0);
  EXPECT_EQ(Read(session.milter, 1), "a");
  EXPECT_EQ(Read(session.milter, 5), "b");
  EXPECT_TRUE(IsReady(session.milter));
  EXPECT_EQ(Read(session.milter, 5), "");
  EXPECT_EQ(Read(session.milter, 5), "");
  Close(session);
}

TEST_F(BufferedReads, AMegabyteArrivesInPiecesOfEverySize) {
  const Session session = Connect();
  std::string sent(1 << 20, '\0');
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 31 + i / 251);
  std::thread writer([&] { Write(session, sent); });
  std::string received;
  for (std::size_t most = 1; received.size() < sent.size(); most = most * 7 % 70'001) {
    received += Read(session.milter, most);
  }
  writer.join();
  EXPECT_TRUE(received == sent);
  Close(session);
}

TEST_F(BufferedReads, WhatWasNotAcceptedHereIsReadAsItIs) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ASSERT_EQ(::write(ends[1], "abc", 3), 3);
  EXPECT_EQ(Read(ends[0], 1), "a");
  EXPECT_TRUE(KernelHasMore(ends[0]));
  EXPECT_EQ(gatepost_milter_close(ends[0]), 0);
  EXPECT_EQ(gatepost_milter_close(ends[1]), 0);
}

TEST_F(BufferedReads, ErrorsAreTheKernels) {
  char byte = 0;
  EXPECT_EQ(gatepost_milter_read(-1, &byte, 1), -1);
  EXPECT_EQ(errno, EBADF);
  EXPECT_EQ(gatepost_milter_close(-1), -1);
  EXPECT_EQ(errno, EBADF);
  EXPECT_EQ(gatepost_milter_accept(-1, nullptr, nullptr), -1);
  EXPECT_EQ(errno, EBADF);
  const Session session = Connect();
  const timeval soon{0, 1'000};
  ::setsockopt(session.milter, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon);
  EXPECT_EQ(gatepost_milter_read(session.milter, &byte, 1), -1);
  EXPECT_EQ(errno, EAGAIN);
  Close(session);
}

}  // namespace
