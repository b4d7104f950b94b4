#include "milters/attachments/attachments_configuration.h"

#include <utility>

namespace gatepost::attachments {
namespace {

RuleSet LoadRules(const RuleOptions& options) {
  if (!options.file.empty()) return RuleSet::Load(options.file, options.allow_discard);
  return RuleSet::Parse(std::string(RuleSet::DefaultText()), "attachments.rules");
}

InspectionLimits ToLimits(const LookOptions& options, const config::SiteOptions& site) {
  InspectionLimits limits;
  limits.spool_folder =
      options.spool_folder.empty() ? site.store.state_directory : options.spool_folder;
  limits.spool_bytes = static_cast<std::uint64_t>(options.spool_bytes);
  limits.scan.depth = static_cast<std::size_t>(options.depth);
  limits.scan.members = static_cast<std::size_t>(options.members);
  limits.scan.bytes = static_cast<std::uint64_t>(options.unpacked);
  limits.scan.ratio = static_cast<std::uint64_t>(options.ratio);
  limits.scan.time = options.time;
  limits.scan_wait = options.wait;
  return limits;
}

}  // namespace

std::shared_ptr<const AttachmentsConfiguration> LoadConfiguration(AttachmentsOptions options,
                                                                  const config::SiteOptions& site) {
  RuleSet rules = LoadRules(options.rules);
  InspectionLimits limits = ToLimits(options.look, site);
  mime::WalkLimits walk;
  walk.depth = static_cast<std::size_t>(options.look.mime_depth);
  walk.parts = static_cast<std::size_t>(options.look.parts);
  return std::make_shared<const AttachmentsConfiguration>(
      AttachmentsConfiguration{std::move(options), std::move(rules), std::move(limits), walk,
                               accounts::AccountNames::Load(site.accounts)});
}

}  // namespace gatepost::attachments
