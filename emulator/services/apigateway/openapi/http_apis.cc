// ImportApi, ReimportApi, ExportApi: HTTP APIs from and to OpenAPI 3.0 documents.

#include <algorithm>

#include "emulator/base/encoding.h"
#include "emulator/services/apigateway/openapi/document.h"
#include "emulator/services/apigateway/openapi/yaml_json.h"
#include "emulator/services/apigateway/operations.h"
#include "emulator/services/apigateway/resources.h"

namespace millrace::apigateway {

using namespace protocol;

namespace {

constexpr const char* kAuthorizer = "x-amazon-apigateway-authorizer";
constexpr const char* kIntegration = "x-amazon-apigateway-integration";
constexpr const char* kAny = "x-amazon-apigateway-any-method";
constexpr const char* kCors = "x-amazon-apigateway-cors";
constexpr const char* kVersion = "x-amazon-apigateway-importexport-version";

// Members as integrations of OpenAPI documents have them, and the API's own.
constexpr std::pair<const char*, const char*> kIntegrationMembers[] = {{"uri", "integrationUri"},
                                                                       {"httpMethod", "integrationMethod"},
                                                                       {"credentials", "credentialsArn"},
                                                                       {"connectionId", "connectionId"},
                                                                       {"connectionType", "connectionType"},
                                                                       {"description", "description"},
                                                                       {"integrationSubtype", "integrationSubtype"},
                                                                       {"payloadFormatVersion", "payloadFormatVersion"},
                                                                       {"requestParameters", "requestParameters"},
                                                                       {"responseParameters", "responseParameters"},
                                                                       {"timeoutInMillis", "timeoutInMillis"},
                                                                       {"tlsConfig", "tlsConfig"}};

/// One import into an API that has nothing of it yet.
class HttpImport {
 public:
  HttpImport(Gateway& gateway, storage::Txn& txn, const Scope& scope, const Json& api, const Json& document,
             BasePath base_path)
      : gateway_(gateway), txn_(txn), scope_(scope), api_(api), document_(document), base_path_(base_path) {}

  Result<void> run() {
    TRY_VOID(authorizers());
    const Json& paths = object_in(document_, "paths");
    for (const auto& [path, item] : paths.items()) {
      if (item.is_object()) TRY_VOID(one_path(path, item));
    }
    return {};
  }

 private:
  Result<void> authorizers() {
    const Json& schemes = object_in(object_in(document_, "components"), "securitySchemes");
    for (const auto& [name, scheme] : schemes.items()) {
      const Json* given = find(scheme, kAuthorizer);
      if (!given) continue;
      Json input = *given;
      input["name"] = name;
      input["authorizerType"] = upper(text_of(*given, "type"));
      input["identitySource"] = sources_of(*given);
      if (const Json* role = find(*given, "authorizerCredentials")) input["authorizerCredentialsArn"] = *role;
      TRY(const Json made, create_in(gateway_, txn_, scope_, authorizer_kind(), api_, input));
      authorizers_[name] = made;
    }
    return {};
  }

  /// A list, or one text with commas.
  static Json sources_of(const Json& given) {
    const Json* sources = find(given, "identitySource");
    if (sources && sources->is_array()) return *sources;
    Json out = Json::array();
    const std::string text = sources ? scalar_text(*sources) : "$request.header.Authorization";
    for (size_t from = 0; from <= text.size();) {
      const size_t comma = std::min(text.find(',', from), text.size());
      std::string one = text.substr(from, comma - from);
      one.erase(std::remove(one.begin(), one.end(), ' '), one.end());
      if (!one.empty()) out.push_back(std::move(one));
      from = comma + 1;
    }
    return out;
  }

  Result<void> one_path(const std::string& written, const Json& item) {
    static constexpr std::string_view kVerbs[] = {"get", "put", "post", "delete", "patch", "options", "head"};
    const std::string path = written == "/$default" ? written : placed_path(document_, written, base_path_);
    for (const auto& [name, operation] : item.items()) {
      const bool any = name == kAny;
      if (!operation.is_object() || (!any && std::find(std::begin(kVerbs), std::end(kVerbs), name) == std::end(kVerbs)))
        continue;
      const bool fallback = any && written == "/$default";
      TRY_VOID(one_route(fallback ? "$default" : (any ? "ANY " : upper(name) + " ") + path, operation));
    }
    return {};
  }

