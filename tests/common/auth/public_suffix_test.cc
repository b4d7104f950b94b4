#include "common/auth/public_suffix.h"

#include <filesystem>
#include <fstream>

#include "tests/support/temp_folder.h"

namespace gatepost::auth {
namespace {

const std::string kSmallList = GATEPOST_SOURCE_DIR "/tests/common/auth/public_suffix_list.txt";

std::string Organizational(const PublicSuffixList& list, std::string_view name) {
  return list.OrganizationalDomain(mail::Domain::Parse(name).value()).ascii();
}

bool IsSuffix(const PublicSuffixList& list, std::string_view name) {
  return list.IsPublicSuffix(mail::Domain::Parse(name).value());
}

TEST(PublicSuffixList, FindsOrganizationalDomains) {
  const PublicSuffixList list = PublicSuffixList::Load(kSmallList).value();
  const struct {
    const char* what;
    const char* name;
    const char* want;
  } rows[] = {
      {"below a suffix", "a.b.example.com", "example.com"},
      {"the domain itself", "example.com", "example.com"},
      {"a suffix", "com", "com"},
      {"a suffix of two labels", "co.example", "co.example"},
      {"below a suffix of two labels", "www.shop.co.example", "shop.co.example"},
      {"the longer rule wins", "bank.example", "bank.example"},
      {"a wildcard", "a.b.ck.example", "a.b.ck.example"},
      {"what the wildcard makes a suffix", "b.ck.example", "b.ck.example"},
      {"deep below a wildcard", "x.a.b.ck.example", "a.b.ck.example"},
      {"above a wildcard", "ck.example", "ck.example"},
      {"an exception", "www.ck.example", "www.ck.example"},
      {"below an exception", "x.www.ck.example", "www.ck.example"},
      {"the private section", "a.me.blog.example", "me.blog.example"},
      {"a private suffix", "blog.example", "blog.example"},
      {"no rule: the default", "a.b.unlisted", "b.unlisted"},
      {"no rule: a single label", "localhost", "localhost"},
      {"A-labels", "a.xn--bcher-kva.com", "xn--bcher-kva.com"},
  };
  for (const auto& row : rows) EXPECT_EQ(Organizational(list, row.name), row.want) << row.what;
}

TEST(PublicSuffixList, KnowsSuffixes) {
  const PublicSuffixList list = PublicSuffixList::Load(kSmallList).value();
  for (const char* name : {"com", "co.example", "b.ck.example", "blog.example", "unlisted"}) {
    EXPECT_TRUE(IsSuffix(list, name)) << name;
  }
  for (const char* name : {"example.com", "www.ck.example", "x.co.example", "a.unlisted"}) {
    EXPECT_FALSE(IsSuffix(list, name)) << name;
  }
}

TEST(PublicSuffixList, LoadsBothFormsOfDebiansList) {
  for (const char* name : {"public_suffix_list.dafsa", "public_suffix_list.dat"}) {
    const std::string path = std::string("/usr/share/publicsuffix/") + name;
    if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not installed";
    const auto list = PublicSuffixList::Load(path);
    ASSERT_TRUE(list) << list.error().message;
    EXPECT_EQ(Organizational(*list, "mail.example.co.uk"), "example.co.uk") << name;
    EXPECT_EQ(Organizational(*list, "a.b.github.io"), "b.github.io") << name;
    EXPECT_EQ(Organizational(*list, "a.b.c.kawasaki.jp"), "b.c.kawasaki.jp") << name;
    EXPECT_EQ(Organizational(*list, "x.city.kawasaki.jp"), "city.kawasaki.jp") << name;
    EXPECT_TRUE(IsSuffix(*list, "xn--55qx5d.cn")) << name;  // 公司.cn
    EXPECT_EQ(Organizational(*list, "a.b.xn--55qx5d.cn"), "b.xn--55qx5d.cn") << name;
  }
}

TEST(PublicSuffixList, SaysWhyItCannotBeLoaded) {
  const support::TempFolder folder;
  const auto missing = PublicSuffixList::Load(folder.path() / "none.dat");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, base::ErrorKind::kNotFound);
  EXPECT_NE(missing.error().message.find("none.dat"), std::string::npos);
  for (const char* text : {"", "\n", "not a list\n", ".DAFSA@PSL_0   \n", "\xff\xfe\x01"}) {
    std::ofstream(folder.path() / "bad.dat") << text;
    const auto list = PublicSuffixList::Load(folder.path() / "bad.dat");
    ASSERT_FALSE(list) << text;
    EXPECT_EQ(list.error().kind, base::ErrorKind::kInvalid);
  }
  EXPECT_FALSE(PublicSuffixList::Load(folder.path()));
}

TEST(PublicSuffixList, IsSharedByCopies) {
  std::optional<PublicSuffixList> first = PublicSuffixList::Load(kSmallList).value();
  const PublicSuffixList copy = *first;
  first.reset();
  EXPECT_EQ(Organizational(copy, "a.example.com"), "example.com");
}

}  // namespace
}  // namespace gatepost::auth
