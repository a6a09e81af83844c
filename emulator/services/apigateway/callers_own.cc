#include "emulator/services/apigateway/callers_own.h"

#include "emulator/base/arn.h"

namespace millrace::apigateway {

bool means_caller(const std::string& credentials) {
  const auto arn = Arn::parse(credentials);
  return arn && arn->service == "iam" && arn->account == "*" && arn->resource == "user/*";
}

bool caller_may_invoke(protocol::Identity* identity, const protocol::Call& call, const std::string& function_arn) {
  const auto arn = Arn::parse(function_arn);
  if (!identity || !arn || call.caller.anonymous) return false;
  protocol::AccessNeed need{"lambda:InvokeFunction", function_arn};
  if (arn->account != call.caller.account) need.resource_account = arn->account;
  return !identity->authorize(call, {need});
}

std::optional<ports::Credentials> credentials_of(protocol::Identity* identity, const protocol::Call& call) {
  if (!identity || call.caller.anonymous || call.caller.access_key_id.empty()) return std::nullopt;
  const auto issued = identity->find_key(call.caller.access_key_id);
  // A key that wasn't issued here is its account's root user, whatever it is signed with.
  if (!issued) return ports::Credentials{call.caller.access_key_id, "unknown", ""};
  return ports::Credentials{call.caller.access_key_id, issued->secret_access_key, issued->session_token,
                            issued->expires_ms};
}

}  // namespace millrace::apigateway
