#pragma once
// The room's operations, each in the file of its name (small siblings share one).

#include "emulator/protocol/operation.h"
#include "emulator/services/lambda/state.h"

namespace millrace::lambda {

// Functions.
protocol::Operation create_function(Lambda& lambda);
protocol::Operation get_function(Lambda& lambda);
protocol::Operation get_function_configuration(Lambda& lambda);
protocol::Operation list_functions(Lambda& lambda);
protocol::Operation update_function_code(Lambda& lambda);
protocol::Operation update_function_configuration(Lambda& lambda);
protocol::Operation delete_function(Lambda& lambda);
/// Ours: what GetFunction's Code.Location leads to.
protocol::Operation download_code(Lambda& lambda);

// Event source mappings.
protocol::Operation create_event_source_mapping(Lambda& lambda);
protocol::Operation get_event_source_mapping(Lambda& lambda);
protocol::Operation list_event_source_mappings(Lambda& lambda);
protocol::Operation update_event_source_mapping(Lambda& lambda);
protocol::Operation delete_event_source_mapping(Lambda& lambda);

// Versions and aliases.
protocol::Operation publish_version(Lambda& lambda);
protocol::Operation list_versions_by_function(Lambda& lambda);
protocol::Operation create_alias(Lambda& lambda);
protocol::Operation get_alias(Lambda& lambda);
protocol::Operation list_aliases(Lambda& lambda);
protocol::Operation update_alias(Lambda& lambda);
protocol::Operation delete_alias(Lambda& lambda);

// Layers.
protocol::Operation publish_layer_version(Lambda& lambda);
protocol::Operation get_layer_version(Lambda& lambda);
protocol::Operation list_layers(Lambda& lambda);
protocol::Operation list_layer_versions(Lambda& lambda);
protocol::Operation delete_layer_version(Lambda& lambda);
protocol::Operation add_layer_version_permission(Lambda& lambda);
protocol::Operation get_layer_version_policy(Lambda& lambda);
protocol::Operation remove_layer_version_permission(Lambda& lambda);

// Who may invoke, how often at once, and what happens to events.
protocol::Operation add_permission(Lambda& lambda);
protocol::Operation get_policy(Lambda& lambda);
protocol::Operation remove_permission(Lambda& lambda);
protocol::Operation put_function_concurrency(Lambda& lambda);
protocol::Operation get_function_concurrency(Lambda& lambda);
protocol::Operation delete_function_concurrency(Lambda& lambda);
protocol::Operation put_provisioned_concurrency_config(Lambda& lambda);
protocol::Operation get_provisioned_concurrency_config(Lambda& lambda);
protocol::Operation delete_provisioned_concurrency_config(Lambda& lambda);
protocol::Operation put_function_event_invoke_config(Lambda& lambda);
protocol::Operation update_function_event_invoke_config(Lambda& lambda);
protocol::Operation get_function_event_invoke_config(Lambda& lambda);
protocol::Operation list_function_event_invoke_configs(Lambda& lambda);
protocol::Operation delete_function_event_invoke_config(Lambda& lambda);

// Function URLs.
protocol::Operation create_function_url_config(Lambda& lambda);
protocol::Operation get_function_url_config(Lambda& lambda);
protocol::Operation list_function_url_configs(Lambda& lambda);
protocol::Operation update_function_url_config(Lambda& lambda);
protocol::Operation delete_function_url_config(Lambda& lambda);

// Tags.
protocol::Operation tag_resource(Lambda& lambda);
protocol::Operation untag_resource(Lambda& lambda);
protocol::Operation list_tags(Lambda& lambda);

// A function's policy as a whole.
protocol::Operation put_resource_policy(Lambda& lambda);
protocol::Operation get_resource_policy(Lambda& lambda);
protocol::Operation delete_resource_policy(Lambda& lambda);

// Capacity providers.
protocol::Operation create_capacity_provider(Lambda& lambda);
protocol::Operation get_capacity_provider(Lambda& lambda);
protocol::Operation list_capacity_providers(Lambda& lambda);
protocol::Operation update_capacity_provider(Lambda& lambda);
protocol::Operation delete_capacity_provider(Lambda& lambda);
protocol::Operation list_function_versions_by_capacity_provider(Lambda& lambda);

// Settings of a function and of the account.
protocol::Operation get_account_settings(Lambda& lambda);
protocol::Operation get_function_recursion_config(Lambda& lambda);
protocol::Operation put_function_recursion_config(Lambda& lambda);
protocol::Operation get_runtime_management_config(Lambda& lambda);
protocol::Operation put_runtime_management_config(Lambda& lambda);
protocol::Operation get_function_scaling_config(Lambda& lambda);
protocol::Operation put_function_scaling_config(Lambda& lambda);

// Code signing.
protocol::Operation create_code_signing_config(Lambda& lambda);
protocol::Operation get_code_signing_config(Lambda& lambda);
protocol::Operation list_code_signing_configs(Lambda& lambda);
protocol::Operation update_code_signing_config(Lambda& lambda);
protocol::Operation delete_code_signing_config(Lambda& lambda);
protocol::Operation list_functions_by_code_signing_config(Lambda& lambda);
protocol::Operation get_function_code_signing_config(Lambda& lambda);
protocol::Operation put_function_code_signing_config(Lambda& lambda);
protocol::Operation delete_function_code_signing_config(Lambda& lambda);

// Running.
protocol::Operation invoke(Lambda& lambda);
protocol::Operation invoke_async(Lambda& lambda);
/// The trace that the caller began is gone on with; empty for anything that isn't a trace header.
std::string traced(std::string_view header);
/// Invoke's TenantId.
protocol::Operation invoke_with_response_stream(Lambda& lambda);

/// What isn't built, so that it is refused by its name.
std::vector<protocol::Operation> unbuilt_operations();

}  // namespace millrace::lambda
