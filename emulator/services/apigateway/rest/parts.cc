// Authorizers, models and request validators: made, read, changed and deleted alike.

#include <algorithm>
#include <set>

#include "emulator/base/mutex.h"
#include "emulator/services/apigateway/rest/operations.h"
#include "emulator/services/apigateway/rest/patch.h"

namespace millrace::apigateway::rest {

using namespace protocol;

namespace {

/// What one of the three families is.
struct Family {
  const char* name;     // "Authorizer": CreateAuthorizer, GetAuthorizers, ...
  const char* segment;  // of the path
  const char* stored;
  const char* key_member;  // the document's member that the path names
  const char* missing;     // NotFoundException's text, before the name where it ends in a blank
  Shape create;
  std::vector<PatchRule> rules;
  Result<Json> (*make)(Gateway&, storage::Txn&, const Scope&, const std::string& api, const Json& input);
  Result<void> (*check)(const Json& document);
  /// The path of the method that uses it (`/pets/GET`), or "".
  bool (*is_used)(const Json& method, const std::string& key);
  const char* use;  // "Cannot delete model 'N', is referenced in method request: "
};

Result<void> check_authorizer(const Json& document) {
  const std::string type = text_of(document, "type");
  if (type != "TOKEN" && type != "REQUEST" && type != "COGNITO_USER_POOLS")
    return errors::bad_request("Invalid authorizer type: " + type);  // unverified: the words
  const int64_t ttl = int_of(document, "authorizerResultTtlInSeconds", 300);
  if (ttl < 0 || ttl > 3600)
    return errors::bad_request("Authorizer result ttl must be between 0 and 3600 seconds");  // unverified: the words
  if (type == "COGNITO_USER_POOLS") return {};
  if (text_of(document, "authorizerUri").find(":lambda:path/") == std::string::npos)
    return errors::bad_request("Invalid Authorizer URI: " + text_of(document, "authorizerUri") +
                               ". Authorizer URI should be a valid API Gateway ARN that represents a Lambda function "
                               "invocation.");
  if (type == "REQUEST" && ttl > 0 && text_of(document, "identitySource").empty())
    return errors::bad_request("Identity source is required when caching is enabled");  // unverified: the words
  return {};
}

Result<void> check_model(const Json& document) {
  if (text_of(document, "name").empty()) return errors::bad_request("Model name must be non-empty");
  if (text_of(document, "schema").empty())
    return errors::bad_request("Model schema must have at least 1 property or array items defined");
  return {};
}

Result<void> check_validator(const Json&) {
  return {};
}

std::string path_to_method(const Json& resource, const std::string& verb) {
  return text_of(resource, "path") + (text_of(resource, "path") == "/" ? "" : "/") + verb;
}

/// ConflictException where a method uses it.
Result<void> check_unused(const storage::Reader& reader, const Scope& scope, const std::string& api,
                          const Family& family, const std::string& key) {
  for (const Json& resource : storage::list_documents(reader, children_prefix(scope, kResource, api))) {
    const Json& methods = methods_of(resource);
    for (const auto& [verb, method] : methods.items()) {
      if (family.is_used(method, key))
        return errors::conflict("Cannot delete " + std::string(family.use) + " '" + key +
                                "', is referenced in method request: " + path_to_method(resource, verb));
    }
  }
  return {};
}

const Family& authorizers() {
  static const Family family{
      "Authorizer",
      "authorizers",
      kAuthorizer,
      "id",
      "Invalid Authorizer identifier specified",
      structure({required("name", string()),
                 required("type", string().one_of({"REQUEST", "TOKEN", "COGNITO_USER_POOLS"})),
                 optional("providerARNs", list(string())), optional("authorizerUri", string()),
                 optional("authorizerResultTtlInSeconds", integer())}),
      {{"/name", "r"},
       {"/type", "r"},
       {"/authType", "r"},
       {"/authorizerUri", "r"},
       {"/authorizerCredentials", "r", As::optional},
       {"/identitySource", "r"},
       {"/identityValidationExpression", "r", As::optional},
       {"/authorizerResultTtlInSeconds", "r", As::integer},
       {"/providerARNs", "ad", As::by_value}},
      create_authorizer_in,
      check_authorizer,
      [](const Json& method, const std::string& key) { return text_of(method, "authorizerId") == key; },
      "authorizer"};
  return family;
}

const Family& models() {
  static const Family family{"Model",
                             "models",
                             kModel,
                             "name",
                             "Invalid model name specified: ",
                             structure({optional("name", string()), required("contentType", string()),
                                        optional("description", string()), optional("schema", string())}),
                             {{"/description", "r", As::optional}, {"/schema", "r"}},
                             create_model_in,
                             check_model,
                             [](const Json& method, const std::string& key) {
                               const Json models = method.value("requestModels", Json::object());
                               return std::any_of(models.begin(), models.end(),
                                                  [&](const Json& one) { return one == key; });
                             },
                             "model"};
  return family;
}

const Family& validators() {
  static const Family family{
      "RequestValidator",
      "requestvalidators",
      kValidator,
      "id",
      "Invalid Request Validator identifier specified",
      structure({optional("name", string()), optional("validateRequestBody", boolean()),
                 optional("validateRequestParameters", boolean())}),
      {{"/name", "r"}, {"/validateRequestBody", "r", As::boolean}, {"/validateRequestParameters", "r", As::boolean}},
      create_validator_in,
      check_validator,
      [](const Json& method, const std::string& key) { return text_of(method, "requestValidatorId") == key; },
      "request validator"};
  return family;
}

std::string missing(const Family& family, const std::string& key) {
  const std::string text = family.missing;
  return text.ends_with(' ') ? text + key : text;
}

Result<Json> load(const storage::Reader& reader, const Family& family, const Call& call) {
  const std::string key = text_of(call.input, "partKey");
  return load_part(reader, scope_of(call), family.stored, text_of(call.input, "restApiId"), key, missing(family, key));
}

Result<Json> create(Gateway& gateway, const Family& family, const Call& call) {
  const std::string api = text_of(call.input, "restApiId");
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY_VOID(load_rest_api(txn, scope_of(call), api));
    return family.make(gateway, txn, scope_of(call), api, call.input);
  });
}

