#include "common/dns/message_parser.h"

#include <algorithm>
#include <optional>

#include "common/dns/wire_reader.h"

namespace gatepost::dns {
namespace {

using Seconds = std::chrono::seconds;
using Bytes = std::span<const std::uint8_t>;

constexpr std::uint16_t kClassInternet = 1;
constexpr std::uint16_t kTypeSoa = 6;
constexpr std::uint16_t kTypeOpt = 41;

constexpr unsigned kCodeNoError = 0;
constexpr unsigned kCodeFormatError = 1;
constexpr unsigned kCodeNxDomain = 3;

constexpr std::uint16_t kFlagResponse = 0x8000;
constexpr std::uint16_t kMaskOpcode = 0x7800;
constexpr std::uint16_t kFlagTruncated = 0x0200;
constexpr std::uint16_t kFlagAuthenticated = 0x0020;
constexpr std::uint16_t kMaskCode = 0x000f;

struct Header {
  std::uint16_t flags = 0;
  std::uint16_t questions = 0;
  std::uint16_t answers = 0;
  std::uint16_t authorities = 0;
  std::uint16_t additionals = 0;
};

// A record whose content has not been looked at yet.
struct RawRecord {
  WireName owner;
  std::uint16_t type = 0;
  std::uint16_t record_class = 0;
  std::uint32_t ttl = 0;
  std::size_t start = 0;  // of the content in the packet
  std::size_t length = 0;
};

// RFC 2181 section 8: a TTL with its highest bit set is 0.
Seconds ReadableTtl(std::uint32_t ttl) { return Seconds(ttl > 0x7fffffffU ? 0U : ttl); }

bool IsAncestor(std::string_view zone, std::string_view name) {
  if (zone.empty() || zone == name) return true;
  return name.size() > zone.size() && name.ends_with(zone) &&
         name[name.size() - zone.size() - 1] == '.';
}

bool ReadHeader(WireReader& reader, Header& header) {
  std::uint16_t id = 0;  // compared by who sent the question
  return reader.ReadNumber16(id) && reader.ReadNumber16(header.flags) &&
         reader.ReadNumber16(header.questions) && reader.ReadNumber16(header.answers) &&
         reader.ReadNumber16(header.authorities) && reader.ReadNumber16(header.additionals);
}

// All of a record but its owner name.
bool ReadRecordRest(WireReader& reader, RawRecord& record) {
  std::uint16_t length = 0;
  if (!reader.ReadNumber16(record.type) || !reader.ReadNumber16(record.record_class) ||
      !reader.ReadNumber32(record.ttl) || !reader.ReadNumber16(length)) {
    return false;
  }
  record.start = reader.position();
  record.length = length;
  return reader.Skip(length);
}

// The steps from a packet to an Answer. Each returns false when the answer must be kServFail.
class MessageParser {
 public:
  MessageParser(Bytes packet, const Question& question)
      : reader_(packet), question_(question), name_(question.name()) {}

  bool Parse(Answer& answer);

 private:
  bool CheckHeader() const;
  bool CheckQuestion();
  bool ReadAnswers();
  bool ReadAuthorities();
  bool ReadAdditionals();
  bool FollowCnames();
  const RawRecord* FindCname() const;
  bool Belongs(const RawRecord& record) const;
  bool Collect(Answer& answer);
  bool Decode(const RawRecord& raw, Answer& answer);
  bool DecodeAddress(const RawRecord& raw, Answer& answer);
  bool DecodeText(const RawRecord& raw, Answer& answer);
  bool DecodeName(const RawRecord& raw, Answer& answer);
  bool ReadSoa(const RawRecord& soa);
  void Conclude(Answer& answer) const;
  void Lower(std::uint32_t ttl) { ttl_ = std::min(ttl_, ReadableTtl(ttl)); }

