#include "emulator/services/apigateway/rest/openapi.h"

#include <algorithm>

#include "emulator/base/encoding.h"

namespace millrace::apigateway::rest {

namespace {

constexpr int64_t kPartsMax = 300;  // of a path: each is a resource, of which an API has as many
constexpr const char* kIntegration = "x-amazon-apigateway-integration";

/// The id of the part with this name; "" where there is none.
std::string id_by_name(const storage::Reader& reader, const Scope& scope, const char* kind, const std::string& api,
                       const std::string& name) {
  for (const Json& one : storage::list_documents(reader, children_prefix(scope, kind, api))) {
    if (text_of(one, "name") == name) return text_of(one, "id");
  }
  return "";
}

/// References to the document's schemas become the models' addresses.
void rewrite_references(Json& schema, const std::string& api, int depth = 0) {
  if (depth > 100) return;
  if (schema.is_object()) {
    if (const std::string reference = text_of(schema, "$ref"); reference.starts_with("#/"))
      schema["$ref"] =
          "https://apigateway.amazonaws.com/restapis/" + api + "/models/" + reference.substr(reference.rfind('/') + 1);
  }
  if (!schema.is_structured()) return;
  for (Json& child : schema) rewrite_references(child, api, depth + 1);
}

/// One import: names of the document to ids of what was made.
class Import {
 public:
  Import(Gateway& gateway, storage::Txn& txn, const Scope& scope, const Json& api, const Json& document,
         const ImportOptions& options)
      : gateway_(gateway),
        txn_(txn),
        scope_(scope),
        api_(text_of(api, "id")),
        root_(text_of(api, "rootResourceId")),
        document_(document),
        options_(options),
        schemes_(schemes_of(document)) {}

  Result<void> run() {
    if (options_.overwrite) {
      erase_parts(txn_, scope_, api_, {kResource, kAuthorizer, kModel, kValidator, kResponse, kDocumentationPart});
      put_part(txn_, scope_, kResource, api_, root_, {{"id", root_}, {"path", "/"}});
    }
    for (const Json& one : storage::list_documents(txn_, children_prefix(scope_, kResource, api_)))
      resources_[text_of(one, "path")] = one;
    TRY_VOID(models());
    TRY_VOID(validators());
    TRY_VOID(authorizers());
    TRY_VOID(responses());
    const Json paths = object_in(document_, "paths");
    for (const auto& [path, item] : paths.items()) {
      if (item.is_object()) TRY_VOID(one_path(path, item));
    }
    for (const auto& [path, resource] : resources_)
      put_part(txn_, scope_, kResource, api_, text_of(resource, "id"), resource);
    const Json* parts = find(object_in(document_, "x-amazon-apigateway-documentation"), "documentationParts");
    if (parts && parts->is_array()) TRY_VOID(import_documentation_in(gateway_, txn_, scope_, api_, *parts));
    return {};
  }

 private:
  Result<void> models() {
    Json all = object_in(document_, "definitions");
    if (const Json* components = find(document_, "components")) all = object_in(*components, "schemas");
    for (const auto& [name, schema] : all.items()) put_model(name, schema);
    return {};
  }

  void put_model(const std::string& name, const Json& schema) {
    Json rewritten = schema;
    rewrite_references(rewritten, api_);
    Json model = {{"id", gateway_.new_id(6)}, {"name", name}};
    if (const std::string text = text_of(schema, "description"); !text.empty()) model["description"] = text;
    model["schema"] = to_text(rewritten);
    model["contentType"] = "application/json";
    put_part(txn_, scope_, kModel, api_, name, model);
  }

  /// Makes a part whose name is unique; in a merge it takes the place and the id of its namesake.
  template <class Make>
  Result<Json> in_its_place(const char* kind, const std::string& name, Make&& make) {
    const std::string former = id_by_name(txn_, scope_, kind, api_, name);
    if (!former.empty()) txn_.erase(storage::Family::meta, part_key(scope_, kind, api_, former));
    TRY(Json part, make());
    if (former.empty()) return part;
    txn_.erase(storage::Family::meta, part_key(scope_, kind, api_, text_of(part, "id")));
    part["id"] = former;
    put_part(txn_, scope_, kind, api_, former, part);
    return part;
  }

