#pragma once
// OpenAPI documents (Swagger 2.0 and OpenAPI 3.0) as REST APIs, with API Gateway's extensions.

#include "emulator/services/apigateway/openapi/document.h"
#include "emulator/services/apigateway/rest/operations.h"

namespace millrace::apigateway::rest {

struct ImportOptions {
  bool overwrite = true;  // `mode`: what the document doesn't have goes
  BasePath base_path = BasePath::ignore;
  std::vector<std::string> endpoint_types;  // ?endpointConfigurationTypes=
};

/// Name, description, version and the rest of what an API's own document takes from it.
void take_api_members(const Json& document, const ImportOptions& options, Json& api);
/// Makes the API's parts as the document says, inside a change.
Result<void> import_parts(Gateway& gateway, storage::Txn& txn, const Scope& scope, const Json& api,
                          const Json& document, const ImportOptions& options);

}  // namespace millrace::apigateway::rest
