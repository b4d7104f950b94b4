#include "common/base/base64.h"

#include <span>
#include <string>

namespace gatepost::base {
namespace {

struct Case {
  const char* bytes;
  const char* text;
};

TEST(Base64, EncodesAndDecodesTheVectorsOfRfc4648) {
  for (const Case& c :
       {Case{"", ""}, Case{"f", "Zg=="}, Case{"fo", "Zm8="}, Case{"foo", "Zm9v"},
        Case{"foob", "Zm9vYg=="}, Case{"fooba", "Zm9vYmE="}, Case{"foobar", "Zm9vYmFy"}}) {
    const std::string bytes = c.bytes;
    EXPECT_EQ(EncodeBase64(std::as_bytes(std::span(bytes))), c.text);
    EXPECT_EQ(DecodeBase64(c.text).value(), c.bytes);
  }
}

TEST(Base64, DecodingIgnoresFoldsAndMissingPadding) {
  EXPECT_EQ(DecodeBase64("Zm9v\r\n\tYmE").value(), "fooba");
}

TEST(Base64, DecodingRefusesWhatIsNotBase64) {
  for (const char* text : {"Zm9v!", "Z", "Zm=9v", "Zm9vYg===", "Zm9v\xc3\xa9"}) {
    EXPECT_FALSE(DecodeBase64(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace gatepost::base
