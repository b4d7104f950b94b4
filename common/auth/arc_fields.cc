#include "common/auth/arc_fields.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "common/base/strings.h"
#include "common/mail/lexer.h"
#include "common/mail/tag_list.h"

namespace gatepost::auth {
namespace {

using base::ErrorKind;
using base::Fail;

constexpr std::array kKinds = {ArcFieldKind::kResults, ArcFieldKind::kSignature,
                               ArcFieldKind::kSeal};

// instance = 1*2DIGIT, from 1 to 50; 0 for all else.
unsigned ParseInstance(std::string_view digits) {
  if (digits.empty() || digits.size() > 2) return 0;
  unsigned value = 0;
  for (const char c : digits) {
    if (!base::IsAsciiDigit(c)) return 0;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value <= kMaxArcInstance ? value : 0;
}

std::optional<ArcResult> ParseStatus(std::string_view text) {
  for (const ArcResult status : {ArcResult::kNone, ArcResult::kPass, ArcResult::kFail}) {
    if (base::EqualsIgnoreCase(text, Name(status))) return status;
  }
  return std::nullopt;
}

// Reads "i=1;" with comments anywhere (section 4.2.1) and leaves the lexer behind it; 0 where that
// is not how the text begins.
unsigned ReadLeadingInstance(mail::Lexer& lexer) {
  if (!lexer.SkipCfws() || !lexer.Consume('i')) return 0;
  if (!lexer.SkipCfws() || !lexer.Consume('=') || !lexer.SkipCfws()) return 0;
  const unsigned instance = ParseInstance(lexer.Atom());
  return lexer.SkipCfws() && lexer.Consume(';') ? instance : 0;
}

void ReadResults(ArcField& read) {
  const std::string_view value = read.field->value;
  mail::Lexer lexer(value);
  read.instance = ReadLeadingInstance(lexer);
  if (read.instance > 0) read.results = base::Trim(value.substr(lexer.position()));
}

void ReadSigned(ArcField& read, const VerifierLimits& limits) {
  const SignatureLimits bounds{limits.max_signature_bytes, limits.max_tags,
                               limits.max_signed_fields};
  const auto tags = mail::TagList::Parse(read.field->value, {bounds.max_bytes, bounds.max_tags});
  if (!tags) {
    read.signature = Fail(tags.error().kind, "not a tag list");
    return;
  }
  const bool is_seal = read.kind == ArcFieldKind::kSeal;
  read.instance = ParseInstance(tags->Find("i").value_or(""));
  read.signature = ReadSignature(is_seal ? SignatureKind::kArcSeal : SignatureKind::kArcMessage,
                                 *tags, *read.field, bounds);
  if (is_seal) read.status = ParseStatus(tags->Find("cv").value_or(""));
}

ArcField ReadField(ArcFieldKind kind, const mail::HeaderField& field, const ArcLimits& limits) {
  ArcField read{.kind = kind, .field = &field, .signature = {}, .status = {}, .results = {}};
  if (field.value.size() > limits.max_field_bytes) return read;
  kind == ArcFieldKind::kResults ? ReadResults(read) : ReadSigned(read, limits.signature);
  return read;
}

const ArcField*& Place(ArcFieldSet& set, ArcFieldKind kind) {
  switch (kind) {
    case ArcFieldKind::kResults:
      return set.results;
    case ArcFieldKind::kSignature:
      return set.signature;
    case ArcFieldKind::kSeal:
      break;
  }
  return set.seal;
}

bool IsWhole(const ArcFieldSet& set) {
  return set.results != nullptr && set.signature != nullptr && set.seal != nullptr;
}

}  // namespace

std::string_view Name(ArcFieldKind kind) {
  switch (kind) {
    case ArcFieldKind::kResults:
      return "ARC-Authentication-Results";
    case ArcFieldKind::kSignature:
      return "ARC-Message-Signature";
    case ArcFieldKind::kSeal:
      break;
  }
  return "ARC-Seal";
}

std::optional<ArcFieldKind> ArcKindOf(const mail::HeaderField& field) {
  if (!base::StartsWithIgnoreCase(base::Trim(field.name), "ARC-")) return std::nullopt;
  const auto found = std::ranges::find_if(kKinds, [&](auto kind) { return field.Is(Name(kind)); });
  return found == kKinds.end() ? std::nullopt : std::optional(*found);
}

ArcFields ArcFields::Read(std::span<const mail::HeaderField> fields, const ArcLimits& limits) {
  std::vector<std::pair<ArcFieldKind, const mail::HeaderField*>> found;
  for (const mail::HeaderField& field : fields) {
    if (const auto kind = ArcKindOf(field)) found.emplace_back(*kind, &field);
  }
  ArcFields read;
  read.is_present_ = !found.empty();
  if (!read.is_present_) return read;
  if (found.size() > kKinds.size() * std::min(limits.max_sets, kMaxArcInstance)) {
    read.problem_ = "too many ARC fields";
    return read;
  }
  read.fields_.reserve(found.size());
  for (const auto& [kind, field] : found) read.fields_.push_back(ReadField(kind, *field, limits));
  const char* const disorder = read.Arrange();
  if (disorder != nullptr) read.sets_.clear();
  read.problem_ = read.newest_seal_says_fail() ? "newest seal says fail"
                  : disorder != nullptr        ? disorder
                                               : read.FindProblem();
  return read;
}

unsigned ArcFields::highest_instance() const {
  return fields_.empty() ? 0 : std::ranges::max(fields_, {}, &ArcField::instance).instance;
}

bool ArcFields::newest_seal_says_fail() const {
  unsigned newest = 0;
  bool says_fail = false;
  for (const ArcField& field : fields_) {
    if (field.kind != ArcFieldKind::kSeal || field.instance < newest) continue;
    const bool is_newer = field.instance > newest;
    says_fail = field.status == ArcResult::kFail || (says_fail && !is_newer);
    newest = field.instance;
  }
  return says_fail && newest > 0;
}

// Section 5.2 step 3: one field of each kind for each instance from 1 upwards.
const char* ArcFields::Arrange() {
  sets_.resize(highest_instance());
  for (const ArcField& field : fields_) {
    if (field.instance == 0) return "unreadable ARC field";
    const ArcField*& place = Place(sets_[field.instance - 1], field.kind);
    if (place != nullptr) return "duplicate field in a set";
    place = &field;
  }
  return std::ranges::all_of(sets_, IsWhole) ? nullptr : "field missing in a set";
}

// The rest of step 3, and what no key can heal. An older message signature need not be valid: the
// next sealer may have changed the message.
const char* ArcFields::FindProblem() const {
  for (const ArcFieldSet& set : sets_) {
    const bool is_first = set.seal->instance == 1;
    if (set.seal->status != (is_first ? ArcResult::kNone : ArcResult::kPass)) return "wrong cv=";
    if (!set.seal->signature) return "malformed seal";
  }
  return sets_.back().signature->signature ? nullptr : "malformed message signature";
}

}  // namespace gatepost::auth
