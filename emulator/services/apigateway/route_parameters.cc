// DeleteRouteRequestParameter: what a WebSocket API's route wants of a request, taken away one by one.

#include "emulator/services/apigateway/operations.h"
#include "emulator/services/apigateway/resources.h"

namespace millrace::apigateway {

using namespace protocol;

Operation delete_route_request_parameter(Gateway& gateway) {
  auto handle = [&gateway](Call& call) -> Result<Json> {
    const Scope scope = scope_of(call);
    const std::string api = text_of(call.input, "apiId"), id = text_of(call.input, "routeId");
    const std::string name = text_of(call.input, "requestParameterKey");
    return gateway.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY_VOID(load_api(txn, scope, api));
      const std::string key = child_key(scope, route_kind().stored, api, id);
      auto route = storage::get_document(txn, key);
      if (!route) return errors::not_found("Route", id);
      const Json* parameters = find(*route, "requestParameters");
      if (!parameters || !parameters->contains(name)) return errors::not_found("RequestParameter", name);  // unverified
      (*route)["requestParameters"].erase(name);
      if ((*route)["requestParameters"].empty()) route->erase("requestParameters");
      storage::put_document(txn, key, *route);
      gateway.deploy_automatically(txn, scope, api);
      return Json();
    });
  };
  return {.name = "DeleteRouteRequestParameter",
          .rest = {{"DELETE", "/v2/apis/{apiId}/routes/{routeId}/requestparameters/{requestParameterKey}", 204}},
          .access = needs_of,
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::apigateway
