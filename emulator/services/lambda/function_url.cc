// CreateFunctionUrlConfig, GetFunctionUrlConfig, ListFunctionUrlConfigs, UpdateFunctionUrlConfig,
// DeleteFunctionUrlConfig.

#include "emulator/services/lambda/function_url.h"

#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/operations.h"

namespace millrace::lambda {

using namespace protocol;

namespace {

constexpr size_t kPageMax = 50;
constexpr size_t kIdLength = 32;

std::string key_of(const FunctionRef& ref) {
  return part_key(ref, "url", ref.qualifier);
}

std::string url_of(const Lambda& lambda, const FunctionRef& ref, const std::string& id) {
  const std::string& endpoint = lambda.context.endpoint_url;
  size_t colon = endpoint.rfind(':');
  bool has_port =
      colon != std::string::npos && endpoint.find_first_not_of("0123456789", colon + 1) == std::string::npos;
  return "http://" + id + ".lambda-url." + ref.region + ".localhost" + (has_port ? endpoint.substr(colon) : "") + "/";
}

Json view(const Lambda& lambda, const FunctionRef& ref, const Json& config) {
  Json out = {{"FunctionUrl", url_of(lambda, ref, text_of(config, "id"))},
              {"FunctionArn", ref.qualified_arn()},
              {"AuthType", text_of(config, "AuthType")}};
  if (const Json* cors = find(config, "Cors")) out["Cors"] = *cors;
  out["CreationTime"] = iso_millis(int_of(config, "created_ms"));
  return out;
}

/// What reads and updates show besides.
Json later_view(const Lambda& lambda, const FunctionRef& ref, const Json& config) {
  Json out = view(lambda, ref, config);
  out["LastModifiedTime"] = iso_millis(int_of(config, "modified_ms"));
  out["InvokeMode"] = text_of(config, "InvokeMode", "BUFFERED");
  return out;
}

void apply(const Json& input, Json& config) {
  for (const char* member : {"AuthType", "InvokeMode"}) {
    if (const Json* value = find(input, member)) config[member] = *value;
  }
  const Json* cors = find(input, "Cors");
  if (cors && cors->empty())
    config.erase("Cors");
  else if (cors)
    config["Cors"] = *cors;
}

Result<Json> create(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, function_of(call));
  return lambda.change_function(ref, [&](storage::Txn& txn) -> Result<Json> {
    // unverified: the words for a missing function.
    const auto function = load_qualified(txn, ref, lambda.now());
    if (function.has_error()) return errors::not_found("Function does not exist");
    if (find(function->at("config"), "TenancyConfig")) return errors::not_with_tenants("Function URL");
    if (storage::get_document(txn, key_of(ref)))
      return errors::conflict("Failed to create function url config for [functionArn = " + ref.qualified_arn() +
                              "]. Error message:  FunctionUrlConfig exists for this Lambda function");
    Json config = {{"id", lambda.context.random.text(kIdLength, "abcdefghijklmnopqrstuvwxyz234567")},
                   {"qualifier", ref.qualifier}};
    apply(call.input, config);
    config["created_ms"] = lambda.now();
    config["modified_ms"] = lambda.now();
    storage::put_document(txn, key_of(ref), config);
    storage::put_document(
        txn, url_index_key(text_of(config, "id")),
        {{"account", ref.account}, {"region", ref.region}, {"name", ref.name}, {"qualifier", ref.qualifier}});
    Json out = view(lambda, ref, config);
    if (auto mode = optional_text(config, "InvokeMode")) out["InvokeMode"] = *mode;
    return out;
  });
}

Result<Json> load(const storage::Reader& reader, const FunctionRef& ref) {
  auto config = storage::get_document(reader, key_of(ref));
  if (!config) return errors::no_such_resource();
  return std::move(*config);
}

Result<Json> get(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, function_of(call));
  TRY(Json config, load(lambda.context.store, ref));
  return later_view(lambda, ref, config);
}

Result<Json> list(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, whole_function_of(call));
  TRY_VOID(load_function(lambda.context.store, ref, lambda.now()));
  std::vector<std::pair<std::string, Json>> items;
  for (const Json& config : storage::list_documents(lambda.context.store, parts_prefix(ref, "url"))) {
    FunctionRef one = ref;
    one.qualifier = text_of(config, "qualifier");
    items.emplace_back(one.qualifier.empty() ? "$LATEST" : one.qualifier, later_view(lambda, one, config));
  }
  return page_of("FunctionUrlConfigs", items, call, kPageMax, ref.arn());
}

Result<Json> update(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, function_of(call));
  return lambda.change_function(ref, [&](storage::Txn& txn) -> Result<Json> {
    if (load_qualified(txn, ref, lambda.now()).has_error()) return errors::not_found("Function does not exist");
    TRY(Json config, load(txn, ref));
    apply(call.input, config);
    config["modified_ms"] = lambda.now();
    storage::put_document(txn, key_of(ref), config);
    return later_view(lambda, ref, config);
  });
}

