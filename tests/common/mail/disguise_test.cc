#include "common/mail/disguise.h"

#include <gtest/gtest.h>

#include "common/mail/encoded_word.h"

namespace gatepost::mail {
namespace {

TEST(Disguise, IsANameOrCommentThatReadsAsAnotherAddress) {
  const struct {
    std::string_view value;
    bool want;
  } cases[] = {
      {"\"ceo@bank.test\" <a@evil.test>", true},
      {"\"Ceo <ceo@bank.test>\" <a@evil.test>", true},
      {"\"ceo\\@bank.test\" <a@evil.test>", true},
      {"a@evil.test (ceo@bank.test)", true},
      {"<a@evil.test> (ceo@bank.test)", true},
      {"(ceo@bank.test) <a@evil.test>", true},
      {"Ceo (ceo@bank.test) <a@evil.test>", true},
      {"<a(ceo@bank.test)@evil.test>", true},
      {"a@evil.test, (ceo@bank.test)", true},
      {"\"ceo@bank.test\":a@evil.test;", true},
      {"=?utf-8?q?ceo=40bank.test?= <a@evil.test>", true},
      {"=?UTF-8?Q?ceo?=\n =?utf-8?q?=40bank.test?= <a@evil.test>", true},
      {"=?utf-8?b?Y2VvQGJhbmsudGVzdA==?= <a@evil.test>", true},
      {"\"=?utf-8?B?Y2VvQGJhbmsudGVzdA?=\" <a@evil.test>", true},
      {"=?utf-16be?b?AGMAZQBvAEAAYgBhAG4Aaw==?= <a@evil.test>", true},
      {"=?utf-8?q?ceo=EF=BC=A0bank.test?= <a@evil.test>", true},
      {"ceo\xef\xb9\xab"
       "bank.test <a@evil.test>",
       true},
      {"\"ceo@bänk.test\" <a@evil.test>", true},
      {"\"a@evil.test ceo@bank.test\" <a@evil.test>", true},
      // the mailbox's own address, and what is none
      {"\"a@evil.test\" <a@evil.test>", false},
      {"\"A@Evil.Test\" <a@evil.test>", false},
      {"\"<a@evil.test>.\" <a@evil.test>", false},
      {"\"a@münchen.test\" <a@xn--mnchen-3ya.test>", false},
      {"a@evil.test", false},
      {"Joe <a@evil.test> (Joe)", false},
      {"\"@joe\" <a@evil.test>", false},
      {"\"Joe @ Home\" <a@evil.test>", false},
      {"\"Joe@\" <a@evil.test>", false},
      {"=?utf-8?q?Joe?= <a@evil.test>", false},
      {"a@evil.test, b@bank.test", false},
  };
  for (const auto& c : cases) {
    const auto list = ParseAddressList(c.value);
    ASSERT_TRUE(list) << c.value;
    EXPECT_EQ(list->display_name_holds_address, c.want) << c.value;
  }
}

TEST(Disguise, IsAlsoTheOwnAddressManyTimesOver) {
  const auto holds = [](int count) {
    std::string name;
    for (int i = 0; i < count; ++i) name += "a@b.test ";
    return ParseAddressList('"' + name + "\" <a@b.test>")->display_name_holds_address;
  };
  EXPECT_FALSE(holds(16));
  EXPECT_TRUE(holds(17));
}

TEST(EncodedWord, IsDecodedAsLenientReadersDoIt) {
  const struct {
    std::string_view text, want;
  } cases[] = {
      {"", ""},
      {"plain", "plain"},
      {"=?iso-8859-1?q?a_b=2c?=", "a b,"},
      {"=?utf-8?b?YQ==?=", "a"},
      {"=?utf-8?b?Y*Q?=", "a"},
      {"=?utf-8*de?Q?a?=", "a"},
      {"=?a?q?x?= \n =?a?q?y?= z", "xy z"},
      {"=?a?q?x?= and =?a?q?y?=", "x and y"},
      {"x=?a?q?y?=z", "xyz"},
      {"=?a?q?=4?=", "=4"},
      {"=?a?q?==40?=", "=@"},
      {"=?a?q?x", "=?a?q?x"},
      {"=?=?a?q?x?=", "=?x"},
      {"=?a?x?y?=", "=?a?x?y?="},
      {"=?a?zz?x?=", "=?a?zz?x?="},
      {"=?", "=?"},
      {"=", "="},
  };
  for (const auto& c : cases) EXPECT_EQ(DecodeEncodedWords(c.text), c.want) << c.text;
}

}  // namespace
}  // namespace gatepost::mail
