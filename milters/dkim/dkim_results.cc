#include "milters/dkim/dkim_results.h"

namespace gatepost::dkim {
namespace {

void AddProperty(mail::MethodResult& result, std::string_view type, std::string_view property,
                 const std::string& value) {
  if (!value.empty())
    result.properties.push_back({std::string(type), std::string(property), value});
}

mail::MethodResult ToMethodResult(const auth::DkimSignatureResult& signature) {
  mail::MethodResult result;
  result.method = "dkim";
  result.result = auth::Name(signature.result);
  result.reason = signature.reason;
  if (signature.testing) result.comment = "testing";
  AddProperty(result, "header", "d", signature.domain);
  AddProperty(result, "header", "i", signature.identity);
  AddProperty(result, "header", "s", signature.selector);
  AddProperty(result, "header", "a", signature.algorithm);
  AddProperty(result, "header", "b", signature.b_prefix);
  return result;
}

}  // namespace

std::vector<mail::MethodResult> ToMethodResults(
    const std::vector<auth::DkimSignatureResult>& results) {
  std::vector<mail::MethodResult> methods;
  for (const auth::DkimSignatureResult& signature : results) {
    methods.push_back(ToMethodResult(signature));
  }
  if (methods.empty()) methods.push_back(ToMethodResult({}));
  return methods;
}

std::string Summarize(const std::vector<auth::DkimSignatureResult>& results) {
  if (results.empty()) return "none";
  std::string text;
  for (const auth::DkimSignatureResult& signature : results) {
    if (!text.empty()) text += "; ";
    text += auth::Name(signature.result);
    text += " d=" + signature.domain + " s=" + signature.selector + " a=" + signature.algorithm;
    if (!signature.reason.empty()) text += " (" + signature.reason + ")";
  }
  return text;
}

}  // namespace gatepost::dkim
