// DNS data for tests, written as text. DnsServer serves it in packets, MemoryResolver without any.
// A value of one thread; its users lock.
//
//   example.test        TXT   "v=spf1 -all"           several strings: "v=spf1 " "-all"
//   example.test   60   MX    10 mx.example.test      a TTL may stand before the type
//   mx.example.test     A     192.0.2.1
//   www.example.test    CNAME mx.example.test         followed, as a recursor does
//   *.wild.test         A     192.0.2.2
//   slow.test           !delay 300                    a behaviour, of all types of the name
//   mixed.test     TXT  !servfail                     or of one type
//   *                   !ad                           or of all names
//   # a comment
//
// In names and strings \DDD is a byte and a backslash before any other character takes it as it is.
// A name that has neither records nor names below it does not exist.
//
// Behaviours:
//   servfail refused notimp formerr badvers   the answer's code
//   timeout            no answer
//   delay N            answers after N milliseconds
//   truncate           over UDP: TC and no record; tcp-hang, tcp-close: and then over TCP no
//   answer;
//                      truncate-always: TC over TCP too
//   no-edns            FORMERR to questions with EDNS
//   huge N             N made-up records of the type asked for, TXT of 200 bytes
//   wrong-id, wrong-question    an answer to something else
//   forge              first wrong-id and wrong-question with false records, then the answer
//   lie                the records under another name
//   extra              the records, and false ones of another name before them
//   loop               an owner name whose compression pointer points at itself
//   garbage            after the question only 0xff; random: random bytes after the id
//   cut                half of the packet; empty: a packet without bytes
//   ad                 the AD bit where it was asked for
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatepost::test {

inline constexpr std::uint16_t kTypeA = 1;
inline constexpr std::uint16_t kTypeCname = 5;
inline constexpr std::uint16_t kTypeSoa = 6;
inline constexpr std::uint16_t kTypePtr = 12;
inline constexpr std::uint16_t kTypeMx = 15;
inline constexpr std::uint16_t kTypeTxt = 16;
inline constexpr std::uint16_t kTypeAaaa = 28;

struct ZoneRecord {
  std::string owner;
  std::uint16_t type = 0;
  std::uint32_t ttl = 300;
  std::vector<std::string> fields;  // TXT: its strings; MX: preference, name; others: one
};

class Behaviours {
 public:
  bool Has(std::string_view kind) const { return values_.find(kind) != values_.end(); }
  unsigned Value(std::string_view kind) const;  // 0 where there is none
  void Add(std::string kind, unsigned value) { values_[std::move(kind)] = value; }

 private:
  std::map<std::string, unsigned, std::less<>> values_;
};

struct ZoneAnswer {
  bool name_exists = false;         // of the last name of the chain
  bool looped = false;              // the CNAMEs came back to a name; it has all of them once
  std::vector<ZoneRecord> records;  // CNAMEs first
};

class DnsZone {
 public:
  // Throws std::invalid_argument that names the line that is wrong.
  explicit DnsZone(std::string_view text = "") { Add(text); }
  void Add(std::string_view text);

  // `name` in lower case.
  ZoneAnswer Find(const std::string& name, std::uint16_t type) const;
  Behaviours FindBehaviours(const std::string& name, std::uint16_t type) const;

 private:
  void AddLine(std::string_view line);
  void AddBehaviour(const std::string& name, std::uint16_t type,
                    const std::vector<std::string>& words);
  const std::vector<ZoneRecord>* RecordsOf(const std::string& name) const;
  bool Exists(const std::string& name) const;

  std::map<std::string, std::vector<ZoneRecord>> records_;
  // Type 0: all types.
  std::map<std::pair<std::string, std::uint16_t>, Behaviours> behaviours_;
};

// The type's number by its name in zone text, or nothing.
std::optional<std::uint16_t> TypeNumber(std::string_view name);

}  // namespace gatepost::test
