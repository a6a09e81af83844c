#include "emulator/services/apigateway/websocket/sockets.h"

#include "emulator/base/encoding.h"
#include "emulator/base/trace.h"
#include "emulator/protocol/http_events.h"
#include "emulator/services/apigateway/event_fields.h"
#include "emulator/services/apigateway/json_path.h"
#include "emulator/services/apigateway/schema.h"
#include "emulator/services/apigateway/websocket/socket_integration.h"
#include "emulator/services/apigateway/websocket/socket_log.h"

namespace millrace::apigateway {

using namespace protocol;

namespace {

constexpr ErrorKind kGone{"GoneException", 410};
constexpr ErrorKind kForbidden{"ForbiddenException", 403};
constexpr ErrorKind kUnauthorized{"UnauthorizedException", 401};
constexpr ErrorKind kTooMany{"TooManyRequestsException", 429};
constexpr ErrorKind kTooLarge{"PayloadTooLargeException", 413};
constexpr ErrorKind kBadGateway{"InternalServerErrorException", 502, "", "message", Fault::server};
constexpr ErrorKind kInternal{"InternalServerErrorException", 500, "", "message", Fault::server};
constexpr size_t kMessageMax = 128u << 10;
constexpr Millis kLifeMs = 2 * 3'600'000;  // of a connection, however busy it is
constexpr uint16_t kGoingAway = 1001;

/// The connection's side of the upgrade: hands on what comes.
class Opened final : public Upgrade {
 public:
  Opened(WebSockets& sockets, std::shared_ptr<Connection> connection)
      : sockets_(sockets), connection_(std::move(connection)) {}
  void opened(std::shared_ptr<WebSocket> socket) override { sockets_.opened(connection_, std::move(socket)); }
  void message(std::string text) override { sockets_.received(connection_, std::move(text)); }
  void closed(uint16_t code, std::string reason) override { sockets_.ended(connection_, code, reason); }

