// The milter protocol's bytes, version 6: a frame is a length (32 bits, big-endian, the command
// included), one command letter and its payload. Written from the protocol's description, without
// libmilter's headers, so that the tests see what libmilter sees. Pure functions, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatepost::support {

// What the mail server says.
enum class Command : char {
  kAbort = 'A',
  kBody = 'B',
  kConnect = 'C',
  kMacro = 'D',
  kEndOfMessage = 'E',
  kHelo = 'H',
  kQuitNewConnection = 'K',
  kHeader = 'L',
  kMail = 'M',
  kEndOfHeaders = 'N',
  kNegotiate = 'O',
  kQuit = 'Q',
  kRecipient = 'R',
  kData = 'T',
  kUnknown = 'U',
};

// What the milter answers.
enum class Answer : char {
  kAddRecipient = '+',
  kDeleteRecipient = '-',
  kAddRecipientWithParameters = '2',
  kShutdown = '4',
  kAccept = 'a',
  kReplaceBody = 'b',
  kContinue = 'c',
  kDiscard = 'd',
  kChangeFrom = 'e',
  kConnectionFail = 'f',
  kAddHeader = 'h',
  kInsertHeader = 'i',
  kChangeHeader = 'm',
  kNegotiate = 'O',
  kProgress = 'p',
  kQuarantine = 'q',
  kReject = 'r',
  kSkip = 's',
  kTempFail = 't',
  kReplyCode = 'y',
};

// Actions (SMFIF_*): what a milter may do to a message.
namespace action {
inline constexpr std::uint32_t kAddHeaders = 0x1;
inline constexpr std::uint32_t kChangeBody = 0x2;
inline constexpr std::uint32_t kAddRecipients = 0x4;
inline constexpr std::uint32_t kDeleteRecipients = 0x8;
inline constexpr std::uint32_t kChangeHeaders = 0x10;
inline constexpr std::uint32_t kQuarantine = 0x20;
inline constexpr std::uint32_t kChangeFrom = 0x40;
inline constexpr std::uint32_t kAddRecipientsWithParameters = 0x80;
inline constexpr std::uint32_t kSetMacroList = 0x100;
inline constexpr std::uint32_t kAll = 0x1ff;
}  // namespace action

// Protocol bits (SMFIP_*): kNo* an event that is not wanted, kNoReply* one that is not answered.
namespace protocol {
inline constexpr std::uint32_t kNoConnect = 0x1;
inline constexpr std::uint32_t kNoHelo = 0x2;
inline constexpr std::uint32_t kNoMail = 0x4;
inline constexpr std::uint32_t kNoRecipient = 0x8;
inline constexpr std::uint32_t kNoBody = 0x10;
inline constexpr std::uint32_t kNoHeaders = 0x20;
inline constexpr std::uint32_t kNoEndOfHeaders = 0x40;
inline constexpr std::uint32_t kNoReplyHeader = 0x80;
inline constexpr std::uint32_t kNoUnknown = 0x100;
inline constexpr std::uint32_t kNoData = 0x200;
inline constexpr std::uint32_t kSkip = 0x400;
inline constexpr std::uint32_t kRefusedRecipients = 0x800;
inline constexpr std::uint32_t kNoReplyConnect = 0x1000;
inline constexpr std::uint32_t kNoReplyHelo = 0x2000;
inline constexpr std::uint32_t kNoReplyMail = 0x4000;
inline constexpr std::uint32_t kNoReplyRecipient = 0x8000;
inline constexpr std::uint32_t kNoReplyData = 0x10000;
inline constexpr std::uint32_t kNoReplyUnknown = 0x20000;
inline constexpr std::uint32_t kNoReplyEndOfHeaders = 0x40000;
inline constexpr std::uint32_t kNoReplyBody = 0x80000;
inline constexpr std::uint32_t kHeaderLeadingSpace = 0x100000;
inline constexpr std::uint32_t kAll = 0x1fffff;
}  // namespace protocol

// Postfix's MILTER_CHUNK_SIZE.
inline constexpr std::size_t kBodyChunkBytes = 65535;

struct Frame {
  char letter = 0;
  std::string payload;
};

void AppendUint32(std::string& out, std::uint32_t value);
std::uint32_t ReadUint32(std::string_view bytes);  // at least 4 bytes

// One whole frame, ready to send.
std::string EncodeFrame(char letter, std::string_view payload);
std::string EncodeFrame(Command command, std::string_view payload = {});

// Takes the first whole frame from the front of `buffer`; nothing where more bytes are needed.
// A length of 0 gives a frame whose letter is 0.
std::optional<Frame> TakeFrame(std::string& buffer);

// The strings of a payload, each ended by NUL; a last one without its NUL is kept, too.
std::vector<std::string_view> SplitNul(std::string_view payload);

// A text with its final NUL.
std::string NulTerminated(std::string_view text);

}  // namespace gatepost::support
