#pragma once
// What an HTTP API is made of, as the data plane reads it. The control plane keeps documents with the members that AWS
// gives them (resources.h); a deployment is a frozen copy of the routes, integrations and authorizers.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/services/apigateway/routing.h"

namespace millrace::apigateway {

struct Cors {
  std::vector<std::string> origins, methods, headers, exposed;
  bool credentials = false;
  std::optional<int64_t> max_age_s;
};

struct Integration {
  std::string id;
  std::string type = "AWS_PROXY";                 // or HTTP_PROXY
  std::string subtype;                            // "SQS-SendMessage": a service's operation instead of a function
  std::string method;                             // HTTP_PROXY: "ANY" is the client's
  std::string credentials;                        // the role whose permissions a subtype's call has
  std::map<std::string, std::string> parameters;  // requestParameters
  std::map<std::string, std::map<std::string, std::string>> responses;  // responseParameters by status
  std::string uri;                      // a function's ARN, an invocation URI that holds one, or a URL
  std::string payload_version = "1.0";  // "1.0" or "2.0"
  int64_t timeout_ms = 30'000;
  Json document;  // as the control plane keeps it: a WebSocket API's templates
};

struct Authorizer {
  std::string id;
  bool is_jwt = false;
  std::vector<std::string> identity_sources;  // "$request.header.Authorization"
  // JWT
  std::string issuer;
  std::vector<std::string> audience;
  // REQUEST
  std::string uri, credentials;
  std::string payload_version = "1.0";
  bool simple_responses = false;
  int64_t ttl_s = 0;
};

struct Route {
  std::string id;
  std::string key_text;  // "GET /items/{id}"
  RouteKey key;
  std::string integration_id;
  std::string authorization = "NONE";  // NONE, AWS_IAM, JWT, CUSTOM
  std::string authorizer_id;
  std::vector<std::string> scopes;
  // WebSocket APIs
  bool answers = false;                               // what its integration says is sent back
  std::string model_selection;                        // modelSelectionExpression
  std::map<std::string, std::string> request_models;  // selection key to model's name
};

/// A deployment: immutable.
struct Deployment {
  std::vector<Route> routes;
  std::vector<RouteKey> keys;           // of the routes, in the same order
  std::map<std::string, Route> by_key;  // all, also those of WebSocket APIs, whose keys are no paths
  std::map<std::string, Integration> integrations;
  std::map<std::string, Authorizer> authorizers;
  std::map<std::string, std::vector<Json>> integration_responses;  // by integration
  std::map<std::string, Json> models;                              // by name: schemas
};

/// defaultRouteSettings, and a route's own over them.
struct RouteSettings {
  double rate = -1, burst = -1;  // -1: none of its own
  bool detailed_metrics = false;
  std::string logging_level;  // WebSocket APIs' alone: OFF, ERROR, INFO
  bool data_trace = false;
};

struct Stage {
  std::string name;
  std::string deployment_id;
  std::map<std::string, std::string> variables;
  std::string log_destination, log_format;  // accessLogSettings
  RouteSettings settings;
  std::map<std::string, RouteSettings> route_settings;  // by route key
  const RouteSettings& settings_of(const std::string& route_key) const {
    auto own = route_settings.find(route_key);
    return own == route_settings.end() ? settings : own->second;
  }
};

struct Api {
  std::string id, account, region;
  bool disabled = false;  // disableExecuteApiEndpoint
  bool is_websocket = false;
  std::string route_selection = {};  // routeSelectionExpression
  std::optional<Cors> cors;
};

Cors cors_of(const Json& configuration);
Stage stage_of(const Json& document);
/// `snapshot`: {"routes": [...], "integrations": [...], "authorizers": [...]} of the control plane's documents.
std::shared_ptr<const Deployment> deployment_of(const Json& snapshot);

/// Replaces `${stageVariables.name}` by its value (empty where there is none).
std::string with_stage_variables(const std::string& text, const Stage& stage);
/// A role that an integration or authorizer is called with. `arn:aws:iam::*:user/*` (the caller's own credentials) is none.
bool is_role(const std::string& arn);
/// The function in an integration's or authorizer's URI: the ARN itself or the one inside
/// `arn:aws:apigateway:R:lambda:path/2015-03-31/functions/ARN/invocations`; empty if there is none.
std::string function_in(const std::string& uri);

}  // namespace millrace::apigateway
