#include "common/store/stored_fields.h"

#include "common/store/message_pack.h"

namespace gatepost::store {

std::string FormatStoredFields(const Fields& fields) {
  PackWriter writer;
  for (const auto& [name, value] : fields) {
    writer.Text(name);
    writer.Text(value);
  }
  return writer.Take();
}

base::Result<Fields> ParseStoredFields(std::string_view text) {
  Fields fields;
  PackReader reader(text);
  while (!reader.done()) {
    const auto name = reader.Text();
    const auto value = name ? reader.Text() : std::nullopt;
    if (!value) return base::Fail(base::ErrorKind::kInvalid, "these are no fields of an entry");
    fields.emplace_back(*name, *value);
  }
  return fields;
}

}  // namespace gatepost::store