  Result<void> validators() {
    const Json all = object_in(document_, "x-amazon-apigateway-request-validators");
    for (const auto& [name, settings] : all.items()) {
      Json input = settings.is_object() ? settings : Json::object();
      input["name"] = name;
      TRY(Json part,
          in_its_place(kValidator, name, [&] { return create_validator_in(gateway_, txn_, scope_, api_, input); }));
      validators_[name] = text_of(part, "id");
    }
    return {};
  }

  static Json schemes_of(const Json& document) {
    const Json* components = find(document, "components");
    return components ? object_in(*components, "securitySchemes") : object_in(document, "securityDefinitions");
  }

  Result<void> authorizers() {
    for (const auto& [name, scheme] : schemes_.items()) {
      const Json* given = find(scheme, "x-amazon-apigateway-authorizer");
      if (!given) continue;
      Json input = *given;
      input["name"] = name;
      input["type"] = upper(text_of(*given, "type", "token"));
      if (const std::string kind = text_of(scheme, "x-amazon-apigateway-authtype"); !kind.empty())
        input["authType"] = kind;
      if (text_of(input, "identitySource").empty() && input["type"] != "REQUEST")
        input["identitySource"] = "method.request.header." + text_of(scheme, "name", "Authorization");
      TRY(Json part,
          in_its_place(kAuthorizer, name, [&] { return create_authorizer_in(gateway_, txn_, scope_, api_, input); }));
      authorizers_[name] = std::move(part);
    }
    return {};
  }

  Result<void> responses() {
    const Json all = object_in(document_, "x-amazon-apigateway-gateway-responses");
    for (const auto& [type, settings] : all.items()) {
      Json input = settings.is_object() ? settings : Json::object();
      if (find(input, "statusCode")) input["statusCode"] = scalar_text(input["statusCode"]);
      TRY(const Json part, gateway_response_of(input, type));
      put_part(txn_, scope_, kResponse, api_, type, part);
    }
    return {};
  }

  /// The resource at a path, made with all that is above it.
  Result<Json*> resource_at(const std::string& path) {
    if (auto known = resources_.find(path); known != resources_.end()) return &known->second;
    const size_t slash = path.rfind('/');
    if (slash == std::string::npos) return errors::bad_request("Invalid OpenAPI input.");
    TRY(Json * parent, resource_at(slash == 0 ? "/" : path.substr(0, slash)));
    TRY(Json made, create_resource_in(gateway_, txn_, scope_, api_, *parent, path.substr(slash + 1)));
    return &(resources_[path] = std::move(made));
  }

  Result<void> one_path(const std::string& written, const Json& item) {
    std::string path = placed_path(document_, written, options_.base_path);
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    if (!path.starts_with('/')) return errors::bad_request("Invalid OpenAPI input.");
    if (std::count(path.begin(), path.end(), '/') > kPartsMax)
      return errors::bad_request("Invalid OpenAPI input: a path has too many parts");  // unverified: the words
    TRY(Json * resource, resource_at(path));
    for (const auto& [name, operation] : item.items()) {
      static constexpr std::string_view kVerbs[] = {"get", "put", "post", "delete", "patch", "options", "head"};
      const bool any = name == "x-amazon-apigateway-any-method";
      if (!operation.is_object() || (!any && std::find(std::begin(kVerbs), std::end(kVerbs), name) == std::end(kVerbs)))
        continue;
      TRY(Json method, one_method(any ? "ANY" : upper(name), item, operation, text_of(*resource, "id")));
      (*resource)["resourceMethods"][any ? "ANY" : upper(name)] = std::move(method);
    }
    return {};
  }

