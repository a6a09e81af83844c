// CreateConnection, DescribeConnection, UpdateConnection, ListConnections, DeleteConnection, DeauthorizeConnection.

#include "emulator/base/arn.h"
#include "emulator/base/log.h"
#include "emulator/services/eventbridge/api_destination_calls.h"
#include "emulator/services/eventbridge/operations.h"

namespace millrace::eventbridge {

using namespace protocol;

namespace {

AwsError no_connection(const std::string& name) {
  return {errors::not_found, "Failed to describe the connection(s). Connection '" + name + "' does not exist."};
}

/// InvocationHttpParameters and OAuthHttpParameters, without the values that are secret.
Json without_secret_values(Json http) {
  for (Json& parameters : http) {
    for (Json& parameter : parameters) {
      if (parameter.is_object() && bool_of(parameter, "IsValueSecret")) parameter.erase("Value");
    }
  }
  return http;
}

/// The parameters without their secrets, as they are shown.
Json without_secrets(const Json& given) {
  Json out = Json::object();
  if (const Json* key = find(given, "ApiKeyAuthParameters"))
    out["ApiKeyAuthParameters"] = {{"ApiKeyName", text_of(*key, "ApiKeyName")}};
  if (const Json* basic = find(given, "BasicAuthParameters"))
    out["BasicAuthParameters"] = {{"Username", text_of(*basic, "Username")}};
  if (const Json* oauth = find(given, "OAuthParameters")) {
    Json shown{{"AuthorizationEndpoint", text_of(*oauth, "AuthorizationEndpoint")}};
    if (const Json* client = find(*oauth, "ClientParameters"))
      shown["ClientParameters"] = {{"ClientID", text_of(*client, "ClientID")}};
    shown["HttpMethod"] = text_of(*oauth, "HttpMethod");
    if (const Json* http = find(*oauth, "OAuthHttpParameters"))
      shown["OAuthHttpParameters"] = without_secret_values(*http);
    out["OAuthParameters"] = std::move(shown);
  }
  if (const Json* http = find(given, "InvocationHttpParameters"))
    out["InvocationHttpParameters"] = without_secret_values(*http);
  return out;
}

Json answer(const Connection& connection, const char* state = nullptr) {
  Json out{{"ConnectionArn", connection.arn},
           {"ConnectionState", state ? state : connection.state},
           {"CreationTime", connection.created_s},
           {"LastModifiedTime", connection.modified_s}};
  if (connection.authorized_s) out["LastAuthorizedTime"] = *connection.authorized_s;
  return out;
}

/// Authorised at once: nothing here asks an authorization server before the first request.
void authorize(Connection& connection, const Json& input, Millis now) {
  if (auto type = optional_text(input, "AuthorizationType")) connection.auth_type = type;
  if (auto text = optional_text(input, "Description")) connection.description = text;
  if (const Json* given = find(input, "AuthParameters")) connection.auth_parameters = without_secrets(*given);
  connection.state = "AUTHORIZED";
  connection.modified_s = seconds_of(now);
  connection.authorized_s = seconds_of(now);
}

/// The connection's secret in Secrets Manager, made or changed; its ARN.
Result<std::string> keep_secret(Events& events, const Scope& scope, const std::string& connection_arn,
                                const std::string& secret_arn, const Json& value) {
  Json input{{"SecretString", to_text(value)}, {"ClientRequestToken", events.context.random.uuid()}};
  if (secret_arn.empty()) {
    const std::string resource = Arn::parse(connection_arn)->resource;
    input["Name"] = "events!" + resource;
    TRY(Json made, events.services->call("secretsmanager", "CreateSecret", scope.account, scope.region, input));
    return text_of(made, "ARN");
  }
  input["SecretId"] = secret_arn;
  TRY_VOID(events.services->call("secretsmanager", "PutSecretValue", scope.account, scope.region, input));
  return secret_arn;
}

void delete_secret(Events& events, const Scope& scope, const std::string& secret_arn) {
  if (secret_arn.empty()) return;
  auto deleted = events.services->call("secretsmanager", "DeleteSecret", scope.account, scope.region,
                                       {{"SecretId", secret_arn}, {"ForceDeleteWithoutRecovery", true}});
  if (deleted.has_error()) log::warning("the secret " + secret_arn + " isn't deleted: " + deleted.error().message);
}

Shape auth_parameters_shape() {
  const Shape text = string().length(1, 512);
  const Shape value = structure({optional("Key", string().length(0, 512)), optional("Value", string().length(0, 512))});
  const Shape http = structure({optional("HeaderParameters", list(value).length(0, 100)),
                                optional("QueryStringParameters", list(value).length(0, 100)),
                                optional("BodyParameters", list(structure({})).length(0, 100))});
  const Shape client = structure({optional("ClientID", text), optional("ClientSecret", text)});
  const Shape oauth = structure(
      {optional("ClientParameters", client), optional("AuthorizationEndpoint", string().length(1, 2048)),
       optional("HttpMethod", string().one_of({"GET", "POST", "PUT"})), optional("OAuthHttpParameters", http)});
  return structure(
      {optional("BasicAuthParameters", structure({optional("Username", text), optional("Password", text)})),
       optional("OAuthParameters", oauth),
       optional("ApiKeyAuthParameters", structure({optional("ApiKeyName", text), optional("ApiKeyValue", text)})),
       optional("InvocationHttpParameters", http)});
}

Shape auth_type_shape() {
  return string().one_of({"BASIC", "OAUTH_CLIENT_CREDENTIALS", "API_KEY"});
}

/// Runs `edit(connection)` in a change and answers with it.
Result<Json> change(Events& events, const Call& call,
                    const std::function<Json(storage::Txn&, const std::string& key, Connection&)>& edit) {
  const std::string name = text_of(call.input, "Name"), key = named_key(scope_of(call), "connection", name);
  return events.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    auto connection = storage::get_model<Connection>(txn, key);
    if (!connection) return no_connection(name);
    return edit(txn, key, *connection);
  });
}

