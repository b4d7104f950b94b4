// Where a zip has its directory, as clients find it: from the record at the end of the file
// (APPNOTE 4.3.14 to 4.3.16). Pure functions over Content; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "milters/attachments/scanner/content_cursor.h"
#include "milters/attachments/scanner/format_budget.h"
#include "milters/attachments/scanner/zip_records.h"

namespace gatepost::attachments {

struct ZipDirectory {
  std::uint64_t begin = 0;     // of the first record
  std::uint64_t end = 0;       // behind the last one, as the end record says
  std::uint64_t tail = 0;      // where the end records begin
  std::uint64_t file_end = 0;  // behind the end record and its comment
  std::uint64_t comment = 0;   // bytes of that
  std::int64_t base = 0;       // added to offsets: so much stands before the zip
  std::uint64_t members = 0;   // as it says itself
  bool many_volumes = false;
  bool ambiguous = false;  // its offset and its size lead to different places
};

// The last end record in the file's end that leads to a directory; nothing where there is none.
std::optional<ZipDirectory> FindZipDirectory(const Content& content);

// The same where so much stands behind it that no search from the end comes to it: Windows, Python
// and Info-ZIP give up there, 7-Zip, WinRAR and libarchive (macOS) read from the front. Nothing
// where its offsets are not counted from the file's beginning: a zip within one that is cut has its
// own.
std::optional<ZipDirectory> FindEarlyZipDirectory(const Content& content, FormatBudget& budget);

// Tells each member of the directory until `on_member` returns false. Returns whether all was read
// and is as many as the directory says.
bool ReadZipDirectory(ContentCursor& cursor, const ZipDirectory& directory,
                      const std::function<bool(const ZipMember&)>& on_member);

}  // namespace gatepost::attachments
