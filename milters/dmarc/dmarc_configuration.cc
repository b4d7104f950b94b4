#include "milters/dmarc/dmarc_configuration.h"

#include <string.h>

#include <utility>

#include "common/config/config_error.h"
#include "common/config/secret_file.h"

namespace gatepost::dmarc {
namespace {

using config::ConfigError;

mail::Domain ParseName(std::string_view option, const std::string& name) {
  auto domain = mail::Domain::Parse(name);
  if (!domain) throw ConfigError(std::string(option) + ": \"" + name + "\" is no domain name");
  return *std::move(domain);
}

std::optional<auth::PublicSuffixList> LoadSuffixes(const DmarcRules& rules) {
  if (rules.discovery == Discovery::kTreeWalk) return std::nullopt;
  auto list = auth::PublicSuffixList::Load(rules.public_suffix_list);
  if (!list) {
    throw ConfigError("dmarc.public_suffix_list: " + rules.public_suffix_list + ": " +
                      list.error().message);
  }
  return *std::move(list);
}

std::vector<BlockList> ParseLists(const std::vector<std::string>& rows) {
  std::vector<BlockList> lists;
  for (const std::string& row : rows) {
    auto list = BlockList::Parse(row);
    if (!list) throw ConfigError("block_lists.lists: \"" + row + "\": " + list.error().message);
    lists.push_back(*std::move(list));
  }
  return lists;
}

std::shared_ptr<const auth::PrivateKey> OpenSealKey(const ArcRules& rules) {
  if (!rules.seal) return nullptr;
  if (rules.seal_key.empty() || rules.seal_selector.empty()) {
    throw ConfigError("arc.seal needs arc.seal_domain, arc.seal_selector and arc.seal_key");
  }
  ParseName("arc.seal_domain", rules.seal_domain);
  auto pem = config::ReadSecretFile(rules.seal_key);
  if (!pem) throw ConfigError("arc.seal_key: " + pem.error().message);
  auto key = auth::PrivateKey::ParsePem(*pem);
  explicit_bzero(pem->data(), pem->size());
  if (!key) throw ConfigError("arc.seal_key: " + rules.seal_key + ": " + key.error().message);
  if (key->algorithm() != auth::KeyAlgorithm::kRsa) {
    throw ConfigError("arc.seal_key: " + rules.seal_key + ": ARC knows RSA keys alone");
  }
  return std::make_shared<const auth::PrivateKey>(*std::move(key));
}

}  // namespace

std::shared_ptr<const DmarcConfiguration> LoadConfiguration(DmarcOptions options,
                                                            const config::SiteOptions& site,
                                                            const base::Clock& clock) {
  if (const std::string wrong = FindContradiction(options); !wrong.empty()) {
    throw ConfigError(wrong);
  }
  auto configuration = std::make_shared<DmarcConfiguration>();
  const config::IdentityOptions& identity = site.identity;
  configuration->authserv_id = identity.authserv_id;
  configuration->hostname = identity.hostname;
  configuration->accounts = accounts::AccountNames::Load(site.accounts);
  configuration->suffixes = LoadSuffixes(options.dmarc);
  configuration->our_names.push_back(ParseName("identity.hostname", identity.hostname));
  for (const std::string& name : options.client.our_names) {
    configuration->our_names.push_back(ParseName("client_helo_is_us.our_names", name));
  }
  configuration->lists = ParseLists(options.block_lists.lists);
  configuration->list_health = std::make_unique<ListHealth>(configuration->lists.size(), clock);
  configuration->seal_key = OpenSealKey(options.arc);
  configuration->options = std::move(options);
  return configuration;
}

}  // namespace gatepost::dmarc