Result<Json> remove(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, function_of(call));
  return lambda.change_function(ref, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json config, load(txn, ref));
    txn.erase(storage::Family::meta, key_of(ref));
    txn.erase(storage::Family::meta, url_index_key(text_of(config, "id")));
    return Json();
  });
}

const Shape& alias_shape() {
  static const Shape shape = string().length(1, 128).pattern(R"(((?!^\d+$)^[0-9a-zA-Z-_]+$))");
  return shape;
}

Shape cors_shape() {
  return structure({optional("AllowCredentials", boolean()),
                    optional("AllowHeaders", list(string().length(-1, 1024)).length(-1, 100)),
                    optional("AllowMethods", list(string().length(-1, 6)).length(-1, 6)),
                    optional("AllowOrigins", list(string().length(1, 253)).length(-1, 100)),
                    optional("ExposeHeaders", list(string().length(-1, 1024)).length(-1, 100)),
                    optional("MaxAge", integer().range(0, 86400))});
}

Shape setting_shape(bool auth_required) {
  Shape auth = string().one_of({"NONE", "AWS_IAM"});
  return structure({optional("Qualifier", alias_shape()), short_function_name_member(),
                    auth_required ? required("AuthType", auth) : optional("AuthType", auth),
                    optional("Cors", cors_shape()),
                    optional("InvokeMode", string().one_of({"RESPONSE_STREAM", "BUFFERED"}))});
}

const Shape& list_input() {
  static const Shape input = list_shape(short_function_name_member(), kPageMax);
  return input;
}

const Shape& naming_shape() {
  static const Shape input = structure({optional("Qualifier", alias_shape()), short_function_name_member()});
  return input;
}

constexpr const char* kPath = "/2021-10-31/functions/{FunctionName}/url";

}  // namespace

std::string url_index_key(const std::string& id) {
  return storage::document_key({"lambda-url", id});
}

std::optional<FunctionUrl> find_url(const storage::Reader& reader, const std::string& id) {
  auto index = storage::get_document(reader, url_index_key(id));
  if (!index) return std::nullopt;
  FunctionRef ref{text_of(*index, "account"), text_of(*index, "region"), text_of(*index, "name"),
                  text_of(*index, "qualifier")};
  auto config = storage::get_document(reader, key_of(ref));
  if (!config) return std::nullopt;
  return FunctionUrl{std::move(ref), std::move(*config)};
}

Operation create_function_url_config(Lambda& lambda) {
  static const Shape input = setting_shape(true);
  return {.name = "CreateFunctionUrlConfig",
          .input = &input,
          .rest = {{"POST", kPath, 201, {{"Qualifier", "Qualifier"}}}},
          .access = on_function(lambda, "lambda:CreateFunctionUrlConfig"),
          .handle = JsonHandler([&lambda](Call& call) { return create(lambda, call); })};
}

Operation get_function_url_config(Lambda& lambda) {
  return {.name = "GetFunctionUrlConfig",
          .input = &naming_shape(),
          .rest = {{"GET", kPath, 200, {{"Qualifier", "Qualifier"}}}},
          .access = on_function(lambda, "lambda:GetFunctionUrlConfig"),
          .handle = JsonHandler([&lambda](Call& call) { return get(lambda, call); })};
}

Operation list_function_url_configs(Lambda& lambda) {
  return {.name = "ListFunctionUrlConfigs",
          .input = &list_input(),
          .rest = {{"GET", "/2021-10-31/functions/{FunctionName}/urls", 200, paging_parameters()}},
          .access = on_function(lambda, "lambda:ListFunctionUrlConfigs"),
          .handle = JsonHandler([&lambda](Call& call) { return list(lambda, call); })};
}

Operation update_function_url_config(Lambda& lambda) {
  static const Shape input = setting_shape(false);
  return {.name = "UpdateFunctionUrlConfig",
          .input = &input,
          .rest = {{"PUT", kPath, 200, {{"Qualifier", "Qualifier"}}}},
          .access = on_function(lambda, "lambda:UpdateFunctionUrlConfig"),
          .handle = JsonHandler([&lambda](Call& call) { return update(lambda, call); })};
}

Operation delete_function_url_config(Lambda& lambda) {
  return {.name = "DeleteFunctionUrlConfig",
          .input = &naming_shape(),
          .rest = {{"DELETE", kPath, 204, {{"Qualifier", "Qualifier"}}}},
          .access = on_function(lambda, "lambda:DeleteFunctionUrlConfig"),
          .handle = JsonHandler([&lambda](Call& call) { return remove(lambda, call); })};
}

}  // namespace millrace::lambda
