#include "common/auth/dkim_signer.h"

#include "common/base/strings.h"
#include "common/mail/tag_list.h"
#include "tests/common/auth/dkim_fixture.h"

namespace gatepost::auth {
namespace {

using namespace testing;

using mail::HeaderField;

std::string Tag(const std::string& value, std::string_view tag) {
  const auto list = mail::TagList::Parse(value, {1 << 20, 100});
  return mail::RemoveWhiteSpace(list.value().Find(tag).value_or("(absent)"));
}

base::Result<std::vector<std::string>> Sign(
    std::vector<SignatureRequest> requests, std::vector<HeaderField> fields,
    const HeaderSelection& selection = HeaderSelection::Default()) {
  DkimSigner signer(std::move(requests), selection, std::move(fields));
  return signer.Finish(base::WallTime(std::chrono::seconds(1'700'000'000)));
}

std::string SignOne(const SignatureRequest& request, std::vector<HeaderField> fields) {
  return Sign({request}, std::move(fields)).value().at(0);
}

TEST(DkimSigner, NamesWhatIsThereAndOversignsOnceMore) {
  const std::string value =
      SignOne(RequestWith(Ed25519Key()), {{"FROM", " a@example.org"},
                                          {"to", " b"},
                                          {"To", " c"},
                                          {"References", " <1>"},
                                          {"Received", " x"},
                                          {"Sender", " s"},
                                          {"List-Id", " l"},
                                          {"List-Unsubscribe", " <https://example.org/u>"},
                                          {"List-Unsubscribe-Post", " List-Unsubscribe=One-Click"},
                                          {"DKIM-Signature", " v=1"}});
  EXPECT_EQ(Tag(value, "h"),
            "From:From:To:To:To:Cc:Subject:Date:Reply-To:Message-ID:MIME-Version:Content-Type:"
            "Content-Transfer-Encoding:References:List-Unsubscribe:List-Unsubscribe-Post");
}

TEST(DkimSigner, NamesAFieldOnceWhenItIsInBothLists) {
  const HeaderSelection selection{.sign = {"from", "X-A"}, .oversign = {"From"}};
  const auto values = Sign({RequestWith(Ed25519Key())}, {{"From", " a"}, {"X-A", " 1"}}, selection);
  EXPECT_EQ(Tag(values.value()[0], "h"), "From:From:X-A");
}

TEST(DkimSigner, WritesEveryTagInAFixedOrder) {
  SignatureRequest request = RequestWith(RsaKey(), Canonicalization::kSimple);
  request.identity = "joe d=\xc3\xa4@example.org";
  request.expires_after = std::chrono::hours(1);
  const std::string value = SignOne(request, {{"From", " a"}});
  const auto list = mail::TagList::Parse(value, {1 << 20, 100}).value();
  std::string names;
  for (std::size_t i = 0; i < list.size(); ++i) names += std::string(list.at(i).name) + " ";
  EXPECT_EQ(names, "v a c d s i t x h bh b ");
  EXPECT_EQ(Tag(value, "v"), "1");
  EXPECT_EQ(Tag(value, "a"), "rsa-sha256");
  EXPECT_EQ(Tag(value, "c"), "simple/relaxed");
  EXPECT_EQ(Tag(value, "d"), "example.org");
  EXPECT_EQ(Tag(value, "s"), "sel");
  EXPECT_EQ(Tag(value, "i"), "joe=20d=3D=C3=A4@example.org");
  EXPECT_EQ(Tag(value, "t"), "1700000000");
  EXPECT_EQ(Tag(value, "x"), "1700003600");
  EXPECT_EQ(Tag(value, "bh"), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");  // no octet
  EXPECT_EQ(value.front(), ' ');
}

TEST(DkimSigner, FoldsBelow78Columns) {
  SignatureRequest request = RequestWith(RsaKey());
  request.domain = "a-domain-of-some-length.with-several-labels.below.example.org";
  std::vector<HeaderField> fields = {{"From", " a"}};
  fields.insert(fields.end(), 50, {"To", " x"});
  const std::string value = "DKIM-Signature:" + SignOne(request, fields);
  for (const std::string_view line : base::Split(value, '\n')) {
    const std::size_t columns = line.size() + (line.starts_with('\t') ? 7 : 0);
    EXPECT_LT(columns, 78u) << line;
    EXPECT_FALSE(line.ends_with(' '));
  }
}

TEST(DkimSigner, MakesSeveralSignaturesInOnePass) {
  Message message = ShortMessage();
  std::vector<SignatureRequest> requests;
  for (const auto& key : {RsaKey(), Ed25519Key()}) {
    for (const auto header : {Canonicalization::kSimple, Canonicalization::kRelaxed}) {
      for (const auto body : {Canonicalization::kSimple, Canonicalization::kRelaxed}) {
        requests.push_back(RequestWith(key, header, body));
        requests.back().selector = key == RsaKey() ? "rsa" : "ed";
      }
    }
  }
  DkimSigner signer(requests, HeaderSelection::Default(), message.fields);
  for (const char c : message.body) signer.OnBody(std::as_bytes(std::span(&c, 1)));
  const auto values = signer.Finish(base::ManualClock().Wall()).value();
  ASSERT_EQ(values.size(), 8u);
  for (const std::string& value : values) {
    message.fields.insert(message.fields.begin(), {"DKIM-Signature", value});
  }
  Verification verification;
  verification.resolver.AddTxt("rsa._domainkey.example.org", KeyRecordOf(*RsaKey()));
  verification.resolver.AddTxt("ed._domainkey.example.org", KeyRecordOf(*Ed25519Key()));
  const auto results = verification.Run(message);
  ASSERT_EQ(results.size(), 8u);
  for (const auto& result : results) EXPECT_EQ(result.result, DkimResult::kPass) << result.reason;
}

TEST(DkimSigner, SignsWhateverOctetsAHeaderHolds) {
  const std::vector<HeaderField> fields = {{"From", " a@example.org"},
                                           {"Subject", " \xff\xfe \x01\x7f"},
                                           {"To ", "no space after the colon"},
                                           {"Cc", "\n\t\n\tfolds"},
                                           {"Date", ""},
                                           {"\xff\xfe", " a name of 8-bit octets"}};
  for (const auto method : {Canonicalization::kSimple, Canonicalization::kRelaxed}) {
    const Message message = Signed({fields, "body"}, RequestWith(RsaKey(), method, method));
    for (const VerificationEngine engine : kEngines) {
      Verification verification(engine);
      verification.resolver.AddTxt(kKeyName, KeyRecordOf(*RsaKey()));
      EXPECT_EQ(verification.Run(message).at(0).result, DkimResult::kPass)
          << static_cast<int>(engine) << static_cast<int>(method);
    }
  }
}

TEST(DkimSigner, RefusesWhatNobodyCouldVerify) {
  const auto reason = [](const auto& values) {
    return values ? std::string("signed") : values.error().message;
  };
  const SignatureRequest good = RequestWith(Ed25519Key());
  SignatureRequest keyless = good;
  keyless.key = nullptr;
  SignatureRequest odd_domain = good;
  odd_domain.domain = "example.org; x=1";
  EXPECT_EQ(reason(Sign({good}, {{"From", std::string(" a\0b", 4)}})),
            "a field to be signed holds a NUL octet");
  EXPECT_EQ(reason(Sign({good}, {{"From", " a"}, {"X-Other", std::string(1, '\0')}})), "signed");
  EXPECT_EQ(reason(Sign({good}, std::vector<HeaderField>(300, {"To", " x"}))),
            "signed fields are repeated too often in this message");
  EXPECT_EQ(reason(Sign({keyless}, {{"From", " a"}})),
            "a signature needs a key, a domain and a selector");
  EXPECT_EQ(reason(Sign({odd_domain}, {{"From", " a"}})),
            "a signature needs a key, a domain and a selector");
  EXPECT_EQ(reason(Sign({good}, {{"From", " a"}}, {.sign = {"To"}, .oversign = {}})),
            "From is not among the signed fields");
  EXPECT_EQ(reason(Sign({good, keyless}, {{"From", " a"}})),
            "a signature needs a key, a domain and a selector");
}

}  // namespace
}  // namespace gatepost::auth
