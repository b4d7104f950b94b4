#include "common/quarantine/copy_digest.h"

#include <vector>

namespace gatepost::quarantine {
namespace {

std::string Digest(const std::vector<mail::HeaderField>& fields, std::string_view body) {
  CopyDigest digest;
  for (const mail::HeaderField& field : fields) digest.OnHeader(field);
  if (!body.empty()) digest.OnBody(std::as_bytes(std::span(body)));
  return digest.Finish();
}

const std::vector<mail::HeaderField> kFields{{"From", " a@b.example"},
                                             {"Sender", " c@b.example"},
                                             {"Reply-To", " d@b.example"},
                                             {"Subject", " Plan"},
                                             {"Content-Type", " text/plain"}};

TEST(CopyDigestTest, IsTheSameWhateverTheWayAdds) {
  const std::string once = Digest(kFields, "Hello\r\n");
  EXPECT_EQ(once.size(), 32U);
  std::vector<mail::HeaderField> again{{"Received", " by us with id 2"}};
  again.insert(again.end(), kFields.begin(), kFields.end());
  again.push_back({"Message-ID", " <2@here>"});
  again.push_back({"Date", " now"});
  EXPECT_EQ(Digest(again, "Hello\r\n"), once);
}

TEST(CopyDigestTest, IsAnotherForAnotherMessage) {
  const std::string body = "Hello\r\n";
  const std::string ours = Digest(kFields, body);
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    auto changed = kFields;
    changed[i].value += "x";
    EXPECT_NE(Digest(changed, body), ours);
    changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_NE(Digest(changed, body), ours);
  }
  EXPECT_NE(Digest(kFields, "Hello\r\n."), ours);
  EXPECT_NE(Digest(kFields, ""), ours);
  // What stands in the body is no header.
  EXPECT_NE(Digest({}, "4:3:From a0:0:b"), Digest({{"From", " a"}}, "b"));
  EXPECT_NE(Digest({{"From", " ab"}}, "c"), Digest({{"From", " a"}}, "bc"));
}

}  // namespace
}  // namespace gatepost::quarantine
