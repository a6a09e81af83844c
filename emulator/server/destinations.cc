#include "emulator/server/destinations.h"

#include "emulator/base/arn.h"

namespace millrace::server {

namespace {
constexpr ErrorKind kAccessDenied{"AccessDenied", 403};
constexpr ErrorKind kUnknownTarget{"InvalidParameterValueException", 400};
}  // namespace

Result<void> Destinations::check(const std::string& action, const std::string& resource, const std::string& policy, const Sender& sender) {
  bool allowed;
  if (!sender.role_arn.empty()) {
    allowed = authority_.role_may(sender.role_arn, action, resource, {});
  } else {
    ports::RequestContext context{{"aws:sourcearn", {sender.source_arn}}, {"aws:sourceaccount", {sender.account}}};
    allowed = authority_.resource_policy_allows_service(policy, sender.service_principal, action, resource, context);
  }
  if (allowed) return {};
  std::string who = sender.role_arn.empty() ? sender.service_principal : sender.role_arn;
  return AwsError(kAccessDenied, who + " is not authorized to perform: " + action + " on resource: " + resource);
}

Result<void> Destinations::send(const std::string& target_arn, const ports::Message& message, const Sender& sender) {
  auto arn = Arn::parse(target_arn);
  std::string service = arn ? arn->service : "";
  if (service == "sqs" && queues) {
    TRY_VOID(check("sqs:SendMessage", target_arn, queues->policy(target_arn), sender));
    return queues->deliver(target_arn, message, sender.role_arn.empty() ? sender.service_principal : sender.role_arn);
  }
  if (service == "sns" && topics) {
    TRY_VOID(check("sns:Publish", target_arn, topics->policy(target_arn), sender));
    return topics->publish(target_arn, message);
  }
  if (service == "lambda" && functions) {
    TRY_VOID(check("lambda:InvokeFunction", target_arn, functions->function_policy(target_arn), sender));
    return functions->accept_event(target_arn, message.body);
  }
  if (service == "s3" && objects) {
    TRY_VOID(check("s3:PutObject", target_arn + "/" + message.s3_key, "", sender));
    return objects->put({sender.account, arn->resource, message.s3_key, ""}, message.body, "application/json");
  }
  return AwsError(kUnknownTarget, "The destination ARN " + target_arn + " is invalid.");
}

}  // namespace millrace::server
