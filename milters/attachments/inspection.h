// Sees the parts of one message as they stream by, finds out what each is, and has those that may
// hold more looked into by the scanner. Every attachment and every member of one is told as an
// item; what only the administrators' rules know is left to them. Memory is bounded by the limits.
// One thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/auth/crypto.h"
#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/mime/walker.h"
#include "milters/attachments/calendar_watch.h"
#include "milters/attachments/item.h"
#include "milters/attachments/scanner/stream_watch.h"
#include "milters/attachments/scanner_client.h"
#include "milters/attachments/spool_file.h"
#include "milters/attachments/zip_watch.h"

namespace gatepost::attachments {

struct InspectionLimits {
  std::string spool_folder;
  std::uint64_t spool_bytes = 128ull << 20;     // of one part that the scanner looks into
  ScanBudget scan;                              // for all parts of the message together
  std::chrono::milliseconds scan_wait{10'000};  // until the scanner's answers, all together
  bool sha256 = false;                          // of every file and member
  bool sha256_of_files = false;                 // of files that can be dangerous
};

class ItemSink {
 public:
  virtual ~ItemSink() = default;
  virtual void OnItem(Item item) = 0;
  // All of a part was told; `part` has its extent now.
  virtual void OnPartDone(const mime::Part& part) = 0;
};

class Inspection final : public mime::PartSink {
 public:
  // All that is referred to outlives it.
  Inspection(const InspectionLimits& limits, ScannerClient& scanner, const base::Clock& clock,
             ItemSink& sink);

  void OnPart(const mime::Part& part) override;
  void OnContent(const mime::Part& part, std::size_t encoding,
                 std::span<const std::byte> content) override;
  void OnPartEnd(const mime::Part& part) override;
  void OnWalkLimit(mime::WalkLimit limit) override;

  // What holds for the message as a whole: limits that were reached.
  const Properties& message() const { return message_; }
  // Why something could not be looked at that could have been: our own trouble, not the message's.
  const std::optional<base::Error>& trouble() const { return trouble_; }
  // How many items there were, and how long the scanner took.
  std::size_t items() const { return items_; }
  std::chrono::nanoseconds scanned() const { return scanned_; }

 private:
  // The content of one part in one reading of its encoding.
  struct Reading {
    bool decided = false;   // what it is
    bool inspects = false;  // the scanner looks into it
    ContentType type;
    std::uint64_t bytes = 0;
    std::vector<std::byte> head;  // until it is decided
    StreamWatch watch;
    std::optional<ZipWatch> behind;  // of media: until an archive may have begun
    std::optional<CalendarWatch> calendar;
    std::optional<SpoolFile> spool;
    std::uint64_t room = 0;  // in it
    bool crowded = false;    // there was no room for one
    std::optional<auth::Sha256> hash;
  };
  // One that has begun and not ended.
  struct Open {
    std::size_t number = 0;
    std::string place;  // "1.2"
    std::string path;   // for people
    std::vector<Reading> readings;
  };

  static constexpr std::size_t kMostPutAside = 16;  // at once

  Open* Find(std::size_t number);
  std::string ShownPath(const mime::Part& part) const;
  bool WantsHash(const ContentType& type, const mime::Part& part) const;
  void Decide(const mime::Part& part, Reading& reading, std::span<const std::byte> head);
  void PutAside(Reading& reading);
  void Pass(Reading& reading, std::span<const std::byte> content);
  void Watch(Reading& reading, std::span<const std::byte> content);
  void TellReading(const mime::Part& part, const Open& open, Reading& reading);
  void TellWithoutContent(const mime::Part& part, const Open& open);
  void LookInto(Reading& reading, Item& item);
  base::Result<ScanResult> Ask(Reading& reading, const Item& item);
  void Apply(const ScanResult& result, bool whole, bool members, Item& item);
  void TellMember(const Item& outer, Item member);
  void NoteTrouble(base::Error error);
  ScanBudget BudgetLeft() const;

  const InspectionLimits& limits_;
  ScannerClient& scanner_;
  const base::Clock& clock_;
  ItemSink& sink_;
  // Each within one before it. What an encoding holds and what it stands for are open together, and
  // end in any order.
  std::vector<Open> open_;
  Properties message_;
  std::optional<base::Error> trouble_;
  std::size_t items_ = 0;
  std::size_t members_ = 0;
  std::uint64_t unpacked_ = 0;
  std::chrono::microseconds spent_{0};  // the scanner's processor time
  std::chrono::nanoseconds scanned_{0};
};

}  // namespace gatepost::attachments
