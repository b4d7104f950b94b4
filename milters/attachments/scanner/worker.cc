#include "milters/attachments/scanner/worker.h"

#include <getopt.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <clocale>
#include <cstring>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/auth/crypto_document.h"
#include "common/mime/charset.h"
#include "milters/attachments/scanner/packet_channel.h"
#include "milters/attachments/scanner/sandbox.h"
#include "milters/attachments/scanner/scan_protocol.h"
#include "milters/attachments/scanner/scratch_files.h"

namespace gatepost::attachments {
namespace {

constexpr int kSocket = 3;
constexpr int kUsage = 64;  // EX_USAGE of sysexits.h
// Its end where the milter is gone and cannot end it; far beyond the milter's patience.
constexpr unsigned kMostSeconds = 120;

// What a scan takes beside the dictionary of a compressed file.
constexpr std::uint64_t kBesideDictionary = 8ull << 20;

struct Arguments {
  SandboxOptions sandbox;
  std::size_t scratch = 0;
};

std::optional<std::uint64_t> ParseNumber(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool Apply(int option, const char* value, Arguments& arguments) {
  SandboxOptions& sandbox = arguments.sandbox;
  const auto number = ParseNumber(value == nullptr ? "0" : value);
  switch (option) {
    case 'u':
      sandbox.user = value;
      return true;
    case 'm':
      sandbox.memory = number.value_or(0);
      return number.has_value();
    case 's':
      arguments.scratch = number.value_or(0);
      return number && *number <= 64;
    case 'f':
      sandbox.file_size = number.value_or(0);
      return number.has_value();
    case 'a':
      sandbox.allow_unconfined = true;
      return true;
    case 'c':
      sandbox.seccomp = false;
      return true;
    case 'l':
      sandbox.landlock = false;
      return true;
    default:
      return false;
  }
}

std::optional<Arguments> ParseArguments(int argc, char** argv) {
  constexpr std::array<option, 8> kOptions{{{"user", required_argument, nullptr, 'u'},
                                            {"memory", required_argument, nullptr, 'm'},
                                            {"scratch", required_argument, nullptr, 's'},
                                            {"file-size", required_argument, nullptr, 'f'},
                                            {"allow-unconfined", no_argument, nullptr, 'a'},
                                            {"no-seccomp", no_argument, nullptr, 'c'},
                                            {"no-landlock", no_argument, nullptr, 'l'},
                                            {nullptr, 0, nullptr, 0}}};
  Arguments arguments;
  for (;;) {
    const int one = ::getopt_long(argc, argv, "", kOptions.data(), nullptr);
    if (one == -1) break;
    if (!Apply(one, ::optarg, arguments)) return std::nullopt;
  }
  if (::optind != argc) return std::nullopt;
  arguments.sandbox.descriptors = kSocket + 1 + static_cast<int>(arguments.scratch);
  return arguments;
}

// Answers on their way to the milter. Has its room from the beginning: where memory ends, a frame
// is in it or not, but never half.
class Packet {
 public:
  Packet() { bytes_.reserve(kMostFrameBytes); }
  void Append(const Frame& frame) { AppendFrame(bytes_, frame); }
  std::size_t size() const { return bytes_.size(); }
  bool Send() {
    const bool sent = SendPacket(kSocket, bytes_).has_value();
    bytes_.clear();
    return sent;
  }

 private:
  std::vector<std::byte> bytes_;
};

bool Send(const Answer& answer) {
  Packet packet;
  packet.Append(Format(answer));
  return packet.Send();
}

// Such as rules seldom refuse, and documents have by the dozen.
bool IsPlain(const Item& item) {
  const Kind kind = item.type.kind;
  return (kind == Kind::kText || kind == Kind::kMedia) && !item.properties.any();
}

// Only plain members wait for others, as each packet costs a change of processes: what is refused
// for one is to stay so, even if the next one is the end of this process.
class FrameSink final : public ScanSink {
 public:
  FrameSink(const ScanOrder& order, Packet& packet)
      : number_(order.number),
        answers_left_(MostAnswers(order.request.budget)),
        bytes_left_(MostAnswerBytes(order.request.budget)),
        packet_(packet) {}
  void OnMember(const Item& item) override {
    const Frame frame = Format(ScanMember{number_, item});
    full_ = full_ || answers_left_ == 0 || frame.size() > bytes_left_;
    if (full_) return;
    --answers_left_;
    bytes_left_ -= frame.size();
    const auto now = std::chrono::steady_clock::now();
    if (packet_.size() == 0) oldest_ = now;
    packet_.Append(frame);
    if (packet_.size() >= kEnough || !IsPlain(item) || now - oldest_ >= kPatience) BeforeRisk();
  }
  void BeforeRisk() override {
    if (packet_.size() > 0 && !packet_.Send()) ::_exit(0);  // nobody hears the rest
  }
  bool full() const { return full_; }

 private:
  static constexpr std::size_t kEnough = 16 * 1024;  // another frame is within a packet's limit
  static constexpr std::chrono::milliseconds kPatience{10};

  const std::uint32_t number_;
  std::size_t answers_left_;
  std::uint64_t bytes_left_;
  Packet& packet_;
  std::chrono::steady_clock::time_point oldest_;  // of what waits in it
  bool full_ = false;                             // something was not told
};

std::uint32_t PeakKilobytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint32_t>(usage.ru_maxrss);
}

// What was being looked into when memory ran out is no wonder of this one alone: whoever unpacks it
// needs as much. Nor is it the next file's business that a library failed by this one.
ScanResult Failed(const Content& content) {
  std::array<std::byte, kSignatureBytes> head;
  const std::size_t size = content.ReadAt(0, head);
  return {DetectContentType(std::span(head).first(size)), {Property::kUnreadable}};
}

class Worker {
 public:
  Worker(const Arguments& arguments, const ScannerReady& ready, ScanFunction scan)
      : ready_(ready),
        scan_(scan),
        memory_(arguments.sandbox.memory),
        scratch_(kSocket + 1, arguments.scratch, arguments.sandbox.file_size) {}

