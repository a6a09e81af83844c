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

// stages.cc
protocol::Operation create_stage(Gateway& gateway);
protocol::Operation get_stage(Gateway& gateway);
protocol::Operation get_stages(Gateway& gateway);
protocol::Operation update_stage(Gateway& gateway);
protocol::Operation delete_stage(Gateway& gateway);
protocol::Operation delete_route_settings(Gateway& gateway);
protocol::Operation delete_access_log_settings(Gateway& gateway);

// deployments.cc
protocol::Operation create_deployment(Gateway& gateway);
protocol::Operation get_deployment(Gateway& gateway);
protocol::Operation get_deployments(Gateway& gateway);
protocol::Operation update_deployment(Gateway& gateway);
protocol::Operation delete_deployment(Gateway& gateway);

// tags.cc
protocol::Operation tag_resource(Gateway& gateway);
protocol::Operation untag_resource(Gateway& gateway);
protocol::Operation get_tags(Gateway& gateway);

/// A new stage inside a change: CreateStage's, and $default of a quick create.
Result<Json> create_stage_in(Gateway& gateway, storage::Txn& txn, const Scope& scope, const std::string& api,
                             const Json& input);
/// Lays a deployment on a stage inside a change.
Result<void> point_stage(Gateway& gateway, storage::Txn& txn, const Scope& scope, Json& stage, const std::string& api,
                         const std::string& deployment);

}  // namespace millrace::apigateway
