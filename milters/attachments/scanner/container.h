// One container while its members are told: counts them and what they unpack to, for the budget of
// the scan and for the container's own ratio. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "milters/attachments/item.h"
#include "milters/attachments/scanner/member_stream.h"
#include "milters/attachments/scanner/scan_run.h"

namespace gatepost::attachments {

class Container {
 public:
  // `packed_bytes`: its own size.
  Container(ScanRun& run, const Subject& subject, std::uint64_t packed_bytes)
      : run_(run), subject_(subject), packed_bytes_(packed_bytes) {}

  // An item for a member by the name that stands there, in whatever charset.
  Item NewItem(std::string_view name) const;
  std::size_t member_depth() const { return subject_.depth + 1; }

  // Another member; false where no more are looked at.
  bool Take() { return open() && run_.meter().TakeMember(); }
  // So much came out of it. False: enough.
  bool Unpack(std::uint64_t bytes);
  bool open() const { return run_.meter().open() && !bomb_; }

  // What holds for the container as a whole.
  Properties properties() const;
  void Add(Property property) { properties_.Add(property); }
  void Add(const Properties& properties) { properties_.Add(properties); }

  // A member without content of its own, or that was completed.
  void Tell(const Item& item) { run_.Tell(item); }
  // A member that lies there in one piece.
  void TellContent(Item item, const Content& content);

  ScanRun& run() { return run_; }
  const Subject& subject() const { return subject_; }

 private:
  ScanRun& run_;
  const Subject& subject_;
  const std::uint64_t packed_bytes_;
  std::uint64_t unpacked_ = 0;
  bool bomb_ = false;
  Properties properties_;
};

// UTF-8 of a name in an archive; what is none counts as Latin-1.
std::string NameInUtf8(std::string_view name);

}  // namespace gatepost::attachments
