#pragma once
// A request for a deployed API, and where its Host or path says that it is.

#include <optional>
#include <string>

#include "emulator/protocol/http.h"

namespace millrace::apigateway {

struct ApiRequest {
  std::string id;                   // lower case
  std::string path;                 // raw, with the stage in front if it was given
  std::optional<std::string> base;  // by a custom domain name: the mapping's base path, "" for none
};

/// By the names and paths that every API has (execute_api.h); nullopt if the request isn't for an API.
std::optional<ApiRequest> api_request(const protocol::HttpRequest& request);

/// The name that a request's context has: the Host by which the API is reached; where the emulator's own name and a path led
/// here, the name and port that lead back here by the host form.
std::string api_domain_name(const protocol::HttpRequest& request, const std::string& api, const std::string& region);

}  // namespace millrace::apigateway
