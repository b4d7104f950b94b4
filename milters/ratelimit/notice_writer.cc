#include "milters/ratelimit/notice_writer.h"

#include <algorithm>

#include "milters/ratelimit/notice_words.h"

namespace gatepost::ratelimit {
namespace {

// Whom the mail server's own standard gives each domain (RFC 5321 section 4.5.1).
std::string PostmasterAt(const std::string& domain) { return "postmaster@" + domain; }

std::vector<std::string> AdminsOf(const NoticeRules& rules, const NoticeSite& site) {
  if (!rules.admins.empty()) return rules.admins;
  return {PostmasterAt(site.default_domain.empty() ? site.hostname : site.default_domain)};
}

}  // namespace

NoticeWriter::NoticeWriter(const NoticeRules& rules, NoticeSite site)
    : site_(std::move(site)),
      from_(rules.from.empty() ? PostmasterAt(site_.hostname) : rules.from),
      admins_(AdminsOf(rules, site_)),
      postmasters_(rules.postmasters),
      templates_(NoticeTemplates::Load(rules.templates)),
      readers_(notices::Readers::Load(rules.languages, templates_)) {}

std::vector<submit::Notice> NoticeWriter::Write(const NoticeFacts& facts) const {
  std::vector<submit::Notice> notices;
  for (const Reader& reader : ReadersOf(facts)) notices.push_back(WriteOne(facts, reader));
  return notices;
}

NoticeWriter::Readers NoticeWriter::ReadersOf(const NoticeFacts& facts) const {
  Readers readers;
  switch (facts.kind) {
    case NoticeKind::kLimitNear:
      AddAdministratorOfDomain(facts.account, NoticeText::kLimitNear, readers);
      readers.push_back({facts.account, NoticeText::kLimitNear});
      break;
    case NoticeKind::kSuspicious:
      AddAdministrators(facts.account, NoticeText::kSuspicious, readers);
      break;
    case NoticeKind::kThrottled:
      AddAdministrators(facts.account, NoticeText::kThrottled, readers);
      break;
    case NoticeKind::kSuspended:
      AddAdministrators(facts.account, NoticeText::kSuspended, readers);
      break;
    case NoticeKind::kSuspendedOwner:
      AddOwner(facts.account, readers);
      break;
  }
  // An account need not be an address, and nobody wants the same twice: of two that differ in
  // figures alone the full one stays.
  std::erase_if(readers, [](const Reader& r) { return !submit::IsPlainAddress(r.to); });
  std::ranges::sort(readers, std::greater<>());
  // Not std::ranges: clang 14 does not compile what it returns.
  const auto same = std::unique(
      readers.begin(), readers.end(),
      [](const Reader& a, const Reader& b) { return a.to == b.to && a.text == b.text; });
  readers.erase(same, readers.end());
  return readers;
}

// Administrators' words never go to the account itself.
void NoticeWriter::AddAdministrators(const std::string& account, NoticeText text,
                                     Readers& readers) const {
  for (const std::string& admin : admins_) readers.push_back({admin, text, true});
  AddAdministratorOfDomain(account, text, readers);
  std::erase_if(readers, [&](const Reader& reader) { return IsAccount(reader.to, account); });
}

void NoticeWriter::AddAdministratorOfDomain(const std::string& account, NoticeText text,
                                            Readers& readers) const {
  const std::string named = readers_.AdministratorOf(account);
  if (!named.empty()) return readers.push_back({named, text, true});
  const std::size_t at = account.rfind('@');
  if (!postmasters_ || at == std::string::npos) return;
  readers.push_back({PostmasterAt(account.substr(at + 1)), text, false});
}

void NoticeWriter::AddOwner(const std::string& account, Readers& readers) const {
  readers.push_back({account, NoticeText::kSuspendedOwner});
  readers.push_back({site_.contacts->Find(account), NoticeText::kSuspendedContact, true});
}

bool NoticeWriter::IsAccount(const std::string& address, const std::string& account) const {
  return address == account || site_.names->Canonicalize(address).name == account;
}

submit::Notice NoticeWriter::WriteOne(const NoticeFacts& facts, const Reader& reader) const {
  const bool is_owner = reader.text == NoticeText::kSuspendedContact;
  const std::string language = readers_.LanguageOf(is_owner ? facts.account : reader.to);
  const std::string administrator = readers_.AdministratorOf(facts.account);
  const std::string why = DescribeSignals(language, facts.signals);
  NoticeTemplates::Values values{{"account", facts.account},
                                 {"host", site_.hostname},
                                 {"contact", administrator.empty() ? from_ : administrator},
                                 {"why", why}};
  if (!reader.in_figures) values.emplace_back("evidence", why);
  if (facts.limit) {
    values.emplace_back("limit", DescribeLimit(language, facts.limit->amount, facts.limit->limit));
  }
  // The first of a name counts.
  values.insert(values.end(), facts.values.begin(), facts.values.end());
  auto filled = templates_.Fill(reader.text, language, values);
  return {"", from_, reader.to, std::move(filled.subject), std::move(filled.text)};
}

}  // namespace gatepost::ratelimit