/// `?flatten=true` puts the schemas of referred models into the answer; one that refers to none stays as it is.
Result<Json> get(Gateway& gateway, const Family& family, const Call& call) {
  TRY(Json document, load(gateway.context.store, family, call));
  return shown(document);
}

Result<Json> get_all(Gateway& gateway, const Family& family, const Call& call) {
  const std::string api = text_of(call.input, "restApiId");
  TRY_VOID(load_rest_api(gateway.context.store, scope_of(call), api));
  return items_of(storage::list_documents(gateway.context.store, children_prefix(scope_of(call), family.stored, api)),
                  family.key_member, call);
}

Result<Json> update(Gateway& gateway, const Family& family, const Call& call) {
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json document, load(txn, family, call));
    TRY_VOID(apply_patches(document, call.input, "update" + std::string(family.name) + "Input", family.rules));
    TRY_VOID(family.check(document));
    put_part(txn, scope_of(call), family.stored, text_of(call.input, "restApiId"), text_of(call.input, "partKey"),
             document);
    return shown(document);
  });
}

Result<Json> remove(Gateway& gateway, const Family& family, const Call& call) {
  const std::string api = text_of(call.input, "restApiId"), key = text_of(call.input, "partKey");
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY_VOID(load(txn, family, call));
    TRY_VOID(check_unused(txn, scope_of(call), api, family, key));
    txn.erase(storage::Family::meta, part_key(scope_of(call), family.stored, api, key));
    return Json();
  });
}

using FamilyHandler = Result<Json> (*)(Gateway&, const Family&, const Call&);