  // Until the milter hangs up or says what no milter says.
  int Serve() {
    if (!Send(ready_)) return 0;
    for (;;) {
      auto received = ReceivePacket(kSocket, buffer_);
      if (!received) return received.error().kind == base::ErrorKind::kUnavailable ? 0 : 1;
      const auto order = ParseOrder(std::span(buffer_).first(received->size));
      if (!order || !Answer(*order, received->passed.get())) return 1;
    }
  }

 private:
  bool Answer(const Order& order, int fd) {
    if (std::holds_alternative<PingOrder>(order)) return Send(ready_);
    ScanOrder scan = std::get<ScanOrder>(order);
    if (memory_ > 0) {
      scan.request.budget.dictionary = memory_ - std::min(memory_, kBesideDictionary);
    }
    const bool inside = scan.bytes.size() == scan.size;
    if (fd < 0 && !inside) return false;
    ::alarm(kMostSeconds);
    FrameSink sink(scan, packet_);
    const ScanResult result = inside ? Look(MemoryContent(scan.bytes), scan, sink)
                                     : Look(FileContent(fd, scan.size), scan, sink);
    scratch_.Clear();
    ::alarm(0);
    packet_.Append(Format(ScanEnd{scan.number, result, PeakKilobytes()}));
    return packet_.Send();
  }

  ScanResult Look(const Content& content, const ScanOrder& order, FrameSink& sink) {
    ScanResult result;
    try {
      result = scan_(content, order.request, scratch_, sink);
    } catch (const std::exception&) {
      result = Failed(content);
    }
    if (sink.full()) result.properties.Add(Property::kTooManyMembers);
    return result;
  }

  const ScannerReady ready_;
  const ScanFunction scan_;
  const std::uint64_t memory_;  // 0: no limit
  ScratchFiles scratch_;
  Packet packet_;
  std::array<std::byte, kMostFrameBytes> buffer_;
};

// A host may allow no old digests: then documents stay locked, and all else is looked into.
void LoadCrypto() {
  try {
    auth::LoadDocumentCrypto();
  } catch (const std::exception&) {
  }
}

}  // namespace

int RunScanner(int argc, char** argv, ScanFunction scan) {
  const auto arguments = ParseArguments(argc, argv);
  if (!arguments) return kUsage;
  // What the C library reads from files, as long as there are files: names within archives are
  // converted by the locale, those within messages by charsets; documents are decrypted.
  std::setlocale(LC_CTYPE, "C.UTF-8");
  mime::LoadConverters();
  LoadCrypto();
  const auto ready = Confine(arguments->sandbox);
  if (!ready) {
    Send(ScannerRefusal{ready.error().message});
    return 1;
  }
  return std::make_unique<Worker>(*arguments, *ready, scan)->Serve();
}

}  // namespace gatepost::attachments
