#include "common/milter/negotiation.h"

#include <array>

namespace gatepost::milter {
namespace {

using Want = Stages::Want;

constexpr std::uint32_t Bits(unsigned long bits) { return static_cast<std::uint32_t>(bits); }

// These the mail server need not support: libmilter answers "continue" in our place.
constexpr std::uint32_t kSilence =
    Bits(SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_RCPT | SMFIP_NR_HDR |
         SMFIP_NR_EOH | SMFIP_NR_BODY);

// These the session declines by itself where the mail server does not offer it.
constexpr std::uint32_t kDeclined = Bits(SMFIP_NORCPT | SMFIP_NOHDRS | SMFIP_NOEOH | SMFIP_NOBODY);

std::uint32_t EventSteps(Want want, unsigned long declined, unsigned long silent) {
  switch (want) {
    case Want::kNo:
      return Bits(declined);
    case Want::kListen:
      return Bits(silent);
    case Want::kAnswer:
      return 0;
  }
  return 0;
}

// MAIL begins every message, so it is asked for even where the program does not look at it; DATA
// and unknown commands nobody needs.
std::uint32_t WantedSteps(const Stages& stages) {
  const Want mail_from = stages.mail_from == Want::kNo ? Want::kListen : stages.mail_from;
  std::uint32_t steps = Bits(SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NODATA | SMFIP_NOUNKNOWN);
  steps |= EventSteps(mail_from, 0, SMFIP_NR_MAIL);
  steps |= EventSteps(stages.recipient, SMFIP_NORCPT, SMFIP_NR_RCPT);
  steps |= EventSteps(stages.headers, SMFIP_NOHDRS, SMFIP_NR_HDR);
  steps |= EventSteps(stages.end_of_headers, SMFIP_NOEOH, SMFIP_NR_EOH);
  steps |= EventSteps(stages.body, SMFIP_NOBODY, SMFIP_NR_BODY);
  if (stages.body == Want::kAnswer) steps |= Bits(SMFIP_SKIP);
  if (stages.refused_recipients && stages.recipient != Want::kNo) steps |= Bits(SMFIP_RCPT_REJ);
  return steps | Bits(SMFIP_HDR_LEADSPC);
}

std::uint32_t WantedActions(const Stages& stages) {
  std::uint32_t actions = Bits(SMFIF_SETSYMLIST);
  if (stages.adds_headers) actions |= Bits(SMFIF_ADDHDRS);
  if (stages.changes_headers) actions |= Bits(SMFIF_CHGHDRS);
  if (stages.replaces_body) actions |= Bits(SMFIF_CHGBODY);
  if (stages.quarantines) actions |= Bits(SMFIF_QUARANTINE);
  return actions;
}

bool SetList(SMFICTX* context, int stage, const char* macros) {
  // libmilter copies the list; its signature predates const.
  return smfi_setsymlist(context, stage, const_cast<char*>(macros)) == MI_SUCCESS;
}

}  // namespace

Terms Negotiate(const Stages& stages, const Terms& offer) {
  return {WantedActions(stages) & offer.actions,
          WantedSteps(stages) & (offer.steps | kSilence | kDeclined)};
}

std::uint32_t StepsToAskFor(const Terms& terms, const Terms& offer) {
  return terms.steps & (offer.steps | kSilence);
}

// libmilter's manual speaks of five macros a stage; no list here is longer. {daemon_name} stands in
// MAIL's list because it is always set: libmilter keeps a stage's old macros when the mail server
// has none to send, and so the {auth_author} of one message would reach the next.
bool SendMacroLists(SMFICTX* context, const Stages& stages) {
  const bool recipients = stages.recipient != Want::kNo;
  return SetList(context, SMFIM_CONNECT, "j {daemon_name}") &&
         SetList(context, SMFIM_HELO, "{tls_version}") &&
         SetList(context, SMFIM_ENVFROM, "i {daemon_name} {auth_authen} {auth_author}") &&
         SetList(context, SMFIM_ENVRCPT,
                 recipients ? "i {rcpt_mailer} {rcpt_host} {rcpt_addr}" : "i") &&
         SetList(context, SMFIM_DATA, "i") && SetList(context, SMFIM_EOH, "i") &&
         SetList(context, SMFIM_EOM, "i");
}

}  // namespace gatepost::milter