Handler bound(const Family& family, FamilyHandler handler) {
  return [&family, handler](Gateway& gateway, const Call& call) { return handler(gateway, family, call); };
}

/// Names live as long as the operations, which keep pointers to them.
const char* kept(std::string text) {
  static Mutex mutex;
  static std::set<std::string> all GUARDED_BY(mutex);
  MutexLock lock(mutex);
  return all.insert(std::move(text)).first->c_str();
}

void add_operations(Operations& out, Gateway& gateway, const Family& family) {
  const std::string name = family.name, all = "/restapis/{restApiId}/" + std::string(family.segment);
  const std::string one = all + "/{partKey}";
  out.push_back(
      operation(gateway, kept("Create" + name), {"POST", all.c_str(), 201}, bound(family, create), &family.create));
  out.push_back(operation(gateway, kept("Get" + name), {"GET", one.c_str(), 200}, bound(family, get)));
  out.push_back(operation(gateway, kept("Get" + name + "s"), {"GET", all.c_str(), 200}, bound(family, get_all)));
  out.push_back(operation(gateway, kept("Update" + name), {"PATCH", one.c_str(), 200}, bound(family, update)));
  out.push_back(operation(gateway, kept("Delete" + name), {"DELETE", one.c_str(), 202}, bound(family, remove)));
}

}  // namespace

Result<Json> create_authorizer_in(Gateway& gateway, storage::Txn& txn, const Scope& scope, const std::string& api,
                                  const Json& input) {
  Json document = {{"id", gateway.new_id(6)}, {"name", text_of(input, "name")}, {"type", text_of(input, "type")}};
  copy_given(document, input, {"providerARNs"});
  document["authType"] =
      text_of(input, "authType", text_of(input, "type") == "COGNITO_USER_POOLS" ? "cognito_user_pools" : "custom");
  for (const char* member :
       {"authorizerUri", "authorizerCredentials", "identitySource", "identityValidationExpression"}) {
    if (const std::string value = text_of(input, member); !value.empty()) document[member] = value;
  }
  copy_given(document, input, {"authorizerResultTtlInSeconds"});
  TRY_VOID(check_authorizer(document));
  for (const Json& other : storage::list_documents(txn, children_prefix(scope, kAuthorizer, api))) {
    if (text_of(other, "name") == text_of(document, "name"))  // unverified: the words
      return errors::bad_request("Authorizer name must be unique. Authorizer " + text_of(document, "name") +
                                 " already exists in this RestApi.");
  }
  put_part(txn, scope, kAuthorizer, api, text_of(document, "id"), document);
  return document;
}

Result<Json> create_model_in(Gateway& gateway, storage::Txn& txn, const Scope& scope, const std::string& api,
                             const Json& input) {
  Json document = {{"id", gateway.new_id(6)}, {"name", text_of(input, "name")}};
  copy_given(document, input, {"description", "schema"});
  document["contentType"] = text_of(input, "contentType");
  TRY_VOID(check_model(document));
  const std::string name = text_of(document, "name");
  if (storage::get_document(txn, part_key(scope, kModel, api, name)))
    return errors::conflict("Model name already exists for this REST API");
  put_part(txn, scope, kModel, api, name, document);
  return document;
}

Result<Json> create_validator_in(Gateway& gateway, storage::Txn& txn, const Scope& scope, const std::string& api,
                                 const Json& input) {
  Json document = {{"id", gateway.new_id(6)}};
  copy_given(document, input, {"name"});
  document["validateRequestBody"] = bool_of(input, "validateRequestBody");
  document["validateRequestParameters"] = bool_of(input, "validateRequestParameters");
  put_part(txn, scope, kValidator, api, text_of(document, "id"), document);
  return document;
}

Operations part_operations(Gateway& gateway) {
  Operations out;
  for (const Family* family : {&authorizers(), &models(), &validators()}) add_operations(out, gateway, *family);
  return out;
}

}  // namespace millrace::apigateway::rest
