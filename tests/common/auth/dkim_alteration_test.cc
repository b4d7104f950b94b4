// No change of what was signed passes; with relaxed, changes of white space and of the case of
// field names do (RFC 6376 section 3.4).
#include "common/base/base64.h"
#include "common/base/strings.h"
#include "common/mail/tag_list.h"
#include "tests/common/auth/dkim_fixture.h"

namespace gatepost::auth {
namespace {

using namespace testing;

struct Method {
  bool rsa;
  Canonicalization header;
  Canonicalization body;
};

std::vector<Method> Methods() {
  std::vector<Method> all;
  for (const bool rsa : {true, false}) {
    for (const auto header : {Canonicalization::kSimple, Canonicalization::kRelaxed}) {
      for (const auto body : {Canonicalization::kSimple, Canonicalization::kRelaxed}) {
        all.push_back({rsa, header, body});
      }
    }
  }
  return all;
}

class DkimAlteration : public ::testing::TestWithParam<Method> {
 protected:
  Message SignedMessage() const {
    Message message = ParseMessage(
        "X-Unsigned: 1\nFrom: Joe <joe@example.org>\nTo: a,\n\tb\nSubject:Dinner  ready?\n\n"
        "Hi. \t you\n\n x\n\n");
    return Signed(std::move(message), RequestWith(GetParam().rsa ? RsaKey() : Ed25519Key(),
                                                  GetParam().header, GetParam().body));
  }

  DkimResult VerifyWithKey(const Message& message) const {
    Verification verification;
    verification.resolver.AddTxt(kKeyName, KeyRecordOf(GetParam().rsa ? *RsaKey() : *Ed25519Key()));
    const auto results = verification.Run(message);
    return results.empty() ? DkimResult::kNone : results[0].result;
  }

  // The canonical forms of everything that is signed, as one text.
  std::string Canonical(const Message& message) const {
    std::string text;
    for (const auto& field : message.fields) {
      if (field.Is("X-Unsigned")) continue;
      mail::HeaderField bare = field;
      const auto tags = mail::TagList::Parse(field.value, {1 << 20, 100});
      const auto b = tags && field.Is("DKIM-Signature") ? tags->ValueSpan("b") : std::nullopt;
      if (b) {
        const auto decoded = base::DecodeBase64(field.value.substr(b->begin, b->size()));
        bare.value.erase(b->begin, b->size());
        text += decoded ? *decoded : "?";
      }
      CanonicalizeHeader(GetParam().header, bare, text);
    }
    BodyHasher hasher(GetParam().body);
    hasher.Update(std::as_bytes(std::span(message.body)));
    for (const std::byte octet : hasher.Finish()) text += static_cast<char>(octet);
    return text;
  }

  void ExpectPassOnlyIfUnchanged(const Message& altered, const std::string& original) const {
    const DkimResult result = VerifyWithKey(altered);
    if (Canonical(altered) == original) {
      EXPECT_EQ(result, DkimResult::kPass);
    } else {
      EXPECT_NE(result, DkimResult::kPass);
    }
  }
};

INSTANTIATE_TEST_SUITE_P(EachMethod, DkimAlteration, ::testing::ValuesIn(Methods()));

TEST_P(DkimAlteration, OfAnySignedOctetNeverPasses) {
  const Message message = SignedMessage();
  const std::string original = Canonical(message);
  ASSERT_EQ(VerifyWithKey(message), DkimResult::kPass);
  for (std::size_t f = 0; f < message.fields.size(); ++f) {
    if (message.fields[f].Is("X-Unsigned")) continue;
    for (const bool in_name : {true, false}) {
      Message altered = message;
      std::string& text = in_name ? altered.fields[f].name : altered.fields[f].value;
      const std::string before = text;
      for (std::size_t i = 0; i < before.size(); ++i) {
        for (const char octet :
             {static_cast<char>(before[i] ^ 1), static_cast<char>(before[i] ^ 32),
              static_cast<char>(before[i] ^ 0x80), ' '}) {
          text = before;
          text[i] = octet;
          ExpectPassOnlyIfUnchanged(altered, original);
        }
      }
    }
  }
}

TEST_P(DkimAlteration, OfAnyOctetOfTheBodyNeverPasses) {
  const Message message = SignedMessage();
  const std::string original = Canonical(message);
  for (std::size_t i = 0; i < message.body.size(); ++i) {
    for (const int flip : {1, 32, 0x80}) {
      Message altered = message;
      altered.body[i] = static_cast<char>(altered.body[i] ^ flip);
      ExpectPassOnlyIfUnchanged(altered, original);
    }
    for (const char* added : {"x", " ", "\t", "\r\n"}) {
      Message altered = message;
      altered.body.insert(i, added);
      ExpectPassOnlyIfUnchanged(altered, original);
    }
    Message shorter = message;
    shorter.body.erase(i, 1);
    ExpectPassOnlyIfUnchanged(shorter, original);
  }
}

TEST_P(DkimAlteration, OfTheOrderOrNumberOfSignedFieldsNeverPasses) {
  const Message message = SignedMessage();
  for (std::size_t f = 1; f < message.fields.size(); ++f) {
    if (message.fields[f].Is("X-Unsigned")) continue;
    Message doubled = message;
    doubled.fields.push_back(message.fields[f]);
    EXPECT_NE(VerifyWithKey(doubled), DkimResult::kPass);
    Message without = message;
    without.fields.erase(without.fields.begin() + static_cast<std::ptrdiff_t>(f));
    EXPECT_NE(VerifyWithKey(without), DkimResult::kPass);
  }
  Message reordered = message;
  std::swap(reordered.fields[2], reordered.fields[3]);  // From and To: h= gives the order
  EXPECT_EQ(VerifyWithKey(reordered), DkimResult::kPass);
}

TEST_P(DkimAlteration, OfWhiteSpacePassesWithRelaxedAlone) {
  Message header = SignedMessage();
  for (auto& field : header.fields) {
    field.name = base::ToLower(field.name) + " ";
    std::string wider;
    for (const char c : field.value) wider += c == ' ' ? " \n\t " : std::string(1, c);
    field.value = "  " + wider + "\t";
  }
  EXPECT_EQ(VerifyWithKey(header) == DkimResult::kPass,
            GetParam().header == Canonicalization::kRelaxed);
  Message body = SignedMessage();
  body.body = "Hi.\tyou  \r\n\t\r\n\t\tx\r\n";
  EXPECT_EQ(VerifyWithKey(body) == DkimResult::kPass,
            GetParam().body == Canonicalization::kRelaxed);
}

TEST_P(DkimAlteration, OfUnsignedFieldsAndEmptyLinesAtTheEndPasses) {
  Message message = SignedMessage();
  message.fields[1].value = " 2";
  message.fields.insert(message.fields.begin(), {"Received", " by example.net"});
  message.body += "\r\n\r\n";
  EXPECT_EQ(VerifyWithKey(message), DkimResult::kPass);
}

}  // namespace
}  // namespace gatepost::auth
