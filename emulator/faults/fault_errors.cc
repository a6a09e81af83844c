// What an error looks like on the wire, where the rule says its code alone.

#include "emulator/base/json.h"
#include "emulator/faults/fault_rules.h"

namespace millrace::faults {

using ports::FaultyCall;

struct FaultRules::Kind {
  std::string code, prefix;
  ErrorKind kind;
};

namespace {

constexpr const char* kDynamodb = "com.amazonaws.dynamodb.v20120810#";

/// AWS's status for a code: services answer 500 and 503 for their own faults, Lambda 404, 409 and 429, the others 400.
int status_of(const std::string& code, std::string_view service) {
  if (code == "SlowDown" || code == "ServiceUnavailable" || code == "ServiceUnavailableException") return 503;
  if (code == "InternalError" || code == "InternalFailure" || code == "InternalServerError" ||
      code == "InternalServerErrorException" || code == "ServiceException" || code == "KMSInternalException" ||
      code == "InternalServiceError")
    return 500;
  if (service == "lambda" || service == "s3" || service == "apigateway" || service == "scheduler") {
    if (code == "TooManyRequestsException" || code == "ThrottlingException") return 429;
    if (code == "ResourceNotFoundException" || code == "NoSuchKey" || code == "NoSuchBucket") return 404;
    if (code == "ResourceConflictException" || code == "ConflictException" || code == "OperationAborted") return 409;
    if (code == "AccessDenied" || code == "AccessDeniedException") return 403;
  }
  return 400;
}

/// How a service says that it is asked too much.
std::pair<std::string, std::string> throttling_of(std::string_view service, std::string_view operation) {
  if (service == "dynamodb") {
    // source: API reference; control planes are throttled otherwise
    const bool items = operation.find("Item") != std::string_view::npos || operation == "Query" ||
                       operation == "Scan" || operation == "GetRecords" ||
                       operation.find("Statement") != std::string_view::npos;
    if (items)
      return {"ProvisionedThroughputExceededException",
              "The level of configured provisioned throughput for the table was exceeded. Consider increasing your "
              "provisioning level with the UpdateTable API."};
    return {"ThrottlingException", "Rate exceeded"};
  }
  if (service == "s3") return {"SlowDown", "Please reduce your request rate."};
  if (service == "lambda" || service == "apigateway") return {"TooManyRequestsException", "Rate exceeded"};
  if (service == "iam" || service == "sts" || service == "sns" || service == "monitoring")
    return {"Throttling", "Rate exceeded"};
  if (service == "sqs") return {"RequestThrottled", "Rate exceeded"};
  return {"ThrottlingException", "Rate exceeded"};
}

/// One of the transaction's items is being written by another: the first.
AwsError cancelled(const ErrorKind& kind, std::string_view body) {
  auto input = parse_json(body);
  const Json* items = input ? find(*input, "TransactItems") : nullptr;
  if (!items && input) items = find(*input, "TransactStatements");
  Json reasons = Json::array();
  std::string codes;
  for (size_t i = 0; items && items->is_array() && i < items->size(); ++i) {
    const char* code = i == 0 ? "TransactionConflict" : "None";
    codes += (i ? ", " : "") + std::string(code);
    reasons.push_back(i == 0 ? Json{{"Code", code}, {"Message", "Transaction is ongoing for the item"}}
                             : Json{{"Code", code}});
  }
  return {kind,
          "Transaction cancelled, please refer cancellation reasons for specific reasons [" + codes + "]",
          {{"CancellationReasons", std::move(reasons)}}};
}

}  // namespace

const ErrorKind& FaultRules::kind_of(const std::string& code, int status, bool of_dynamodb) {
  const bool capital = of_dynamodb && (code == "TransactionCanceledException" || code == "AccessDeniedException");
  auto& slot = kinds_[code + " " + std::to_string(status) + (of_dynamodb ? " d" : "")];
  if (!slot) {
    slot = std::make_shared<Kind>();
    slot->code = code;
    slot->prefix = of_dynamodb ? kDynamodb : "";
    slot->kind = {slot->code.c_str(), status, slot->prefix.c_str(), capital ? "Message" : "message",
                  status >= 500 ? Fault::server : Fault::client};
  }
  return slot->kind;
}

AwsError FaultRules::error_of(const FaultRule& rule, const FaultyCall& call) {
  std::string code = rule.code, message = rule.message;
  const bool of_dynamodb = call.service == "dynamodb";
  if (rule.kind == FaultKind::throttle && code.empty()) {
    auto [own, words] = throttling_of(call.service, call.operation);
    code = std::move(own);
    if (message.empty()) message = std::move(words);
  } else if (rule.kind == FaultKind::iterator_expired) {
    code = "ExpiredIteratorException";
    if (message.empty()) message = "Iterator expired: it was created more than 15 minutes ago";
  } else if (rule.kind == FaultKind::conflict) {
    const bool transaction = call.operation.find("Transact") != std::string_view::npos;
    if (transaction) return cancelled(kind_of("TransactionCanceledException", 400, true), call.body);
    code = "TransactionConflictException";
    if (message.empty()) message = "Transaction is ongoing for the item";
  }
  if (message.empty()) message = "A test asked for this error";
  const int status = rule.status ? rule.status : status_of(code, call.service);
  return {kind_of(code, status, of_dynamodb), std::move(message)};
}

}  // namespace millrace::faults
