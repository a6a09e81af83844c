#include "emulator/services/eventbridge/api_destination_calls.h"

#include <algorithm>

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/base/loopback.h"
#include "emulator/delivery/http_parameters.h"

namespace millrace::eventbridge {

namespace {

constexpr int kTimeoutMs = 5000;
constexpr int kTokenS = 3600;                        // of servers that don't say
constexpr int64_t kTokenMaxS = 10LL * 365 * 86'400;  // ours, whatever a server says

// The words of the dead-letter attributes. What can be tried again has a status of 429 or from 500 on.
constexpr ErrorKind kDenied{"NO_PERMISSIONS", 403}, kMissing{"NO_RESOURCE", 404}, kInvalid{"INVALID_PARAMETER", 400},
    kRefused{"SDK_CLIENT_ERROR", 400}, kFailed{"ERROR_FROM_TARGET", 500}, kThrottled{"THROTTLING", 429},
    kUnreachable{"CONNECTION_FAILURE", 503}, kTimeout{"TIMEOUT", 504};

/// [{Key, Value, IsValueSecret}] of InvocationHttpParameters, as the secret has them.
Json listed(const Json& parameters, const char* member) {
  Json out = Json::array();
  const Json given = parameters.value(member, Json::array());
  for (const Json& one : given)
    out.push_back({{"key", text_of(one, "Key")},
                   {"value", text_of(one, "Value")},
                   {"is_value_secret", bool_of(one, "IsValueSecret")}});
  return out;
}

Json http_secret(const Json& parameters) {
  Json out = Json::object();
  for (const auto& [member, name] : {std::pair("HeaderParameters", "header_parameters"),
                                     std::pair("QueryStringParameters", "query_string_parameters"),
                                     std::pair("BodyParameters", "body_parameters")}) {
    if (find(parameters, member)) out[name] = listed(parameters, member);
  }
  return out;
}

/// A secret's list as a map.
Json map_of(const Json& secret, const char* part, const char* list) {
  Json out = Json::object();
  const Json entries = secret.value(part, Json::object()).value(list, Json::array());
  for (const Json& entry : entries) out[text_of(entry, "key")] = text_of(entry, "value");
  return out;
}

std::string form_of(const Json& parameters) {
  const std::string query = delivery::query_of(parameters, "");
  return query.empty() ? query : query.substr(1);
}

void set_header(std::vector<std::pair<std::string, std::string>>& headers, const std::string& name, std::string value) {
  std::erase_if(headers, [&](const auto& header) { return equals_ignore_case(header.first, name); });
  headers.emplace_back(name, std::move(value));
}

/// What was no answer, in EventBridge's words.
AwsError no_answer(const std::string& why) {
  const bool late = why.find("timeout") != std::string::npos || why.find("timed out") != std::string::npos;
  return {late ? kTimeout : kUnreachable, why};
}

Json retry_after(const ports::HttpAnswer& answer) {
  for (const auto& [name, value] : answer.headers) {
    const bool number =
        !value.empty() && value.size() < 6 && value.find_first_not_of("0123456789") == std::string::npos;
    if (equals_ignore_case(name, "Retry-After") && number) return {{"RetryAfterSeconds", std::stol(value)}};
  }
  return Json::object();
}

Result<void> result_of(const ports::HttpAnswer& answer, bool with_token) {
  if (answer.status == 0) return no_answer(answer.body);
  if (answer.status < 300) return {};
  const std::string sentence = "The API destination answered with the status " + std::to_string(answer.status) + ".";
  if (answer.status == 429) return AwsError(kThrottled, sentence, retry_after(answer));
  const bool stale = with_token && (answer.status == 401 || answer.status == 407);
  if (answer.status >= 500 || answer.status == 409 || stale) return AwsError(kFailed, sentence, retry_after(answer));
  return AwsError(kRefused, sentence);
}

}  // namespace

Json secret_of(const std::string& type, const Json& given) {
  Json out = Json::object();
  if (const Json* basic = find(given, "BasicAuthParameters"); basic && type == "BASIC") {
    out["username"] = text_of(*basic, "Username");
    out["password"] = text_of(*basic, "Password");
  } else if (const Json* key = find(given, "ApiKeyAuthParameters"); key && type == "API_KEY") {
    out["api_key_name"] = text_of(*key, "ApiKeyName");
    out["api_key_value"] = text_of(*key, "ApiKeyValue");
  } else if (const Json* oauth = find(given, "OAuthParameters"); oauth && type == "OAUTH_CLIENT_CREDENTIALS") {
    const Json client = oauth->value("ClientParameters", Json::object());
    out["client_id"] = text_of(client, "ClientID");
    out["client_secret"] = text_of(client, "ClientSecret");
    out["authorization_endpoint"] = text_of(*oauth, "AuthorizationEndpoint");
    out["http_method"] = text_of(*oauth, "HttpMethod", "POST");
    if (const Json* http = find(*oauth, "OAuthHttpParameters")) out["oauth_http_parameters"] = http_secret(*http);
  }
  if (const Json* http = find(given, "InvocationHttpParameters"))
    out["invocation_http_parameters"] = http_secret(*http);
  return out;
}

struct ApiDestinationCalls::Request {
  std::string destination_arn, connection_arn, type;
  int64_t per_second = 0;
  Json secret;
  ports::HttpCall http;
};

ApiDestinationCalls::ApiDestinationCalls(Events& events, const ports::Ports& ports)
    : events_(events), http_(ports.get<ports::HttpCaller>()), secrets_(ports), authority_(ports) {}

bool ApiDestinationCalls::sends_to(const std::string& target_arn) const {
  return target_arn.find(":api-destination/") != std::string::npos;
}

namespace {

/// Headers, query and body: the target's own, and the connection's, which win.
void add_parameters(const Json& of_target, const Json& secret, ports::HttpCall& call) {
  constexpr const char* kOfConnection = "invocation_http_parameters";
  Json query = of_target.value("query", Json::object()), headers = of_target.value("headers", Json::object());
  query.update(map_of(secret, kOfConnection, "query_string_parameters"));
  headers.update(map_of(secret, kOfConnection, "header_parameters"));
  call.url = delivery::fill_path(call.url, of_target.value("path", Json::array()));
  call.url += delivery::query_of(query, call.url);
  for (const auto& [name, value] : headers.items())
    set_header(call.headers, name, value.is_string() ? value.get<std::string>() : to_text(value));
  const Json body_parameters = map_of(secret, kOfConnection, "body_parameters");
  if (body_parameters.empty()) return;
  Json body = parse_json(call.body).value_or(Json::object());
  if (!body.is_object()) return;  // unverified: what becomes of the parameters where the body is no object
  body.update(body_parameters);
  call.body = to_text(body);
}

void add_authorization(const std::string& type, const Json& secret, ports::HttpCall& call) {
  if (type == "BASIC")
    set_header(call.headers, "Authorization",
               "Basic " + to_base64(text_of(secret, "username") + ":" + text_of(secret, "password")));
  if (type == "API_KEY") set_header(call.headers, text_of(secret, "api_key_name"), text_of(secret, "api_key_value"));
}

}  // namespace

Result<ApiDestinationCalls::Request> ApiDestinationCalls::prepare(const std::string& target_arn,
                                                                  const ports::Message& message,
                                                                  const ports::Destination::Sender& sender) {
  if (!authority_.get()->role_may(sender.role_arn, "events:InvokeApiDestination", target_arn, {}))
    return AwsError(
        kDenied,
        sender.role_arn + " is not authorized to perform: events:InvokeApiDestination on resource: " + target_arn);
  const auto arn = Arn::parse(target_arn);
  const Scope scope{arn->account, arn->region};
  auto name_in = [](const std::string& text) {
    const size_t begin = text.find('/') + 1;
    return text.substr(begin, text.find('/', begin) - begin);
  };
  auto destination = storage::get_model<ApiDestination>(events_.context.store,
                                                        named_key(scope, "destination", name_in(arn->resource)));
  if (!destination || destination->arn != target_arn)
    return AwsError(kMissing, "There is no API destination " + target_arn + ".");
  Request out;
  out.destination_arn = target_arn;
  out.connection_arn = destination->connection_arn;
  const auto connection_arn = Arn::parse(out.connection_arn);
  auto connection = connection_arn
                        ? storage::get_model<Connection>(
                              events_.context.store, named_key(scope, "connection", name_in(connection_arn->resource)))
                        : std::nullopt;
  if (!connection || connection->state != "AUTHORIZED")
    return AwsError(kDenied, "The connection " + out.connection_arn + " isn't authorized.");
  auto secret = secrets_.get()->read(scope.account, scope.region, connection->secret_arn.value_or(""));
  if (secret.has_error()) return AwsError(kDenied, "The connection's secret: " + secret.error().message);
  out.secret = parse_json(text_of(*secret, "SecretString")).value_or(Json::object());
  out.type = connection->auth_type.value_or("");
  out.per_second = destination->per_second;
  out.http.url = destination->endpoint;
  if (!is_loopback_url(out.http.url))
    return AwsError(kInvalid,
                    "millrace sends to API destinations on this machine alone (localhost, *.localhost, 127.0.0.0/8, "
                    "::1), and this one is at " +
                        out.http.url + ".");
  out.http.method = destination->method;
  out.http.timeout_ms = kTimeoutMs;
  out.http.headers = {{"User-Agent", "Amazon/EventBridge/ApiDestinations"},
                      {"Content-Type", "application/json; charset=utf-8"},
                      {"Range", "bytes=0-1048575"},
                      {"Accept-Encoding", "gzip,deflate"}};
  // unverified: that requests which have no body on the web have none here
  if (out.http.method != "GET" && out.http.method != "HEAD" && out.http.method != "OPTIONS")
    out.http.body = message.body;
  const auto given = message.parameters.find("Http");
  const Json of_target =
      given == message.parameters.end() ? Json::object() : parse_json(given->second).value_or(Json::object());
  add_parameters(of_target, out.secret, out.http);
  add_authorization(out.type, out.secret, out.http);
  return out;
}

/// When the request may go: as many a second as the destination takes, evenly.
Millis ApiDestinationCalls::next_turn(const std::string& destination_arn, int64_t per_second) {
  MutexLock lock(mutex_);
  if (turns_.size() >= kKeptMax) turns_.clear();
  const auto now = static_cast<double>(events_.now());
  double& next = turns_[destination_arn];
  const double turn = std::max(next, now);
  next = turn + 1000.0 / static_cast<double>(std::max<int64_t>(per_second, 1));
  return static_cast<Millis>(turn);
}

void ApiDestinationCalls::send(const std::string& target_arn, const ports::Message& message,
                               const ports::Destination::Sender& sender, Done done) {
  auto request = prepare(target_arn, message, sender);
  if (request.has_error()) return done(std::move(request).error());
  const Millis turn = next_turn(target_arn, request->per_second);
  if (turn <= events_.now()) return begin(std::move(*request), std::move(done));
  events_.context.timers.at(turn,
                            [this, request = std::move(*request), done = std::move(done)] { begin(request, done); });
}

void ApiDestinationCalls::begin(Request request, Done done) {
  if (request.type != "OAUTH_CLIENT_CREDENTIALS") return call(std::move(request), done);
  std::string token;
  {
    MutexLock lock(mutex_);
    const auto known = tokens_.find(request.connection_arn);
    if (known != tokens_.end() && known->second.until > events_.now()) token = known->second.text;
  }
  if (token.empty()) return fetch_token(std::move(request), std::move(done));
  set_header(request.http.headers, "Authorization", "Bearer " + token);
  call(std::move(request), done);
}

void ApiDestinationCalls::fetch_token(Request request, Done done) {
  const Json& secret = request.secret;
  ports::HttpCall ask;
  ask.method = text_of(secret, "http_method", "POST");
  ask.url = text_of(secret, "authorization_endpoint");
  ask.timeout_ms = kTimeoutMs;
  if (!is_loopback_url(ask.url))
    return done(AwsError(
        kInvalid, "millrace asks authorization servers on this machine alone, and this one is at " + ask.url + "."));
  // unverified: AWS sends the client's id and secret in the body and in the header alike.
  Json form{{"grant_type", "client_credentials"}, {"client_id", text_of(secret, "client_id")}};
  form["client_secret"] = text_of(secret, "client_secret");
  form.update(map_of(secret, "oauth_http_parameters", "body_parameters"));
  Json query = map_of(secret, "oauth_http_parameters", "query_string_parameters");
  ask.headers = {
      {"Authorization", "Basic " + to_base64(text_of(secret, "client_id") + ":" + text_of(secret, "client_secret"))},
      {"User-Agent", "Amazon/EventBridge/ApiDestinations"}};
  if (ask.method == "GET") {
    query.update(form);
  } else {
    set_header(ask.headers, "Content-Type", "application/x-www-form-urlencoded");
    ask.body = form_of(form);
  }
  ask.url += delivery::query_of(query, ask.url);
  const Json headers = map_of(secret, "oauth_http_parameters", "header_parameters");
  for (const auto& [name, value] : headers.items()) set_header(ask.headers, name, value.get<std::string>());
  http_.call(std::move(ask),
             [this, request = std::move(request), done = std::move(done)](const ports::HttpAnswer& answer) mutable {
               if (answer.status == 0) return done(no_answer(answer.body));
               const Json body = parse_json(answer.body).value_or(Json::object());
               const std::string token = text_of(body, "access_token");
               if (answer.status >= 300 || token.empty())
                 return done(AwsError(kFailed, "The authorization server answered with the status " +
                                                   std::to_string(answer.status) +
                                                   (token.empty() ? " and no access_token." : ".")));
               {
                 const int64_t life_s = std::clamp<int64_t>(int_of(body, "expires_in", kTokenS), 0, kTokenMaxS);
                 MutexLock lock(mutex_);
                 if (tokens_.size() >= kKeptMax) tokens_.clear();
                 tokens_[request.connection_arn] = {token, events_.now() + life_s * 1000};
               }
               set_header(request.http.headers, "Authorization", "Bearer " + token);
               call(std::move(request), done);
             });
}

void ApiDestinationCalls::call(Request request, const Done& done) {
  const bool with_token = request.type == "OAUTH_CLIENT_CREDENTIALS";
  http_.call(std::move(request.http),
             [this, connection = request.connection_arn, with_token, done](const ports::HttpAnswer& answer) {
               if (with_token && (answer.status == 401 || answer.status == 407)) {
                 MutexLock lock(mutex_);
                 tokens_.erase(connection);
               }
               done(result_of(answer, with_token));
             });
}

}  // namespace millrace::eventbridge
