#include "milters/attachments/condition.h"

#include <algorithm>

#include "common/base/strings.h"
#include "milters/attachments/glob.h"
#include "milters/attachments/name_text.h"
#include "milters/attachments/names.h"

namespace gatepost::attachments {
namespace {

using Subject = Condition::Subject;
using Relation = Condition::Relation;

constexpr std::size_t kMostMatchedName = 1'024;
constexpr std::size_t kMostEvidence = 128;  // of one condition

bool HasWord(const Condition& condition, std::string_view word) {
  return (condition.shapes & Condition::ShapeOf(word)) != 0 &&
         std::ranges::binary_search(condition.words, word);
}

template <class Texts>
bool AnyFitsGlob(const Condition& condition, const Texts& texts) {
  return std::ranges::any_of(texts, [&](const std::string& text) {
    return std::ranges::any_of(condition.words,
                               [&](const std::string& glob) { return FitsGlob(text, glob); });
  });
}

// "*" any, "<>" none, "@example.org" the domain, ".example.org" what is below it, else the whole.
bool FitsAddress(std::string_view address, std::string_view word) {
  if (address.empty() || word == "<>") return address.empty() && word == "<>";
  if (word == "*") return true;
  if (word[0] == '@') return address.ends_with(word);
  if (word[0] != '.') return address == word;
  return address.ends_with(word) && address.rfind('@') < address.size() - word.size();
}

bool AnyFitsAddress(const Condition& condition, std::string_view address) {
  return std::ranges::any_of(condition.words,
                             [&](const std::string& word) { return FitsAddress(address, word); });
}

bool Compare(const Condition& condition, double number) {
  return condition.relation == Relation::kLess ? number < condition.number
                                               : number > condition.number;
}

bool FitsHash(const Condition& condition, const Item& item) {
  if (condition.yes && item.properties.Has(Property::kListed)) return true;
  return !item.sha256.empty() && HasWord(condition, item.sha256);
}

bool Fits(const Condition& condition, const MessageFacts& facts) {
  switch (condition.subject) {
    case Subject::kDirection:
      return HasWord(condition, facts.direction == Direction::kIn ? "in" : "out");
    case Subject::kUser:
      return AnyFitsAddress(condition, facts.user);
    case Subject::kSender:
      return AnyFitsAddress(condition, facts.sender);
    case Subject::kNetwork:
      return base::AnyContains(condition.networks, facts.client);
    case Subject::kAuthentication:
      return HasWord(condition, facts.authentication.empty() ? std::string_view("unknown")
                                                             : facts.authentication);
    case Subject::kReputation:
      return facts.reputation && Compare(condition, *facts.reputation);
    default:
      return false;
  }
}

bool FitsSize(const Condition& condition, std::uint64_t bytes) {
  return condition.relation == Relation::kLess ? bytes < condition.bytes : bytes > condition.bytes;
}

bool Fits(const Condition& condition, const ItemView& view) {
  const Item& item = view.item();
  switch (condition.subject) {
    case Subject::kExtension:
      return std::ranges::any_of(view.extensions(),
                                 [&](auto& extension) { return HasWord(condition, extension); });
    case Subject::kType:
      return AnyFitsGlob(condition, item.declared_types);
    case Subject::kContent:
      return HasWord(condition, item.type.name);
    case Subject::kKind:
      return (condition.kinds >> static_cast<unsigned>(item.type.kind) & 1U) != 0;
    case Subject::kProperty:
      return item.properties.HasAny(condition.properties);
    case Subject::kSize:
      return !item.whole && FitsSize(condition, item.bytes);
    case Subject::kMessageSize:
      return item.whole && FitsSize(condition, item.bytes);
    case Subject::kMember:
      return item.member == condition.yes;
    case Subject::kName:
      return AnyFitsGlob(condition, view.folded_names());
    case Subject::kSha256:
      return FitsHash(condition, item);
    case Subject::kMalware:
      return !item.malware.empty() &&
             AnyFitsGlob(condition, std::vector{base::ToLower(item.malware)});
    default:
      return false;
  }
}

bool Negate(const Condition& condition, bool fits) {
  return condition.relation == Relation::kIsNot ? !fits : fits;
}

std::string Bounded(std::string name) {
  if (name.size() <= kMostMatchedName) return name;
  return name.erase(kMostMatchedName / 2, name.size() - kMostMatchedName);
}

void AddFolded(std::string name, std::vector<std::string>& names) {
  const std::size_t separator = name.find_last_of("/\\");
  if (separator != name.npos) names.push_back(Bounded(name.substr(separator + 1)));
  names.push_back(Bounded(std::move(name)));
}

std::string Join(const std::vector<std::string>& words) {
  std::string joined;
  for (const std::string& word : words) {
    if (joined.size() > kMostEvidence) break;
    if (!joined.empty()) joined += ',';
    joined += word;
  }
  return ShownName(joined, kMostEvidence);
}

}  // namespace

std::uint64_t Condition::ShapeOf(std::string_view word) {
  const std::size_t first = word.empty() ? 0 : static_cast<unsigned char>(word[0]);
  return std::uint64_t{1} << (first * 5 + word.size()) % 64;
}

int Condition::Cost() const {
  switch (subject) {
    case Subject::kName:
    case Subject::kType:
    case Subject::kMalware:
      return 2;
    case Subject::kExtension:
    case Subject::kContent:
    case Subject::kSha256:
      return 1;
    default:
      return 0;
  }
}

ItemView::ItemView(const Item& item) : item_(item), extensions_(ExtensionsOf(item)) {}

const std::vector<std::string>& ItemView::folded_names() const {
  if (!folded_names_) {
    folded_names_.emplace();
    for (const std::string& name : item_.names) {
      AddFolded(FoldName(name), *folded_names_);
      if (!IsPlain(name)) AddFolded(base::ToLower(name), *folded_names_);
    }
  }
  return *folded_names_;
}

bool Holds(const Condition& condition, const MessageFacts& facts) {
  return Negate(condition, Fits(condition, facts));
}

bool Holds(const Condition& condition, std::string_view recipient) {
  return Negate(condition, AnyFitsAddress(condition, recipient));
}

bool Holds(const Condition& condition, const ItemView& view) {
  return Negate(condition, Fits(condition, view));
}

std::string Evidence(const Condition& condition, const ItemView& view) {
  const Item& item = view.item();
  switch (condition.subject) {
    case Subject::kExtension:
      return view.extensions().empty() ? "" : "extension=" + Join(view.extensions());
    case Subject::kType:
      return item.declared_types.empty() ? "" : "declared=" + Join(item.declared_types);
    case Subject::kSize:
    case Subject::kMessageSize:
      return "size=" + std::to_string(item.bytes);
    case Subject::kSha256:
      return item.sha256.empty() ? "" : "sha256=" + item.sha256;
    default:
      return "";
  }
}

}  // namespace gatepost::attachments
