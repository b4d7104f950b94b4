// gatepost-test-scanner: the scanner's process with a Scan that does what the file's name says,
// from honest to hostile. A forbidden deed that succeeds is told as a member "succeeded".
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <chrono>
#include <functional>
#include <map>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "common/mime/charset.h"
#include "milters/attachments/scanner/packet_channel.h"
#include "milters/attachments/scanner/scan_protocol.h"
#include "milters/attachments/scanner/worker.h"

namespace gatepost::attachments {
namespace {

void Tell(ScanSink& sink, const std::string& path) {
  Item item;
  item.path = path;
  item.member = true;
  item.names = {path};
  item.type = {"text", Kind::kText};
  item.bytes = path.size();
  sink.OnMember(item);
}

void TellProgram(ScanSink& sink) {
  Item item;
  item.path = "evil.exe";
  item.member = true;
  item.names = {item.path};
  item.type = {"pe", Kind::kExecutable};
  sink.OnMember(item);
}

void Hang() {
  for (volatile bool on = true; on;) {
  }
}

// What a forbidden call gives: it may well end the process.
void Report(ScanSink& sink, bool succeeded) {
  Tell(sink, succeeded ? "succeeded" : "errno " + std::to_string(errno));
}

// Of the order that is answered: they are counted from 1 on by both sides.
std::uint32_t order_number = 0;

// A member with the longest names that one may have.
Item WideItem() {
  Item item;
  item.member = true;
  item.names.assign(kMostWireNames, std::string(kMostWireNameBytes, 'w'));
  return item;
}

void SendBytes(const std::vector<std::byte>& bytes) { static_cast<void>(SendPacket(3, bytes)); }

void SendAnswers(const std::vector<Answer>& answers) {
  std::vector<std::byte> packet;
  for (const Answer& answer : answers) AppendFrame(packet, Format(answer));
  SendBytes(packet);
}

void SendGarbage() {
  std::vector<std::byte> packet;
  AppendFrame(packet, std::vector<std::byte>(100, std::byte(7)));
  SendBytes(packet);
}

void SendManyDescriptors() {
  std::array<std::byte, 2> bytes{};
  static_cast<void>(SendPacket(3, bytes, 0));
}

// All memory but a little, until its end.
class Glut {
 public:
  Glut() {
    void* const little = ::operator new(4'096);
    for (std::size_t size = 1 << 20; size >= 1'024; size /= 2) {
      while (void* const place = ::operator new(size, std::nothrow)) {
        first_ = new (place) Block{first_};
      }
    }
    ::operator delete(little);
  }
  Glut(const Glut&) = delete;
  Glut& operator=(const Glut&) = delete;
  ~Glut() {
    while (first_ != nullptr) ::operator delete(std::exchange(first_, first_->next));
  }

 private:
  struct Block {
    Block* next;
  };
  Block* first_ = nullptr;
};

// As the real one answers, then with the next order's end in the packet of a pong.
void AnswerAhead() {
  SendAnswers({ScanEnd{order_number, {}, 0}});
  std::array<std::byte, 1'024> ping{};
  if (!ReceivePacket(3, ping)) ::_exit(0);
  SendAnswers({ScannerReady(), ScanEnd{order_number + 1, {}, 0}});
  Hang();
}

using Deed = std::function<void(const Content&, Scratch&, ScanSink&)>;

// By fork(2) itself, as the C library's has locks of a sanitizer around it.
const std::map<std::string, Deed, std::less<>>& Forbidden() {
  static const auto& deeds = *new std::map<std::string,
                                           Deed, std::less<>>{{"open",
                                                               [](auto&, auto&, auto& sink) {
                                                                 Report(sink,
                                                                        ::open("/etc/passwd",
                                                                               O_RDONLY) >= 0);
                                                               }},
                                                              {"create",
                                                               [](auto&, auto&, auto& sink) {
                                                                 Report(sink,
                                                                        ::open("/tmp",
                                                                               O_TMPFILE | O_RDWR,
                                                                               0600) >= 0);
                                                               }},
                                                              {"socket",
                                                               [](auto&, auto&, auto& sink) {
                                                                 Report(sink, ::socket(AF_INET,
                                                                                       SOCK_STREAM,
                                                                                       0) >= 0);
                                                               }},
                                                              {"fork",
                                                               [](auto&, auto&, auto& sink) {
                                                                 Report(sink,
                                                                        ::syscall(SYS_fork) >= 0);
                                                               }},
                                                              {"exec",
                                                               [](auto&, auto&, auto& sink) {
                                                                 Report(sink,
                                                                        ::syscall(
                                                                            SYS_execve, "/bin/true",
                                                                            nullptr, nullptr) == 0);
                                                               }},
                                                              {"map-to-run",
                                                               [](auto&, auto&, auto& sink) {
                                                                 Report(
                                                                     sink,
                                                                     ::mmap(nullptr, 4'096,
                                                                            PROT_READ | PROT_EXEC,
                                                                            MAP_PRIVATE |
                                                                                MAP_ANONYMOUS,
                                                                            -1, 0) != MAP_FAILED);
                                                               }},
                                                              {"protect-to-run",
                                                               [](auto&, auto&, auto& sink) {
                                                                 void* const page = ::mmap(
                                                                     nullptr, 4'096,
                                                                     PROT_READ | PROT_WRITE,
                                                                     MAP_PRIVATE | MAP_ANONYMOUS,
                                                                     -1, 0);
                                                                 Report(sink,
                                                                        ::mprotect(page, 4'096,
                                                                                   PROT_READ |
                                                                                       PROT_EXEC) ==
                                                                            0);
                                                               }},
                                                              {"map-a-file",
                                                               [](auto&, auto&, auto& sink) {
                                                                 Report(
                                                                     sink,
                                                                     ::mmap(nullptr, 4'096,
                                                                            PROT_READ, MAP_PRIVATE,
                                                                            4, 0) != MAP_FAILED);
                                                               }},
                                                              {"ptrace",
                                                               [](auto&, auto&, auto& sink) {
                                                                 Report(
                                                                     sink,
                                                                     ::ptrace(PTRACE_ATTACH,
                                                                              ::getppid(), nullptr,
                                                                              nullptr) == 0);
                                                               }},
                                                              {"signal-the-milter",
                                                               [](auto&, auto&, auto& sink) {
                                                                 Report(sink,
                                                                        ::syscall(
                                                                            SYS_kill,
                                                                            ::syscall(SYS_getppid),
                                                                            SIGTERM) == 0);
                                                               }},
                                                              {"chmod",
                                                               [](auto&, auto&, auto& sink) {
                                                                 Report(sink,
                                                                        ::syscall(SYS_fchmod, 4,
                                                                                  0777) == 0);
                                                               }},
                                                              {"time",
                                                               [](auto&, auto&, auto& sink) {
                                                                 Report(sink,
                                                                        ::syscall(SYS_settimeofday,
                                                                                  nullptr,
                                                                                  nullptr) == 0);
                                                               }}};
  return deeds;
}

const std::map<std::string, Deed, std::less<>>& Failures() {
  static const auto& deeds = *new std::map<std::string, Deed, std::less<>>{
      {"crash", [](auto&, auto&, auto&) { ::raise(SIGSEGV); }},
      {"abort", [](auto&, auto&, auto&) { ::abort(); }},
      {"exit", [](auto&, auto&, auto&) { ::_exit(0); }},
      {"half",
       [](auto&, auto&, auto& sink) {
         Tell(sink, "first");
         ::_exit(3);
       }},
      {"hang", [](auto&, auto&, auto&) { Hang(); }},
      {"garbage", [](auto&, auto&, auto&) { SendGarbage(); }},
      {"cut", [](auto&, auto&, auto&) { SendBytes(std::vector<std::byte>(100, std::byte(7))); }},
      {"empty", [](auto&, auto&, auto&) { SendBytes({}); }},
      {"long", [](auto&, auto&, auto&) { SendBytes(std::vector<std::byte>(kMostFrameBytes + 1)); }},
      {"descriptor", [](auto&, auto&, auto&) { SendManyDescriptors(); }},
      {"ready-again", [](auto&, auto&, auto&) { SendAnswers({ScannerReady()}); }},
      {"end-early", [](auto&, auto&, auto&) { SendAnswers({ScanEnd()}); }},
      {"behind-end",
       [](auto&, auto&, auto&) { SendAnswers({ScanEnd{1, {}, 0}, ScanEnd{1, {}, 0}}); }},
      {"end-twice", [](auto&, auto&, auto&) { SendAnswers({ScanEnd{1, {}, 0}}); }},
      {"flood",
       [](auto&, auto&, auto&) {
         Item item;
         item.path = "x";
         for (;;) SendAnswers({ScanMember{order_number, item}});
       }},
      {"wide-flood", [](auto&, auto&, auto&) {
         for (;;) SendAnswers({ScanMember{order_number, WideItem()}});
       }}};
  return deeds;
}

// While members are told, or after the end.
const std::map<std::string, Deed, std::less<>>& Telling() {
  static const auto& deeds = *new std::map<std::string, Deed, std::less<>>{
      {"answer-ahead", [](auto&, auto&, auto&) { AnswerAhead(); }},
      {"members-in-a-glut",
       [](auto&, auto&, auto& sink) {
         for (std::size_t i = 0; i < 80; ++i) Tell(sink, std::string(i % 7 + 1, 'b'));
         const Glut glut;
         for (std::size_t i = 0; i < 200; ++i) Tell(sink, std::string(i % 7 + 1, 'w'));
       }},
      {"member-then-abort",
       [](auto&, auto&, auto& sink) {
         Tell(sink, "plain");
         TellProgram(sink);
         ::abort();
       }},
      {"member-then-hang",
       [](auto&, auto&, auto& sink) {
         TellProgram(sink);
         Hang();
       }},
      {"plain-then-risk",
       [](auto&, auto&, auto& sink) {
         Tell(sink, "plain");
         sink.BeforeRisk();
         ::abort();
       }},
      {"plain-and-slow", [](auto&, auto&, auto& sink) {
         Tell(sink, "plain");
         const auto begin = std::chrono::steady_clock::now();
         while (std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(50)) {
         }
         Tell(sink, "slow");
         ::abort();
       }}};
  return deeds;
}

const std::map<std::string, Deed, std::less<>>& Honest() {
  static const auto& deeds = *new std::map<std::string, Deed, std::less<>>{
      {"memory",
       [](auto&, auto&, auto&) {
         std::vector<std::byte> much(1ull << 30, std::byte(1));
         if (much.back() != std::byte(1)) ::abort();
       }},
      {"grow",
       [](auto&, auto&, auto&) {
         std::vector<std::byte> much(32ull << 20, std::byte(1));
         if (much.back() != std::byte(1)) ::abort();
       }},
      {"many",
       [](auto&, auto&, auto& sink) {
         for (int i = 0; i < 30'000; ++i) Tell(sink, "x");
       }},
      {"wide",
       [](auto&, auto&, auto& sink) {
         for (int i = 0; i < 1'000; ++i) sink.OnMember(WideItem());
       }},
      {"write",
       [](const Content& content, auto&, auto& sink) {
         // The file that came is the lowest descriptor beyond the scratch files.
         int fd = 4;
         while (::lseek(fd, 0, SEEK_END) != static_cast<off_t>(content.size())) ++fd;
         Report(sink, ::pwrite(fd, "evil", 4, 0) == 4);
       }},
      {"charsets",
       [](auto&, auto&, auto& sink) {
         Tell(sink, mime::ToUtf8("a+AC4-exe", "utf-7"));
         Tell(sink, mime::ToUtf8("\x1b$B!%\x1b(Bexe", "iso-2022-jp") ==
                            "\xEF\xBC\x8E"
                            "exe"
                        ? "japanese"
                        : "not japanese");
       }},
      {"scratch",
       [](auto&, Scratch& scratch, auto& sink) {
         ScratchFile* const file = scratch.At(0);
         const std::vector<std::byte> piece(100'000, std::byte('s'));
         file->Clear();
         while (file->content().size() < 1'000'000 && file->Append(piece)) {
         }
         std::array<std::byte, 1> last{};
         file->content().ReadAt(file->content().size() - 1, last);
         Tell(sink, std::to_string(file->content().size()) + static_cast<char>(last[0]));
       }},
      {"scratch-full", [](auto&, Scratch& scratch, auto& sink) {
         ScratchFile* const file = scratch.At(1);
         const std::vector<std::byte> piece(1'000'000);
         while (file->Append(piece)) {
         }
         Tell(sink, std::to_string(file->content().size()));
       }}};
  return deeds;
}

// "members=3" tells so many; the first bytes of the file are told as a name.
void TellMembers(const Content& content, std::string_view name, ScanSink& sink) {
  std::size_t count = 1;
  if (const auto at = name.find('='); at != name.npos) {
    std::from_chars(name.data() + at + 1, name.data() + name.size(), count);
  }
  std::string head(16, '\0');
  head.resize(content.ReadAt(0, std::as_writable_bytes(std::span(head))));
  for (std::size_t i = 0; i < count; ++i) Tell(sink, head);
}

ScanResult TestScan(const Content& content, const ScanRequest& request, Scratch& scratch,
                    ScanSink& sink) {
  ++order_number;
  const std::string name = request.names.empty() ? "" : request.names.front();
  for (const auto* const deeds : {&Forbidden(), &Failures(), &Telling(), &Honest()}) {
    const auto found = deeds->find(name);
    if (found == deeds->end()) continue;
    found->second(content, scratch, sink);
    return {{"text", Kind::kText}, {}};
  }
  if (!name.starts_with("nothing")) TellMembers(content, name, sink);
  return {{"zip", Kind::kArchive}, {Property::kEncryptedMember}};
}

}  // namespace
}  // namespace gatepost::attachments

int main(int argc, char** argv) {
  ::_exit(gatepost::attachments::RunScanner(argc, argv, &gatepost::attachments::TestScan));
}
