// The settings of event source mappings: their constraints, AWS's own checks, and what they need of the role.

#include <algorithm>

#include "emulator/base/arn.h"
#include "emulator/ports/stream_reader.h"
#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/function_settings.h"
#include "emulator/services/lambda/mappings.h"

namespace millrace::lambda {

using namespace protocol;

namespace {

constexpr size_t kFiltersMax = 10;  // five by default on AWS, ten by raising the quota
constexpr const char* kMembers[] = {"BatchSize",
                                    "MaximumBatchingWindowInSeconds",
                                    "ParallelizationFactor",
                                    "FilterCriteria",
                                    "MaximumRecordAgeInSeconds",
                                    "BisectBatchOnFunctionError",
                                    "MaximumRetryAttempts",
                                    "TumblingWindowInSeconds",
                                    "FunctionResponseTypes",
                                    "DestinationConfig",
                                    "ScalingConfig",
                                    "KMSKeyArn",
                                    "MetricsConfig",
                                    "LoggingConfig",
                                    "ProvisionedPollerConfig"};

Shape destination_shape() {
  Shape target = structure({optional(
      "Destination",
      string().length(0, 350).pattern(
          R"($|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*))"))});
  return structure({optional("OnSuccess", target), optional("OnFailure", target)});
}

std::string destination_of(const Json& input, const char* which) {
  const Json* config = find(input, "DestinationConfig");
  const Json* target = config ? find(*config, which) : nullptr;
  return target ? text_of(*target, "Destination") : "";
}

AwsError unsupported(const std::string& member) {
  return errors::invalid("Unsupported " + member + " parameter for given event source mapping type.");
}

AwsError unsupported_destination() {
  return unsupported("DestinationConfig");
}

/// What only streams have, and only queues. unverified: that it holds for each of them; the words were seen of
/// DestinationConfig and ParallelizationFactor.
Result<void> check_kind(const Json& input, bool queue) {
  if (const Json* scaling = find(input, "ScalingConfig"); !queue && scaling && !scaling->empty())
    return unsupported("ScalingConfig");
  if (!queue) return {};
  for (const char* member : {"ParallelizationFactor", "MaximumRecordAgeInSeconds", "BisectBatchOnFunctionError",
                             "MaximumRetryAttempts", "TumblingWindowInSeconds"}) {
    if (find(input, member)) return unsupported(member);
  }
  return {};
}

Result<void> check_filters(Lambda& lambda, const Json& input) {
  const Json* criteria = find(input, "FilterCriteria");
  const Json* filters = criteria ? find(*criteria, "Filters") : nullptr;
  if (!filters) return {};
  if (filters->size() > kFiltersMax)  // unverified: AWS's words aren't known
    return errors::invalid("The number of filters exceeds the limit of " + std::to_string(kFiltersMax) + ".");
  for (const Json& filter : *filters) {
    if (lambda.ports.mappings.filter_problem(text_of(filter, "Pattern")))
      return errors::invalid("Invalid filter pattern definition.");
  }
  return {};
}

AwsError no_permission(const std::string& what) {
  return errors::invalid("The provided execution role does not have permissions to call " + what);
}

Result<void> check_destination_role(Lambda& lambda, const std::string& role, const std::string& target,
                                    const std::string& region) {
  if (target.empty()) return {};
  auto arn = Arn::parse(target);
  ports::Authority& authority = lambda.ports.authority;
  if (!arn) return unsupported_destination();
  if (arn->service == "sqs") {
    if (!authority.role_may(role, "sqs:SendMessage", target, {})) return no_permission("SendMessage on SQS");
  } else if (arn->service == "sns") {
    if (!authority.role_may(role, "sns:Publish", target, {})) return no_permission("Publish on SNS");
  } else if (arn->service == "s3") {
    // unverified: AWS's words for a bucket aren't known.
    if (!authority.role_may(role, "s3:PutObject", target + "/*", {{"aws:requestedregion", {region}}}))
      return no_permission("PutObject on S3");
  } else {
    return unsupported_destination();
  }
  return {};
}

}  // namespace

std::vector<Member> mapping_setting_members(int64_t batch_size_min) {
  return {
      optional("Enabled", boolean()),
      optional("BatchSize", integer().range(batch_size_min, 10000)),
      optional("FilterCriteria",
               structure({optional("Filters", list(structure({optional("Pattern", string().length(0, 4096))})))})),
      optional("MaximumBatchingWindowInSeconds", integer().range(0, 300)),
      optional("ParallelizationFactor", integer().range(1, 10)),
      optional("DestinationConfig", destination_shape()),
      optional("MaximumRecordAgeInSeconds", integer().range(-1, 604800)),
      optional("BisectBatchOnFunctionError", boolean()),
      optional("MaximumRetryAttempts", integer().range(-1, 10000)),
      optional("TumblingWindowInSeconds", integer().range(0, 900)),
      optional("FunctionResponseTypes",
               list(string().one_of({"ReportBatchItemFailures"})).length(0, 1).report_on_whole()),
      optional("ScalingConfig", structure({optional("MaximumConcurrency", integer().range(2, 1000))})),
      optional("KMSKeyArn", string().pattern(kKmsKeyPattern)),
      optional("MetricsConfig",
               structure({optional("Metrics",
                                   list(string().one_of({"EventCount", "ErrorCount", "KafkaMetrics"})).length(0, 3))})),
      optional("LoggingConfig", structure({optional("SystemLogLevel", string().one_of({"DEBUG", "INFO", "WARN"}))})),
      optional("ProvisionedPollerConfig",
               structure({optional("MinimumPollers", integer().range(1, 200)),
                          optional("MaximumPollers", integer().range(1, 2000)),
                          optional("PollerGroupName", string().length(0, 128).pattern("[a-zA-Z0-9-_]*"))})),
  };
}

Result<void> check_mapping_settings(Lambda& lambda, const Json& input, bool queue) {
  bool has_failure_target = !destination_of(input, "OnFailure").empty();
  if (!destination_of(input, "OnSuccess").empty() || (queue && has_failure_target)) return unsupported_destination();
  TRY_VOID(check_kind(input, queue));
  int64_t age = int_of(input, "MaximumRecordAgeInSeconds", -1);
  if (age >= 0 && age < 60)  // unverified: AWS's words for this gap aren't known
    return AwsError(errors::validation,
                    validation_message({violation(std::to_string(age), "maximumRecordAgeInSeconds",
                                                  "Member must have value greater than or equal to 60")}));
  return check_filters(lambda, input);
}

Result<void> check_mapping_role(Lambda& lambda, const std::string& role, const std::string& source,
                                const Json& settings) {
  ports::Authority& authority = lambda.ports.authority;
  auto arn = Arn::parse(source);
  if (arn && arn->service == "sqs") {
    for (const char* action : {"ReceiveMessage", "DeleteMessage", "GetQueueAttributes"}) {
      if (!authority.role_may(role, std::string("sqs:") + action, source, {}))
        return no_permission(std::string(action) + " on SQS");
    }
    return {};
  }
  // All four on the stream's ARN, ListStreams too: the policy of AWS's tutorial grants them on `table/T/stream/*`.
  auto denied = [&](const char* action) { return !authority.role_may(role, action, source, {}); };
  if (std::any_of(std::begin(ports::kStreamReadActions), std::end(ports::kStreamReadActions), denied))
    return errors::invalid(
        "Cannot access stream " + source +
        ". Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, and ListStreams "
        "Actions on your stream in IAM.");
  return check_destination_role(lambda, role, destination_of(settings, "OnFailure"), arn ? arn->region : "");
}

Result<void> check_queue_source(Lambda& lambda, const std::string& queue_arn, const Json& settings,
                                const Json& function_config) {
  auto queue = lambda.ports.queues.facts(queue_arn);
  if (queue.has_error()) {
    return errors::invalid(
        "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error "
        "Message: The "
        "specified queue does not exist.");
  }
  int64_t batch = int_of(settings, "BatchSize", 10), window_s = int_of(settings, "MaximumBatchingWindowInSeconds");
  if (queue->fifo && window_s > 0) return errors::invalid("Batching window is not supported for FIFO queues");
  if (batch > 10 && window_s == 0)
    return errors::invalid(
        "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10");
  int64_t timeout_s = int_of(function_config, "Timeout", 3);
  if (queue->visibility_timeout_s < timeout_s)
    return errors::invalid("Queue visibility timeout: " + std::to_string(queue->visibility_timeout_s) +
                           " seconds is less than Function timeout: " + std::to_string(timeout_s) + " seconds");
  return {};
}

void apply_mapping_settings(const Json& input, Json& settings) {
  for (const char* member : kMembers) {
    if (const Json* value = find(input, member)) settings[member] = *value;
  }
  // Terraform sends BatchSize 0 for an attribute that was removed: the default again.
  if (int_of(settings, "BatchSize", 1) == 0) settings.erase("BatchSize");
  if (text_of(settings, "KMSKeyArn").empty()) settings.erase("KMSKeyArn");
}

}  // namespace millrace::lambda
