#include "common/mail/author.h"

#include <gtest/gtest.h>

namespace gatepost::mail {
namespace {

using Fields = std::vector<std::string_view>;

TEST(Author, IsTheOneDomainOfTheOneFromField) {
  const struct {
    Fields fields;
    AuthorProblem problem;
    std::string_view domain;
  } cases[] = {
      {{" Joe <joe@Example.org>"}, AuthorProblem::kNone, "example.org"},
      {{" joe@example.org, jane@EXAMPLE.ORG"}, AuthorProblem::kNone, "example.org"},
      {{" joe@münchen.test, jane@xn--mnchen-3ya.test"},
       AuthorProblem::kNone,
       "xn--mnchen-3ya.test"},
      {{" Us:joe@example.org,jane@example.org;"}, AuthorProblem::kNone, "example.org"},
      {{" \"<ceo@bank.test>\"@evil.test"}, AuthorProblem::kNone, "evil.test"},
      {{" joe@example.org "}, AuthorProblem::kNone, "example.org"},
      {{}, AuthorProblem::kMissing, ""},
      {{" a@example.org", " a@example.org"}, AuthorProblem::kSeveralFields, ""},
      {{" a@example.org", ""}, AuthorProblem::kSeveralFields, ""},
      {{" joe@example.org, jane@sub.example.org"}, AuthorProblem::kSeveralDomains, ""},
      {{""}, AuthorProblem::kNoAddress, ""},
      {{" Undisclosed:;"}, AuthorProblem::kNoAddress, ""},
      {{" <>"}, AuthorProblem::kUnparsable, ""},
      {{" joe"}, AuthorProblem::kUnparsable, ""},
      {{" joe@example.org, broken"}, AuthorProblem::kUnparsable, ""},
      {{" joe@[192.0.2.1]"}, AuthorProblem::kUnparsable, ""},
      {{std::string_view(" joe@example.org\0", 17)}, AuthorProblem::kUnparsable, ""},
  };
  for (const auto& c : cases) {
    const Author author = EvaluateAuthor(c.fields);
    EXPECT_EQ(Name(author.problem), Name(c.problem)) << testing::PrintToString(c.fields);
    EXPECT_EQ(author.domain ? author.domain->ascii() : "", c.domain);
    EXPECT_EQ(author.domain.has_value(), author.problem == AuthorProblem::kNone);
  }
}

TEST(Author, KeepsTheAddressesOfSeveralDomains) {
  const Author author = EvaluateAuthor(Fields{"a@one.test, b@two.test"});
  ASSERT_EQ(author.addresses.size(), 2u);
  EXPECT_EQ(author.addresses[1].Format(), "b@two.test");
}

TEST(Author, TellsOfADisguise) {
  EXPECT_TRUE(EvaluateAuthor(Fields{"\"ceo@bank.test\" <a@evil.test>"}).display_name_holds_address);
}

}  // namespace
}  // namespace gatepost::mail
