#pragma once
// The operations of version 1, by family: each file's list.

#include <vector>

#include "emulator/services/apigateway/outside.h"
#include "emulator/services/apigateway/rest/state.h"

namespace millrace::apigateway::rest {

using Operations = std::vector<protocol::Operation>;

Operations api_operations(Gateway& gateway);               // apis.cc
Operations import_operations(Gateway& gateway);            // imports.cc
Operations resource_operations(Gateway& gateway);          // resources.cc
Operations method_operations(Gateway& gateway);            // methods.cc
Operations integration_operations(Gateway& gateway);       // integrations.cc
Operations part_operations(Gateway& gateway);              // parts.cc
Operations gateway_response_operations(Gateway& gateway);  // gateway_responses.cc
Operations deployment_operations(Gateway& gateway);        // deployments.cc
Operations stage_operations(Gateway& gateway);             // stages.cc
Operations key_operations(Gateway& gateway);               // keys.cc
Operations plan_operations(Gateway& gateway);              // plans.cc
Operations account_operations(Gateway& gateway);           // account.cc
Operations domain_operations(Gateway& gateway);            // domains.cc
Operations export_operations(Gateway& gateway);            // export.cc
Operations documentation_operations(Gateway& gateway);     // documentation.cc, client certificates too
Operations vpc_link_operations(Gateway& gateway);          // ../vpc_links.cc
Operations unbuilt_operations(Gateway& gateway);           // unbuilt.cc

Operations test_operations(Gateway& gateway, const Outside& outside);  // test_invoke.cc

/// All of them.
Operations all_operations(Gateway& gateway, const Outside& outside);

/// A new API inside a change, with its root resource and the two models that each has.
Result<Json> create_rest_api_in(Gateway& gateway, storage::Txn& txn, const Scope& scope, const Json& input);
/// ImportRestApi: CreateRestApi's path with `?mode=import`.
Result<Json> import_rest_api(Gateway& gateway, const protocol::Call& call);
Json shown_api(const Json& api);
/// As UpdateRestApi and PutRestApi answer: with `tags` even when there are none.
Json shown_api_with_tags(const Json& api);
/// Everything that hangs below an API goes, but for what is named in `keep`.
void erase_parts(storage::Txn& txn, const Scope& scope, const std::string& api,
                 std::initializer_list<const char*> kinds);

/// A new resource below `parent` (a resource's document). ConflictException and BadRequestException.
Result<Json> create_resource_in(Gateway& gateway, storage::Txn& txn, const Scope& scope, const std::string& api,
                                const Json& parent, const std::string& part);
/// What GetResource shows: methods as empty objects unless `embed`.
Json shown_resource(const Json& resource, bool embed);

/// The document of a method as PutMethod makes it, checked.
Result<Json> method_of(const storage::Reader& reader, const Scope& scope, const std::string& api, const Json& input,
                       const std::string& verb);
/// The document of an integration as PutIntegration makes it, checked.
Result<Json> integration_of(const Json& input, const std::string& resource_id);
Json integration_response_of(const Json& input, const std::string& status);

/// The parts with an id or name that are made, read, changed and deleted alike, made inside a change.
Result<Json> create_authorizer_in(Gateway& gateway, storage::Txn& txn, const Scope& scope, const std::string& api,
                                  const Json& input);
Result<Json> create_model_in(Gateway& gateway, storage::Txn& txn, const Scope& scope, const std::string& api,
                             const Json& input);
Result<Json> create_validator_in(Gateway& gateway, storage::Txn& txn, const Scope& scope, const std::string& api,
                                 const Json& input);

/// Documentation parts as OpenAPI documents have them; one at a location that is taken replaces what is there. Their ids.
Result<Json> import_documentation_in(Gateway& gateway, storage::Txn& txn, const Scope& scope, const std::string& api,
                                     const Json& parts);

/// Every type of gateway response with the status that AWS gives it; 0: none of its own (DEFAULT_4XX, DEFAULT_5XX).
const std::vector<std::pair<const char*, int>>& gateway_response_types();
Result<Json> gateway_response_of(const Json& input, const std::string& type);

/// Freezes the API as it is in the change; the deployment's document. BadRequestException where there is nothing to deploy.
Result<Json> deploy_in(Gateway& gateway, storage::Txn& txn, const Scope& scope, const std::string& api,
                       const std::string& description);
/// What a deployment freezes, as it is now: the API, its resources, authorizers, models, validators, gateway responses.
Result<Json> frozen_api(const storage::Reader& reader, const Scope& scope, const std::string& api);
/// A new stage inside a change.
Result<Json> create_stage_in(Gateway& gateway, storage::Txn& txn, const Scope& scope, const std::string& api,
                             const Json& input);

/// The settings that hold for a method, `*/*`'s where it has none; null: none at all.
const Json* method_settings(const Json& stage, const std::string& resource_path, const std::string& verb);

}  // namespace millrace::apigateway::rest
