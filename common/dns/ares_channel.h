// c-ares, wrapped: sends questions to the recursors and hands back their packets. The only user of
// c-ares. One thread owns a channel and makes all calls but Wake().
//
// What c-ares 1.18 does that matters here (seen in its source):
//   - ares_send takes the query id as it is in the packet; we draw it from the kernel's random
//     numbers. Answers are matched by id, question and server address; others are ignored.
//   - An error on one socket closes both of that server and moves or ends all its questions: one
//     TCP connection closed would end those over UDP too. So there are two channels, one for each,
//     and c-ares itself never moves to TCP (ARES_FLAG_IGNTC): the asker is told of a truncated
//     answer. What comes over UDP is cut, without TC, at the size that c-ares takes.
//   - With several servers SERVFAIL, REFUSED and NOTIMP let it try the next one, each once. With
//   one
//     server it would only repeat the question, so there we take the answer as it is
//     (ARES_FLAG_NOCHECKRESP).
//   - The first FORMERR without OPT record makes it ask that question again without EDNS, and from
//   then
//     on take at most 512 bytes over UDP, but not leave out the OPT record that we wrote: who sends
//     must repeat later questions without EDNS itself. A question without EDNS must not be sent
//     before that, as it would cut off its last 11 bytes.
//   - Each round over all servers doubles the time for one attempt, without jitter, so attempts and
//     total time give the first attempt's time. A question over TCP starts with all attempts and
//     the total time again, which is why EventThread has a limit of its own.
//   - Over one TCP connection a question is sent once: its time-out there is final.
//   - ares_timeout walks over all questions under way; a short tick is cheaper.
//   - One UDP socket per server serves all questions under way and is closed when there are none,
//   so
//     the source port is fixed under load: fine on loopback, weak against forgers elsewhere.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/base/unique_fd.h"
#include "common/dns/question.h"
#include "common/dns/resolver_options.h"
#include "common/dns/server_address.h"

struct ares_channeldata;

namespace gatepost::dns {

class AresChannel {
 public:
  enum class Outcome {
    kPacket,     // a packet that answers the question came
    kTruncated,  // the answer does not fit into UDP: to be asked over TCP
    kTimeout,    // none within the time
    kFailed,     // all servers refused, failed or are away
    kOnion,      // a name under .onion, which must not be asked (RFC 7686)
    kCancelled,  // the channel was closed
  };
  using Packet = std::span<const std::uint8_t>;
  struct Manner {
    bool edns = true;  // with an OPT record, so that answers over 512 bytes fit into UDP
    bool tcp = false;
  };

  // Who asked. It must live until the call, which comes exactly once, perhaps within Send.
  class Asker {
   public:
    virtual void OnOutcome(Outcome outcome, Packet packet) = 0;

   protected:
    ~Asker() = default;
  };

  // kInvalid: a server that is not an address. kUnavailable: no server, or c-ares does not start.
  static base::Result<std::unique_ptr<AresChannel>> Open(const ResolverOptions& options);
  ~AresChannel();
  AresChannel(const AresChannel&) = delete;
  AresChannel& operator=(const AresChannel&) = delete;

  // Whether every server is a loopback address.
  bool local() const { return local_; }

  void Send(const Question& question, Manner manner, Asker& asker);
  // Waits for packets, Wake() or the end of `time`, and calls askers back. `time` below 0: no end.
  void Poll(std::chrono::milliseconds time);
  // Ends Poll. Any thread.
  void Wake();
  // Calls back all askers with kCancelled; to be called before they end.
  void Cancel();

 private:
  AresChannel() = default;
  base::Result<void> OpenDescriptors();
  base::Result<void> Start(const ResolverOptions& options,
                           const std::vector<ServerAddress>& servers);
  base::Result<void> StartOne(ares_channeldata*& channel, int flags, const ResolverOptions& options,
                              const std::vector<ServerAddress>& servers);
  void Watch(int fd, bool readable, bool writable);
  void Take(int fd, unsigned events);
  void Handle(int readable, int writable);
  std::uint16_t NextId();

  static void OnSocketState(void* channel, int fd, int readable, int writable);

  ares_channeldata* udp_ = nullptr;
  ares_channeldata* tcp_ = nullptr;
  base::UniqueFd epoll_;
  base::UniqueFd wake_;
  bool local_ = false;
  std::vector<std::uint16_t> ids_;  // random, drawn in advance
};

}  // namespace gatepost::dns