Access on_the_connection(const char* action) {
  return needs_on_named(action, "connection", "Name");
}

}  // namespace

Operation create_connection(Events& events) {
  static const Shape input = structure(
      {required("Name", name_shape()), optional("Description", string().length(0, 512)),
       required("AuthorizationType", auth_type_shape()), required("AuthParameters", auth_parameters_shape())});
  auto handle = [&events](Call& call) -> Result<Json> {
    const Scope scope = scope_of(call);
    const std::string name = text_of(call.input, "Name"), key = named_key(scope, "connection", name);
    const std::string arn = arn_of(scope, "connection/" + name + "/" + events.context.random.uuid());
    const auto exists = [&] {
      return AwsError(errors::already_exists, "Connection " + name + " already exists.");  // unverified: the words
    };
    if (storage::get_model<Connection>(events.context.store, key)) return exists();
    const Json value = secret_of(text_of(call.input, "AuthorizationType"), call.input["AuthParameters"]);
    TRY(const std::string secret, keep_secret(events, scope, arn, "", value));
    auto made = events.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      if (storage::get_model<Connection>(txn, key)) return exists();
      Connection connection{.name = name, .arn = arn, .secret_arn = secret};
      connection.created_s = seconds_of(events.now());
      authorize(connection, call.input, events.now());
      storage::put_model(txn, key, connection);
      return answer(connection);
    });
    if (made.has_error()) delete_secret(events, scope, secret);
    return made;
  };
  return {.name = "CreateConnection",
          .input = &input,
          .access = on_the_connection("CreateConnection"),
          .handle = JsonHandler(handle)};
}

Operation describe_connection(Events& events) {
  static const Shape input = structure({required("Name", name_shape())});
  auto handle = [&events](Call& call) -> Result<Json> {
    const std::string name = text_of(call.input, "Name");
    const auto connection =
        storage::get_model<Connection>(events.context.store, named_key(scope_of(call), "connection", name));
    if (!connection) return no_connection(name);
    return shown(*connection);
  };
  return {.name = "DescribeConnection",
          .input = &input,
          .access = on_the_connection("DescribeConnection"),
          .handle = JsonHandler(handle)};
}

