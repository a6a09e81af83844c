// GetExport: what is deployed on a stage as an OpenAPI document.

#include "emulator/base/encoding.h"
#include "emulator/services/apigateway/openapi/document.h"
#include "emulator/services/apigateway/openapi/yaml_json.h"
#include "emulator/services/apigateway/rest/operations.h"

namespace millrace::apigateway::rest {

using namespace protocol;

namespace {

/// What `?extensions=` asks for beside plain OpenAPI.
struct Extensions {
  bool integrations = false, authorizers = false, gateway = false;
};

Extensions extensions_of(const Call& call) {
  Extensions out;
  const std::string text = query_value(call.query, "extensions").value_or("");
  out.gateway = text.find("apigateway") != std::string::npos;
  out.integrations = out.gateway || text.find("integrations") != std::string::npos;
  out.authorizers = out.gateway || text.find("authorizers") != std::string::npos;
  return out;
}

/// A model's schema with references as the document writes them.
void localize(Json& schema, const std::string& home, int depth = 0) {
  if (depth > 100 || !schema.is_structured()) return;
  if (schema.is_object()) {
    if (const std::string reference = text_of(schema, "$ref"); reference.find("/models/") != std::string::npos)
      schema["$ref"] = home + reference.substr(reference.rfind('/') + 1);
  }
  for (Json& child : schema) localize(child, home, depth + 1);
}

class Export {
 public:
  Export(const Json& snapshot, const Json& stage, const Scope& scope, bool oas30, Extensions extensions)
      : snapshot_(snapshot),
        api_(object_in(snapshot, "api")),
        stage_(stage),
        scope_(scope),
        oas30_(oas30),
        extensions_(extensions),
        home_(oas30 ? "#/components/schemas/" : "#/definitions/") {}

  Json document(const std::string& made_at) {
    Json out = oas30_ ? Json{{"openapi", "3.0.1"}} : Json{{"swagger", "2.0"}};
    out["info"] = {{"title", text_of(api_, "name")}};
    if (const std::string text = text_of(api_, "description"); !text.empty()) out["info"]["description"] = text;
    out["info"]["version"] = text_of(api_, "version", made_at);
    add_place(out);
    out["paths"] = Json::object();
    for (const Json& resource : list("resources")) add_path(resource, out["paths"]);
    add_components(out);
    if (extensions_.gateway) add_extensions(out);
    return out;
  }

 private:
  const Json& list(const char* member) const {
    static const Json none = Json::array();
    const Json* found = find(snapshot_, member);
    return found ? *found : none;
  }

  void add_place(Json& out) const {
    const std::string host = text_of(api_, "id") + ".execute-api." + scope_.region + ".amazonaws.com";
    const std::string base = text_of(stage_, "stageName");
    if (oas30_) {
      Json server = {{"url", "https://" + host + "/{basePath}"}};
      server["variables"]["basePath"]["default"] = base;
      out["servers"].push_back(std::move(server));
    } else {
      out["host"] = host;
      out["basePath"] = "/" + base;
      out["schemes"] = Json::array({"https"});
    }
  }

  void add_path(const Json& resource, Json& paths) {
    const Json& methods = methods_of(resource);
    for (const auto& [verb, method] : methods.items()) {
      const std::string key = verb == "ANY" ? "x-amazon-apigateway-any-method" : to_lower(verb);
      paths[text_of(resource, "path")][key] = method_of(method);
    }
  }

  Json method_of(const Json& method) {
    Json out = Json::object();
    if (const std::string name = text_of(method, "operationName"); !name.empty()) out["operationId"] = name;
    add_parameters(method, out);
    add_responses(method, out);
    add_security(method, out);
    const std::string validator = text_of(method, "requestValidatorId");
    if (extensions_.gateway && !validator.empty())
      out["x-amazon-apigateway-request-validator"] = validator_name(validator);
    const Json* integration = find(method, "methodIntegration");
    if (extensions_.integrations && integration) out["x-amazon-apigateway-integration"] = integration_of(*integration);
    return out;
  }

  std::string validator_name(const std::string& id) const {
    for (const Json& one : list("validators")) {
      if (text_of(one, "id") == id) return text_of(one, "name", id);
    }
    return id;
  }

