#include "emulator/server/request_lines.h"

#include <simdjson.h>

#include "emulator/base/console.h"
#include "emulator/base/trace.h"

namespace millrace::server {

namespace {

using protocol::Call;

/// What the way of a request takes from it for its note and its line: little, since every request pays for it.
struct TimedCall : Call {
  std::chrono::steady_clock::time_point came = console::now();
  std::string service;  // in the signature's scope; empty: not signed
  std::string needed;
  std::string inner_cause = trace::on() ? trace::current_key() : std::string();  // of a call by one of our rooms
};

/// A client says much of itself; the first words tell which it is.
constexpr size_t kAgentMax = 60;

/// The invocation that sent it: handlers' clients send its trace on, and sign as a session named after the function.
std::string sending_invocation(const Call& call) {
  if (call.caller.is_root) return "";
  size_t name = call.caller.principal_arn.rfind('/');
  if (name == std::string::npos) return "";
  std::string_view header = call.http.headers.get("x-amzn-trace-id");
  if (header.empty()) return "";
  return trace::invocation_key(header, std::string_view(call.caller.principal_arn).substr(name + 1));
}

/// The members by which operations name what they are about, the likeliest first.
constexpr const char* kNames[] = {"TableName", "FunctionName",      "QueueUrl",  "TopicArn",  "logGroupName",
                                  "RoleName",  "UserName",          "QueueName", "PolicyArn", "StreamArn",
                                  "TableArn",  "ResourceArn",       "RoleArn",   "GroupName", "PolicyName",
                                  "ApiId",     "EventBusName",      "Name",      "UUID",      "KeyId",
                                  "SecretId",  "logGroupIdentifier"};

/// As the input names it; of S3 bucket and key, put together in `kept`. Otherwise a part of the call.
std::string_view named(const Call& call, std::string& kept) {
  if (call.dom) {
    for (const char* name : kNames) {
      std::string_view text;
      if (!call.dom->at_key(name).get(text)) return text;
    }
    return "";
  }
  if (auto bucket = call.path_parameters.find("Bucket"); bucket != call.path_parameters.end()) {
    auto key = call.path_parameters.find("Key");
    if (key == call.path_parameters.end() || key->second.empty()) return bucket->second;
    return kept = bucket->second + "/" + key->second;
  }
  for (const char* name : kNames) {
    const Json* value = find(call.input, name);
    if (value && value->is_string()) return value->get_ref<const std::string&>();
  }
  return "";
}

/// "table/users" of an ARN's resource, the queue's name of its URL; anything else as it is. What isn't an operation of a known
/// service is told by its path.
std::string_view resource_of(const TimedCall& call, std::string& kept) {
  if (!call.operation || (call.service.empty() && !call.path_parameters.contains("Bucket")))
    return call.http.raw_path();
  std::string_view text = named(call, kept);
  if (text.starts_with("http://") || text.starts_with("https://")) return text.substr(text.rfind('/') + 1);
  if (!text.starts_with("arn:")) return text;
  size_t at = 0;
  for (int colon = 0; colon < 5 && at != std::string::npos; ++colon) at = text.find(':', at + 1);
  return at == std::string::npos ? text : text.substr(at + 1);
}

/// What is unsigned is "http", but for S3's.
std::string_view service_of(const TimedCall& call) {
  if (!call.service.empty()) return call.service;
  return call.path_parameters.contains("Bucket") ? "s3" : "http";
}

std::string_view operation_of(const Call& call) {
  return call.operation ? std::string_view(call.operation->name) : std::string_view(call.http.method);
}

/// Who sent it, as clients name themselves: of a browser's requests those that our page sends are told apart.
std::string_view agent_of(const Call& call) {
  std::string_view agent = call.http.headers.get("user-agent");
  if (agent.starts_with("Mozilla/") && call.http.headers.get("sec-fetch-site") == "same-origin")
    return trace::kPageAgent;
  return agent.substr(0, kAgentMax);
}

/// Our page and our commands look all the time; what they only read would drown what others do.
bool only_looks(const Call& call, std::string_view agent, int status) {
  return (agent == trace::kPageAgent || agent.starts_with("millrace/")) && status < 400 &&
         trace::only_reads(operation_of(call));
}

}  // namespace

std::shared_ptr<Call> new_call(const protocol::Credential* credential) {
  if (!console::shown() && !trace::on()) return std::make_shared<Call>();
  auto call = std::make_shared<TimedCall>();
  if (credential) call->service = credential->service;
  return call;
}

void note_needs(Call& call, const protocol::AccessNeeds& needs) {
  if (!trace::on() || needs.empty() || call.caller.is_root) return;
  static_cast<TimedCall&>(call).needed = needs.front().action + " on " + needs.front().resource;
}

namespace {

struct Outcome {
  int status = 0;
  const AwsError* error = nullptr;
  int64_t took_us = 0;
};

void keep_request(const TimedCall& call, std::string_view resource, std::string_view agent, const Outcome& outcome) {
  const AwsError* error = outcome.error;
  const std::string invocation = sending_invocation(call);
  trace::note({.id = call.request_id,
               .service = service_of(call),
               .operation = operation_of(call),
               .resource = resource,
               .account = call.caller.account,
               .region = call.caller.region,
               .principal = call.caller.principal_arn,
               .agent = agent,
               .needed = call.needed,
               .cause = invocation.empty() ? std::string_view(call.inner_cause) : std::string_view(invocation),
               .code = error ? std::string_view(error->kind->code) : std::string_view(),
               .message = error ? std::string_view(error->message) : std::string_view(),
               .came_ms = call.received_ms,
               .took_us = outcome.took_us,
               .status = outcome.status});
}

}  // namespace

void show_request(const Call& base, int status, const AwsError* error) {
  const auto& call = static_cast<const TimedCall&>(base);
  const std::string_view agent = agent_of(call);
  if (only_looks(call, agent, status)) return;
  const int64_t took_us = std::chrono::duration_cast<std::chrono::microseconds>(console::now() - call.came).count();
  std::string kept;
  const std::string_view resource = resource_of(call, kept);
  if (trace::on()) keep_request(call, resource, agent, {status, error, took_us});
  if (!console::shown()) return;
  console::Request line;
  line.took_us = took_us;
  line.status = status;
  line.service = service_of(call);
  line.operation = operation_of(call);
  line.resource = resource;
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
