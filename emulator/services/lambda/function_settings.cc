#include "emulator/services/lambda/function_settings.h"

#include <algorithm>
#include <array>

#include "emulator/base/arn.h"
#include "emulator/services/lambda/capacity_providers.h"
#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/layers.h"
#include "emulator/services/lambda/runtimes.h"
#include "emulator/services/lambda/zip_archive.h"

namespace millrace::lambda {

namespace {

using namespace protocol;

constexpr size_t kEnvironmentBytesMax = 4096;  // as compact JSON [AWS quota]
constexpr int64_t kDurableRetentionDays = 14;  // of a DurableConfig that doesn't say [doc]

constexpr std::string_view kReservedVariables[] = {"_HANDLER",
                                                   "_X_AMZN_TRACE_ID",
                                                   "AWS_DEFAULT_REGION",
                                                   "AWS_REGION",
                                                   "AWS_EXECUTION_ENV",
                                                   "AWS_LAMBDA_FUNCTION_NAME",
                                                   "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                                                   "AWS_LAMBDA_FUNCTION_VERSION",
                                                   "AWS_LAMBDA_INITIALIZATION_TYPE",
                                                   "AWS_LAMBDA_LOG_GROUP_NAME",
                                                   "AWS_LAMBDA_LOG_STREAM_NAME",
                                                   "AWS_ACCESS_KEY",
                                                   "AWS_ACCESS_KEY_ID",
                                                   "AWS_SECRET_ACCESS_KEY",
                                                   "AWS_SESSION_TOKEN",
                                                   "AWS_LAMBDA_RUNTIME_API",
                                                   "LAMBDA_TASK_ROOT",
                                                   "LAMBDA_RUNTIME_DIR"};

constexpr const char* kRolePattern = R"(arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+)";

Result<void> check_environment(const Json& variables) {
  std::string reserved;
  for (const auto& [name, value] : variables.items()) {
    if (std::find(std::begin(kReservedVariables), std::end(kReservedVariables), name) == std::end(kReservedVariables))
      continue;
    reserved += (reserved.empty() ? "" : ", ") + name;
  }
  if (!reserved.empty())
    return errors::invalid(
        "Lambda was unable to configure your environment variables because the environment variables you have provided "
        "contains "
        "reserved keys that are currently not supported for modification. Reserved keys used in this request: " +
        reserved);
  std::string measured = to_text(variables);
  if (measured.size() > kEnvironmentBytesMax)
    return errors::invalid(
        "Lambda was unable to configure your environment variables because the environment variables you have provided "
        "exceeded "
        "the 4KB limit. String measured: " +
        measured);
  return {};
}

/// LoggingConfig with its defaults, in AWS's order.
Json logging_config(const Json& given, const std::string& function_name) {
  Json out = Json::object();
  out["LogFormat"] = text_of(given, "LogFormat", "Text");
  for (const char* level : {"ApplicationLogLevel", "SystemLogLevel"}) {
    if (out["LogFormat"] == "JSON") out[level] = text_of(given, level, "INFO");
  }
  out["LogGroup"] = text_of(given, "LogGroup", "/aws/lambda/" + function_name);
  return out;
}

/// There is no EC2 here: subnets and security groups are kept and returned, not looked up.
Json vpc_config(const Json& given) {
  Json out = Json::object();
  out["SubnetIds"] = given.value("SubnetIds", Json::array());
  out["SecurityGroupIds"] = given.value("SecurityGroupIds", Json::array());
  out["VpcId"] = out["SubnetIds"].empty() ? "" : "vpc-00000000000000000";
  out["Ipv6AllowedForDualStack"] = bool_of(given, "Ipv6AllowedForDualStack");
  return out;
}

bool is_snap_started(const Json& config) {
  const Json* snap_start = find(config, "SnapStart");
  return snap_start && text_of(*snap_start, "ApplyOn") == "PublishedVersions";
}

Result<void> check_snap_start(const Json& config) {
  if (!is_snap_started(config)) return {};
  std::string runtime = text_of(config, "Runtime");
  if (!has_snap_start(runtime)) return errors::invalid(runtime + " is not supported for SnapStart enabled functions.");
  const Json* storage = find(config, "EphemeralStorage");
  if (storage && int_of(*storage, "Size", 512) > 512)  // unverified: the words
    return errors::invalid("EphemeralStorage greater than 512 MB is not supported for SnapStart enabled functions.");
  const Json* file_systems = find(config, "FileSystemConfigs");
  if (file_systems && !file_systems->empty())  // unverified: the words
    return errors::invalid("FileSystemConfigs is not supported for SnapStart enabled functions.");
  return {};
}

void apply_simple(const Json& input, Json& config) {
  for (const char* member : {"Runtime", "Role", "Handler", "Description", "Timeout", "MemorySize", "TracingConfig",
                             "FileSystemConfigs", "ImageConfig", "EphemeralStorage", "CapacityProviderConfig"}) {
    if (const Json* value = find(input, member)) config[member] = *value;
  }
  if (const Json* snap_start = find(input, "SnapStart"))
    config["SnapStart"] = Json{{"ApplyOn", text_of(*snap_start, "ApplyOn", "None")}};
  if (const Json* durable = find(input, "DurableConfig")) {
    Json& kept = config["DurableConfig"];
    if (!kept.is_object()) kept = Json{{"RetentionPeriodInDays", kDurableRetentionDays}};
    for (const auto& [name, value] : durable->items()) kept[name] = value;
  }
  if (auto key = optional_text(input, "KMSKeyArn")) {
    if (key->empty())
      config.erase("KMSKeyArn");
    else
      config["KMSKeyArn"] = *key;
  }
  if (const Json* dead_letter = find(input, "DeadLetterConfig")) {
    std::string target = text_of(*dead_letter, "TargetArn");
    if (target.empty())
      config.erase("DeadLetterConfig");
    else
      config["DeadLetterConfig"] = Json{{"TargetArn", target}};
  }
}

Shape capacity_provider_shape() {
  Shape managed = structure({required("CapacityProviderArn", string().length(1, 140)),
                             optional("PerExecutionEnvironmentMaxConcurrency", integer().range(1, 1600)),
                             optional("ExecutionEnvironmentMemoryGiBPerVCpu", number().range(2, 8))});
  return structure({required("LambdaManagedInstancesCapacityProviderConfig", managed)});
}

}  // namespace

std::vector<Member> settings_members(bool role_required) {
  static const Shape role = string().pattern(kRolePattern);
  return {
      optional("Runtime", string()),
      role_required ? required("Role", role) : optional("Role", role),
      optional("Handler", string().length(-1, 128).pattern(R"([^\s]+)")),
      optional("Description", string().length(0, 256)),
      optional("Timeout", integer().range(1, 900)),
      optional("MemorySize", integer().range(128, 32768)),
      optional("VpcConfig", structure({optional("SubnetIds", list(string()).length(0, 16)),
                                       optional("SecurityGroupIds", list(string()).length(0, 5)),
                                       optional("Ipv6AllowedForDualStack", boolean())})),
      optional("DeadLetterConfig",
               structure({optional("TargetArn", string().pattern(R"((arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|())"))})),
      optional("Environment",
               structure({optional("Variables", map(string()).keys(string().pattern("[a-zA-Z]([a-zA-Z0-9_])+")))})),
      optional("KMSKeyArn", string().pattern(kKmsKeyPattern)),
      optional("TracingConfig", structure({optional("Mode", string().one_of({"Active", "PassThrough"}))})),
      optional("Layers", list(string().length(1, 2048).pattern(kLayerVersionPattern)).report_on_whole()),
      optional("FileSystemConfigs", list(any()).length(-1, 1)),
      optional("ImageConfig", structure({optional("EntryPoint", list(string()).length(-1, 1500)),
                                         optional("Command", list(string()).length(-1, 1500)),
                                         optional("WorkingDirectory", string().length(-1, 1000))})),
      optional("EphemeralStorage", structure({required("Size", integer().range(512, 10240))})),
      optional("SnapStart", structure({optional("ApplyOn", string().one_of({"PublishedVersions", "None"}))})),
      optional("DurableConfig", structure({optional("RetentionPeriodInDays", integer().range(1, 90)),
                                           optional("ExecutionTimeout", integer().range(1, 31'622'400))})),
      optional("CapacityProviderConfig", capacity_provider_shape()),
      optional("LoggingConfig",
               structure({optional("LogFormat", string().one_of({"JSON", "Text"})),
                          optional("ApplicationLogLevel",
                                   string().one_of({"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"})),
                          optional("SystemLogLevel", string().one_of({"DEBUG", "INFO", "WARN"})),
                          optional("LogGroup", string().length(1, 512).pattern(R"([\.\-_/#A-Za-z0-9]+)"))})),
  };
}

Result<void> apply_settings(Lambda& lambda, const FunctionRef& ref, const Json& input, Json& document) {
  Json& config = document["config"];
  if (auto runtime = optional_text(input, "Runtime"))
    TRY_VOID(check_runtime(*runtime, lambda.ports.options.retired_runtimes));
  if (int_of(input, "MemorySize", 128) > 10240)
    return errors::invalid(
        "'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to 10240");
  if (const Json* environment = find(input, "Environment")) {
    const Json* variables = find(*environment, "Variables");
    if (variables) TRY_VOID(check_environment(*variables));
    // An empty map is shown if the function was created with it; an update with it removes the environment.
    bool is_new = !find(document, "revision");
    if (variables && (is_new || !variables->empty()))
      config["Environment"] = Json{{"Variables", *variables}};
    else
      config.erase("Environment");
  }
  apply_simple(input, config);
  if (find(input, "CapacityProviderConfig")) TRY_VOID(check_capacity_provider(lambda.context.store, config));
  TRY_VOID(check_snap_start(config));
  if (const Json* vpc = find(input, "VpcConfig")) {
    Json shown = vpc_config(*vpc);
    // Absent until it was set once; empty lists after that.
    if (!shown["SubnetIds"].empty() || find(config, "VpcConfig")) config["VpcConfig"] = std::move(shown);
  }
  if (const Json* logging = find(input, "LoggingConfig")) {
    bool levels = find(*logging, "ApplicationLogLevel") || find(*logging, "SystemLogLevel");
    if (levels && text_of(*logging, "LogFormat", "Text") != "JSON")  // unverified: the words
      return errors::invalid("Log level configuration is only supported when the log format is JSON.");
  }
  if (const Json* logging = find(input, "LoggingConfig")) config["LoggingConfig"] = logging_config(*logging, ref.name);
  if (const Json* layers = find(input, "Layers")) {
    TRY(LayerSelection selected, select_layers(lambda, ref, *layers));
    uint64_t own = document.contains("code") ? static_cast<uint64_t>(int_of(document["code"], "unzipped")) : 0;
    if (own + selected.unzipped_size > kUnzippedBytesMax)
      return errors::invalid(
          "Function code combined with layers exceeds the maximum allowed size of 262144000 bytes. The actual size "
          "is " +
          std::to_string(own + selected.unzipped_size) + " bytes.");
    config["Layers"] = std::move(selected.shown);
    document["layer_codes"] = std::move(selected.codes);
    document["layers_unzipped"] = selected.unzipped_size;
  }
  return {};
}

bool is_foreign_role(const std::string& role, const std::string& account) {
  auto arn = Arn::parse(role);
  return arn && arn->account != account;
}

void add_pass_role_need(const std::string& role, const std::string& account, protocol::AccessNeeds& needs) {
  if (!is_foreign_role(role, account))
    needs.push_back({"iam:PassRole", role, {{"iam:passedtoservice", {"lambda.amazonaws.com"}}}});
}

Result<void> check_role(Lambda& lambda, const FunctionRef& ref, const Json& config) {
  std::string role = text_of(config, "Role");
  if (is_foreign_role(role, ref.account))
    return AwsError(errors::access_denied, "Cross-account pass role is not allowed.");
  if (!lambda.ports.authority.role_trusts_service(role, "lambda.amazonaws.com", ref.arn()))
    return errors::invalid("The role defined for the function cannot be assumed by Lambda.");
  const Json* dead_letter = find(config, "DeadLetterConfig");
  if (!dead_letter) return {};
  std::string target = text_of(*dead_letter, "TargetArn");
  auto arn = Arn::parse(target);
  bool queue = arn && arn->service == "sqs";
  if (!queue && !(arn && arn->service == "sns"))
    return errors::invalid("The provided target ARN " + target +
                           " is invalid.");  // unverified: AWS's words aren't known
  if (!lambda.ports.authority.role_may(role, queue ? "sqs:SendMessage" : "sns:Publish", target, {}))
    return errors::invalid(std::string("The provided execution role does not have permissions to call ") +
                           (queue ? "SendMessage on SQS" : "Publish on SNS"));
  return {};
}

}  // namespace millrace::lambda
