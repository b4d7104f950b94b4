#include "common/auth/dkim_results.h"

#include <algorithm>

#include "common/mail/domain.h"

namespace gatepost::auth {
namespace {

constexpr std::size_t kMaxSummaryBytes = 1024;

void AddProperty(mail::MethodResult& result, std::string_view type, std::string_view property,
                 const std::string& value) {
  if (!value.empty())
    result.properties.push_back({std::string(type), std::string(property), value});
}

// A-labels, because the field must be ASCII where the message is no EAI message (RFC 8601 2.2);
// what is no domain stays as it is.
std::string ToAscii(const std::string& domain) {
  const auto parsed = mail::Domain::Parse(domain);
  return parsed ? parsed->ascii() : domain;
}

// The same for i=; a local part beyond ASCII is left out.
std::string IdentityToAscii(const std::string& identity) {
  const std::size_t at = identity.rfind('@');
  if (at == std::string::npos) return identity;
  const std::string local = identity.substr(0, at);
  const bool ascii = std::ranges::all_of(local, [](unsigned char c) { return c < 0x80; });
  return (ascii ? local : "") + "@" + ToAscii(identity.substr(at + 1));
}

mail::MethodResult ToMethodResult(const DkimSignatureResult& signature) {
  mail::MethodResult result;
  result.method = "dkim";
  result.result = Name(signature.result);
  result.reason = signature.reason;
  if (signature.testing) result.comment = "testing";
  AddProperty(result, "header", "d", ToAscii(signature.domain));
  AddProperty(result, "header", "i", IdentityToAscii(signature.identity));
  AddProperty(result, "header", "s", signature.selector);
  AddProperty(result, "header", "a", signature.algorithm);
  AddProperty(result, "header", "b", signature.b_prefix);
  return result;
}

}  // namespace

std::vector<mail::MethodResult> ToMethodResults(const std::vector<DkimSignatureResult>& results) {
  std::vector<mail::MethodResult> methods;
  for (const DkimSignatureResult& signature : results) {
    methods.push_back(ToMethodResult(signature));
  }
  if (methods.empty()) methods.push_back(ToMethodResult({}));
  return methods;
}

std::string Summarize(const std::vector<DkimSignatureResult>& results) {
  if (results.empty()) return "none";
  std::string text;
  for (const DkimSignatureResult& signature : results) {
    if (text.size() > kMaxSummaryBytes) return text + "; ...";
    if (!text.empty()) text += "; ";
    text += Name(signature.result);
    text += " d=" + signature.domain + " s=" + signature.selector + " a=" + signature.algorithm;
    if (!signature.reason.empty()) text += " (" + signature.reason + ")";
  }
  return text;
}

}  // namespace gatepost::auth