 private:
  WebSockets& sockets_;
  std::shared_ptr<Connection> connection_;
};

void send(Connection& connection, std::string text) {
  std::shared_ptr<WebSocket> socket;
  {
    MutexLock lock(connection.mutex);
    socket = connection.socket;
  }
  if (socket) socket->send(std::move(text));
}

const Route* route_of(const Live& live, const std::string& key) {
  auto found = live.deployment->by_key.find(key);
  return found == live.deployment->by_key.end() ? nullptr : &found->second;
}

Json identity(const Call& call) {
  Json out = {{"sourceIp", source_ip(call.http)}};
  if (call.http.headers.has("user-agent")) out["userAgent"] = std::string(call.http.headers.get("user-agent"));
  return out;
}

Json connect_event(const Call& call, const Live& live, Json context) {
  QueryParameters fields;
  for (const auto& field : call.http.headers) fields.push_back(field);
  const Json headers = grouped(fields), query = grouped(parse_query(call.http.raw_query()));
  Json event = {{"headers", last_of(headers)}, {"multiValueHeaders", headers}};
  if (!query.empty()) {
    event["queryStringParameters"] = last_of(query);
    event["multiValueQueryStringParameters"] = query;
  }
  for (const auto& [name, value] : live.stage.variables) event["stageVariables"][name] = value;
  event["requestContext"] = std::move(context);
  event["isBase64Encoded"] = false;
  return event;
}

/// The model that the route's selection expression names, or `$default`'s; a message that no model is for fits.
bool fits_model(const Live& live, const Route& route, const std::string& message) {
  if (route.request_models.empty()) return true;
  auto model = route.request_models.find(selected_route(route.model_selection, message));
  if (model == route.request_models.end()) model = route.request_models.find("$default");
  if (model == route.request_models.end()) return true;
  auto schema = live.deployment->models.find(model->second);
  if (schema == live.deployment->models.end()) return true;
  auto document = parse_json(message);
  const FindSchema none = [](const std::string&) { return nullptr; };
  return document && schema_problems(schema->second, *document, none).empty();
}

}  // namespace

std::string selected_route(const std::string& expression, const std::string& message) {
  auto document = parse_json(message);
  if (!document || !document->is_object()) return "";
  const auto value = [&](const std::string& name) -> std::string {
    if (!name.starts_with("request.body.")) return "";
    auto found = json_path(*document, "$." + name.substr(13));
    return !found || found->is_structured() || found->is_null() ? ""
           : found->is_string()                                 ? found->get<std::string>()
                                                                : to_text(*found);
  };
  return parameters_replaced(expression, value);
}

std::string WebSockets::short_id() const {
  static constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  return gateway_.context.random.text(15, kAlphabet) + "=";
}

std::shared_ptr<Connection> WebSockets::find(const std::string& id) const {
  MutexLock lock(mutex_);
  auto found = connections_.find(id);
  return found == connections_.end() ? nullptr : found->second;
}

Json WebSockets::context(const Connection& connection, const Live& live, const std::string& route, const char* type) {
  const Millis now = gateway_.context.clock.now_ms();
  const std::string id = short_id();
  const Routed routed{*connection.call, live.api, live.stage, {}, "/", {}, Json()};
  Json out = {{"routeKey", route}};
  if (connection.authorizer.is_object()) out["authorizer"] = connection.authorizer;
  if (std::string_view(type) == "MESSAGE") out["messageId"] = short_id();
  out["eventType"] = type;
  out["extendedRequestId"] = id;
  out["requestTime"] = protocol::log_time(now);
  out["messageDirection"] = "IN";
  out["stage"] = live.stage.name;
  out["connectedAt"] = connection.connected_ms;
  out["requestTimeEpoch"] = now;
  out["identity"] = identity(*connection.call);
  out["requestId"] = id;
  out["domainName"] = routed.domain_name();
  out["connectionId"] = connection.id;
  out["apiId"] = live.api.id;
  return out;
}

void WebSockets::run(const std::shared_ptr<Connection>& connection, std::shared_ptr<const Live> live,
                     const Route& route, Json event, std::function<void(Ran)> done) {
  gateway_.socket_events.begin();
  const trace::Scope scope(text_of(event["requestContext"], "requestId"));
  const Millis begun = gateway_.context.clock.now_ms();
  // Answers once: tells first the client, then logs and metrics.
  const auto finish = [this, live, begun, context = event["requestContext"], done = std::move(done)](Ran ran) {
    SocketOutcome outcome;
    outcome.status = ran.status == 0 ? 500 : ran.status;
    outcome.integration_status = ran.status;
    outcome.latency_ms = outcome.integration_ms = gateway_.context.clock.now_ms() - begun;
    outcome.error = ran.error;
    outcome.response_bytes = ran.body.size();
    done(std::move(ran));
    tell_socket_event(gateway_, outside_, *live, context, outcome);
    gateway_.socket_events.end();
  };
  auto found = live->deployment->integrations.find(route.integration_id);
  if (found == live->deployment->integrations.end())
    return finish({0, "", Json(), "No integration defined for route " + route.key_text});
  const Integration& integration = found->second;
  const bool bare = !millrace::find(integration.document, "requestTemplates");
  if (integration.type == "MOCK" && bare) return finish({200, "", Json()});
  if (integration.type != "AWS_PROXY") {
    const SocketEvent mapped{
        live, route, integration, connection->call, event["requestContext"], text_of(event, "body")};
    return integrate_event(gateway_, outside_, mapped, [finish](Result<HttpReply> reply, const std::string& failure) {
      if (reply.has_error()) return finish({0, "", Json(), failure});
      finish({reply->status, std::move(reply->body), Json()});
    });
  }
  ports::FunctionCall call;
  call.function_arn = function_in(with_stage_variables(integration.uri, live->stage));
  call.payload = to_text(event);
  call.request_id = gateway_.context.random.uuid();
  call.service_principal = "apigateway.amazonaws.com";
  call.source_arn = "arn:aws:execute-api:" + live->api.region + ":" + live->api.account + ":" + live->api.id + "/" +
                    live->stage.name + "/" + route.key_text;
  call.source_account = live->api.account;
  outside_.functions->call(std::move(call), [finish](ports::FunctionAnswer answer) {
    using Status = ports::FunctionAnswer::Status;
    if (answer.status == Status::not_allowed) return finish({0, "", Json(), "Invalid permissions on Lambda function"});
    if (answer.status == Status::not_found) return finish({0, "", Json(), "Invalid Lambda function"});
    auto result = parse_json(answer.payload);
    if (answer.status != Status::ok)
      return finish({0, "", Json(),
                     "Lambda execution failed due to customer function error: " +
                         (result ? text_of(*result, "errorMessage") : answer.payload)});
    if (!result || !result->is_object()) return finish({200, "", Json()});
    const Json* status = millrace::find(*result, "statusCode");
    const int code = !status               ? 200
                     : status->is_number() ? status->get<int>()
                                           : std::atoi(text_of(*result, "statusCode").c_str());
    finish({code, text_of(*result, "body"), result->value("headers", Json::object())});
  });
}

void WebSockets::connect(std::shared_ptr<Call> call, Live live, Responder respond) {
  auto connection = std::make_shared<Connection>();
  connection->id = short_id();
  connection->call = std::move(call);
  connection->api = live.api.id;
  connection->stage = live.stage.name;
  connection->connected_ms = connection->active_ms = gateway_.context.clock.now_ms();
  auto kept = std::make_shared<const Live>(std::move(live));
  const Route* route = route_of(*kept, "$connect");
  if (!gateway_.within_rates(*kept, "$connect")) {
    SocketOutcome outcome;
    outcome.status = 429;
    tell_socket_event(gateway_, outside_, *kept, context(*connection, *kept, "$connect", "CONNECT"), outcome);
    return respond(AwsError(kTooMany, "Too Many Requests"));
  }
  if (!route || route->authorization != "CUSTOM") return admitted(connection, kept, route, respond);
  auto authorizer = kept->deployment->authorizers.find(route->authorizer_id);
  if (authorizer == kept->deployment->authorizers.end()) return respond(AwsError(kInternal, "Internal server error"));
  const Routed routed{*connection->call, kept->api, kept->stage, *route, "/", {}, Json()};
  authorizers_.ask(
      *outside_.functions, authorizer->second, routed, [this, connection, kept, route, respond](Admission verdict) {
        if (verdict.kind != Admission::Kind::admitted) {
          SocketOutcome outcome;
          outcome.status = verdict.kind == Admission::Kind::unauthorized ? 401
                           : verdict.kind == Admission::Kind::forbidden  ? 403
                                                                         : 500;
          outcome.error = verdict.problem;
          tell_socket_event(gateway_, outside_, *kept, context(*connection, *kept, "$connect", "CONNECT"), outcome);
        }
        switch (verdict.kind) {
          case Admission::Kind::unauthorized: return respond(AwsError(kUnauthorized, "Unauthorized"));
          case Admission::Kind::forbidden: return respond(AwsError(kForbidden, "Forbidden"));
          case Admission::Kind::failed: return respond(AwsError(kInternal, "Internal server error"));
          case Admission::Kind::admitted: break;
        }
        connection->authorizer = verdict.context.value("lambda", Json::object());
        admitted(connection, kept, route, respond);
      });
}

void WebSockets::admitted(const std::shared_ptr<Connection>& connection, const std::shared_ptr<const Live>& live,
                          const Route* route, const Responder& respond) {
  const auto open = [this, connection, respond](const Json& headers) {
    {
      MutexLock lock(mutex_);
      if (connections_.size() >= kConnectionsMax) return respond(AwsError(kForbidden, "Too many connections"));
      connections_[connection->id] = connection;
    }
    HttpReply reply;
    reply.status = 101;
    if (headers.is_object()) {
      for (const auto& [name, value] : headers.items()) {
        if (equals_ignore_case(name, "sec-websocket-protocol") && value.is_string() && value != "")
          reply.headers.set(name, value.get<std::string>());
      }
    }
    reply.stream = std::make_shared<Opened>(*this, connection);
    respond(std::move(reply));
  };
  if (!route) return open(Json());
  Json event = connect_event(*connection->call, *live, context(*connection, *live, "$connect", "CONNECT"));
  run(connection, live, *route, std::move(event), [open, respond](Ran ran) {
    if (ran.status >= 200 && ran.status < 300) return open(ran.headers);
    if (ran.status == 0) return respond(AwsError(kBadGateway, "Internal server error"));
    HttpReply refused;
    refused.status = ran.status >= 400 && ran.status <= 599 ? ran.status : 502;
    refused.body = std::move(ran.body);
    respond(std::move(refused));
  });
}

void WebSockets::received(const std::shared_ptr<Connection>& connection, std::string text) {
  connection->active_ms = gateway_.context.clock.now_ms();
  std::string path = "/" + connection->stage;
  auto found = gateway_.find_live(connection->api, path);
  if (!found) return;
  const auto live = std::make_shared<const Live>(std::move(*found));
  const std::string wanted = selected_route(live->api.route_selection, text);
  const Route* route = wanted.empty() || wanted.starts_with('$') ? nullptr : route_of(*live, wanted);
  if (!route) route = route_of(*live, "$default");
  const std::string id = short_id();
  const auto complain = [connection, id](const char* message) {
    send(*connection, to_text(Json{{"message", message}, {"connectionId", connection->id}, {"requestId", id}}));
  };
  if (!route) {
    complain("Forbidden");
    SocketOutcome outcome;
    outcome.status = 403;
    return tell_socket_event(gateway_, outside_, *live, context(*connection, *live, "$default", "MESSAGE"), outcome);
  }
  Json event = {{"requestContext", context(*connection, *live, route->key_text, "MESSAGE")}};
  if (!gateway_.within_rates(*live, route->key_text)) {
    complain("Too Many Requests");  // unverified: the words
    SocketOutcome outcome;
    outcome.status = 429;
    return tell_socket_event(gateway_, outside_, *live, event["requestContext"], outcome);
  }
  if (!fits_model(*live, *route, text)) {
    send(*connection, to_text(Json{{"message", "Bad request body"},
                                   {"connectionId", connection->id},
                                   {"messageId", event["requestContext"]["messageId"]}}));
    SocketOutcome outcome;
    outcome.status = 400;
    return tell_socket_event(gateway_, outside_, *live, event["requestContext"], outcome);
  }
  for (const auto& [name, value] : live->stage.variables) event["stageVariables"][name] = value;
  event["body"] = std::move(text);
  event["isBase64Encoded"] = false;
  const bool answers = route->answers;
  run(connection, live, *route, std::move(event), [connection, complain, answers](Ran ran) {
    if (ran.status == 0) return complain("Internal server error");
    if (answers && !ran.body.empty()) send(*connection, std::move(ran.body));
  });
}

void WebSockets::opened(const std::shared_ptr<Connection>& connection, std::shared_ptr<WebSocket> socket) {
  MutexLock lock(connection->mutex);
  connection->life =
      gateway_.context.timers.at(gateway_.context.clock.now_ms() + kLifeMs, [weak = std::weak_ptr(socket)] {
        if (auto open = weak.lock()) open->close(kGoingAway, "Going away");
      });
  connection->socket = std::move(socket);
}

void WebSockets::close_all(const std::string& api, const std::string& stage) {
  std::vector<std::shared_ptr<Connection>> closed;
  {
    MutexLock lock(mutex_);
    for (const auto& [id, connection] : connections_) {
      if (connection->api == api && (stage.empty() || connection->stage == stage)) closed.push_back(connection);
    }
  }
  for (const auto& connection : closed) {
    std::shared_ptr<WebSocket> socket;
    {
      MutexLock lock(connection->mutex);
      socket = connection->socket;
    }
    if (socket) socket->close(kGoingAway, "Going away");
  }
}

void WebSockets::ended(const std::shared_ptr<Connection>& connection, uint16_t code, const std::string& reason) {
  {
    MutexLock lock(mutex_);
    connections_.erase(connection->id);
  }
  {
    MutexLock lock(connection->mutex);
    connection->socket.reset();
    gateway_.context.timers.cancel(connection->life);
  }
  std::string path = "/" + connection->stage;
  auto found = gateway_.find_live(connection->api, path);
  if (!found) return;
  const auto live = std::make_shared<const Live>(std::move(*found));
  const Route* route = route_of(*live, "$disconnect");
  if (!route) return;
  Json context = this->context(*connection, *live, "$disconnect", "DISCONNECT");
  context["disconnectStatusCode"] = code;
  context["disconnectReason"] = reason;
  const Json headers = {{"Host", std::string(connection->call->http.headers.get("host"))},
                        {"x-api-key", ""},
                        {"X-Forwarded-For", ""},
                        {"x-restapi", ""}};
  Json multi = Json::object();
  for (const auto& [name, value] : headers.items()) multi[name] = Json::array({value});
  Json event = {{"headers", headers}, {"multiValueHeaders", multi}, {"requestContext", std::move(context)}};
  for (const auto& [name, value] : live->stage.variables) event["stageVariables"][name] = value;
  event["isBase64Encoded"] = false;
  run(connection, live, *route, std::move(event), [](Ran) {});
}

Result<HttpReply> WebSockets::manage(const Call& call, const std::string& api, const std::string& stage,
                                     const std::string& id) {
  auto connection = find(id);
  std::shared_ptr<WebSocket> socket;
  if (connection) {
    MutexLock lock(connection->mutex);
    socket = connection->socket;
  }
  // While $connect runs there is none either.
  if (!socket || connection->api != api || connection->stage != stage) return AwsError(kGone, "");
  HttpReply reply;
  if (call.http.method == "POST") {
    if (call.http.body.size() > kMessageMax) return AwsError(kTooLarge, "Message too long");
    socket->send(call.http.body);
  } else if (call.http.method == "DELETE") {
    {
      MutexLock lock(mutex_);
      connections_.erase(id);  // gone from now on, though the client is yet to agree
    }
    socket->close(1000, "");
    reply.status = 204;
  } else if (call.http.method == "GET") {
    reply.body = to_text(Json{{"connectedAt", iso_millis(connection->connected_ms)},
                              {"lastActiveAt", iso_millis(connection->active_ms)},
                              {"identity", identity(*connection->call)}});
    reply.headers.set("Content-Type", "application/json");
  } else {
    return AwsError(kForbidden, "Forbidden");
  }
  return reply;
}

}  // namespace millrace::apigateway