  /// NONE, AWS_IAM, an authorizer or an API key, by the operation's `security`, else the document's.
  void secure(const Json& operation, Json& input) const {
    if (const std::string type = text_of(object_in(operation, "x-amazon-apigateway-auth"), "type"); !type.empty()) {
      input["authorizationType"] = type;
      return;
    }
    const Json* security = find(operation, "security");
    if (!security) security = find(document_, "security");
    if (!security || !security->is_array()) return;
    for (const Json& requirement : *security) {
      if (!requirement.is_object()) continue;
      for (const auto& [name, scopes] : requirement.items()) {
        const Json* scheme = find(schemes_, name);
        if (!scheme) continue;
        if (auto authorizer = authorizers_.find(name); authorizer != authorizers_.end()) {
          input["authorizationType"] =
              text_of(authorizer->second, "type") == "COGNITO_USER_POOLS" ? "COGNITO_USER_POOLS" : "CUSTOM";
          input["authorizerId"] = text_of(authorizer->second, "id");
          if (scopes.is_array() && !scopes.empty()) input["authorizationScopes"] = scopes;
        } else if (equals_ignore_case(text_of(*scheme, "x-amazon-apigateway-authtype"), "awsSigv4")) {
          input["authorizationType"] = "AWS_IAM";
        } else if (equals_ignore_case(text_of(*scheme, "name"), "x-api-key")) {
          input["apiKeyRequired"] = true;
        }
      }
    }
  }

  void parameters(const Json& holder, Json& input) {
    const Json all = holder.value("parameters", Json::array());
    for (const Json& written : all) {
      if (!written.is_object()) continue;
      const Json& one = referred(document_, written);
      const std::string where = text_of(one, "in"), name = text_of(one, "name");
      if (where == "body") {
        model(object_in(one, "schema"), "application/json", input["requestModels"]);
        continue;
      }
      const char* place = where == "query"    ? "querystring"
                          : where == "header" ? "header"
                          : where == "path"   ? "path"
                                              : nullptr;
      if (place)
        input["requestParameters"]["method.request." + std::string(place) + "." + name] = bool_of(one, "required");
    }
  }

  /// The model that a schema refers to; one that is written out where it is used gets a name of its own.
  void model(const Json& schema, const std::string& type, Json& into) {
    const std::string reference = text_of(schema, "$ref");
    if (!reference.empty()) {
      into[type] = reference.substr(reference.rfind('/') + 1);
    } else if (schema.is_object() && !schema.empty()) {
      const std::string name = "MODEL" + gateway_.new_id(6);  // unverified: how AWS makes these names
      put_model(name, schema);
      into[type] = name;
    }
  }

  Result<Json> one_method(const std::string& verb, const Json& item, const Json& operation,
                          const std::string& resource) {
    Json input = {{"authorizationType", "NONE"}};
    secure(operation, input);
    if (const std::string name = text_of(operation, "operationId"); !name.empty()) input["operationName"] = name;
    parameters(item, input);
    parameters(operation, input);
    if (const Json* body = find(operation, "requestBody")) {
      const Json& content = object_in(referred(document_, *body), "content");
      for (const auto& [type, media] : content.items()) model(object_in(media, "schema"), type, input["requestModels"]);
    }
    for (const char* member : {"requestModels", "requestParameters"}) {
      if (input.contains(member) && input[member].is_null()) input.erase(member);
    }
    const std::string validator = text_of(operation, "x-amazon-apigateway-request-validator",
                                          text_of(document_, "x-amazon-apigateway-request-validator"));
    if (auto known = validators_.find(validator); known != validators_.end())
      input["requestValidatorId"] = known->second;
    TRY(Json method, method_of(txn_, scope_, api_, input, verb));
    method_responses(operation, method);
    if (const Json* given = find(operation, kIntegration))
      TRY_VOID(integration(referred(document_, *given), resource, method));
    return method;
  }

  void method_responses(const Json& operation, Json& method) {
    const Json& all = object_in(operation, "responses");
    for (const auto& [status, written] : all.items()) {
      if (status.size() != 3 || !written.is_object()) continue;
      const Json& given = referred(document_, written);
      Json response = {{"statusCode", status}};
      const Json headers = object_in(given, "headers");
      for (const auto& [name, header] : headers.items())
        response["responseParameters"]["method.response.header." + name] = false;
      if (const Json* schema = find(given, "schema")) model(*schema, "application/json", response["responseModels"]);
      const Json content = object_in(given, "content");
      for (const auto& [type, media] : content.items())
        model(object_in(media, "schema"), type, response["responseModels"]);
      if (response.contains("responseModels") && response["responseModels"].is_null()) response.erase("responseModels");
      method["methodResponses"][status] = std::move(response);
    }
  }

