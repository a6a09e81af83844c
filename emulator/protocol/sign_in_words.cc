#include "emulator/protocol/sign_in_words.h"

namespace millrace::protocol {

AwsError sign_in_error(const ServiceErrors& errors, SignInError error) {
  switch (error) {
    case SignInError::missing_token: return {errors.missing_token, "Request is missing Authentication Token"};
    case SignInError::incomplete_signature:
      return {errors.incomplete_signature,
              "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' "
              "parameter. Authorization header requires 'SignedHeaders' parameter."};
    case SignInError::invalid_token:
      return {errors.invalid_token, "The security token included in the request is invalid."};
    case SignInError::wrong_signature:
      return {errors.wrong_signature,
              "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
              "Access Key and signing method. Consult the service documentation for details."};
    case SignInError::expired_token:
      return {errors.expired_token, "The security token included in the request is expired"};
    case SignInError::expired_request: return {errors.wrong_signature, "Signature expired"};
  }
  return {errors.invalid_token, ""};
}

AwsError incomplete_signature_error(const ServiceErrors& errors, const Call& call) {
  std::string header(call.http.headers.get("authorization"));
  if (header.empty()) return sign_in_error(errors, SignInError::incomplete_signature);
  if (!header.starts_with("AWS4-")) return sign_in_error(errors, SignInError::missing_token);
  std::string text;
  for (const char* part : {"Credential", "Signature", "SignedHeaders"}) {
    size_t at = header.find(std::string(part) + "=");
    size_t end = at == std::string::npos ? at : at + std::string_view(part).size() + 1;
    bool given = at != std::string::npos && end < header.size() && header[end] != ',' && header[end] != ' ';
    if (!given) text += std::string("Authorization header requires '") + part + "' parameter. ";
  }
  if (!call.http.headers.has("x-amz-date") && !call.http.headers.has("date"))
    text += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
  if (text.empty()) return sign_in_error(errors, SignInError::incomplete_signature);
  return {errors.incomplete_signature, text + "Authorization=" + header};
}

std::string denial_message(const Denial& denial) {
  std::string out = "User: " + denial.principal_arn + " is not authorized to perform: " + denial.action;
  if (!denial.resource.empty()) out += " on resource: " + denial.resource;
  if (!denial.reason.empty()) out += " " + denial.reason;
  return out;
}

}  // namespace millrace::protocol
