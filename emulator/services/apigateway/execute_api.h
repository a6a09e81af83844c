#pragma once
// The data plane: requests for deployed APIs, REST and HTTP. They are found by Host or path:
//
//   <id>.execute-api.<anything>[:port]/[stage/]...   what AWS's URLs become, and AWS's own host name
//   /_aws/execute-api/<id>/[stage/]...               needs no name resolution
//   /restapis/<id>/<stage>/_user_request_/...        as older scripts write it

#include <memory>
#include <optional>
#include <string>

#include "emulator/ports/log_sink.h"
#include "emulator/protocol/service.h"
#include "emulator/services/apigateway/gateway.h"
#include "emulator/services/apigateway/outside.h"

namespace millrace::apigateway {

struct ApiRequest {
  std::string id;    // lower case
  std::string path;  // raw, with the stage in front if it was given
};

/// nullopt if the request isn't for an API.
std::optional<ApiRequest> api_request(const protocol::HttpRequest& request);
/// True if the request is for a deployed API, by its Host or path. Asked of every request to the server.
bool is_api_request(const protocol::HttpRequest& request);

std::shared_ptr<protocol::Service> make_execute_api(std::shared_ptr<Gateway> gateway, Outside outside,
                                                    ports::LogSink* log);

}  // namespace millrace::apigateway
