#include "common/auth/dmarc_uri.h"

namespace gatepost::auth {
namespace {

// "invalid", "other" for a URI that we cannot use, or the address.
std::string Read(std::string_view text) {
  const auto uri = ParseDmarcUri(text);
  if (!uri) return "invalid";
  return uri->address.empty() ? "other" : uri->address;
}

TEST(DmarcUri, IsReadAsTheRfcsSay) {
  const struct {
    const char* section;
    std::string text;
    const char* want;
  } rows[] = {
      {"4.7", "mailto:a@example.com", "a@example.com"},
      {"3986/3.1", "MailTo:a@Example.COM", "a@example.com"},
      {"4.8", "mailto:a@example.com!10m", "a@example.com"},
      {"4.8", "mailto:a@example.com!10", "a@example.com"},
      {"4.8", "mailto:a@example.com!1T", "a@example.com"},
      {"4.8", "mailto:a@example.com!", "invalid"},
      {"4.8", "mailto:a@example.com!m", "invalid"},
      {"4.8", "mailto:a@example.com!10x", "invalid"},
      {"4.8", "mailto:a@example.com!10mm", "invalid"},
      {"4.8", "mailto:a!b@example.com", "invalid"},
      {"4.8", "mailto:a%21b@example.com", "a!b@example.com"},
      {"4.8", "mailto:%22a%2Cb%22@example.com", "\"a,b\"@example.com"},
      {"5322/3.4.1", "mailto:a%2Cb@example.com", "invalid"},
      {"6068/2", "mailto:a%2Bb@example.com", "a+b@example.com"},
      {"6068/2", "mailto:a+b@example.com", "a+b@example.com"},
      {"6068/2", "mailto:%22a%20b%22@example.com", "\"a b\"@example.com"},
      {"6068/2", "mailto:a@example.com?subject=hi", "a@example.com"},
      {"6068/2", "mailto:?to=a@example.com", "invalid"},
      {"6068/2", "mailto:a@example.com%2Cb@example.com", "invalid"},
      {"6068/2", "mailto:a@example.com#top", "invalid"},
      {"6068/2", "mailto:a@b%C3%BCcher.example", "a@xn--bcher-kva.example"},
      {"6068/2", "mailto:b%C3%BCro@example.com", "other"},
      {"3986/2.1", "mailto:a%@example.com", "invalid"},
      {"3986/2.1", "mailto:a%4@example.com", "invalid"},
      {"3986/2.1", "mailto:a%zz@example.com", "invalid"},
      {"3986/2.1", "mailto:a@example.com%", "invalid"},
      {"5321/4.1.2", "mailto:%3Ca@example.com%3E", "invalid"},
      {"5321/4.1.2", "mailto:@other.example:a@example.com", "invalid"},
      {"5321/4.1.2", "mailto:a", "invalid"},
      {"5321/4.1.2", "mailto:a@", "invalid"},
      {"5321/4.1.2", "mailto:a@[192.0.2.1]", "invalid"},
      {"5321/4.1.2", "mailto:a%00@example.com", "invalid"},
      {"5321/4.1.2", "mailto:a%0D%0ABcc:x@example.com", "invalid"},
      {"5321/4.1.2", "mailto:a@example.com%0A", "invalid"},
      {"3986/3", "mailto:", "invalid"},
      {"3986/3", "a@example.com", "invalid"},
      {"3986/3", "", "invalid"},
      {"3986/3", ":a@example.com", "invalid"},
      {"3986/3", "1x:a", "invalid"},
      {"3986/3", "m ailto:a@example.com", "invalid"},
      {"3986/3", "mailto: a@example.com", "invalid"},
      {"3986/3", "mailto:a@b\xc3\xbc.example", "invalid"},
      {"3986/3", std::string("mailto:a\0@example.com", 21), "invalid"},
      {"4.7", "https://example.com/report?x=1#y", "other"},
      {"4.7", "https://example.com/%zz", "invalid"},
      {"4.7", "http://[2001:db8::1]/", "other"},
      {"4.7", "https://example.com/a b", "invalid"},
      {"4.7", "x-report+v1.0:anything", "other"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(Read(row.text), row.want) << row.section << " " << row.text;
}

TEST(DmarcUri, IsBounded) {
  EXPECT_EQ(Read("mailto:" + std::string(8'000, 'a') + "@example.com"), "invalid");
  EXPECT_EQ(Read("mailto:" + std::string(8'000, '%')), "invalid");
}

}  // namespace
}  // namespace gatepost::auth
