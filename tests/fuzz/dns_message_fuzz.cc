// Answer packets of a recursor. The first byte chooses the question, the rest is the packet; its
// header and question are also put right, so that the fuzzer gets at the records quickly.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include "common/dns/message_parser.h"

namespace {

using gatepost::dns::Answer;
using gatepost::dns::Question;
using gatepost::dns::RecordType;
using gatepost::dns::Status;

constexpr RecordType kTypes[] = {RecordType::kA,  RecordType::kCname, RecordType::kPtr,
                                 RecordType::kMx, RecordType::kTxt,   RecordType::kAaaa};

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckName(const std::string& name) {
  Require(name.size() <= gatepost::dns::kLongestName);
  for (const char c : name) Require(c > 0x20 && c < 0x7f && (c < 'A' || c > 'Z'));
}

void Check(std::span<const std::uint8_t> packet, const Question& question) {
  const Answer answer = ParseMessage(packet, question);
  Require((answer.status == Status::kOk) == !answer.records.empty());
  Require(answer.status == Status::kOk || answer.status == Status::kNoData ||
          answer.status == Status::kNxDomain || answer.status == Status::kServFail);
  Require(answer.records.size() <= gatepost::dns::kMostRecords && answer.ttl.count() >= 0);
  for (const auto& record : answer.records) {
    Require(record.text.size() <= packet.size());
    if (question.type() != RecordType::kTxt) CheckName(record.text);
  }
  gatepost::dns::RefusesEdns(packet);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > gatepost::dns::kLargestPacket) return 0;
  const RecordType type = kTypes[data[0] % std::size(kTypes)];
  const Question question = Question::Parse("a.test", type).value();
  const std::span<const std::uint8_t> packet(data + 1, size - 1);
  Check(packet, question);

  // id, QR|RD|RA with the code of the input, one question, record counts of the input.
  std::string whole = {0, 7, '\x81', '\x80', 0, 1, 0, 0, 0, 0, 0, 0};
  for (std::size_t i = 0; i < 3 && i < packet.size(); ++i) {
    whole[7 + 2 * i] = static_cast<char>(packet[i]);
  }
  whole += std::string("\1a\4test\0\0", 9) + static_cast<char>(type) + std::string("\0\1", 2);
  if (packet.size() > 3) whole.append(packet.begin() + 3, packet.end());
  Check({reinterpret_cast<const std::uint8_t*>(whole.data()), whole.size()}, question);
  return 0;
}
