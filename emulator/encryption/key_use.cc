#include "emulator/encryption/key_use.h"

#include "emulator/protocol/sign_in_words.h"

namespace millrace::encryption {

Result<std::optional<ports::KeyFacts>> usable_key(ports::Encryption* keys, const KeyOf& key) {
  if (!keys || key.name.empty()) return std::optional<ports::KeyFacts>();
  TRY(ports::KeyFacts found, keys->find_key(key.account, key.region, key.name));
  if (found.aws_managed) return std::optional<ports::KeyFacts>();
  TRY_VOID(keys->check_usable(found.arn));
  return std::optional<ports::KeyFacts>(std::move(found));
}

Result<std::optional<ports::KeyFacts>> use_key(const KeyUser& user, const KeyOf& key, const protocol::Call& call,
                                               const std::vector<std::string>& actions) {
  TRY(auto found, usable_key(user.keys, key));
  if (!found || !user.identity) return found;
  for (const std::string& action : actions) {
    protocol::AccessNeed need{"kms:" + action, found->arn};
    need.context = ports::key_use_context(user.service, key.region, call.caller.account, key.context);
    if (auto denial = user.identity->authorize(call, {need}))
      return AwsError(kAccessDenied, protocol::denial_message(*denial));
  }
  return found;
}

Result<void> use_key_as_sender(const KeyUser& user, const KeyOf& key, ports::Authority& authority,
                               const ports::Destination::Sender& sender, const std::vector<std::string>& actions) {
  if (!user.keys || key.name.empty()) return {};
  TRY(ports::KeyFacts found, user.keys->find_key(key.account, key.region, key.name));
  if (found.aws_managed && !sender.role_arn.empty()) return {};
  const auto denied = [&](const std::string& action) {
    return AwsError(kAccessDenied,
                    "The sender is not authorized to perform: kms:" + action + " on resource: " + found.arn);
  };
  // A service that calls for itself comes from an account of its own, which AWS's keys don't let in.
  if (found.aws_managed) return denied(actions.front());
  TRY_VOID(user.keys->check_usable(found.arn));
  const std::string& account = sender.account.empty() ? key.account : sender.account;
  ports::RequestContext context = ports::key_use_context(user.service, key.region, account, key.context);
  if (!sender.source_arn.empty()) context["aws:sourcearn"] = {sender.source_arn};
  if (!sender.account.empty()) context["aws:sourceaccount"] = {sender.account};
  for (const std::string& action : actions) {
    const bool allowed =
        sender.role_arn.empty()
            ? authority.resource_policy_allows_service(user.keys->policy(found.arn), sender.service_principal,
                                                       "kms:" + action, found.arn, context)
            : authority.role_may(sender.role_arn, "kms:" + action, found.arn, context);
    if (!allowed) return denied(action);
  }
  return {};
}

std::string sdk_words(const AwsError& error, const std::string& request_id) {
  return (error.message.empty() ? "null" : error.message) +
         " (Service: AWSKMS; Status Code: 400; Error Code: " + error.kind->code + "; Request ID: " + request_id +
         "; Proxy: null)";
}

std::string exception_words(const AwsError& error, const std::string& request_id) {
  return std::string("com.amazonaws.services.kms.model.") +
         (error.is(kAccessDenied) ? "AWSKMSException" : error.kind->code) + ": " + sdk_words(error, request_id);
}

}  // namespace millrace::encryption