  WireReader reader_;
  const Question& question_;
  Header header_;
  unsigned code_ = 0;
  std::vector<RawRecord> records_;  // of the answer section, class IN
  std::string name_;                // that the chain of CNAMEs has reached
  std::size_t followed_ = 0;        // CNAMEs
  bool found_ = false;              // a record of the type, usable or not
  Seconds ttl_ = Seconds::max();    // least of the records used
  std::optional<RawRecord> soa_;
  std::optional<Seconds> negative_ttl_;
};

bool MessageParser::Parse(Answer& answer) {
  if (reader_.size() > kLargestPacket || !ReadHeader(reader_, header_) || !CheckHeader()) {
    return false;
  }
  if (!CheckQuestion() || !ReadAnswers() || !ReadAuthorities() || !ReadAdditionals()) return false;
  if (code_ != kCodeNoError && code_ != kCodeNxDomain) return false;
  if (!FollowCnames() || (code_ == kCodeNoError && !Collect(answer))) return false;
  const bool nothing_belongs = followed_ == 0 && !found_;
  if (code_ == kCodeNoError && nothing_belongs && !records_.empty()) return false;
  if (soa_ && !ReadSoa(*soa_)) return false;
  Conclude(answer);
  return true;
}

bool MessageParser::CheckHeader() const {
  return (header_.flags & kFlagResponse) != 0 && (header_.flags & kMaskOpcode) == 0 &&
         (header_.flags & kFlagTruncated) == 0 && header_.questions == 1 &&
         header_.answers <= kMostRecords;
}

bool MessageParser::CheckQuestion() {
  WireName name;
  std::uint16_t type = 0;
  std::uint16_t question_class = 0;
  if (!reader_.ReadName(name) || !reader_.ReadNumber16(type) ||
      !reader_.ReadNumber16(question_class)) {
    return false;
  }
  return name.text == question_.name() && type == static_cast<std::uint16_t>(question_.type()) &&
         question_class == kClassInternet;
}

bool MessageParser::ReadAnswers() {
  records_.reserve(header_.answers);
  for (std::uint16_t i = 0; i < header_.answers; ++i) {
    RawRecord record;
    if (!reader_.ReadName(record.owner) || !ReadRecordRest(reader_, record)) return false;
    if (record.record_class == kClassInternet) records_.push_back(std::move(record));
  }
  return true;
}

bool MessageParser::ReadAuthorities() {
  for (std::uint16_t i = 0; i < header_.authorities; ++i) {
    const std::size_t start = reader_.position();
    RawRecord record;
    if (!reader_.SkipName() || !ReadRecordRest(reader_, record)) return false;
    if (record.type != kTypeSoa || record.record_class != kClassInternet || soa_) continue;
    const std::size_t next = reader_.position();
    reader_.Seek(start);
    if (!reader_.ReadName(record.owner)) return false;
    reader_.Seek(next);
    soa_ = std::move(record);
  }
  return true;
}

bool MessageParser::ReadAdditionals() {
  code_ = header_.flags & kMaskCode;
  for (std::uint16_t i = 0; i < header_.additionals; ++i) {
    RawRecord record;
    if (!reader_.SkipName() || !ReadRecordRest(reader_, record)) return false;
    // RFC 6891 section 6.1.3: the upper 8 bits of the code stand in the TTL's first byte.
    if (record.type == kTypeOpt) code_ |= (record.ttl >> 24U) << 4U;
  }
  return true;  // some servers pad; what stands behind the last record means nothing
}

bool MessageParser::FollowCnames() {
  if (question_.type() == RecordType::kCname) return true;
  while (const RawRecord* const cname = FindCname()) {
    WireName target;
    reader_.Seek(cname->start);
    if (++followed_ > kLongestCnameChain || !reader_.ReadName(target) || !target.usual)
      return false;
    if (reader_.position() != cname->start + cname->length || target.text.empty()) return false;
    Lower(cname->ttl);
    name_ = std::move(target.text);
  }
  return true;
}

const RawRecord* MessageParser::FindCname() const {
  const auto found = std::find_if(records_.begin(), records_.end(), [this](const RawRecord& r) {
    return r.type == static_cast<std::uint16_t>(RecordType::kCname) && r.owner.text == name_;
  });
  return found == records_.end() ? nullptr : &*found;
}

bool MessageParser::Belongs(const RawRecord& record) const {
  return record.type == static_cast<std::uint16_t>(question_.type()) && record.owner.text == name_;
}

bool MessageParser::Collect(Answer& answer) {
  for (const RawRecord& raw : records_) {
    if (!Belongs(raw)) continue;
    found_ = true;
    Lower(raw.ttl);
    if (!Decode(raw, answer)) return false;
  }
  return true;
}

bool MessageParser::Decode(const RawRecord& raw, Answer& answer) {
  reader_.Seek(raw.start);
  switch (question_.type()) {
    case RecordType::kA:
    case RecordType::kAaaa:
      return DecodeAddress(raw, answer);
    case RecordType::kTxt:
      return DecodeText(raw, answer);
    case RecordType::kCname:
    case RecordType::kPtr:
    case RecordType::kMx:
      return DecodeName(raw, answer);
  }
  return false;
}

bool MessageParser::DecodeAddress(const RawRecord& raw, Answer& answer) {
  const bool v4 = question_.type() == RecordType::kA;
  Bytes bytes;
  if (raw.length != (v4 ? 4U : 16U) || !reader_.ReadBytes(raw.length, bytes)) return false;
  const auto family = v4 ? base::IpAddress::Family::kV4 : base::IpAddress::Family::kV6;
  answer.records.push_back({"", base::IpAddress::FromBytes(family, bytes.data()), 0});
  return true;
}

bool MessageParser::DecodeText(const RawRecord& raw, Answer& answer) {
  const std::size_t end = raw.start + raw.length;
  Record record;
  while (reader_.position() < end) {
    std::uint8_t length = 0;
    Bytes bytes;
    if (!reader_.ReadByte(length) || length > end - reader_.position()) return false;
    if (!reader_.ReadBytes(length, bytes)) return false;
    record.text.append(bytes.begin(), bytes.end());
  }
  answer.records.push_back(std::move(record));
  return true;
}

bool MessageParser::DecodeName(const RawRecord& raw, Answer& answer) {
  Record record;
  WireName name;
  if (question_.type() == RecordType::kMx && !reader_.ReadNumber16(record.preference)) return false;
  if (!reader_.ReadName(name) || reader_.position() != raw.start + raw.length) return false;
  record.text = std::move(name.text);
  if (name.usual) answer.records.push_back(std::move(record));
  return true;
}

// RFC 2308 section 5: negative answers live as long as the lesser of the SOA record's TTL and
// minimum field. A SOA record of a zone that does not hold the name says nothing.
bool MessageParser::ReadSoa(const RawRecord& soa) {
  constexpr std::size_t kSerialToExpire = 16;
  std::uint32_t minimum = 0;
  reader_.Seek(soa.start);
  if (!reader_.SkipName() || !reader_.SkipName() || !reader_.Skip(kSerialToExpire) ||
      !reader_.ReadNumber32(minimum) || reader_.position() != soa.start + soa.length) {
    return false;
  }
  if (IsAncestor(soa.owner.text, name_)) {
    negative_ttl_ = std::min(ReadableTtl(soa.ttl), ReadableTtl(minimum));
  }
  return true;
}

void MessageParser::Conclude(Answer& answer) const {
  answer.authenticated = (header_.flags & kFlagAuthenticated) != 0;
  answer.ttl = ttl_;
  if (!answer.records.empty()) {
    answer.status = Status::kOk;
    return;
  }
  answer.status = code_ == kCodeNxDomain ? Status::kNxDomain : Status::kNoData;
  if (!found_) answer.ttl = std::min(ttl_, negative_ttl_.value_or(Seconds(0)));
}

}  // namespace

Answer ParseMessage(std::span<const std::uint8_t> packet, const Question& question) {
  Answer answer;
  if (MessageParser(packet, question).Parse(answer)) return answer;
  return {};
}

bool RefusesEdns(std::span<const std::uint8_t> packet) {
  WireReader reader(packet);
  Header header;
  return ReadHeader(reader, header) && (header.flags & kMaskCode) == kCodeFormatError &&
         header.additionals == 0;
}

}  // namespace gatepost::dns