  void add_parameters(const Json& method, Json& out) const {
    const Json& given = object_in(method, "requestParameters");
    Json parameters = Json::array();
    for (const auto& [name, is_required] : given.items()) {
      const std::string rest = name.substr(std::string_view("method.request.").size());
      const size_t dot = rest.find('.');
      const std::string where = rest.substr(0, dot);
      const char* place = where.ends_with("querystring") ? "query" : where.ends_with("header") ? "header" : "path";
      Json one = {{"name", rest.substr(dot + 1)}, {"in", place}, {"required", is_required}};
      if (oas30_) {
        one["schema"] = {{"type", "string"}};
      } else {
        one["type"] = "string";
      }
      parameters.push_back(std::move(one));
    }
    const Json& models = object_in(method, "requestModels");
    for (const auto& [type, model] : models.items()) {
      const Json schema = {{"$ref", home_ + scalar_text(model)}};
      if (oas30_) {
        out["requestBody"]["content"][type]["schema"] = schema;
        out["requestBody"]["required"] = true;
      } else {
        parameters.push_back({{"in", "body"}, {"name", model}, {"required", true}, {"schema", schema}});
        out["consumes"].push_back(type);
      }
    }
    if (!parameters.empty()) out["parameters"] = std::move(parameters);
  }

  void add_responses(const Json& method, Json& out) const {
    const Json& given = object_in(method, "methodResponses");
    out["responses"] = Json::object();
    for (const auto& [status, response] : given.items()) {
      Json one = {{"description", status + " response"}};
      const Json& headers = object_in(response, "responseParameters");
      for (const auto& [name, ignored] : headers.items()) {
        const Json type = {{"type", "string"}};
        one["headers"][name.substr(name.rfind("header.") + 7)] = oas30_ ? Json{{"schema", type}} : type;
      }
      const Json& models = object_in(response, "responseModels");
      for (const auto& [type, model] : models.items()) {
        const Json schema = {{"$ref", home_ + scalar_text(model)}};
        if (oas30_) {
          one["content"][type]["schema"] = schema;
        } else {
          one["schema"] = schema;
          out["produces"] = Json::array({type});
        }
      }
      out["responses"][status] = std::move(one);
    }
  }

  void add_security(const Json& method, Json& out) {
    Json security = Json::array();
    const std::string kind = text_of(method, "authorizationType");
    if (kind == "AWS_IAM") {
      security.push_back({{"sigv4", Json::array()}});
      uses_iam_ = true;
    }
    if (const std::string id = text_of(method, "authorizerId"); !id.empty()) {
      for (const Json& one : list("authorizers")) {
        if (text_of(one, "id") == id)
          security.push_back({{text_of(one, "name"), method.value("authorizationScopes", Json::array())}});
      }
    }
    if (bool_of(method, "apiKeyRequired")) {
      security.push_back({{"api_key", Json::array()}});
      uses_keys_ = true;
    }
    if (!security.empty()) out["security"] = std::move(security);
  }

  static Json integration_of(const Json& integration) {
    Json out = Json::object();
    for (const auto& [name, value] : integration.items()) {
      if (name == "integrationResponses" || name == "cacheNamespace") continue;
      if (value.is_structured() && value.empty()) continue;
      out[name] = name == "type" || name == "passthroughBehavior" ? Json(to_lower(scalar_text(value))) : value;
    }
    const Json& responses = object_in(integration, "integrationResponses");
    for (const auto& [status, response] : responses.items()) {
      Json one = response;
      std::string pattern = text_of(response, "selectionPattern");
      one.erase("selectionPattern");
      out["responses"][pattern.empty() ? "default" : pattern] = std::move(one);
    }
    return out;
  }

  Json schemes() const {
    Json out = Json::object();
    if (uses_keys_) out["api_key"] = {{"type", "apiKey"}, {"name", "x-api-key"}, {"in", "header"}};
    if (uses_iam_)
      out["sigv4"] = {{"type", "apiKey"},
                      {"name", "Authorization"},
                      {"in", "header"},
                      {"x-amazon-apigateway-authtype", "awsSigv4"}};
    for (const Json& one : list("authorizers")) {
      const std::string source = text_of(one, "identitySource");
      static constexpr std::string_view kHeader = "method.request.header.";
      const bool header = source.starts_with(kHeader) && source.find(',') == std::string::npos;
      Json scheme = {{"type", "apiKey"},
                     {"name", header ? source.substr(kHeader.size()) : "Unused"},
                     {"in", "header"},
                     {"x-amazon-apigateway-authtype", text_of(one, "authType")}};
      if (extensions_.authorizers) {
        Json settings = {{"type", to_lower(text_of(one, "type"))}};
        for (const char* member : {"authorizerUri", "authorizerCredentials", "providerARNs",
                                   "authorizerResultTtlInSeconds", "identityValidationExpression", "identitySource"}) {
          if (const Json* value = find(one, member)) settings[member] = *value;
        }
        scheme["x-amazon-apigateway-authorizer"] = std::move(settings);
      }
      out[text_of(one, "name")] = std::move(scheme);
    }
    return out;
  }

