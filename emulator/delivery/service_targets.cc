#include "emulator/delivery/service_targets.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <map>
#include <set>

#include "emulator/base/arn.h"
#include "emulator/base/json.h"
#include "emulator/base/mutex.h"
#include "emulator/delivery/http_parameters.h"

namespace millrace::delivery {

namespace {

/// A service as universal targets name it, and how it is spoken to.
struct JsonTarget {
  std::string_view name;
  const char* signing_name;
  const char* prefix;  // of X-Amz-Target
  const char* content_type;
};
constexpr const char* kJson10 = "application/x-amz-json-1.0";
constexpr const char* kJson11 = "application/x-amz-json-1.1";
constexpr JsonTarget kTargets[] = {
    {"dynamodb", "dynamodb", "DynamoDB_20120810", kJson10},
    {"sqs", "sqs", "AmazonSQS", kJson10},
    {"eventbridge", "events", "AWSEvents", kJson11},
    {"cloudwatchlogs", "logs", "Logs_20140328", kJson11},
    {"secretsmanager", "secretsmanager", "secretsmanager", kJson11},
    {"ssm", "ssm", "AmazonSSM", kJson11},
    {"kms", "kms", "TrentService", kJson11},
    {"applicationautoscaling", "application-autoscaling", "AnyScaleFrontendService", kJson11}};
constexpr std::string_view kReading[] = {"get",  "describe", "list",   "poll", "receive", "search",
                                         "scan", "query",    "select", "read", "lookup",  "batchGet"};

const JsonTarget* find_target(std::string_view service) {
  for (const JsonTarget& target : kTargets) {
    if (target.name == service) return &target;
  }
  return nullptr;
}

/// `dynamodb:putItem` of a universal target's ARN.
std::pair<std::string, std::string> parts_of(const std::string& arn) {
  const std::string rest = arn.substr(kUniversalTarget.size());
  const size_t colon = rest.find(':');
  if (colon == std::string::npos) return {rest, ""};
  return {rest.substr(0, colon), rest.substr(colon + 1)};
}

/// The kinds of errors that services answered: their codes are our own services' and few, and a kind must outlive the error.
class Kinds {
 public:
  const ErrorKind& of(const std::string& code, int status) {
    MutexLock lock(mutex_);
    const auto found = kinds_.find({code, status});
    if (found != kinds_.end()) return found->second;
    const char* kept = codes_.insert(code).first->c_str();
    return kinds_.emplace(std::pair(code, status), ErrorKind{kept, status}).first->second;
  }

 private:
  Mutex mutex_;
  std::set<std::string> codes_ GUARDED_BY(mutex_);
  std::map<std::pair<std::string, int>, ErrorKind> kinds_ GUARDED_BY(mutex_);
};

const ErrorKind& kind_of(const std::string& code, int status) {
  static Kinds kinds;
  return kinds.of(code, status);
}

Result<void> result_of(const ports::ServiceAnswer& answer) {
  if (answer.status == ports::ServiceAnswer::Status::role_refused)
    return AwsError(kind_of("AccessDenied", 403), answer.body);
  if (answer.http_status < 300) return {};
  const Json body = parse_json(answer.body).value_or(Json::object());
  std::string code = text_of(body, "__type", "ERROR_FROM_TARGET");
  code = code.substr(code.find('#') == std::string::npos ? 0 : code.find('#') + 1);
  const bool throttled = code.find("Throttl") != std::string::npos;
  const std::string message = text_of(body, "message", text_of(body, "Message", answer.body));
  return AwsError(kind_of(code, throttled ? 429 : answer.http_status), message.empty() ? code : message);
}

ports::ServiceCall universal(const std::string& arn, const ports::Message& message) {
  const auto [service, operation] = parts_of(arn);
  const JsonTarget& target = *find_target(service);
  ports::ServiceCall out;
  out.service_principal = "scheduler.amazonaws.com";
  out.service = target.signing_name;
  std::string name = operation;
  name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
  out.headers = {{"X-Amz-Target", std::string(target.prefix) + "." + name}, {"Content-Type", target.content_type}};
  out.body = message.body;
  return out;
}

/// `API/STAGE/METHOD/path`, where each `*` of the path is the next of the message's "PathParameterValues".
ports::ServiceCall deployed_api(const Arn& arn, const ports::Message& message) {
  ports::ServiceCall out;
  out.service_principal = "events.amazonaws.com";
  out.service = "execute-api";
  const size_t stage = arn.resource.find('/'), method = arn.resource.find('/', stage + 1);
  const size_t path = method == std::string::npos ? method : arn.resource.find('/', method + 1);
  const std::string verb = method == std::string::npos
                               ? std::string("POST")
                               : arn.resource.substr(method + 1, path == std::string::npos ? path : path - method - 1);
  out.method = verb == "*" ? "POST" : verb;  // unverified: which method a `*` becomes
  out.target = "/_aws/execute-api/" + arn.resource.substr(0, method) +
               (path == std::string::npos ? "" : arn.resource.substr(path));
  const auto http = message.parameters.find("Http");
  const Json parameters =
      http == message.parameters.end() ? Json::object() : parse_json(http->second).value_or(Json::object());
  out.target = fill_path(out.target, parameters.value("path", Json::array()));
  out.target += query_of(parameters.value("query", Json::object()), out.target);
  out.headers = {{"Content-Type", "application/json"}};
  const Json headers = parameters.value("headers", Json::object());
  for (const auto& [name, value] : headers.items()) out.headers.emplace_back(name, value.get<std::string>());
  out.body = message.body;
  return out;
}

}  // namespace

bool ServiceTargets::only_reads(const std::string& target_arn) {
  if (!target_arn.starts_with(kUniversalTarget)) return false;
  const std::string operation = parts_of(target_arn).second;
  return std::any_of(std::begin(kReading), std::end(kReading),
                     [&](std::string_view reading) { return operation.starts_with(reading); });
}

bool ServiceTargets::can_call(const std::string& target_arn) {
  if (!target_arn.starts_with(kUniversalTarget) || only_reads(target_arn)) return false;
  const auto [service, operation] = parts_of(target_arn);
  return !operation.empty() && find_target(service);
}

bool ServiceTargets::sends_to(const std::string& target_arn) const {
  return can_call(target_arn) || target_arn.find(":execute-api:") != std::string::npos;
}

void ServiceTargets::send(const std::string& target_arn, const ports::Message& message,
                          const ports::Destination::Sender& sender, Done done) {
  const bool is_universal = target_arn.starts_with(kUniversalTarget);
  const auto arn = Arn::parse(target_arn);
  ports::ServiceCall call = is_universal ? universal(target_arn, message) : deployed_api(arn.value_or(Arn()), message);
  call.role_arn = sender.role_arn;
  call.source_arn = sender.source_arn;
  call.region = sender.region;
  call.account = sender.account;
  if (!sender.service_principal.empty()) call.service_principal = sender.service_principal;
  caller_.call(std::move(call),
               [done = std::move(done)](const ports::ServiceAnswer& answer) { done(result_of(answer)); });
}

}  // namespace millrace::delivery
