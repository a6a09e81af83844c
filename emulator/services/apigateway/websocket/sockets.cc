#include "emulator/services/apigateway/websocket/sockets.h"

#include "emulator/base/encoding.h"
#include "emulator/services/apigateway/json_path.h"

namespace millrace::apigateway {

using namespace protocol;

namespace {

constexpr ErrorKind kGone{"GoneException", 410};
constexpr ErrorKind kForbidden{"ForbiddenException", 403};
constexpr ErrorKind kUnauthorized{"UnauthorizedException", 401};
constexpr ErrorKind kTooLarge{"PayloadTooLargeException", 413};
constexpr ErrorKind kBadGateway{"InternalServerErrorException", 502, "", "message", Fault::server};
constexpr ErrorKind kInternal{"InternalServerErrorException", 500, "", "message", Fault::server};
constexpr size_t kMessageMax = 128u << 10;

/// The connection's side of the upgrade: hands on what comes.
class Opened final : public Upgrade {
 public:
  Opened(WebSockets& sockets, std::shared_ptr<Connection> connection)
      : sockets_(sockets), connection_(std::move(connection)) {}
  void opened(std::shared_ptr<WebSocket> socket) override {
    MutexLock lock(connection_->mutex);
    connection_->socket = std::move(socket);
  }
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

std::string source_ip(const Call& call) {
  const std::string address = call.http.peer.substr(0, call.http.peer.rfind(':'));
  return address.empty() ? "127.0.0.1" : address;
}

Json identity(const Call& call) {
  Json out = {{"sourceIp", source_ip(call)}};
  if (call.http.headers.has("user-agent")) out["userAgent"] = std::string(call.http.headers.get("user-agent"));
  return out;
}

Json grouped(const QueryParameters& fields) {
  Json out = Json::object();
  for (const auto& [name, value] : fields) out[name].push_back(value);
  return out;
}
Json last_of(const Json& lists) {
  Json out = Json::object();
  for (const auto& [name, values] : lists.items()) out[name] = values.back();
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
  if (expression.starts_with('$') && !expression.starts_with("${")) return value(expression.substr(1));
  std::string out;
  for (size_t at = 0; at < expression.size();) {
    const size_t end = expression.compare(at, 2, "${") == 0 ? expression.find('}', at) : std::string::npos;
    if (end == std::string::npos) {
      out += expression[at++];
      continue;
    }
    out += value(expression.substr(at + 2, end - at - 2));
    at = end + 1;
  }
  return out;
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
  out["requestTime"] = log_time(now);
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

void WebSockets::run(const Live& live, const Route& route, std::string event, std::function<void(Ran)> done) {
  auto found = live.deployment->integrations.find(route.integration_id);
  if (found == live.deployment->integrations.end()) return done({});
  const Integration& integration = found->second;
  if (integration.type == "MOCK") return done({200, "", Json()});
  ports::FunctionCall call;
  call.function_arn = function_in(with_stage_variables(integration.uri, live.stage));
  call.payload = std::move(event);
  call.request_id = gateway_.context.random.uuid();
  call.service_principal = "apigateway.amazonaws.com";
  call.source_arn = "arn:aws:execute-api:" + live.api.region + ":" + live.api.account + ":" + live.api.id + "/" +
                    live.stage.name + "/" + route.key_text;
  call.source_account = live.api.account;
  outside_.functions->call(std::move(call), [done](ports::FunctionAnswer answer) {
    if (answer.status != ports::FunctionAnswer::Status::ok) return done({});
    auto result = parse_json(answer.payload);
    if (!result || !result->is_object()) return done({200, "", Json()});
    const Json* status = millrace::find(*result, "statusCode");
    const int code = !status               ? 200
                     : status->is_number() ? status->get<int>()
                                           : std::atoi(text_of(*result, "statusCode").c_str());
    done({code, text_of(*result, "body"), result->value("headers", Json::object())});
  });
}

void WebSockets::connect(std::shared_ptr<Call> call, Live live, Responder respond) {
  auto connection = std::make_shared<Connection>();
  connection->id = short_id();
  connection->call = std::move(call);
  connection->api = live.api.id;
  connection->stage = live.stage.name;
  connection->connected_ms = connection->active_ms = gateway_.context.clock.now_ms();
  auto kept = std::make_shared<Live>(std::move(live));
  const Route* route = route_of(*kept, "$connect");
  if (!route || route->authorization != "CUSTOM") return admitted(connection, *kept, route, respond);
  auto authorizer = kept->deployment->authorizers.find(route->authorizer_id);
  if (authorizer == kept->deployment->authorizers.end()) return respond(AwsError(kInternal, "Internal server error"));
  const Routed routed{*connection->call, kept->api, kept->stage, *route, "/", {}, Json()};
  authorizers_.ask(*outside_.functions, authorizer->second, routed,
                   [this, connection, kept, route, respond](Admission verdict) {
                     switch (verdict.kind) {
                       case Admission::Kind::unauthorized: return respond(AwsError(kUnauthorized, "Unauthorized"));
                       case Admission::Kind::forbidden: return respond(AwsError(kForbidden, "Forbidden"));
                       case Admission::Kind::failed: return respond(AwsError(kInternal, "Internal server error"));
                       case Admission::Kind::admitted: break;
                     }
                     connection->authorizer = verdict.context.value("lambda", Json::object());
                     admitted(connection, *kept, route, respond);
                   });
}

void WebSockets::admitted(const std::shared_ptr<Connection>& connection, const Live& live, const Route* route,
                          const Responder& respond) {
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
  const Json event = connect_event(*connection->call, live, context(*connection, live, "$connect", "CONNECT"));
  run(live, *route, to_text(event), [open, respond](Ran ran) {
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
  auto live = gateway_.find_live(connection->api, path);
  if (!live) return;
  const std::string wanted = selected_route(live->api.route_selection, text);
  const Route* route = wanted.empty() || wanted.starts_with('$') ? nullptr : route_of(*live, wanted);
  if (!route) route = route_of(*live, "$default");
  const std::string id = short_id();
  const auto complain = [connection, id](const char* message) {
    send(*connection, to_text(Json{{"message", message}, {"connectionId", connection->id}, {"requestId", id}}));
  };
  if (!route) return complain("Forbidden");
  Json event = {{"requestContext", context(*connection, *live, route->key_text, "MESSAGE")}};
  for (const auto& [name, value] : live->stage.variables) event["stageVariables"][name] = value;
  event["body"] = std::move(text);
  event["isBase64Encoded"] = false;
  const bool answers = route->answers;
  run(*live, *route, to_text(event), [connection, complain, answers](Ran ran) {
    if (ran.status == 0) return complain("Internal server error");
    if (answers && !ran.body.empty()) send(*connection, std::move(ran.body));
  });
}

void WebSockets::ended(const std::shared_ptr<Connection>& connection, uint16_t code, const std::string& reason) {
  {
    MutexLock lock(mutex_);
    connections_.erase(connection->id);
  }
  {
    MutexLock lock(connection->mutex);
    connection->socket.reset();
  }
  std::string path = "/" + connection->stage;
  auto live = gateway_.find_live(connection->api, path);
  const Route* route = live ? route_of(*live, "$disconnect") : nullptr;
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
  run(*live, *route, to_text(event), [](Ran) {});
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
