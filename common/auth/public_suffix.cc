#include "common/auth/public_suffix.h"

#include <libpsl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace gatepost::auth {
namespace {

using base::ErrorKind;
using base::Fail;

const psl_ctx_t* ListOf(const void* list) { return static_cast<const psl_ctx_t*>(list); }

// libpsl reads any text as rules. Every list that deserves the name has this one.
bool KnowsCom(const psl_ctx_t* list) {
  return psl_is_public_suffix2(list, "com", PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE) == 1;
}

}  // namespace

base::Result<PublicSuffixList> PublicSuffixList::Load(const std::string& path) {
  if (access(path.c_str(), R_OK) != 0) {
    return Fail(ErrorKind::kNotFound, path + ": " + std::generic_category().message(errno));
  }
  PublicSuffixList list;
  list.list_ = std::shared_ptr<psl_ctx_t>(psl_load_file(path.c_str()), psl_free);
  if (list.list_ == nullptr || !KnowsCom(ListOf(list.list_.get()))) {
    return Fail(ErrorKind::kInvalid, path + ": not a public suffix list");
  }
  return list;
}

mail::Domain PublicSuffixList::OrganizationalDomain(const mail::Domain& domain) const {
  const char* const found = psl_registrable_domain(ListOf(list_.get()), domain.ascii().c_str());
  if (found == nullptr) return domain;
  // Part of the name that went in, so it parses.
  return mail::Domain::Parse(found).value_or(domain);
}

bool PublicSuffixList::IsPublicSuffix(const mail::Domain& domain) const {
  return psl_is_public_suffix(ListOf(list_.get()), domain.ascii().c_str()) == 1;
}

}  // namespace gatepost::auth
