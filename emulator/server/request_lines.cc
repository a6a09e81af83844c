#include "emulator/server/request_lines.h"

#include <simdjson.h>

#include "emulator/base/console.h"
#include "emulator/base/trace.h"

namespace millrace::server {

namespace {

using protocol::Call;

struct TimedCall : Call {
  std::chrono::steady_clock::time_point came = console::now();
  std::string needed;
  std::string inner_cause = trace::on() ? trace::current_key() : std::string();  // of a call by one of our rooms
};

/// A client says much of itself; the first words tell which it is.
constexpr size_t kAgentMax = 60;

/// The invocation that sent it: handlers' clients send its trace on, and sign as a session named after the function.
std::string sending_invocation(const Call& call) {
  std::string_view header = call.http.headers.get("x-amzn-trace-id");
  if (header.empty()) return "";
  size_t name = call.caller.principal_arn.rfind('/');
  if (name == std::string::npos) return "";
  return trace::invocation_key(header, std::string_view(call.caller.principal_arn).substr(name + 1));
}

/// The members by which operations name what they are about, the likeliest first.
constexpr const char* kNames[] = {"TableName", "FunctionName",      "QueueUrl",  "TopicArn",  "logGroupName",
                                  "RoleName",  "UserName",          "QueueName", "PolicyArn", "StreamArn",
                                  "TableArn",  "ResourceArn",       "RoleArn",   "GroupName", "PolicyName",
                                  "ApiId",     "EventBusName",      "Name",      "UUID",      "KeyId",
                                  "SecretId",  "logGroupIdentifier"};

std::string named(const Call& call) {
  if (auto bucket = call.path_parameters.find("Bucket"); bucket != call.path_parameters.end()) {
    auto key = call.path_parameters.find("Key");
    return bucket->second + (key == call.path_parameters.end() || key->second.empty() ? "" : "/" + key->second);
  }
  for (const char* name : kNames) {
    if (call.dom) {
      std::string_view text;
      if (!call.dom->at_key(name).get(text)) return std::string(text);
    } else if (const Json* value = find(call.input, name); value && value->is_string()) {
      return value->get<std::string>();
    }
  }
  return "";
}

/// "table/users" of an ARN's resource, the queue's name of its URL; anything else as it is.
std::string resource_of(const Call& call) {
  std::string text = named(call);
  if (text.starts_with("http://") || text.starts_with("https://")) return text.substr(text.rfind('/') + 1);
  if (!text.starts_with("arn:")) return text;
  size_t at = 0;
  for (int colon = 0; colon < 5 && at != std::string::npos; ++colon) at = text.find(':', at + 1);
  return at == std::string::npos ? text : text.substr(at + 1);
}

/// The service's name in the signature's scope; what isn't signed is told by its target, else is called "http".
std::string service_of(const Call& call) {
  std::string_view signature = call.http.headers.get("authorization");
  if (signature.empty()) {
    for (const auto& [name, value] : call.query) {
      if (name == "X-Amz-Credential") signature = value;
    }
  }
  size_t end = signature.find("/aws4_request");
  if (end == std::string_view::npos) return call.path_parameters.contains("Bucket") ? "s3" : "http";
  size_t begin = signature.rfind('/', end - 1);
  return begin == std::string_view::npos ? "http" : std::string(signature.substr(begin + 1, end - begin - 1));
}

}  // namespace

std::shared_ptr<Call> new_call() {
  if (console::shown() || trace::on()) return std::make_shared<TimedCall>();
  return std::make_shared<Call>();
}

void note_needs(Call& call, const protocol::AccessNeeds& needs) {
  if (!trace::on() || needs.empty() || call.caller.is_root) return;
  static_cast<TimedCall&>(call).needed = needs.front().action + " on " + needs.front().resource;
}

namespace {

void keep_request(const TimedCall& call, int status, const AwsError* error, int64_t took_us) {
  trace::Request request;
  request.id = call.request_id;
  request.service = service_of(call);
  request.operation = call.operation ? call.operation->name : call.http.method;
  request.resource = resource_of(call);
  if (request.service == "http" || !call.operation) request.resource = std::string(call.http.raw_path());
  request.account = call.caller.account;
  request.region = call.caller.region;
  request.principal = call.caller.principal_arn;
  request.agent = std::string(call.http.headers.get("user-agent").substr(0, kAgentMax));
  request.needed = call.needed;
  request.cause = sending_invocation(call);
  if (request.cause.empty()) request.cause = call.inner_cause;
  if (error) {
    request.code = error->kind->code;
    request.message = error->message;
  }
  request.status = status;
  request.took_us = took_us;
  request.by_page = call.http.headers.get("sec-fetch-site") == "same-origin";
  trace::note(std::move(request));
}

}  // namespace

void show_request(const Call& base, int status, const AwsError* error) {
  const auto& call = static_cast<const TimedCall&>(base);
  const auto took = console::now() - call.came;
  if (trace::on())
    keep_request(call, status, error, std::chrono::duration_cast<std::chrono::microseconds>(took).count());
  if (!console::shown()) return;
  console::Request line;
  line.took_us = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
  line.status = status;
  line.service = service_of(call);
  line.operation = call.operation ? call.operation->name : call.http.method + " " + std::string(call.http.raw_path());
  line.resource = resource_of(call);
  line.account = call.caller.account;
  line.region = call.caller.region;
  line.request_id = call.request_id;
  if (error) {
    line.code = error->kind->code;
    line.message = error->message;
  }
  console::request(std::move(line));
}

}  // namespace millrace::server
