#include "emulator/base/encoding.h"
#include "emulator/protocol/internal_failure.h"
#include "emulator/protocol/service.h"
#include "emulator/protocol/sign_in_words.h"

namespace millrace::protocol {

namespace {

/// Path segments, undecoded; a trailing slash adds none.
std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> out;
  while (!path.empty()) {
    if (path.front() == '/') {
      path.remove_prefix(1);
      continue;
    }
    std::string_view segment = path.substr(0, path.find('/'));
    out.emplace_back(segment);
    path.remove_prefix(segment.size());
  }
  return out;
}

Json parameter_value(const RestParameter& parameter, const std::string& text) {
  switch (parameter.type) {
    case RestParameter::Type::integer: {
      bool digits = !text.empty() && text.find_first_not_of("-0123456789") == std::string::npos && text.size() < 19;
      if (digits) return std::strtoll(text.c_str(), nullptr, 10);
      return text;  // the checker says what is wrong with it
    }
    case RestParameter::Type::boolean: return text == "true" || text == "True";
    default: return text;
  }
}

}  // namespace

RestJsonService::RestJsonService(Profile profile, std::vector<Operation> operations)
    : profile_(std::move(profile)), operations_(std::move(operations)) {
  for (const Operation& operation : operations_.all()) {
    for (const RestBinding& binding : operation.rest)
      routes_.push_back({binding.method, split_path(binding.path), &operation, &binding});
  }
}

const RestJsonService::Route* RestJsonService::match(Call& call) const {
  std::vector<std::string> segments = split_path(call.http.raw_path());
  for (const Route& route : routes_) {
    if (route.method != call.http.method || route.segments.size() != segments.size()) continue;
    bool fits = true;
    for (size_t i = 0; fits && i < segments.size(); ++i)
      fits = route.segments[i].starts_with('{') || route.segments[i] == segments[i];
    if (!fits) continue;
    for (size_t i = 0; i < segments.size(); ++i) {
      if (!route.segments[i].starts_with('{')) continue;
      std::string name = route.segments[i].substr(1, route.segments[i].size() - 2);
      call.path_parameters[name] = percent_decode(segments[i]);
    }
    return &route;
  }
  return nullptr;
}

Result<void> RestJsonService::decode(Call& call) {
  const Route* route = match(call);
  if (!route)
    return AwsError(profile_.errors.not_implemented, "The operation " + call.http.method + " " +
                                                         std::string(call.http.raw_path()) + " is not implemented.");
  call.operation = route->operation;
  if (!route->binding->raw_body && !call.http.body.empty()) {
    auto parsed = parse_json(call.http.body);
    if (!parsed || !parsed->is_object() || !is_valid_utf8(call.http.body))
      return AwsError(profile_.errors.serialization, "Could not parse request body into json.");
    call.input = std::move(*parsed);
  }
  for (const auto& [name, value] : call.path_parameters) call.input[name] = value;
  for (const RestParameter& parameter : route->binding->parameters) {
    if (parameter.in == RestParameter::In::header) {
      if (call.http.headers.has(parameter.name))
        call.input[parameter.member] = parameter_value(parameter, std::string(call.http.headers.get(parameter.name)));
    } else if (parameter.type == RestParameter::Type::list) {
      for (const auto& [name, value] : call.query) {
        if (name == parameter.name) call.input[parameter.member].push_back(value);
      }
    } else if (auto value = query_value(call.query, parameter.name)) {
      call.input[parameter.member] = parameter_value(parameter, *value);
    }
  }
  return {};
}

const RestBinding* RestJsonService::binding_of(const Call& call) const {
  for (const RestBinding& binding : call.operation->rest) {
    if (binding.method == call.http.method) return &binding;
  }
  return nullptr;
}

AwsError RestJsonService::invalid_input(const InputError& error) const {
  bool serialization = error.kind == InputError::Kind::serialization;
  return {serialization ? profile_.errors.serialization : profile_.errors.validation, error.message};
}

AwsError RestJsonService::access_denied(const Denial& denial) const {
  return {profile_.errors.access_denied, denial_message(denial)};
}

AwsError RestJsonService::sign_in_failed(SignInError error, const Call&) const {
  return sign_in_error(profile_.errors, error);
}

HttpReply RestJsonService::render(const Call& call, const Json& output) const {
  HttpReply reply;
  const RestBinding* binding = binding_of(call);
  reply.status = binding ? binding->success_status : 200;
  if (!output.is_null() && reply.status != 204) reply.body = to_text(output);
  return reply;
}

HttpReply RestJsonService::render_error(const Call& call, const AwsError& error) const {
  if (error.is(kStoreFault)) {
    static const ErrorKind own{"ServiceException", 500, "", "Message", Fault::server};
    return render_error(call, AwsError(own, std::string(kInternalFailureText), Json{{"Type", "Service"}}));
  }
  HttpReply reply;
  reply.status = error.kind->http_status;
  reply.headers.set("x-amzn-ErrorType", error.kind->code);
  Json body = error.extra;
  body[error.kind->message_key] = error.message;
  reply.body = to_text(body);
  return reply;
}

void RestJsonService::finish(const Call& call, HttpReply& reply) const {
  reply.headers.set("x-amzn-RequestId", call.request_id);
  if (!reply.headers.has("Content-Type")) reply.headers.set("Content-Type", "application/json");
}

}  // namespace millrace::protocol
