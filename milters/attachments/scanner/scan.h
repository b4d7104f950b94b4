// Looks into one file: what it is, what it does, and what lies within it however deep, each member
// told like an attachment. No I/O beyond what it is given; bounded in time and memory by the
// budget, whatever the bytes. Runs in the confined scanner process (worker.h) and in tests. One
// thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "milters/attachments/item.h"
#include "milters/attachments/scanner/content.h"

namespace gatepost::attachments {

// For one file with all that lies within it. What goes beyond is not looked at, and told as a
// property: kTooDeep, kTooManyMembers, kBomb, kOverBudget.
struct ScanBudget {
  std::size_t depth = 10;  // containers within each other
  std::size_t members = 10'000;
  std::uint64_t bytes = 512ull << 20;  // unpacked, all together
  std::uint64_t ratio = 200;           // unpacked to packed, once it is over `ratio_floor`
  std::uint64_t ratio_floor = 16ull << 20;
  std::uint64_t member_bytes = 64ull << 20;  // of a container within a container, to look into it
  std::chrono::milliseconds time{1'500};     // of the processor
  // Of a compressed file: a larger one is not made room for, and told as kUnreadable. Not on the
  // wire: each process sets it from the memory that it has.
  std::uint64_t dictionary = 40ull << 20;
  friend bool operator==(const ScanBudget&, const ScanBudget&) = default;
};

struct ScanRequest {
  std::vector<std::string> names;  // that the file has, for what only a name tells
  std::vector<std::string> declared_types;
  bool sha256 = false;  // of each member; the file's own is the caller's affair
  ScanBudget budget;
};

// Where a container within a container is put to be read from any place in it.
class ScratchFile {
 public:
  virtual ~ScratchFile() = default;
  virtual void Clear() = 0;
  virtual bool Append(std::span<const std::byte> bytes) = 0;  // false: no room
  virtual const Content& content() const = 0;
};

class Scratch {
 public:
  virtual ~Scratch() = default;
  // One for each depth, from 0; nullptr where there is none.
  virtual ScratchFile* At(std::size_t depth) = 0;
};

class ScanSink {
 public:
  virtual ~ScanSink() = default;
  // A member, with its path below the file: "b.eml/c.exe". `part` is left to who asked.
  virtual void OnMember(const Item& item) = 0;
  // What comes next may be the end of the process: what was told until now is not to be lost by it.
  virtual void BeforeRisk() {}
};

// Of the file itself: its type by content, and all that holds for it as a whole.
struct ScanResult {
  ContentType type;
  Properties properties;
  std::chrono::microseconds spent{0};  // of the processor's time
  std::uint64_t unpacked = 0;          // bytes
};

ScanResult Scan(const Content& content, const ScanRequest& request, Scratch& scratch,
                ScanSink& sink);

}  // namespace gatepost::attachments