  void add_components(Json& out) const {
    Json models = Json::object();
    for (const Json& one : list("models")) {
      Json schema = parse_json(text_of(one, "schema")).value_or(Json::object());
      localize(schema, home_);
      schema.erase("$schema");
      models[text_of(one, "name")] = std::move(schema);
    }
    Json all = schemes();
    if (oas30_) {
      out["components"]["schemas"] = std::move(models);
      if (!all.empty()) out["components"]["securitySchemes"] = std::move(all);
    } else {
      if (!all.empty()) out["securityDefinitions"] = std::move(all);
      out["definitions"] = std::move(models);
    }
  }

  void add_extensions(Json& out) const {
    for (const Json& one : list("responses")) {
      Json response = one;
      for (const char* member : {"responseType", "defaultResponse"}) response.erase(member);
      for (const char* member : {"responseParameters", "responseTemplates"}) {
        if (response.contains(member) && response[member].empty()) response.erase(member);
      }
      out["x-amazon-apigateway-gateway-responses"][text_of(one, "responseType")] = std::move(response);
    }
    for (const Json& one : list("validators")) {
      out["x-amazon-apigateway-request-validators"][text_of(one, "name", text_of(one, "id"))] = {
          {"validateRequestParameters", bool_of(one, "validateRequestParameters")},
          {"validateRequestBody", bool_of(one, "validateRequestBody")}};
    }
    if (const Json* types = find(api_, "binaryMediaTypes")) out["x-amazon-apigateway-binary-media-types"] = *types;
    if (const Json* size = find(api_, "minimumCompressionSize"))
      out["x-amazon-apigateway-minimum-compression-size"] = *size;
    if (text_of(api_, "apiKeySource") == "AUTHORIZER") out["x-amazon-apigateway-api-key-source"] = "AUTHORIZER";
    if (auto policy = parse_json(text_of(api_, "policy"))) out["x-amazon-apigateway-policy"] = std::move(*policy);
  }

  const Json& snapshot_;
  const Json& api_;
  const Json& stage_;
  const Scope& scope_;
  const bool oas30_;
  const Extensions extensions_;
  const std::string home_;
  bool uses_keys_ = false, uses_iam_ = false;
};

Result<HttpReply> get(Gateway& gateway, const Call& call) {
  const Scope scope = scope_of(call);
  const std::string api = text_of(call.input, "restApiId"), kind = text_of(call.input, "exportType");
  const auto reader = gateway.context.store.snapshot();
  TRY(const Json stage,
      load_part(*reader, scope, kStage, api, text_of(call.input, "stageName"), "Invalid stage identifier specified"));
  if (kind != "swagger" && kind != "oas30")  // unverified: the words
    return errors::bad_request("No API specification found for provided export type " + kind);
  auto snapshot = storage::get_document(*reader, part_key(scope, kSnapshot, api, text_of(stage, "deploymentId")));
  if (!snapshot) return errors::no_such("Deployment");
  std::string accept(call.http.headers.get("accept"));
  const bool yaml = accept.find("yaml") != std::string::npos;
  Export made(*snapshot, stage, scope, kind == "oas30", extensions_of(call));
  const Json document = made.document(iso_seconds(int_of(stage, "createdDate") * 1000));
  HttpReply reply;
  reply.headers.set("Content-Type", yaml ? "application/yaml" : "application/json");
  reply.headers.set("Content-Disposition", "attachment; filename=\"" + kind + "_" +
                                               iso_seconds(gateway.context.clock.now_ms()) +
                                               (yaml ? ".yaml\"" : ".json\""));
  reply.body = yaml ? json_to_yaml(document) : document.dump(2, ' ', false, Json::error_handler_t::replace);
  return reply;
}

}  // namespace

Operations export_operations(Gateway& gateway) {
  Operations out;
  out.push_back({.name = "GetExport",
                 .rest = {{"GET", "/restapis/{restApiId}/stages/{stageName}/exports/{exportType}", 200}},
                 .access = needs_of,
                 .handle = ReplyHandler([&gateway](Call& call) { return get(gateway, call); })});
  return out;
}

}  // namespace millrace::apigateway::rest
