#include "common/auth/canonicalizer.h"

#include "common/auth/crypto.h"

namespace gatepost::auth {
namespace {

std::string Header(Canonicalization method, const mail::HeaderField& field) {
  std::string out;
  CanonicalizeHeader(method, field, out);
  return out;
}

Sha256Digest HashOf(std::string_view text) {
  Sha256 hash;
  hash.Update(text);
  return hash.Finish();
}

struct HeaderCase {
  const char* name;
  mail::HeaderField field;
  std::string simple;
  std::string relaxed;
};

TEST(CanonicalizeHeader, FollowsTheRfc) {
  const HeaderCase cases[] = {
      // RFC 6376 section 3.4.5
      {"section 3.4.5, A", {"A", " X"}, "A: X\r\n", "a:X\r\n"},
      {"section 3.4.5, B", {"B ", " Y\t\r\n\tZ  "}, "B : Y\t\r\n\tZ  \r\n", "b:Y Z\r\n"},
      {"folds come as LF from a milter", {"B", " Y\n\tZ"}, "B: Y\r\n\tZ\r\n", "b:Y Z\r\n"},
      {"no space after the colon", {"A", "X"}, "A:X\r\n", "a:X\r\n"},
      {"nothing", {"A", ""}, "A:\r\n", "a:\r\n"},
      {"only white space", {"A", " \t \n "}, "A: \t \r\n \r\n", "a:\r\n"},
      {"8-bit octets stay", {"A", " \xc3\xa4\xff"}, "A: \xc3\xa4\xff\r\n", "a:\xc3\xa4\xff\r\n"},
      {"NUL stays",
       {"A", std::string(" a\0b", 4)},
       std::string("A: a\0b\r\n", 8),
       std::string("a:a\0b\r\n", 7)},
      {"a CR alone is content", {"A", " a\rb"}, "A: a\rb\r\n", "a:a\rb\r\n"},
      {"white space before the colon", {"Ab \t", " x"}, "Ab \t: x\r\n", "ab:x\r\n"},
      {"a field of folds", {"A", "\n a\n b\n c"}, "A:\r\n a\r\n b\r\n c\r\n", "a:a b c\r\n"},
      {"a mail server's stray CR before a fold",
       {"A", "a\r\r\n b"},
       "A:a\r\r\n b\r\n",
       "a:a\r b\r\n"},
  };
  for (const HeaderCase& c : cases) {
    EXPECT_EQ(Header(Canonicalization::kSimple, c.field), c.simple) << c.name;
    EXPECT_EQ(Header(Canonicalization::kRelaxed, c.field), c.relaxed) << c.name;
  }
}

struct BodyCase {
  const char* name;
  std::string body;
  std::string simple;
  std::string relaxed;
};

const std::vector<BodyCase>& BodyCases() {
  static const std::vector<BodyCase> cases = {
      {"RFC 6376 section 3.4.5", " C \r\nD \t E\r\n\r\n\r\n", " C \r\nD \t E\r\n", " C\r\nD E\r\n"},
      {"empty (3.4.3, 3.4.4)", "", "\r\n", ""},
      {"one empty line", "\r\n", "\r\n", ""},
      {"empty lines only", "\r\n\r\n\r\n", "\r\n", ""},
      {"no line end", "abc", "abc\r\n", "abc\r\n"},
      {"no line end after white space", "abc \t", "abc \t\r\n", "abc\r\n"},
      {"only white space", "  \t", "  \t\r\n", ""},
      {"lines of white space at the end", "a\r\n \r\n\t\r\n", "a\r\n \r\n\t\r\n", "a\r\n"},
      {"lines of white space in between", "a\r\n \r\n\t\r\nb", "a\r\n \r\n\t\r\nb\r\n",
       "a\r\n\r\n\r\nb\r\n"},
      {"white space at the start of a line", "\t  a\r\n", "\t  a\r\n", " a\r\n"},
      {"a space before a tab", "a \tb\r\n", "a \tb\r\n", "a b\r\n"},
      {"a tab alone", "a\tb\r\n", "a\tb\r\n", "a b\r\n"},
      {"a CR alone", "a\rb\r\n", "a\rb\r\n", "a\rb\r\n"},
      {"a CR alone at the end", "a\r", "a\r\r\n", "a\r\r\n"},
      {"a CR before CRLF", "a\r\r\n", "a\r\r\n", "a\r\r\n"},
      {"CRs after white space", "a \r\r\n", "a \r\r\n", "a \r\r\n"},
      {"an LF alone", "a\nb\n\n", "a\nb\n\n\r\n", "a\nb\n\n\r\n"},
      {"white space before an LF alone", "a \nb", "a \nb\r\n", "a \nb\r\n"},
      {"CRLF before a CR alone", "a\r\n\r", "a\r\n\r\r\n", "a\r\n\r\r\n"},
      {"NUL and 8-bit octets", std::string("\0\xff\x80 \0", 5), std::string("\0\xff\x80 \0\r\n", 7),
       std::string("\0\xff\x80 \0\r\n", 7)},
      {"dots", ".\r\n..\r\n", ".\r\n..\r\n", ".\r\n..\r\n"},
      {"octets near a space in the bits", "\xa0\xa0 \xa0\x89\x8d \x20!\r\n",
       "\xa0\xa0 \xa0\x89\x8d  !\r\n", "\xa0\xa0 \xa0\x89\x8d !\r\n"},
  };
  return cases;
}

Sha256Digest HashInPieces(Canonicalization method, const std::vector<std::string_view>& pieces) {
  BodyHasher hasher(method);
  for (std::string_view piece : pieces) hasher.Update(std::as_bytes(std::span(piece)));
  return hasher.Finish();
}

TEST(BodyHasher, FollowsTheRfc) {
  for (const BodyCase& c : BodyCases()) {
    EXPECT_EQ(HashInPieces(Canonicalization::kSimple, {c.body}), HashOf(c.simple)) << c.name;
    EXPECT_EQ(HashInPieces(Canonicalization::kRelaxed, {c.body}), HashOf(c.relaxed)) << c.name;
  }
}

TEST(BodyHasher, HashesTheSameWhereverTheBodyIsCut) {
  for (const BodyCase& c : BodyCases()) {
    const std::string_view body = c.body;
    for (std::size_t i = 0; i <= body.size(); ++i) {
      for (std::size_t j = i; j <= body.size(); ++j) {
        const std::vector<std::string_view> pieces = {body.substr(0, i), body.substr(i, j - i),
                                                      body.substr(j)};
        EXPECT_EQ(HashInPieces(Canonicalization::kSimple, pieces), HashOf(c.simple)) << c.name;
        EXPECT_EQ(HashInPieces(Canonicalization::kRelaxed, pieces), HashOf(c.relaxed)) << c.name;
      }
    }
  }
}

// What the fast path does eight octets at a time, written down plainly.
std::string PlainRelaxed(std::string_view body) {
  std::string out;
  std::string line;
  const auto end_line = [&] {
    std::string reduced;
    for (const char c : line) {
      const bool wsp = c == ' ' || c == '\t';
      if (!wsp) reduced += c;
      if (wsp && !reduced.ends_with(' ')) reduced += ' ';
    }
    if (reduced.ends_with(' ')) reduced.pop_back();
    out += reduced + "\r\n";
    line.clear();
  };
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (body.substr(i, 2) == "\r\n") {
      end_line();
      ++i;
    } else {
      line += body[i];
    }
  }
  if (!line.empty()) end_line();
  while (out.ends_with("\r\n\r\n")) out.resize(out.size() - 2);
  return out == "\r\n" ? "" : out;
}

TEST(BodyHasher, AgreesWithAPlainImplementationOnShortTextsOfAllShapes) {
  constexpr std::string_view kOctets = " \t\r\nx";
  for (unsigned n = 0; n < 5 * 5 * 5 * 5 * 5 * 5 * 5; ++n) {
    std::string body;
    for (unsigned rest = n; rest > 0; rest /= 5) body += kOctets[rest % 5];
    for (const char* prefix : {"", "12345", "1234567"}) {
      EXPECT_EQ(HashInPieces(Canonicalization::kRelaxed, {prefix + body + "abcdefgh"}),
                HashOf(PlainRelaxed(prefix + body + "abcdefgh")));
    }
    EXPECT_EQ(HashInPieces(Canonicalization::kRelaxed, {body}), HashOf(PlainRelaxed(body)));
  }
}

TEST(BodyHasher, HashesTheFirstOctetsOnlyAndCountsAll) {
  const std::string body = "ab  c\r\ndef\r\n\r\n";  // relaxed: "ab c\r\ndef\r\n", 11 octets
  for (std::size_t limit = 0; limit < 14; ++limit) {
    BodyHasher hasher(Canonicalization::kRelaxed, limit);
    hasher.Update(std::as_bytes(std::span(body)));
    EXPECT_EQ(hasher.Finish(), HashOf(std::string("ab c\r\ndef\r\n").substr(0, limit)));
    EXPECT_EQ(hasher.canonical_bytes(), 11u);
  }
}

TEST(BodyHasher, TakesLongRunsOfHeldBackOctetsInLinearTime) {
  constexpr std::size_t kSize = 4 << 20;
  for (const char* unit : {"\r\n", " ", "\t", "\r", "\n", " \r\n", "\n\r", " \r"}) {
    std::string body;
    while (body.size() < kSize) body += unit;
    for (const char* tail : {"", "x"}) {
      EXPECT_EQ(HashInPieces(Canonicalization::kRelaxed, {body + tail}),
                HashOf(PlainRelaxed(body + tail)));
    }
    HashInPieces(Canonicalization::kSimple, {body});
  }
}

}  // namespace
}  // namespace gatepost::auth