Operation update_connection(Events& events) {
  static const Shape input = structure(
      {required("Name", name_shape()), optional("Description", string().length(0, 512)),
       optional("AuthorizationType", auth_type_shape()), optional("AuthParameters", auth_parameters_shape())});
  auto handle = [&events](Call& call) -> Result<Json> {
    const Scope scope = scope_of(call);
    const std::string name = text_of(call.input, "Name");
    const auto before = storage::get_model<Connection>(events.context.store, named_key(scope, "connection", name));
    if (!before) return no_connection(name);
    std::string secret = before->secret_arn.value_or("");
    if (const Json* given = find(call.input, "AuthParameters")) {
      const std::string type = text_of(call.input, "AuthorizationType", before->auth_type.value_or(""));
      TRY(secret, keep_secret(events, scope, before->arn, secret, secret_of(type, *given)));
    }
    return change(events, call, [&](storage::Txn& txn, const std::string& key, Connection& connection) {
      connection.secret_arn = secret;
      authorize(connection, call.input, events.now());
      storage::put_model(txn, key, connection);
      return answer(connection);
    });
  };
  return {.name = "UpdateConnection",
          .input = &input,
          .access = on_the_connection("UpdateConnection"),
          .handle = JsonHandler(handle)};
}

Operation deauthorize_connection(Events& events) {
  static const Shape input = structure({required("Name", name_shape())});
  auto handle = [&events](Call& call) {
    std::string secret;
    auto changed = change(events, call, [&](storage::Txn& txn, const std::string& key, Connection& connection) {
      secret = connection.secret_arn.value_or("");
      connection.secret_arn.reset();
      connection.state = "DEAUTHORIZED";
      connection.modified_s = seconds_of(events.now());
      storage::put_model(txn, key, connection);
      return answer(connection, "DEAUTHORIZING");
    });
    delete_secret(events, scope_of(call), secret);
    return changed;
  };
  return {.name = "DeauthorizeConnection",
          .input = &input,
          .access = on_the_connection("DeauthorizeConnection"),
          .handle = JsonHandler(handle)};
}

Operation list_connections(Events& events) {
  static const Shape input = structure(
      {optional("NamePrefix", name_shape()),
       optional("ConnectionState", string().one_of({"CREATING", "UPDATING", "DELETING", "AUTHORIZED", "DEAUTHORIZED",
                                                    "AUTHORIZING", "DEAUTHORIZING", "ACTIVE", "FAILED_CONNECTIVITY"})),
       token_member(), limit_member()});
  auto handle = [&events](Call& call) -> Result<Json> {
    const std::string state = text_of(call.input, "ConnectionState");
    auto show = [&](const Connection& connection) -> Json {
      if (!state.empty() && connection.state != state) return nullptr;
      Json item = shown(connection);
      for (const char* member : {"AuthParameters", "SecretArn", "Description"}) item.erase(member);
      return item;
    };
    return page_of_models<Connection>(events.context.store, call, named_prefix(scope_of(call), "connection"),
                                      "Connections", show);
  };
  return {.name = "ListConnections",
          .input = &input,
          .access = needs("ListConnections", [](const Call&) { return std::string("*"); }),
          .handle = JsonHandler(handle)};
}

Operation delete_connection(Events& events) {
  static const Shape input = structure({required("Name", name_shape())});
  auto handle = [&events](Call& call) {
    std::string secret;
    auto changed = change(events, call, [&](storage::Txn& txn, const std::string& key, Connection& connection) {
      secret = connection.secret_arn.value_or("");
      txn.erase(storage::Family::meta, key);
      return answer(connection, "DELETING");
    });
    delete_secret(events, scope_of(call), secret);
    return changed;
  };
  return {.name = "DeleteConnection",
          .input = &input,
          .access = on_the_connection("DeleteConnection"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::eventbridge
