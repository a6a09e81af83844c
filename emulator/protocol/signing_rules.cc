#include "emulator/protocol/signing_rules.h"

#include <algorithm>

namespace millrace::protocol {

namespace {

constexpr Millis kSkewMax = 15 * 60 * 1000;

/// 20240131T090507Z
std::string stamp_of(Millis time) {
  std::string text = iso_seconds(time);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

}  // namespace

Millis signature_time(const std::string& stamp) {
  if (stamp.size() != 16) return -1;
  return parse_iso(stamp.substr(0, 4) + "-" + stamp.substr(4, 2) + "-" + stamp.substr(6, 5) + ":" +
                   stamp.substr(11, 2) + ":" + stamp.substr(13, 3));
}

std::optional<SigningProblem> check_signing_time(const Credential& credential, Millis now) {
  if (credential.version_2) return std::nullopt;
  const Millis at = signature_time(credential.timestamp);
  if (at < 0) return std::nullopt;  // then the signature is of no time and can't be right
  const std::string& stamp = credential.timestamp;
  if (stamp.substr(0, 8) != credential.date)
    return SigningProblem{
        SignatureFault::wrong_date,
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '" +
            credential.date + "' != '" + stamp.substr(0, 8) + "', from '" + stamp + "'."};
  if (!credential.presigned && at < now - kSkewMax)
    return SigningProblem{SignatureFault::expired, "Signature expired: " + stamp + " is now earlier than " +
                                                       stamp_of(now - kSkewMax) + " (" + stamp_of(now) + " - 15 min.)"};
  if (at > now + kSkewMax)
    return SigningProblem{SignatureFault::not_yet_current, "Signature not yet current: " + stamp +
                                                               " is still later than " + stamp_of(now + kSkewMax) +
                                                               " (" + stamp_of(now) + " + 15 min.)"};
  return std::nullopt;
}

std::optional<SigningProblem> check_scope(const Credential& credential, const std::string& wanted) {
  if (credential.version_2 || wanted.empty() || credential.service == wanted) return std::nullopt;
  return SigningProblem{SignatureFault::wrong_service,
                        "Credential should be scoped to correct service: '" + wanted + "'. "};
}

std::optional<SigningProblem> check_one_mechanism(const HttpRequest& request, const QueryParameters& query) {
  if (!request.headers.has("authorization")) return std::nullopt;
  for (const char* name : {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "AWSAccessKeyId"}) {
    if (query_value(query, name))
      return SigningProblem{
          SignatureFault::two_mechanisms,
          std::string("Found both '") + name + "' as a query-string param and 'Authorization' as HTTP header."};
  }
  return std::nullopt;
}

AwsError signing_error(const SigningProblem& problem, const Call& call) {
  if (const auto* own = dynamic_cast<const SigningWords*>(call.service)) return own->signature_refused(problem, call);
  return {*call.service->sign_in_failed(SignInError::wrong_signature, call).kind, problem.words};
}

}  // namespace millrace::protocol
