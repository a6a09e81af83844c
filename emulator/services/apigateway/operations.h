#pragma once
// The room's operations that aren't made from a kind (resources.h).

#include <vector>

#include "emulator/services/apigateway/gateway.h"

namespace millrace::apigateway {

// apis.cc
protocol::Operation create_api(Gateway& gateway);
protocol::Operation get_api(Gateway& gateway);
protocol::Operation get_apis(Gateway& gateway);
protocol::Operation update_api(Gateway& gateway);
protocol::Operation delete_api(Gateway& gateway);
protocol::Operation delete_cors_configuration(Gateway& gateway);

// openapi/http_apis.cc
std::vector<protocol::Operation> openapi_operations(Gateway& gateway);

// domains.cc: custom domain names with their API mappings
std::vector<protocol::Operation> domain_operations(Gateway& gateway);

// vpc_links.cc
std::vector<protocol::Operation> vpc_link_operations(Gateway& gateway);

// stages.cc
protocol::Operation reset_authorizers_cache(Gateway& gateway);
protocol::Operation delete_route_settings(Gateway& gateway);
protocol::Operation delete_access_log_settings(Gateway& gateway);

// route_parameters.cc
protocol::Operation delete_route_request_parameter(Gateway& gateway);

// tags.cc
protocol::Operation tag_resource(Gateway& gateway);
protocol::Operation untag_resource(Gateway& gateway);
protocol::Operation get_tags(Gateway& gateway);
/// The key of what `arn:aws:apigateway:R::/apis/ID[/stages/NAME]` and its like name, of both versions; nullopt: nothing that
/// has tags here.
std::optional<std::string> tagged_key(const Scope& scope, const std::string& arn);

/// A new HTTP or WebSocket API inside a change.
Result<Json> create_http_api_in(Gateway& gateway, storage::Txn& txn, const Scope& scope, const Json& input);
/// Routes, integrations, authorizers and route responses as a deployment freezes them.
Json frozen_parts(const storage::Reader& reader, const Scope& scope, const std::string& api);
/// A new stage inside a change: CreateStage's, and $default of a quick create.
Result<Json> create_stage_in(Gateway& gateway, storage::Txn& txn, const Scope& scope, const std::string& api,
                             const Json& input);
/// Lays a deployment on a stage inside a change.
Result<void> point_stage(Gateway& gateway, storage::Txn& txn, const Scope& scope, Json& stage, const std::string& api,
                         const std::string& deployment);

/// An operation of version 2's control plane; `input`, where there is one, is checked before the handler runs.
protocol::Operation v2_operation(Gateway& gateway, const char* name, protocol::RestBinding binding,
                                 std::function<Result<Json>(Gateway&, const protocol::Call&)> handler,
                                 const protocol::Shape* input = nullptr);

}  // namespace millrace::apigateway
