// PutRestApi and ImportRestApi: an API from an OpenAPI document.

#include "emulator/services/apigateway/rest/openapi.h"

namespace millrace::apigateway::rest {

using namespace protocol;

namespace {

ImportOptions options_of(const Call& call, bool overwrite) {
  ImportOptions out;
  out.overwrite = overwrite;
  for (const auto& [name, value] : call.query) {
    if (name == "basepath") out.base_path = base_path_mode(value);
    if (name == "endpointConfigurationTypes") out.endpoint_types.push_back(value);
  }
  return out;
}

Result<Json> put(Gateway& gateway, const Call& call) {
  const Scope scope = scope_of(call);
  const ImportOptions options = options_of(call, query_value(call.query, "mode").value_or("merge") == "overwrite");
  TRY(const Json document, parse_openapi(call.http.body, true));
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json api, load_rest_api(txn, scope, text_of(call.input, "restApiId")));
    take_api_members(document, options, api);
    TRY_VOID(import_parts(gateway, txn, scope, api, document, options));
    storage::put_document(txn, rest_key(scope, text_of(api, "id")), api);
    return shown_api_with_tags(api);
  });
}

}  // namespace

Result<Json> import_rest_api(Gateway& gateway, const Call& call) {
  const Scope scope = scope_of(call);
  const ImportOptions options = options_of(call, true);
  TRY(const Json document, parse_openapi(call.http.body, true));
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json api, create_rest_api_in(gateway, txn, scope, {{"name", "imported"}}));
    take_api_members(document, options, api);
    TRY_VOID(import_parts(gateway, txn, scope, api, document, options));
    storage::put_document(txn, rest_key(scope, text_of(api, "id")), api);
    return shown_api(api);
  });
}

Operations import_operations(Gateway& gateway) {
  Operations out = {operation(gateway, "PutRestApi", {"PUT", "/restapis/{restApiId}", 200}, put)};
  out[0].rest[0].raw_body = true;
  return out;
}

}  // namespace millrace::apigateway::rest
