// Transfer encodings as mail clients read them, whole and cut anywhere.
#include <random>
#include <string>
#include <vector>

#include "common/base/base64.h"
#include "common/mime/base64_alphabet.h"
#include "common/mime/base64_stream.h"
#include "common/mime/quoted_printable_stream.h"

namespace gatepost::mime {
namespace {

std::string DecodeWith(Base64Stream& stream, std::string_view text, std::size_t piece) {
  std::string out;
  std::vector<std::byte> buffer(Base64Stream::MostOut(piece));
  const auto append = [&](std::size_t bytes) {
    out.append(reinterpret_cast<const char*>(buffer.data()), bytes);
  };
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) {
    append(stream.Feed(text.substr(0, piece), buffer.data()));
  }
  append(stream.Finish(buffer.data()));
  return out;
}

struct Base64Case {
  const char* what;
  std::string_view text;
  std::string_view decoded;
};

const Base64Case kBase64[] = {
    {"plain", "SGVsbG8=", "Hello"},
    {"without padding", "SGVsbG8", "Hello"},
    {"in lines", "SGVs\r\nbG8h\r\n", "Hello!"},
    {"with garbage", "S*G-V!s\tb\x80G8h", "Hello!"},
    {"padded twice", "SGk=SGk=", "HiHi"},
    {"padding in front", "=SGVsbG8h", "Hello!"},
    {"nothing", "", ""},
    {"one character", "T", ""},
};

TEST(Base64Stream, ReadsWhatMailClientsRead) {
  for (const auto& test : kBase64) {
    for (std::size_t piece = 1; piece < 9; ++piece) {
      Base64Stream stream;
      EXPECT_EQ(DecodeWith(stream, test.text, piece), test.decoded) << test.what << " by " << piece;
    }
  }
}

TEST(Base64Stream, HasTwoReadingsOfPaddingInTheMiddle) {
  Base64Stream ends, ignores(Base64Stream::Padding::kIgnored);
  EXPECT_NE(DecodeWith(ends, "T=VqQAAMA", 100).substr(0, 2), "MZ");
  EXPECT_EQ(DecodeWith(ignores, "T=VqQAAMA", 100).substr(0, 2), "MZ");
  EXPECT_TRUE(ends.goes_on_after_padding());
  EXPECT_TRUE(ignores.goes_on_after_padding());
}

TEST(Base64Stream, ReturnsAnyBytesThatWereEncoded) {
  std::string bytes;
  for (int i = 0; i < 5'000; ++i) bytes += static_cast<char>(i * i >> 3);
  const std::string text = base::EncodeBase64(std::as_bytes(std::span(bytes)));
  for (const std::size_t piece : {1, 3, 4, 7, 64, 5'000}) {
    Base64Stream stream;
    EXPECT_EQ(DecodeWith(stream, text, piece), bytes) << piece;
    EXPECT_EQ(stream.foreign(), 0);
    EXPECT_FALSE(stream.goes_on_after_padding());
    EXPECT_FALSE(stream.truncated());
  }
}

// Lines of base64 with what damages it, drawn in `random`.
std::string Damaged(std::mt19937& random) {
  constexpr std::string_view kForeign = "\r\n=\t -_*\x80\xFF\x01@[`{./:";
  std::string text;
  const std::size_t columns = 1 + random() % 80, size = random() % 600, damage = random() % 40;
  for (std::size_t i = 0; i < size; ++i) {
    if (i % columns == columns - 1) text += random() % 4 > 0 ? "\r\n" : "\n";
    const bool damaged = random() % 100 < damage / 4;
    text += damaged ? kForeign[random() % kForeign.size()] : kBase64Alphabet[random() % 64];
  }
  return text;
}

TEST(Base64Stream, ReadsTheSameWithEveryDecoder) {
  std::mt19937 random(1);
  for (int round = 0; round < 3'000; ++round) {
    const std::string text = Damaged(random);
    for (const auto padding :
         {Base64Stream::Padding::kEndsQuantum, Base64Stream::Padding::kIgnored}) {
      Base64Stream portable(padding, Base64Decoders().back());
      const std::string wanted = DecodeWith(portable, text, 1);
      for (const Base64Decoder decoder : Base64Decoders()) {
        Base64Stream stream(padding, decoder);
        ASSERT_EQ(DecodeWith(stream, text, 1 + random() % 700), wanted) << text;
        EXPECT_EQ(stream.foreign(), portable.foreign());
        EXPECT_EQ(stream.goes_on_after_padding(), portable.goes_on_after_padding());
        EXPECT_EQ(stream.truncated(), portable.truncated());
      }
    }
  }
}

TEST(Base64Stream, KnowsEachCharacterAtEachPlace) {
  for (int character = 0; character < 256; ++character) {
    for (std::size_t place = 0; place < 64; ++place) {
      std::string text(64, 'A');
      text[place] = static_cast<char>(character);
      Base64Stream portable(Base64Stream::Padding::kEndsQuantum, Base64Decoders().back());
      const std::string wanted = DecodeWith(portable, text, 1);
      for (const Base64Decoder decoder : Base64Decoders()) {
        Base64Stream stream(Base64Stream::Padding::kEndsQuantum, decoder);
        ASSERT_EQ(DecodeWith(stream, text, 64), wanted) << character << " at " << place;
      }
    }
  }
}

struct QuotedCase {
  std::string_view text;
  std::string_view decoded;
  bool damaged = false;
};

const QuotedCase kQuoted[] = {
    {"a=20b=3D", "a b="},
    {"lower=3d", "lower="},
    {"soft=\r\nbreak", "softbreak"},
    {"soft=\nbreak", "softbreak"},
    {"soft= \t\r\nbreak", "softbreak"},
    {"blanks  \r\nat the end\t", "blanks\r\nat the end"},
    {"blanks in between", "blanks in between"},
    {"not =G0 hex", "not =G0 hex", true},
    {"half =4", "half =4", true},
    {"end =", "end "},
    {"==41", "=A", true},
    {"", ""},
};

TEST(QuotedPrintableStream, ReadsWhatMailClientsRead) {
  for (const auto& test : kQuoted) {
    for (std::size_t piece = 1; piece < 12; ++piece) {
      QuotedPrintableStream stream;
      std::string out;
      for (auto rest = test.text; !rest.empty(); rest.remove_prefix(std::min(piece, rest.size()))) {
        stream.Feed(rest.substr(0, piece), out);
      }
      stream.Finish(out);
      EXPECT_EQ(out, test.decoded) << piece;
      EXPECT_EQ(stream.damaged() > 0, test.damaged) << test.text;
    }
  }
}

TEST(QuotedPrintableStream, ReadsTheSameHoweverItIsCut) {
  constexpr std::string_view kDrawn = "ab=  \t\r\n=4x=D\r=\n";
  std::mt19937 random(1);
  for (int round = 0; round < 3'000; ++round) {
    std::string text;
    for (std::size_t i = random() % 60; i > 0; --i) {
      text += kDrawn[random() % kDrawn.size()];
      if (random() % 50 == 0) text += std::string(random() % 2'100, ' ');
    }
    std::string whole, single;
    QuotedPrintableStream by_piece, by_character;
    by_piece.Feed(text, whole);
    by_piece.Finish(whole);
    for (const char c : text) by_character.Feed({&c, 1}, single);
    by_character.Finish(single);
    ASSERT_EQ(whole, single) << text;
    EXPECT_EQ(by_piece.damaged(), by_character.damaged()) << text;
  }
}

TEST(QuotedPrintableStream, KeepsBlanksWithoutAnEndInBoundedMemory) {
  QuotedPrintableStream stream;
  std::string out;
  stream.Feed(std::string(100'000, ' '), out);
  stream.Feed("=" + std::string(100'000, ' '), out);
  EXPECT_GT(out.size(), 190'000);
}

}  // namespace
}  // namespace gatepost::mime
