#include "emulator/services/apigateway/rest/integrate.h"

#include <algorithm>
#include <atomic>
#include <set>

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/base/lineage.h"
#include "emulator/services/apigateway/callers_own.h"
#include "emulator/services/apigateway/rest/gateway_reply.h"
#include "emulator/services/apigateway/rest/mapping.h"
#include "emulator/services/apigateway/rest/proxy.h"
#include "emulator/services/apigateway/xml_json.h"

namespace millrace::apigateway::rest {

using protocol::HttpReply;

namespace {

using Done = std::function<void(Result<HttpReply>)>;

/// Answers once, in time or not: a late answer goes nowhere.
class Deadline {
 public:
  Deadline(Gateway& gateway, std::shared_ptr<Exchange> exchange, Done done)
      : gateway_(gateway), exchange_(std::move(exchange)), done_(std::move(done)) {}

  static std::shared_ptr<Deadline> start(Gateway& gateway, std::shared_ptr<Exchange> exchange, Done done) {
    auto self = std::make_shared<Deadline>(gateway, exchange, std::move(done));
    exchange->integration_begun_ms = gateway.context.clock.now_ms();
    const int64_t timeout_ms = int_of(exchange->integration(), "timeoutInMillis", 29'000);
    self->timer_ = gateway.context.timers.at(exchange->integration_begun_ms + timeout_ms, [self] {
      self->give(gateway_error("INTEGRATION_TIMEOUT", "Endpoint request timed out"));
    });
    return self;
  }
  /// True for who may answer.
  bool claim() {
    if (given_.exchange(true)) return false;
    gateway_.context.timers.cancel(timer_);
    exchange_->integration_ms = gateway_.context.clock.now_ms() - exchange_->integration_begun_ms;
    return true;
  }
  void give(Result<HttpReply> reply) {
    if (claim()) done_(std::move(reply));
  }
  Exchange& exchange() { return *exchange_; }
  void done(Result<HttpReply> reply) { done_(std::move(reply)); }

 private:
  Gateway& gateway_;
  std::shared_ptr<Exchange> exchange_;
  Done done_;
  std::atomic<TimerId> timer_ = 0;
  std::atomic<bool> given_ = false;
};

AwsError failed(Exchange& exchange, AwsError error, std::string why) {
  exchange.failure = std::move(why);
  return error;
}

/// The template's JSON, which may be written with bare names and single quotes.
std::optional<int64_t> mock_status(const std::string& text) {
  auto parsed = parse_json(text);
  if (!parsed) {
    std::string strict;
    for (size_t i = 0; i < text.size();) {
      const char c = text[i];
      const bool starts_name = std::isalpha(static_cast<unsigned char>(c)) || c == '_';
      if (c == '\'' || c == '"') {
        const size_t end = text.find(c, i + 1);
        if (end == std::string::npos) return std::nullopt;
        strict += to_text(Json(text.substr(i + 1, end - i - 1)));
        i = end + 1;
      } else if (starts_name) {
        size_t end = i;
        while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_')) ++end;
        const std::string word = text.substr(i, end - i);
        strict += word == "true" || word == "false" || word == "null" ? word : "\"" + word + "\"";
        i = end;
      } else {
        const size_t next = c == ',' ? text.find_first_not_of(" \t\r\n", i + 1) : std::string::npos;
        if (c != ',' || next == std::string::npos || (text[next] != '}' && text[next] != ']')) strict += c;
        ++i;
      }
    }
    parsed = parse_json(strict);
  }
  const Json* status = parsed ? find(*parsed, "statusCode") : nullptr;
  if (!status) return std::nullopt;
  if (status->is_number_integer()) return status->get<int64_t>();
  const std::string digits = status->is_string() ? status->get<std::string>() : "";
  if (digits.empty() || digits.size() > 3 || digits.find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  return std::atoi(digits.c_str());
}

void mock(Exchange& exchange, const Done& done) {
  auto outgoing = map_request(exchange);
  if (outgoing.has_error()) return done(std::move(outgoing).error());
  auto status = mock_status(outgoing->body);
  if (!status)
    return done(
        failed(exchange, internal_server_error(),
               "Execution failed due to configuration error: Unable to parse statusCode. It should be an integer "
               "that is defined in the request template."));
  Incoming incoming;
  incoming.status = static_cast<int>(*status);
  incoming.selected_by = std::to_string(*status);
  done(map_response(exchange, incoming));
}

/// How an integration names the tenant that a function with tenants runs for; HTTP APIs can't.
/// https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation-invoke.html
constexpr std::string_view kTenantHeader = "X-Amz-Tenant-Id";

ports::FunctionCall function_call(Gateway& gateway, Exchange& exchange, std::string payload) {
  ports::FunctionCall call;
  call.function_arn = function_in(filled_uri(exchange, text_of(exchange.integration(), "uri"), {}));
  call.payload = std::move(payload);
  call.request_id = gateway.context.random.uuid();
  call.service_principal = "apigateway.amazonaws.com";
  call.source_arn = exchange.source_arn();
  call.source_account = exchange.live.scope.account;
  const std::string_view trace = exchange.call->http.headers.get("x-amzn-trace-id");
  call.trace_header = trace.empty() ? exchange.trace_root() : without_lineage(trace);
  const std::string credentials = text_of(exchange.integration(), "credentials");
  if (is_role(credentials)) call.role_arn = credentials;
  exchange.integration_request_id = call.request_id;
  return call;
}

/// Where the client's own permissions count: lets the call go with them; the refusal, if they don't suffice.
std::optional<AwsError> as_caller(const Outside& outside, Exchange& exchange, ports::FunctionCall& call) {
  if (!means_caller(text_of(exchange.integration(), "credentials"))) return std::nullopt;
  call.caller_may = caller_may_invoke(outside.identity, *exchange.call, call.function_arn);
  if (call.caller_may) return std::nullopt;
  // unverified: the words for a client that may not
  return failed(exchange, internal_server_error(),
                "Execution failed due to configuration error: Invalid permissions on Lambda function");
}

void trace_function_call(Exchange& exchange, const ports::FunctionCall& call) {
  if (!exchange.trace.wants_data()) return;
  trace_outgoing(exchange, function_endpoint(call.function_arn),
                 {{"x-amzn-lambda-integration-tag", exchange.request_id},
                  {"x-amzn-apigateway-api-id", exchange.live.id},
                  {"User-Agent", "AmazonAPIGateway_" + exchange.live.id},
                  {"Accept", "application/json"}},
                 call.payload);
}

std::string error_text(const std::string& payload) {
  auto document = parse_json(payload);
  return document ? text_of(*document, "errorMessage") : "";
}

/// What isn't an answer of the function, for both kinds of integration; nullopt: it ran.
std::optional<AwsError> function_refusal(Exchange& exchange, const ports::FunctionAnswer& answer) {
  using Status = ports::FunctionAnswer::Status;
  static const std::string kPrefix = "Execution failed due to configuration error: ";
  switch (answer.status) {
    case Status::not_allowed:
      return failed(exchange, internal_server_error(), kPrefix + "Invalid permissions on Lambda function");
    case Status::not_found: return failed(exchange, internal_server_error(), kPrefix + "Invalid Lambda function");
    // unverified: 500 or 502 for a function that is throttled.
    case Status::throttled: return failed(exchange, internal_server_error(), "Lambda was throttled: " + answer.payload);
    default: return std::nullopt;
  }
}

void function_proxy(Gateway& gateway, const Outside& outside, const std::shared_ptr<Exchange>& exchange, Done done) {
  const Json& integration = exchange->integration();
  const Json parameters = integration.value("requestParameters", Json::object());
  std::string tenant_id;  // the one header of the call that the function's run depends on
  for (const auto& [target, expression] : parameters.items()) {
    static constexpr std::string_view kHeader = "integration.request.header.";
    if (!target.starts_with(kHeader)) continue;
    if (is_forbidden_header(target.substr(kHeader.size()), true)) return done(internal_server_error());
    if (!equals_ignore_case(target.substr(kHeader.size()), kTenantHeader)) continue;
    if (auto value = mapped_value(*exchange, text_of_value(expression))) tenant_id = text_of_value(*value);
  }
  if (text_of(integration, "httpMethod") != "POST")
    return done(failed(*exchange, internal_server_error(),
                       "Execution failed due to configuration error: the integration's httpMethod must be POST"));
  ports::FunctionCall call = function_call(gateway, *exchange, proxy_event(*exchange));
  call.tenant_id = std::move(tenant_id);
  if (auto refused = as_caller(outside, *exchange, call)) return done(std::move(*refused));
  auto deadline = Deadline::start(gateway, exchange, std::move(done));
  trace_function_call(*exchange, call);
  outside.functions->call(std::move(call), [deadline](ports::FunctionAnswer answer) {
    if (!deadline->claim()) return;
    Exchange& exchange = deadline->exchange();
    if (auto refusal = function_refusal(exchange, answer)) return deadline->done(std::move(*refusal));
    exchange.integration_status = 200;
    trace_incoming(exchange, 200, {}, answer.payload);
    if (answer.status == ports::FunctionAnswer::Status::function_error)
      return deadline->done(failed(exchange, bad_gateway_error(),
                                   "Lambda execution failed with status 200 due to customer function error: " +
                                       error_text(answer.payload) + "."));
    auto reply = proxy_reply(exchange, answer.payload);
    if (!reply)
      return deadline->done(failed(exchange, bad_gateway_error(),
                                   "Execution failed due to configuration error: Malformed Lambda proxy response"));
    deadline->done(std::move(*reply));
  });
}

void function_mapped(Gateway& gateway, const Outside& outside, const std::shared_ptr<Exchange>& exchange,
                     Outgoing outgoing, Done done) {
  const bool event = equals_ignore_case(outgoing.headers.get("x-amz-invocation-type"), "Event");
  ports::FunctionCall call = function_call(gateway, *exchange, outgoing.body.empty() ? "{}" : std::move(outgoing.body));
  if (auto refused = as_caller(outside, *exchange, call)) return done(std::move(*refused));
  auto deadline = Deadline::start(gateway, exchange, std::move(done));
  const auto answered = [deadline, event](ports::FunctionAnswer answer) {
    if (!deadline->claim()) return;
    Exchange& exchange = deadline->exchange();
    if (auto refusal = function_refusal(exchange, answer)) return deadline->done(std::move(*refusal));
    Incoming incoming;
    incoming.body = event ? "" : std::move(answer.payload);
    incoming.status = event ? 202 : 200;
    if (!event && answer.status == ports::FunctionAnswer::Status::function_error)
      incoming.selected_by = error_text(incoming.body);
    exchange.integration_status = incoming.status;
    trace_incoming(exchange, incoming.status, {}, incoming.body);
    deadline->done(map_response(exchange, incoming));
  };
  call.asynchronous = event;
  call.tenant_id = outgoing.headers.get(kTenantHeader);
  trace_function_call(*exchange, call);
  outside.functions->call(std::move(call), answered);
}

/// The pieces of `arn:aws:apigateway:R:[sub.]service:{action|path}/rest`.
struct ServiceUri {
  std::string region, service;
  bool is_action = false;
  std::string rest;
};
std::optional<ServiceUri> service_uri(const std::string& uri) {
  const auto arn = Arn::parse(uri);
  if (!arn || arn->service != "apigateway") return std::nullopt;
  ServiceUri out{arn->region, arn->account, arn->resource.starts_with("action/"), ""};
  if (const size_t dot = out.service.rfind('.'); dot != std::string::npos) out.service = out.service.substr(dot + 1);
  out.rest = arn->resource.substr(arn->resource.find('/') + 1);
  return out;
}

/// `action/PutItem` of the services that take JSON: their target prefix and content type.
struct JsonService {
  const char* service;
  const char* target;
  const char* type;
};
constexpr JsonService kJsonServices[] = {{"dynamodb", "DynamoDB_20120810", "application/x-amz-json-1.0"},
                                         {"states", "AWSStepFunctions", "application/x-amz-json-1.0"},
                                         {"kinesis", "Kinesis_20131202", "application/x-amz-json-1.1"},
                                         {"firehose", "Firehose_20150804", "application/x-amz-json-1.1"},
                                         {"events", "AWSEvents", "application/x-amz-json-1.1"},
                                         {"logs", "Logs_20140328", "application/x-amz-json-1.1"},
                                         {"kms", "TrentService", "application/x-amz-json-1.1"},
                                         {"ssm", "AmazonSSM", "application/x-amz-json-1.1"},
                                         {"secretsmanager", "secretsmanager", "application/x-amz-json-1.1"},
                                         {"sqs", "AmazonSQS", "application/x-amz-json-1.0"}};

std::string query_text(const protocol::QueryParameters& query) {
  std::string out;
  for (const auto& [name, value] : query)
    out += (out.empty() ? "" : "&") + percent_encode(name) + "=" + percent_encode(value);
  return out;
}

ports::ServiceCall service_call(const Exchange& exchange, const ServiceUri& uri, Outgoing outgoing) {
  const Json& integration = exchange.integration();
  ports::ServiceCall call;
  call.role_arn = text_of(integration, "credentials");
  call.account = exchange.live.scope.account;
  call.service_principal = "apigateway.amazonaws.com";
  call.source_arn = exchange.source_arn();
  call.service = uri.service;
  call.region = uri.region;
  call.method = text_of(integration, "httpMethod", "POST");
  call.body = std::move(outgoing.body);
  protocol::Headers headers;
  headers.set("Accept", "application/json");
  headers.set("User-Agent", "AmazonAPIGateway_" + exchange.live.id);
  if (!outgoing.media_type.empty() || !call.body.empty())
    headers.set("Content-Type", outgoing.media_type.empty() ? "application/json" : outgoing.media_type);
  for (const auto& [name, value] : outgoing.headers) headers.set(name, value);
  if (uri.is_action) {
    for (const JsonService& one : kJsonServices) {
      // A service with a form protocol beside it takes what the integration's headers say.
      if (uri.service != one.service || headers.has("X-Amz-Target") || uri.service == "sqs") continue;
      headers.set("X-Amz-Target", std::string(one.target) + "." + uri.rest);
      headers.set("Content-Type", one.type);
    }
  } else {
    call.target = "/" + uri.rest;
    while (call.target.starts_with("//")) call.target.erase(0, 1);
  }
  std::string query = query_text(outgoing.query);
  const bool json_protocol = headers.has("X-Amz-Target");
  if (uri.is_action && !json_protocol && query.find("Action=") == std::string::npos &&
      call.body.find("Action=") == std::string::npos)
    query = "Action=" + uri.rest + (query.empty() ? "" : "&" + query);
  if (!query.empty()) call.target += (call.target.find('?') == std::string::npos ? "?" : "&") + query;
  for (const auto& [name, value] : headers) call.headers.emplace_back(name, value);
  return call;
}

void service(Gateway& gateway, const Outside& outside, const std::shared_ptr<Exchange>& exchange, Done done) {
  auto outgoing = map_request(*exchange);
  if (outgoing.has_error()) return done(std::move(outgoing).error());
  const std::string filled = filled_uri(*exchange, text_of(exchange->integration(), "uri"), outgoing->path);
  if (!function_in(filled).empty())
    return function_mapped(gateway, outside, exchange, std::move(*outgoing), std::move(done));
  const auto uri = service_uri(filled);
  const bool for_caller = means_caller(text_of(exchange->integration(), "credentials"));
  const auto own = for_caller ? credentials_of(outside.identity, *exchange->call) : std::nullopt;
  if (!uri || (for_caller && !own) || text_of(exchange->integration(), "credentials").empty())
    return done(
        failed(*exchange, internal_server_error(),
               "Execution failed due to configuration error: API Gateway does not have permission to assume the "
               "provided role"));
  auto deadline = Deadline::start(gateway, exchange, std::move(done));
  const bool query = uri->service == "sqs" || uri->service == "sns" || uri->service == "sts" || uri->service == "iam";
  ports::ServiceCall sent = service_call(*exchange, *uri, std::move(*outgoing));
  if (own) sent.session = *own;
  trace_outgoing(*exchange, "https://" + uri->service + "." + uri->region + ".amazonaws.com" + sent.target,
                 sent.headers, sent.body);
  outside.services->call(std::move(sent), [deadline, query](ports::ServiceAnswer answer) {
    if (!deadline->claim()) return;
    Exchange& exchange = deadline->exchange();
    if (answer.status == ports::ServiceAnswer::Status::role_refused)
      return deadline->done(
          failed(exchange, internal_server_error(),
                 "Execution failed due to configuration error: API Gateway does not have permission to "
                 "assume the provided role " +
                     text_of(exchange.integration(), "credentials")));
    Incoming incoming;
    incoming.status = exchange.integration_status = answer.http_status;
    incoming.selected_by = std::to_string(answer.http_status);
    for (const auto& [name, value] : answer.headers) {
      if (equals_ignore_case(name, "x-amzn-requestid")) exchange.integration_request_id = value;
    }
    trace_incoming(exchange, answer.http_status, answer.headers, answer.body);
    incoming.body = std::move(answer.body);
    for (const auto& [name, value] : answer.headers) incoming.headers.add(name, value);
    // Of services with a form protocol JSON was asked for (Accept).
    if (query && incoming.headers.get("content-type").find("xml") != std::string_view::npos) {
      if (auto json = xml_to_json(incoming.body)) incoming.body = to_text(*json);
    }
    deadline->done(map_response(exchange, incoming));
  });
}

bool one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::any_of(names.begin(), names.end(), [&](std::string_view one) { return equals_ignore_case(name, one); });
}

/// Names that the gateway gives an answer itself: what a backend says of them comes under another one.
bool is_remapped(std::string_view name) {
  return one_of(name,
                {"connection", "content-length", "date", "server", "authorization", "content-md5", "expect", "host",
                 "max-forwards", "proxy-authenticate", "trailer", "upgrade", "user-agent", "www-authenticate"});
}

/// A backend's headers as its client sees them. Where the backend is such a gateway itself, what it remapped gives way to what
/// is remapped here: a chain of gateways, however long, answers with one header of each name. (unverified: which of the two AWS
/// keeps)
void pass_headers_on(const std::vector<std::pair<std::string, std::string>>& given, protocol::Headers& out) {
  constexpr std::string_view kPrefix = "x-amzn-Remapped-";
  std::set<std::string> renewed;
  for (const auto& [name, value] : given) {
    if (is_remapped(name)) renewed.insert(to_lower(std::string(kPrefix) + name));
  }
  for (const auto& [name, value] : given) {
    if (one_of(name, {"transfer-encoding", "content-encoding", "via"}) || renewed.contains(to_lower(name))) continue;
    out.add(is_remapped(name) ? std::string(kPrefix) + name : name, value);
  }
}

Result<ports::HttpCall> http_call(Exchange& exchange, bool proxy) {
  const Json& integration = exchange.integration();
  ports::HttpCall call;
  call.method = text_of(integration, "httpMethod");
  if (call.method == "ANY") call.method = exchange.verb();
  call.timeout_ms = static_cast<int>(int_of(integration, "timeoutInMillis", 29'000));
  TRY(Outgoing outgoing, map_request(exchange));
  if (proxy)
    call.body = exchange.call->http.body;
  else
    call.body = std::move(outgoing.body);
  protocol::Headers headers;
  if (proxy) {
    for (const auto& [name, value] : headers_of(exchange)) {
      if (!one_of(name, {"host", "content-encoding", "via", "expect", "te", "proxy-authenticate"}))
        headers.add(name, value);
    }
  } else {
    headers.set("Accept", "application/json");
    headers.set("User-Agent", "AmazonAPIGateway_" + exchange.live.id);
    if (!call.body.empty())
      headers.set("Content-Type", outgoing.media_type.empty() ? "application/json" : outgoing.media_type);
    headers.set("X-Amzn-Apigateway-Api-Id", exchange.live.id);
  }
  for (const auto& [name, value] : outgoing.headers) headers.set(name, value);
  for (const auto& [name, value] : headers) call.headers.emplace_back(name, value);
  call.url = filled_uri(exchange, text_of(integration, "uri"), outgoing.path);
  protocol::QueryParameters query = proxy ? exchange.call->query : protocol::QueryParameters();
  for (const auto& field : outgoing.query) query.push_back(field);
  if (const std::string text = query_text(query); !text.empty())
    call.url += (call.url.find('?') == std::string::npos ? "?" : "&") + text;
  return call;
}

void http(Gateway& gateway, const Outside& outside, const std::shared_ptr<Exchange>& exchange, bool proxy, Done done) {
  auto call = http_call(*exchange, proxy);
  if (call.has_error()) return done(std::move(call).error());
  trace_outgoing(*exchange, call->url, call->headers, call->body);
  auto deadline = Deadline::start(gateway, exchange, std::move(done));
  outside.http->call(std::move(*call), [deadline, proxy](ports::HttpAnswer answer) {
    if (!deadline->claim()) return;
    Exchange& exchange = deadline->exchange();
    if (answer.status == 0)
      return deadline->done(failed(exchange, gateway_error("INTEGRATION_FAILURE", "Internal server error"),
                                   "Execution failed due to an internal error: " + answer.body));
    exchange.integration_status = answer.status;
    trace_incoming(exchange, answer.status, answer.headers, answer.body);
    if (proxy) {
      HttpReply reply;
      reply.status = answer.status;
      pass_headers_on(answer.headers, reply.headers);
      if (!reply.headers.has("content-type")) reply.headers.set("Content-Type", "application/json");
      reply.body = std::move(answer.body);
      return deadline->done(std::move(reply));
    }
    Incoming incoming;
    incoming.status = answer.status;
    incoming.selected_by = std::to_string(answer.status);
    incoming.body = std::move(answer.body);
    for (const auto& [name, value] : answer.headers) incoming.headers.add(name, value);
    deadline->done(map_response(exchange, incoming));
  });
}

}  // namespace

void integrate(Gateway& gateway, const Outside& outside, const std::shared_ptr<Exchange>& exchange, Done done) {
  const std::string type = text_of(exchange->integration(), "type");
  if (type == "MOCK") return mock(*exchange, done);
  if (type == "AWS_PROXY") return function_proxy(gateway, outside, exchange, std::move(done));
  if (type == "AWS") return service(gateway, outside, exchange, std::move(done));
  if (type == "HTTP" || type == "HTTP_PROXY")
    return http(gateway, outside, exchange, type == "HTTP_PROXY", std::move(done));
  done(internal_server_error());
}

}  // namespace millrace::apigateway::rest
