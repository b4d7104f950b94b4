// Any members: a line is a name, and what stands behind it up to "\n\n\n" its content.
#include <cstdint>
#include <string_view>

#include "milters/attachments/scanner/byte_order.h"
#include "milters/attachments/scanner/office_package.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost::attachments;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  OfficePackage package;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find("\n\n\n"), text.size());
    const std::string_view member = text.substr(0, end);
    text.remove_prefix(std::min(end + 3, text.size()));
    const std::size_t line = std::min(member.find('\n'), member.size());
    const std::string_view content = Slice(member, line + 1, member.size());
    const bool wanted = package.Wants(member.substr(0, line));
    package.OnMember(member.substr(0, line), AsBytes(wanted ? content : std::string_view()));
  }
  KindOfPackage(package.type_name());
  package.properties();
  return 0;
}
