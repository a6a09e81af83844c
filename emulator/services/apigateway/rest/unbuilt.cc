// What version 1 has and we don't: answered with 501, by name.

#include "emulator/services/apigateway/rest/operations.h"

namespace millrace::apigateway::rest {

namespace {

struct Unbuilt {
  const char* name;
  const char* verb;
  const char* path;
};

constexpr Unbuilt kUnbuilt[] = {{"GetModelTemplate", "GET", "/restapis/{id}/models/{model}/default_template"},
                                {"GetModelTemplate", "GET", "/v2/apis/{id}/models/{model}/template"},  // version 2's
                                {"GetSdk", "GET", "/restapis/{id}/stages/{stage}/sdks/{type}"},
                                {"GetSdkType", "GET", "/sdktypes/{type}"},
                                {"GetSdkTypes", "GET", "/sdktypes"},
                                {"GetUsage", "GET", "/usageplans/{plan}/usage"},
                                {"TestInvokeAuthorizer", "POST", "/restapis/{id}/authorizers/{authorizer}"},
                                {"TestInvokeMethod", "POST", "/restapis/{id}/resources/{resource}/methods/{verb}"},
                                {"UpdateUsage", "PATCH", "/usageplans/{plan}/keys/{key}/usage"}};

}  // namespace

Operations unbuilt_operations(Gateway& gateway) {
  Operations out;
  for (const Unbuilt& one : kUnbuilt) {
    const char* name = one.name;
    out.push_back(
        operation(gateway, name, {one.verb, one.path, 501}, [name](Gateway&, const protocol::Call&) -> Result<Json> {
          return apigateway::errors::not_built("The operation " + std::string(name));
        }));
  }
  return out;
}

Operations all_operations(Gateway& gateway, const Outside& outside) {
  Operations out = test_operations(gateway, outside);
  for (const auto& family :
       {api_operations, import_operations, resource_operations, method_operations, integration_operations,
        part_operations, gateway_response_operations, deployment_operations, stage_operations, key_operations,
        plan_operations, account_operations, domain_operations, export_operations, documentation_operations,
        vpc_link_operations, unbuilt_operations}) {
    for (protocol::Operation& operation : family(gateway)) out.push_back(std::move(operation));
  }
  return out;
}

}  // namespace millrace::apigateway::rest
