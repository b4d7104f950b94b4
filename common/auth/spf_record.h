// An SPF record (RFC 7208 sections 4.6, 5, 6 and 12), read whole before anything of it is
// evaluated: a syntax error anywhere spoils it. Used by the evaluation. Values; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/auth/spf.h"
#include "common/auth/spf_macro.h"
#include "common/base/result.h"

namespace gatepost::auth {

// redirect= is a modifier that works like a last mechanism.
enum class SpfTermKind { kAll, kInclude, kA, kMx, kPtr, kIp4, kIp6, kExists, kRedirect };

struct SpfTerm {
  SpfTermKind kind = SpfTermKind::kAll;
  SpfResult qualifier = SpfResult::kPass;
  std::optional<SpfMacroString> target;    // the domain-spec; nothing: the current domain
  std::array<std::uint8_t, 16> network{};  // ip4: the first 4 bytes
  unsigned prefix4 = 32;
  unsigned prefix6 = 128;
  std::string text;  // as published

  // Counts against the limit of section 4.6.4.
  bool AsksDns() const {
    return kind != SpfTermKind::kAll && kind != SpfTermKind::kIp4 && kind != SpfTermKind::kIp6;
  }
  // The target is a domain whose own record is evaluated.
  bool IsRecord() const { return kind == SpfTermKind::kInclude || kind == SpfTermKind::kRedirect; }
};

struct SpfRecord {
  std::vector<SpfTerm> mechanisms;  // in their order
  std::optional<SpfTerm> redirect;
  std::optional<SpfMacroString> explanation;  // the name that exp= points at

  // Whether a TXT record is one of SPF's (section 4.5).
  static bool IsSpf(std::string_view text);
  // Of text for which IsSpf holds. kInvalid names the term that is wrong, in printable ASCII.
  static base::Result<SpfRecord> Parse(std::string_view text);
};

}  // namespace gatepost::auth