  static Result<void> integration(const Json& given, const std::string& resource, Json& method) {
    Json input = given;
    input["type"] = upper(text_of(given, "type"));
    input["httpMethod"] = upper(text_of(given, "httpMethod"));
    if (input["httpMethod"] == "") input.erase("httpMethod");
    if (find(input, "passthroughBehavior")) input["passthroughBehavior"] = upper(text_of(input, "passthroughBehavior"));
    if (input["httpMethod"] == "X-AMAZON-APIGATEWAY-ANY-METHOD") input["httpMethod"] = "ANY";
    TRY(Json made, integration_of(input, resource));
    const Json& all = object_in(given, "responses");
    for (const auto& [pattern, response] : all.items()) {
      Json members = response.is_object() ? response : Json::object();
      if (pattern != "default") members["selectionPattern"] = pattern;
      const std::string status = find(members, "statusCode") ? scalar_text(members["statusCode"]) : "200";
      made["integrationResponses"][status] = integration_response_of(members, status);
    }
    method["methodIntegration"] = std::move(made);
    return {};
  }

  Gateway& gateway_;
  storage::Txn& txn_;
  const Scope& scope_;
  const std::string api_, root_;
  const Json& document_;
  const ImportOptions& options_;
  const Json schemes_;
  std::map<std::string, Json> resources_;  // by path
  std::map<std::string, std::string> validators_;
  std::map<std::string, Json> authorizers_;
};

}  // namespace

void take_api_members(const Json& document, const ImportOptions& options, Json& api) {
  const Json& info = object_in(document, "info");
  for (const auto& [member, name] :
       {std::pair{"name", "title"}, std::pair{"description", "description"}, std::pair{"version", "version"}}) {
    const Json* given = find(info, name);
    if (const std::string text = given ? scalar_text(*given) : ""; !text.empty()) {
      api[member] = text;
    } else if (options.overwrite && std::string_view(member) != "name") {
      api.erase(member);
    }
  }
  const auto take = [&](const char* extension, const char* member) {
    if (const Json* value = find(document, extension)) {
      api[member] = *value;
    } else if (options.overwrite) {
      api.erase(member);
    }
  };
  const Json former = api.value("binaryMediaTypes", Json::array());
  take("x-amazon-apigateway-binary-media-types", "binaryMediaTypes");
  if (!options.overwrite && find(document, "x-amazon-apigateway-binary-media-types")) {
    // A merge unites them, the document's first.
    for (const Json& one : former) {
      Json& all = api["binaryMediaTypes"];
      if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(one);
    }
  }
  take("x-amazon-apigateway-minimum-compression-size", "minimumCompressionSize");
  api["apiKeySource"] = text_of(document, "x-amazon-apigateway-api-key-source", text_of(api, "apiKeySource", "HEADER"));
  if (const Json* policy = find(document, "x-amazon-apigateway-policy")) api["policy"] = to_text(*policy);
  if (const Json* endpoint = find(document, "x-amazon-apigateway-endpoint-configuration")) {
    copy_given(api["endpointConfiguration"], *endpoint, {"vpcEndpointIds", "types"});
    if (find(*endpoint, "disableExecuteApiEndpoint"))
      api["disableExecuteApiEndpoint"] = bool_of(*endpoint, "disableExecuteApiEndpoint");
  }
  if (!options.endpoint_types.empty()) api["endpointConfiguration"]["types"] = options.endpoint_types;
}

Result<void> import_parts(Gateway& gateway, storage::Txn& txn, const Scope& scope, const Json& api,
                          const Json& document, const ImportOptions& options) {
  return Import(gateway, txn, scope, api, document, options).run();
}

}  // namespace millrace::apigateway::rest
