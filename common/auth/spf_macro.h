// Macro strings (RFC 7208 section 7): parsed once with the record, expanded for one client and
// domain. Used by the SPF record parser and the evaluation. Values; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/ip_address.h"
#include "common/base/result.h"

namespace gatepost::auth {

// What the macro letters stand for; all of it may be foreign text.
struct SpfMacroValues {
  std::string_view local_part;      // %{l}
  std::string_view sender_domain;   // %{o}; %{s} is local_part@sender_domain
  std::string_view domain;          // %{d}
  std::string_view helo;            // %{h}
  std::string_view receiver;        // %{r}
  std::string_view validated_name;  // %{p}; read only where NeedsValidatedName()
  base::IpAddress client;           // %{i}, %{c}, %{v}
  base::WallTime now{};             // %{t}
};

// Where a macro string stands decides what it may hold.
enum class SpfMacroUse {
  kName,         // a domain-spec: visible characters, ends in a macro or a top label
  kModifier,     // the value of an unknown modifier: any letter, never expanded
  kExplanation,  // what exp= points at: spaces, and the letters c, r, t
};

class SpfMacroString {
 public:
  // kInvalid for everything that section 7.1 does not know, a count of 0 parts included.
  static base::Result<SpfMacroString> Parse(std::string_view text, SpfMacroUse use);

  bool NeedsValidatedName() const;

  // For a DNS question: without the trailing dot, and without as many labels on the left as 253
  // bytes ask for (section 7.3). What comes out need not be a name that DNS can carry.
  std::string ExpandName(const SpfMacroValues& values) const;
  // For people: what exceeds `max_bytes` is cut off. May hold any byte that the values hold.
  std::string ExpandText(const SpfMacroValues& values, std::size_t max_bytes) const;

 private:
  struct Piece {
    char letter = 0;        // lower case; 0: `text` stands for itself
    std::string text;       // or the delimiters
    std::size_t parts = 0;  // 0: all
    bool reversed = false;
    bool escaped = false;
  };

  static base::Result<Piece> ParseMacro(std::string_view inside, SpfMacroUse use);
  static std::string Expand(const Piece& piece, const SpfMacroValues& values);
  void AddLiteral(std::string_view text);

  std::vector<Piece> pieces_;
};

}  // namespace gatepost::auth
