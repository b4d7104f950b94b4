// What libmilter calls in place of read(2), poll(2), accept(2) and close(2), see CMakeLists.txt. By
// itself it asks the kernel five times for each command of the mail server, of which a short
// message has about sixteen; but the mail server writes many at once, so one read here serves them
// all. Each behaves as the call that it stands for. Any thread; one at a time for each session, as
// libmilter has it.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>

extern "C" {

// The session's bytes, in order; what more there is stays with the descriptor for the next calls.
ssize_t gatepost_milter_read(int fd, void* into, size_t size);
// Ready at once where bytes of a session are waiting here.
int gatepost_milter_poll(pollfd* watched, nfds_t count, int milliseconds);
// A session begins: nothing waits. Only those that begin here are read ahead.
int gatepost_milter_accept(int listener, sockaddr* address, socklen_t* length);
// What waits is forgotten: the next session with this number begins anew.
int gatepost_milter_close(int fd);

}  // extern "C"
