#include "common/mail/author.h"

#include <algorithm>
#include <utility>

namespace gatepost::mail {
namespace {

Author Without(AuthorProblem problem) {
  Author author;
  author.problem = problem;
  return author;
}

bool ShareOneDomain(const std::vector<Address>& addresses) {
  return std::all_of(addresses.begin(), addresses.end(), [&](const Address& address) {
    return address.domain == addresses.front().domain;
  });
}

}  // namespace

Author EvaluateAuthor(std::span<const std::string_view> from_values) {
  if (from_values.empty()) return Without(AuthorProblem::kMissing);
  if (from_values.size() > 1) return Without(AuthorProblem::kSeveralFields);
  auto list = ParseAddressList(from_values.front());
  if (!list) return Without(AuthorProblem::kUnparsable);
  Author author;
  author.addresses = std::move(list->mailboxes);
  author.display_name_holds_address = list->display_name_holds_address;
  if (author.addresses.empty()) {
    author.problem = AuthorProblem::kNoAddress;
  } else if (!ShareOneDomain(author.addresses)) {
    author.problem = AuthorProblem::kSeveralDomains;
  } else {
    author.problem = AuthorProblem::kNone;
    author.domain = author.addresses.front().domain;
  }
  return author;
}

std::string_view Name(AuthorProblem problem) {
  switch (problem) {
    case AuthorProblem::kNone:
      return "none";
    case AuthorProblem::kMissing:
      return "missing";
    case AuthorProblem::kSeveralFields:
      return "several_fields";
    case AuthorProblem::kUnparsable:
      return "unparsable";
    case AuthorProblem::kNoAddress:
      return "no_address";
    case AuthorProblem::kSeveralDomains:
      return "several_domains";
  }
  return "unknown";
}

}  // namespace gatepost::mail
