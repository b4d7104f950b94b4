// Decisions as one line of text, for tables of cases.
#pragma once

#include <string>

#include "milters/dmarc/decision_policy.h"

namespace gatepost::dmarc {

// "refuse by dmarc: dmarc=refuse(shadow)": what a decision is, in one line.
inline std::string Describe(const Decision& decision) {
  std::string text(Name(decision.action));
  if (decision.deciding) text += " by " + decision.findings[*decision.deciding].rule;
  text += ":";
  for (const Finding& finding : decision.findings) {
    text += " " + finding.rule + "=" + std::string(Name(finding.action));
    if (finding.mode == RuleMode::kShadow) text += "(shadow)";
  }
  return text;
}

inline std::string Overrides(const Decision& decision) {
  std::string text;
  for (const Override& reason : decision.overrides) {
    text += (text.empty() ? "" : "; ") + reason.type + ": " + reason.comment;
  }
  return text;
}

inline std::string Reply(const Decision& decision) {
  if (!decision.deciding) return "";
  const milter::Reply& reply = decision.findings[*decision.deciding].reply;
  std::string text;
  for (const std::string& line : reply.lines) {
    text += std::to_string(reply.code) + " " + reply.enhanced + " " + line + "\n";
  }
  return text;
}

}  // namespace gatepost::dmarc
