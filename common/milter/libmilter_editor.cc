#include "common/milter/libmilter_editor.h"

#include <algorithm>
#include <string>

#include "common/base/strings.h"
#include "common/log/log.h"

namespace gatepost::milter {
namespace {

constexpr std::size_t kBodyFrame = MILTER_CHUNK_SIZE;

// RFC 5322, 2.2: printable ASCII without the colon.
bool IsFieldName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(),
                                      [](char c) { return c > 0x20 && c < 0x7f && c != ':'; });
}

// A line end that no white space follows would begin a header of its own, and NUL would cut the
// value short.
bool IsFieldValue(std::string_view value) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\0' || value[i] == '\r') return false;
    if (value[i] != '\n') continue;
    if (i + 1 == value.size() || (value[i + 1] != ' ' && value[i + 1] != '\t')) return false;
  }
  return true;
}

bool IsField(std::string_view name, std::string_view value) {
  if (IsFieldName(name) && IsFieldValue(value)) return true;
  log::Error("malformed header field not sent").With("name", base::Printable(name, 64));
  return false;
}

}  // namespace

std::string_view LibmilterEditor::OnWire(std::string_view value) const {
  if (!leading_space_ && value.starts_with(' ')) value.remove_prefix(1);
  return value;
}

bool LibmilterEditor::InsertHeader(int index, std::string_view name, std::string_view value) {
  if (index < 0 || !IsField(name, value)) return false;
  std::string name_text(name);
  std::string value_text(OnWire(value));
  return smfi_insheader(context_, index, name_text.data(), value_text.data()) == MI_SUCCESS;
}

bool LibmilterEditor::AddHeader(std::string_view name, std::string_view value) {
  if (!IsField(name, value)) return false;
  std::string name_text(name);
  std::string value_text(OnWire(value));
  return smfi_addheader(context_, name_text.data(), value_text.data()) == MI_SUCCESS;
}

// An empty value would delete the field, in the protocol: it is sent as one space.
bool LibmilterEditor::ChangeHeader(std::string_view name, int instance, std::string_view value) {
  if (instance < 1 || !IsField(name, value)) return false;
  std::string name_text(name);
  std::string value_text(OnWire(value));
  if (value_text.empty()) value_text.push_back(' ');
  return smfi_chgheader(context_, name_text.data(), instance, value_text.data()) == MI_SUCCESS;
}

bool LibmilterEditor::DeleteHeader(std::string_view name, int instance) {
  if (instance < 1 || !IsField(name, {})) return false;
  std::string name_text(name);
  return smfi_chgheader(context_, name_text.data(), instance, nullptr) == MI_SUCCESS;
}

// An empty chunk is sent, too: alone, it makes the body empty.
bool LibmilterEditor::ReplaceBody(std::span<const std::byte> chunk) {
  do {
    const auto part = chunk.first(std::min(chunk.size(), kBodyFrame));
    auto* const bytes =  // only read; the signature predates const
        const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(part.data()));
    const int length = static_cast<int>(part.size());
    if (smfi_replacebody(context_, bytes, length) != MI_SUCCESS) return false;
    chunk = chunk.subspan(part.size());
  } while (!chunk.empty());
  return true;
}

bool LibmilterEditor::Quarantine(std::string_view reason) {
  std::string text = base::Printable(reason.empty() ? "quarantined" : reason);
  return smfi_quarantine(context_, text.data()) == MI_SUCCESS;
}

bool LibmilterEditor::Progress() { return smfi_progress(context_) == MI_SUCCESS; }

}  // namespace gatepost::milter
