#include "milters/attachments/hold_record.h"

#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "common/base/strings.h"

namespace gatepost::attachments {
namespace {

using quarantine::HeldMessage;

quarantine::HoldClass ToHeldClass(HoldClass hold_class) {
  return hold_class == HoldClass::kDangerous ? quarantine::HoldClass::kDangerous
                                             : quarantine::HoldClass::kPolicy;
}

// A sender may name one twice; a copy goes to each once.
std::vector<quarantine::HeldRecipient> Distinct(const std::vector<std::string>& recipients) {
  std::vector<quarantine::HeldRecipient> distinct;
  std::set<std::string> seen;
  for (const std::string& recipient : recipients) {
    if (seen.insert(base::ToLower(recipient)).second) distinct.push_back({recipient, "", {}});
  }
  return distinct;
}

}  // namespace

// Of several fields of a name the first counts, as most mail clients have it.
void HoldRecord::OnHeader(const mail::HeaderField& field) {
  const std::array<std::pair<std::string_view, std::string*>, 7> kept{
      {{"From", &shown_.from},
       {"To", &shown_.to},
       {"Cc", &shown_.cc},
       {"Reply-To", &shown_.reply_to},
       {"Subject", &shown_.subject},
       {"Date", &shown_.date},
       {"Message-ID", &shown_.message_id}}};
  for (const auto& [name, value] : kept) {
    if (!field.Is(name) || !value->empty()) continue;
    *value = base::Trim(std::string_view(field.value).substr(0, kMostFieldBytes));
  }
  const bool answers =
      field.Is("Auto-Submitted") && !base::EqualsIgnoreCase(base::Trim(field.value), "no");
  automatic_ |= answers || field.Is("List-Id");
}

// A part that can be read in two ways is one for people.
void HoldRecord::OnItem(const Item& item) {
  const std::string part = item.part.substr(0, item.part.find("~="));
  if (item.member || item.names.empty() || last_part_ == part) return;
  last_part_ = part;
  if (shown_.attachments.size() == kMostAttachments) {
    ++shown_.more_attachments;
    return;
  }
  shown_.attachments.push_back({item.path, std::string(item.type.name), item.bytes});
}

HeldMessage HoldRecord::Make(const milter::Envelope& envelope, const milter::Connection& connection,
                             const std::vector<std::string>& recipients, const Outcome& outcome,
                             const std::string& unjudged) const {
  HeldMessage held = shown_;
  held.sender = envelope.reverse_path;
  held.client = connection.client.Format();
  held.hold_class =
      unjudged.empty() ? ToHeldClass(outcome.hold_class) : quarantine::HoldClass::kDangerous;
  held.recipients = Distinct(recipients);
  for (const RuleHit& hit : outcome.hits) {
    if (!hit.shadow) held.decisions.push_back({hit.rule, hit.path, hit.evidence});
  }
  if (!unjudged.empty()) held.decisions.push_back({"trouble", "", unjudged});
  return held;
}

}  // namespace gatepost::attachments
