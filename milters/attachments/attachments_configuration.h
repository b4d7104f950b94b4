// All that a message needs to know, loaded whole or not at all. Immutable; messages that began
// before a reload finish with what they began with. Any thread.
#pragma once

#include <memory>

#include "common/accounts/account.h"
#include "common/config/site_options.h"
#include "milters/attachments/attachments_options.h"
#include "milters/attachments/inspection.h"
#include "milters/attachments/rule_set.h"

namespace gatepost::attachments {

struct AttachmentsConfiguration {
  AttachmentsOptions options;
  RuleSet rules;
  InspectionLimits limits;
  mime::WalkLimits walk;
  std::shared_ptr<const accounts::AccountNames> accounts;
};

// Reads what the options name. Throws config::ConfigError.
std::shared_ptr<const AttachmentsConfiguration> LoadConfiguration(AttachmentsOptions options,
                                                                  const config::SiteOptions& site);

}  // namespace gatepost::attachments