  Result<void> one_route(const std::string& key, const Json& operation) {
    Json route = {{"routeKey", key}};
    if (const std::string name = text_of(operation, "operationId"); !name.empty()) route["operationName"] = name;
    secure(operation, route);
    if (const Json* given = find(operation, kIntegration)) {
      TRY(const std::string id, integration(*given));
      route["target"] = "integrations/" + id;
    }
    TRY_VOID(create_in(gateway_, txn_, scope_, route_kind(), api_, route));
    return {};
  }

  void secure(const Json& operation, Json& route) const {
    if (const std::string type = text_of(object_in(operation, "x-amazon-apigateway-auth"), "type"); !type.empty()) {
      route["authorizationType"] = type;
      return;
    }
    const Json* security = find(operation, "security");
    if (!security) security = find(document_, "security");
    if (!security || !security->is_array()) return;
    const Json& schemes = object_in(object_in(document_, "components"), "securitySchemes");
    for (const Json& requirement : *security) {
      if (!requirement.is_object()) continue;
      for (const auto& [name, scopes] : requirement.items()) {
        auto known = authorizers_.find(name);
        if (known != authorizers_.end()) {
          const bool jwt = text_of(known->second, "authorizerType") == "JWT";
          route["authorizationType"] = jwt ? "JWT" : "CUSTOM";
          route["authorizerId"] = text_of(known->second, "authorizerId");
          if (jwt && scopes.is_array() && !scopes.empty()) route["authorizationScopes"] = scopes;
        } else if (equals_ignore_case(text_of(object_in(schemes, name.c_str()), "x-amazon-apigateway-authtype"),
                                      "awsSigv4")) {
          route["authorizationType"] = "AWS_IAM";
        }
      }
    }
  }

  /// Integrations that routes refer to by name are one.
  Result<std::string> integration(const Json& written) {
    const std::string reference = text_of(written, "$ref");
    if (auto known = integrations_.find(reference); !reference.empty() && known != integrations_.end())
      return known->second;
    const Json& given = referred(document_, written);
    Json input = {{"integrationType", upper(text_of(given, "type"))}};
    for (const auto& [from, to] : kIntegrationMembers) {
      const Json* value = find(given, from);
      if (value) input[to] = std::string_view(to) == "payloadFormatVersion" ? Json(scalar_text(*value)) : *value;
    }
    if (find(input, "integrationMethod")) {
      const std::string method = text_of(input, "integrationMethod");
      input["integrationMethod"] = method == kAny ? "ANY" : upper(method);
    }
    TRY(const Json made, create_in(gateway_, txn_, scope_, integration_kind(), api_, input));
    const std::string id = text_of(made, "integrationId");
    if (!reference.empty()) integrations_[reference] = id;
    return id;
  }

  Gateway& gateway_;
  storage::Txn& txn_;
  const Scope& scope_;
  const Json& api_;
  const Json& document_;
  const BasePath base_path_;
  std::map<std::string, Json> authorizers_;
  std::map<std::string, std::string> integrations_;  // by reference
};

/// What an API's own document takes from it; what it doesn't say goes.
void take_members(const Json& document, Json& api) {
  const Json& info = object_in(document, "info");
  for (const auto& [member, name] :
       {std::pair{"name", "title"}, std::pair{"description", "description"}, std::pair{"version", "version"}}) {
    const Json* given = find(info, name);
    const std::string text = given ? scalar_text(*given) : "";
    if (!text.empty()) {
      api[member] = text;
    } else if (std::string_view(member) != "name") {
      api.erase(member);
    }
  }
  if (const Json* cors = find(document, kCors)) {
    api["corsConfiguration"] = *cors;
  } else {
    api.erase("corsConfiguration");
  }
  const Json& endpoint = object_in(document, "x-amazon-apigateway-endpoint-configuration");
  if (find(endpoint, "disableExecuteApiEndpoint"))
    api["disableExecuteApiEndpoint"] = bool_of(endpoint, "disableExecuteApiEndpoint");
  const Json* tags = find(document, "tags");
  if (!tags || !tags->is_array()) return;
  for (const Json& one : *tags) {
    if (const Json* value = find(one, "x-amazon-apigateway-tag-value"))
      api["tags"][text_of(one, "name")] = scalar_text(*value);
  }
}

Result<Json> import_into(Gateway& gateway, storage::Txn& txn, const Call& call, Json api, const Json& document) {
  const Scope scope = scope_of(call);
  take_members(document, api);
  storage::put_document(txn, api_key(scope, text_of(api, "apiId")), api);
  const BasePath mode = base_path_mode(query_value(call.query, "basepath").value_or(""));
  TRY_VOID(HttpImport(gateway, txn, scope, api, document, mode).run());
  gateway.deploy_automatically(txn, scope, text_of(api, "apiId"));
  return shown(api);
}

Result<Json> import_api(Gateway& gateway, const Call& call) {
  TRY(const Json document, parse_openapi(text_of(call.input, "body"), false));
  return gateway.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(Json api, create_http_api_in(gateway, txn, scope_of(call), {{"name", "imported"}, {"protocolType", "HTTP"}}));
    return import_into(gateway, txn, call, std::move(api), document);
  });
}

