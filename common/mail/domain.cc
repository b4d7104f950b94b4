#include "common/mail/domain.h"

#include <idn2.h>

#include <algorithm>
#include <memory>

#include "common/base/strings.h"
#include "common/mail/character_class.h"

namespace gatepost::mail {
namespace {

constexpr std::size_t kMaxNameBytes = 253;
constexpr std::size_t kMaxLabelBytes = 63;
// A U-label may be longer than its A-label, but a name beyond this never fits into 253 octets.
constexpr std::size_t kMaxTextBytes = 1024;

struct Idn2Free {
  void operator()(char* text) const { idn2_free(text); }
};
using Idn2Text = std::unique_ptr<char, Idn2Free>;

base::Result<Domain> NotADomain(std::string_view text) {
  return base::Fail(base::ErrorKind::kInvalid, "not a domain name: " + base::Printable(text, 80));
}

bool IsLabel(std::string_view label) {
  return !label.empty() && label.size() <= kMaxLabelBytes && label.front() != '-' &&
         label.back() != '-';
}

// `name` holds IsNameByte bytes alone.
bool HasGoodLabels(std::string_view name) {
  if (name.size() > kMaxNameBytes) return false;
  for (;;) {
    const std::size_t dot = name.find('.');
    if (!IsLabel(name.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

bool IsAscii(std::string_view text) { return std::none_of(text.begin(), text.end(), IsNonAscii); }

// Appends one label as DNS carries it. False where IDNA2008 does not know it, or where its mapping
// makes a dot: then others would see other labels than we do.
bool AppendLabel(std::string_view label, std::string& name) {
  if (IsAscii(label)) {
    name += base::ToLower(label);
    return true;
  }
  const std::string input(label);
  char* output = nullptr;
  const int flags = IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL;
  const int code = idn2_to_ascii_8z(input.c_str(), &output, flags);
  const Idn2Text ascii(output);
  if (code != IDN2_OK) return false;
  const std::string_view mapped(ascii.get());
  name += base::ToLower(mapped);
  return mapped.find('.') == std::string_view::npos &&
         std::all_of(mapped.begin(), mapped.end(), IsNameByte);
}

// The A-label form of a name with U-labels; empty where there is none. It stops at the first label
// that makes the name too long.
std::string ToALabels(std::string_view text) {
  std::string name;
  for (std::string_view label : base::Split(text, '.')) {
    if (name.size() > kMaxNameBytes || !AppendLabel(label, name)) return {};
    name += '.';
  }
  name.pop_back();
  return name;
}

}  // namespace

base::Result<Domain> Domain::Parse(std::string_view text) {
  std::string_view bare = text;
  if (bare.ends_with('.')) bare.remove_suffix(1);
  if (bare.size() > kMaxTextBytes) return NotADomain(text);
  bool ascii = true;
  for (char c : bare) {
    if (IsNonAscii(c)) {
      ascii = false;
    } else if (!IsNameByte(c)) {
      return NotADomain(text);
    }
  }
  std::string name = ascii ? base::ToLower(bare) : ToALabels(bare);
  if (!HasGoodLabels(name)) return NotADomain(text);
  return Domain(std::move(name));
}

std::string Domain::Display() const {
  if (ascii_.find("xn--") == std::string::npos) return ascii_;
  char* output = nullptr;
  const int code = idn2_to_unicode_8z8z(ascii_.c_str(), &output, IDN2_NONTRANSITIONAL);
  const Idn2Text unicode(output);
  if (code != IDN2_OK) return ascii_;
  const auto again = Parse(unicode.get());
  return again && *again == *this ? std::string(unicode.get()) : ascii_;
}

bool Domain::IsWithin(const Domain& parent) const {
  const std::string& above = parent.ascii_;
  if (!ascii_.ends_with(above)) return false;
  return ascii_.size() == above.size() || ascii_[ascii_.size() - above.size() - 1] == '.';
}

std::optional<Domain> Domain::Parent() const {
  const std::size_t dot = ascii_.find('.');
  if (dot == std::string::npos) return std::nullopt;
  return Domain(ascii_.substr(dot + 1));
}

unsigned Domain::label_count() const {
  return static_cast<unsigned>(std::count(ascii_.begin(), ascii_.end(), '.')) + 1;
}

}  // namespace gatepost::mail
