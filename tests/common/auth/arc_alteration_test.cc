// No change of what a chain signs passes; changes of white space and of the case of field names do
// (RFC 8617 sections 4.1.2 and 4.1.3: relaxed).
#include "common/auth/canonicalizer.h"
#include "common/base/strings.h"
#include "common/mail/tag_list.h"
#include "tests/common/auth/arc_fixture.h"

namespace gatepost::auth {
namespace {

using namespace testing;

constexpr std::size_t kSets = 3;
constexpr std::size_t kUnsigned = 3 * kSets;  // the index of X-Unsigned

Message Chain() {
  return SealedTimes(
      ParseMessage("X-Unsigned: 1\nFrom: Joe <joe@example.org>\nTo: a,\n\tb\nSubject: Hi\n\n"
                   "Hi. \t you\n\n x\n\n"),
      kSets);
}

// All that is signed, in canonical form. How the newest seal's b= is written is signed by nobody.
std::string Canonical(const Message& message) {
  std::string text;
  for (std::size_t i = 0; i < message.fields.size(); ++i) {
    mail::HeaderField field = message.fields[i];
    if (i == kUnsigned) continue;
    const auto tags = mail::TagList::Parse(field.value, {1 << 20, 100});
    if (const auto b = i == 0 && tags ? tags->ValueSpan("b") : std::nullopt) {
      std::string dense = mail::RemoveWhiteSpace(field.value.substr(b->begin, b->size()));
      while (dense.ends_with('=')) dense.pop_back();
      field.value.replace(b->begin, b->size(), dense);
    }
    CanonicalizeHeader(Canonicalization::kRelaxed, field, text);
  }
  BodyHasher hasher(Canonicalization::kRelaxed);
  hasher.Update(std::as_bytes(std::span(message.body)));
  const Sha256Digest digest = hasher.Finish();
  return text.append(reinterpret_cast<const char*>(digest.data()), digest.size());
}

enum class Change { kOther, kBlank, kGone };

void Apply(Change change, std::string& text, std::size_t at) {
  if (change == Change::kGone) {
    text.erase(at, 1);
  } else if (change == Change::kBlank) {
    text[at] = text[at] == ' ' ? '\t' : ' ';
  } else {
    text[at] = text[at] == 'x' ? 'y' : 'x';
  }
}

class ArcAlteration : public ::testing::TestWithParam<Change> {
 protected:
  // Every octet of every text that `text_of` finds in turn.
  template <class TextOf>
  void ChangeEach(TextOf text_of) {
    const Message whole = Chain();
    const std::string canonical = Canonical(whole);
    Message message = whole;
    for (std::size_t at = 0; at < text_of(message).size(); ++at) {
      const std::string before = text_of(message);
      Apply(GetParam(), text_of(message), at);
      const bool same = Canonical(message) == canonical;
      const ArcOutcome outcome = VerifyArc(message);
      ASSERT_EQ(outcome.result == ArcResult::kPass, same) << "octet " << at << " of\n"
                                                          << before << "\nas\n"
                                                          << text_of(message) << outcome.reason;
      same ? ++kept_ : ++broken_;
      text_of(message) = before;
    }
  }

  std::size_t kept_ = 0;
  std::size_t broken_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Changes, ArcAlteration,
                         ::testing::Values(Change::kOther, Change::kBlank, Change::kGone));

TEST_P(ArcAlteration, OfAnyFieldValueFails) {
  const std::size_t count = Chain().fields.size();
  ASSERT_EQ(count, 3 * kSets + 4);
  for (std::size_t i = 0; i < count; ++i) {
    ChangeEach([i](Message& message) -> std::string& { return message.fields[i].value; });
  }
  EXPECT_GT(broken_, 2000u);
}

TEST_P(ArcAlteration, OfAnyFieldNameFails) {
  for (std::size_t i = 0; i < Chain().fields.size(); ++i) {
    ChangeEach([i](Message& message) -> std::string& { return message.fields[i].name; });
  }
}

TEST_P(ArcAlteration, OfTheBodyFails) {
  ChangeEach([](Message& message) -> std::string& { return message.body; });
}

TEST(ArcAlterations, OfWhiteSpaceAndCasePass) {
  Message message = Chain();
  for (mail::HeaderField& field : message.fields) {
    field.name = base::ToLower(field.name) + " \t";
    for (std::size_t at = 0; (at = field.value.find(' ', at)) != std::string::npos; at += 4) {
      field.value.replace(at, 1, " \n\t ");
    }
  }
  EXPECT_EQ(VerifyArc(message).result, ArcResult::kPass);
}

}  // namespace
}  // namespace gatepost::auth