Result<Json> reimport_api(Gateway& gateway, const Call& call) {
  const Scope scope = scope_of(call);
  TRY(const Json document, parse_openapi(text_of(call.input, "body"), false));
  return gateway.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(Json api, load_api(txn, scope, text_of(call.input, "apiId")));
    if (text_of(api, "protocolType") != "HTTP")
      return errors::bad_request("Only HTTP APIs can be imported");  // unverified: the words
    for (const char* kind : {"route", "integration", "authorizer"}) {
      const std::string prefix = children_prefix(scope, kind, text_of(api, "apiId"));
      txn.erase_range(storage::Family::meta, prefix, storage::prefix_end(prefix));
    }
    return import_into(gateway, txn, call, std::move(api), document);
  });
}

/// Routes, integrations and authorizers as a document.
class HttpExport {
 public:
  HttpExport(const Json& api, const Json& parts, const std::string& stage, bool extensions)
      : api_(api), parts_(parts), stage_(stage), extensions_(extensions) {}

  Json document() const {
    Json out = {{"openapi", "3.0.1"}, {"info", {{"title", text_of(api_, "name")}}}};
    if (const std::string text = text_of(api_, "description"); !text.empty()) out["info"]["description"] = text;
    out["info"]["version"] = text_of(api_, "version", text_of(api_, "createdDate"));
    Json server = {
        {"url", text_of(api_, "apiEndpoint") + (stage_.empty() || stage_ == "$default" ? "" : "/{basePath}")}};
    if (!stage_.empty() && stage_ != "$default") server["variables"]["basePath"]["default"] = stage_;
    out["servers"].push_back(std::move(server));
    out["paths"] = Json::object();
    for (const Json& route : parts_.at("routes")) add_route(route, out["paths"]);
    for (const Json& one : parts_.at("authorizers"))
      out["components"]["securitySchemes"][text_of(one, "name")] = scheme(one);
    if (!extensions_) return out;
    if (const Json* cors = find(api_, "corsConfiguration")) out[kCors] = *cors;
    out[kVersion] = "1.0";
    return out;
  }

 private:
  const Json* part(const char* kind, const char* id_member, const std::string& id) const {
    for (const Json& one : parts_.at(kind)) {
      if (text_of(one, id_member) == id) return &one;
    }
    return nullptr;
  }

  void add_route(const Json& route, Json& paths) const {
    const std::string key = text_of(route, "routeKey");
    const size_t blank = key.find(' ');
    const std::string path = blank == std::string::npos ? "/$default" : key.substr(blank + 1);
    const std::string verb = blank == std::string::npos ? "ANY" : key.substr(0, blank);
    Json out = Json::object();
    if (const std::string name = text_of(route, "operationName"); !name.empty()) out["operationId"] = name;
    out["responses"]["default"]["description"] = "Default response for " + key;
    if (const Json* authorizer = part("authorizers", "authorizerId", text_of(route, "authorizerId")))
      out["security"].push_back({{text_of(*authorizer, "name"), route.value("authorizationScopes", Json::array())}});
    if (text_of(route, "authorizationType") == "AWS_IAM") out["x-amazon-apigateway-auth"] = {{"type", "AWS_IAM"}};
    const std::string target = text_of(route, "target");
    const Json* integration =
        target.starts_with("integrations/") ? part("integrations", "integrationId", target.substr(13)) : nullptr;
    if (extensions_ && integration) {
      Json& written = out[kIntegration] = {{"type", to_lower(text_of(*integration, "integrationType"))}};
      for (const auto& [to, from] : kIntegrationMembers) {
        if (const Json* value = find(*integration, from)) written[to] = *value;
      }
    }
    paths[path][verb == "ANY" ? kAny : to_lower(verb)] = std::move(out);
  }

