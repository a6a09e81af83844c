#pragma once
// The data plane: requests for deployed APIs, REST and HTTP. They are found by Host or path:
//
//   <id>.execute-api.<anything>[:port]/[stage/]...   what AWS's URLs become, and AWS's own host name
//   /_aws/execute-api/<id>/[stage/]...               needs no name resolution
//   /restapis/<id>/<stage>/_user_request_/...        as older scripts write it
//   <custom domain name>[:port]/[base path/]...      by its mappings (custom_domains.h)

#include <memory>

#include "emulator/protocol/service.h"
#include "emulator/services/apigateway/api_request.h"
#include "emulator/services/apigateway/gateway.h"
#include "emulator/services/apigateway/outside.h"

namespace millrace::apigateway {

/// True if the request is for a deployed API, by its Host (a custom domain name, too) or path. Asked of every request to the
/// server.
bool is_api_request(const Gateway& gateway, const protocol::HttpRequest& request);

std::shared_ptr<protocol::Service> make_execute_api(std::shared_ptr<Gateway> gateway, Outside outside);

}  // namespace millrace::apigateway