  Json scheme(const Json& authorizer) const {
    const bool jwt = text_of(authorizer, "authorizerType") == "JWT";
    Json out = jwt ? Json{{"type", "oauth2"}, {"flows", Json::object()}}
                   : Json{{"type", "apiKey"}, {"name", "Authorization"}, {"in", "header"}};
    if (!extensions_) return out;
    Json settings = {{"type", to_lower(text_of(authorizer, "authorizerType"))}};
    for (const char* member : {"jwtConfiguration", "authorizerUri", "authorizerPayloadFormatVersion",
                               "authorizerResultTtlInSeconds", "enableSimpleResponses"}) {
      if (const Json* value = find(authorizer, member)) settings[member] = *value;
    }
    std::string sources;
    for (const Json& one : authorizer.value("identitySource", Json::array()))
      sources += (sources.empty() ? "" : ", ") + scalar_text(one);
    settings["identitySource"] = sources;
    if (const Json* role = find(authorizer, "authorizerCredentialsArn")) settings["authorizerCredentials"] = *role;
    out[kAuthorizer] = std::move(settings);
    return out;
  }

  const Json& api_;
  const Json& parts_;  // as deployments freeze them
  const std::string& stage_;
  const bool extensions_;
};

Result<HttpReply> export_api(Gateway& gateway, const Call& call) {
  const Scope scope = scope_of(call);
  const std::string id = text_of(call.input, "apiId"), stage_name = query_value(call.query, "stageName").value_or("");
  const auto reader = gateway.context.store.snapshot();
  TRY(const Json api, load_api(*reader, scope, id));
  if (text_of(call.input, "specification") != "OAS30")
    return errors::bad_request("Invalid specification: " +
                               text_of(call.input, "specification"));  // unverified: the words
  Json parts = frozen_parts(*reader, scope, id);
  if (!stage_name.empty()) {
    auto stage = storage::get_document(*reader, child_key(scope, "stage", id, stage_name));
    if (!stage) return errors::not_found("Stage", stage_name);
    auto deployed = storage::get_document(*reader, child_key(scope, "snapshot", id, text_of(*stage, "deploymentId")));
    if (!deployed) return errors::not_found("Deployment", text_of(*stage, "deploymentId"));
    parts = std::move(*deployed);
  }
  const bool extensions = query_value(call.query, "includeExtensions").value_or("true") != "false";
  const bool yaml = query_value(call.query, "outputType").value_or("JSON") == "YAML";
  const Json document = HttpExport(api, parts, stage_name, extensions).document();
  HttpReply reply;
  reply.headers.set("Content-Type", yaml ? "application/yaml" : "application/json");
  reply.body = yaml ? json_to_yaml(document) : document.dump(2, ' ', false, Json::error_handler_t::replace);
  return reply;
}

}  // namespace

std::vector<Operation> openapi_operations(Gateway& gateway) {
  static const Shape body = structure({required("body", string())});
  std::vector<Operation> out;
  out.push_back({.name = "ImportApi",
                 .input = &body,
                 .rest = {{"PUT", "/v2/apis", 201}},
                 .access = needs_of,
                 .handle = JsonHandler([&gateway](Call& call) { return import_api(gateway, call); })});
  out.push_back({.name = "ReimportApi",
                 .input = &body,
                 .rest = {{"PUT", "/v2/apis/{apiId}", 201}},
                 .access = needs_of,
                 .handle = JsonHandler([&gateway](Call& call) { return reimport_api(gateway, call); })});
  out.push_back({.name = "ExportApi",
                 .rest = {{"GET", "/v2/apis/{apiId}/exports/{specification}", 200}},
                 .access = needs_of,
                 .handle = ReplyHandler([&gateway](Call& call) { return export_api(gateway, call); })});
  return out;
}

}  // namespace millrace::apigateway
